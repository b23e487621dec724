"""One version, stated in pyproject.toml."""

import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


def test_the_program_prints_the_version_of_the_project_and_touches_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from satu.cli.main import main; main()", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{PROJECT['name']} {PROJECT['version']}\n"
    assert list(tmp_path.iterdir()) == []

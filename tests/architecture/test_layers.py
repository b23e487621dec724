"""The tree keeps its shape: its floors are contracts of import-linter in pyproject.toml, each of which is watched."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "plugins" / "satu"


@pytest.mark.parametrize(
    ("place", "imported"),
    [
        ("link/rules.py", "from satu.release import diff"),
        ("gate/suites.py", "from satu import pipeline"),
        ("privacy/masking.py", "from satu.load import text"),
        ("ledger/runs.py", "from satu.privacy import masking"),
        ("contracts.py", "from satu import warehouse"),
        ("bench/memory.py", "from satu.cli import output"),
        ("pipeline/lock.py", "from airflow.sdk import DAG"),
        ("somewhere.py", "from satu import errors"),
    ],
)
def test_an_import_upwards_breaks_a_contract(tmp_path: Path, place: str, imported: str) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(PACKAGE, tmp_path / "satu", ignore=shutil.ignore_patterns("__pycache__"))
    changed = tmp_path / "satu" / place
    changed.write_text(f"{imported}\n{changed.read_text() if changed.exists() else ''}")
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert place.removesuffix(".py").replace("/", ".") in done.stdout


@pytest.mark.parametrize(
    ("folder", "kind", "most"),
    [("plugins", "*.py", 300), ("dags", "*.py", 300), ("tests", "*.py", 300), ("dbt_project/models", "*.sql", 150)],
)
def test_every_file_stays_small(folder: str, kind: str, most: int) -> None:
    lines = {path: len(path.read_text().splitlines()) for path in (ROOT / folder).rglob(kind)}
    assert lines
    assert {str(path.relative_to(ROOT)): count for path, count in lines.items() if count > most} == {}

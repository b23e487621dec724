"""Documents, help, settings and code name the same things."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from satu import settings
from satu.cli.main import app
from satu.errors import WrongUsage

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / ".github").glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
PROGRAM = typer.main.get_command(app)
GROUPS = PROGRAM.commands  # type: ignore[attr-defined]  # with commands it is a group
COMMANDS = {
    **{name: command for name, command in GROUPS.items() if not hasattr(command, "commands")},
    **{
        f"{name} {sub}": command
        for name, group in GROUPS.items()
        for sub, command in getattr(group, "commands", {}).items()
    },
}
COMPOSE_ONLY = re.compile(r"docker compose only.*", re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_a_document_names_exists(document: Path) -> None:
    named = set(re.findall(r"(?:^|`|bin/)satu ([a-z]+)", document.read_text(), re.MULTILINE))
    assert named <= GROUPS.keys()


def test_every_option_that_a_document_names_exists() -> None:
    commands = [PROGRAM, *COMMANDS.values()]
    known = {option for command in commands for parameter in command.params for option in parameter.opts}
    for document in DOCUMENTS:
        for line in re.findall(r"`(?:\.venv/bin/)?satu [^`]+`", document.read_text()):
            assert set(re.findall(r"--[a-z-]+", line)) <= known | {"--help"}, f"{document.name}: {line}"


def test_the_readme_names_the_everyday_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert all(
        f"satu {name}" in text
        for name in ("run", "status", "files", "rejects", "checks", "approve", "waive", "releases", "rollback", "psql")
    )


def test_every_command_answers_json() -> None:
    without = [name for name, command in COMMANDS.items() if not any("--json" in p.opts for p in command.params)]
    assert without == []


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        assert set(re.findall(r"(?:^|`)make ([a-z-]+)", document.read_text(), re.MULTILINE)) <= targets, document.name


def test_the_example_environment_lists_the_settings() -> None:
    text = (ROOT / ".env.example").read_text()
    own = set(re.findall(r"^#?(SATU_\w+)=", COMPOSE_ONLY.sub("", text), re.MULTILINE))
    assert own == {f"SATU_{name.upper()}" for name in settings.Settings.model_fields}


def test_relative_links_in_documents_lead_somewhere() -> None:
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_a_setting_that_does_not_fit_is_named() -> None:
    with pytest.raises(WrongUsage, match="SATU_PROJECT_DIR"):
        settings.load(project_dir=1)


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), (["nothing"], 2), (["run", "--until", "lunch"], 2), (["waive"], 2)]
)
def test_exit_codes_of_usage(arguments: list[str], code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from satu.cli.main import main; main()", *arguments], capture_output=True, check=False
    )
    assert done.returncode == code


def test_every_published_table_has_its_texts_looked_at() -> None:
    models = (ROOT / "dbt_project" / "models" / "published").glob("*.yml")
    tested = {
        path.stem: "publishable_text" in yaml.safe_load(path.read_text())["models"][0]["data_tests"]
        for path in models
        if not path.stem.endswith("_metadata")  # of the project's own words
    }
    assert len(tested) > 15
    assert [name for name, is_tested in tested.items() if not is_tested] == []

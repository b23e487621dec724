"""What contributors are told is so: the map of the code, the list of documents, versions, hooks and forms."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "plugins" / "satu"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
GITHUB = ROOT / ".github"
FOLDERS = ("dbt_project", "dbt_project/models", "expectations", "tests")
UNNAMED = {"__pycache__", "target", "logs", "dbt_packages"}
CHANGES = [
    line
    for line in ARCHITECTURE.partition("| you want to change")[2].splitlines()
    if line.startswith("|") and "](" in line
]


def named_first(text: str) -> set[str]:
    """Return what stands in the first column of tables, between backticks."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def linked_text(row: str) -> str:
    """Return the text of all files that a row of `architecture.md` links to."""
    paths = [ROOT / "docs" / target for target in re.findall(r"\]\(([^)#]+)\)", row)]
    files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("*.*"))]
    return "\n".join(file.read_text() for file in files if file.suffix not in {".pyc", ".png"})


def test_the_changelog_begins_with_the_version_of_the_project() -> None:
    newest = re.search(r"^## \[(\S+)\] - \d{4}-\d\d-\d\d$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == PROJECT["project"]["version"]


def test_the_index_lists_every_document() -> None:
    index = ROOT / "docs" / "index.md"
    listed = {index.parent / target for target in re.findall(r"\]\(([^)#]+)\)", index.read_text())}
    assert [path.name for path in index.parent.rglob("*") if path.is_file() and path not in {*listed, index}] == []


def test_every_module_and_folder_of_the_package_has_its_line() -> None:
    there = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()} - {"__init__", *UNNAMED}
    assert named_first(ARCHITECTURE.partition("## Outside the package")[0]) == there


@pytest.mark.parametrize("parent", FOLDERS)
def test_every_folder_outside_the_package_has_its_line(parent: str) -> None:
    there = {path.name for path in (ROOT / parent).iterdir() if path.is_dir() and not path.name.startswith(".")}
    named = {
        name.split("/")[parent.count("/") + 1]
        for name in named_first(ARCHITECTURE)
        if f"{name}/".startswith(f"{parent}/")
    }
    assert named == there - UNNAMED


def test_the_floors_are_those_that_are_held() -> None:
    floors = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    assert "```\n{}\n```".format("\n".join(floors)) in ARCHITECTURE


@pytest.mark.parametrize("row", CHANGES, ids=lambda row: row.split("|")[1].strip())
def test_what_is_to_be_changed_is_in_the_file_that_is_named(row: str) -> None:
    names = re.findall(r"`([a-zA-Z_]+)`", row)
    assert [name for name in names if name not in linked_text(row)] == []


def test_every_path_that_contributors_are_told_is_there() -> None:
    told = set(re.findall(r"\b(?:tests|plugins|docs)/[\w/.-]+\b", CONTRIBUTING))
    assert len(told) > 5
    assert [path for path in told if not (ROOT / path).exists()] == []


def test_the_hooks_are_the_commands_of_make_check() -> None:
    (check,) = re.findall(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = [line.removeprefix("\t@").replace("$(VENV)", ".venv").removesuffix(" .") for line in check.splitlines()]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"]
    assert [hook["entry"].removesuffix(" .") for hook in hooks[0]["hooks"]] == commands


@pytest.mark.parametrize(
    ("schema", "pattern"),
    [
        ("dependabot", "dependabot.yml"),
        ("github-issue-forms", "ISSUE_TEMPLATE/*.yml"),
        ("github-workflows", "workflows/*.yml"),
    ],
)
def test_what_the_host_reads_is_valid(schema: str, pattern: str) -> None:
    files = sorted(GITHUB.glob(pattern))
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_line_of_code_owners_names_a_path_and_an_owner() -> None:
    lines = [line for line in (GITHUB / "CODEOWNERS").read_text().splitlines() if line and not line.startswith("#")]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"\S+( @[\w-]+(/[\w-]+)?)+", line)] == []

"""What changes the rules: code that decides, wherever it stands, and nothing else."""

import shutil
from pathlib import Path

import pytest

from satu import build_fingerprint
from satu.build_fingerprint import STAGES, code_versions

PACKAGE = Path(build_fingerprint.__file__).parent


def changed(tmp_path: Path, place: str, old: str, new: str) -> set[str]:
    """Change a file in a copy of the package; return the places whose version is another then, or that are new."""
    copy = tmp_path / "satu"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    text = (copy / place).read_text()
    assert old in text
    (copy / place).write_text(text.replace(old, new, 1))
    before = code_versions(*STAGES)
    return {name for name, version in code_versions(*STAGES, package=copy).items() if before.get(name) != version}


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("contracts.py", "def normalised(", "def normalised(*_: object, "),
        ("load/formats/workbook_process.py", "def cell_text(", "def cell_text(*_: object, "),
        ("load/rejects.py", "KEPT_RAW_BYTES = ", "KEPT_RAW_BYTES = 1 + "),
        ("link/rules.py", "create or replace macro bare(x)", "create or replace macro bare(y)"),
        ("privacy/erased_hashes.py", "record:", "one record:"),
    ],
    ids=lambda value: value if str(value).endswith(".py") else "",
)
def test_code_that_decides_is_a_rule(tmp_path: Path, place: str, old: str, new: str) -> None:
    assert changed(tmp_path, place, old, new) == {f"satu/{place}"}


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("load/rejects.py", "KEPT_RAW_BYTES = ", "# More would be a file.\nKEPT_RAW_BYTES = "),
        ("load/rejects.py", '"""', '"""Also: '),
        ("bench/linkage_quality.py", "def ", "def another() -> None: ...\n\n\ndef "),
        ("gate/verdict.py", "def ", "def another() -> None: ...\n\n\ndef "),
        ("warehouse/server_errors.py", "def ", "def another() -> None: ...\n\n\ndef "),
    ],
    ids=["comment", "docstring", "bench", "gate", "connections"],
)
def test_what_does_not_decide_is_none(tmp_path: Path, place: str, old: str, new: str) -> None:
    assert changed(tmp_path, place, old, new) == set()


def test_a_module_that_a_stage_begins_to_import_is_a_rule(tmp_path: Path) -> None:
    (tmp_path / "satu" / "link").mkdir(parents=True)
    (tmp_path / "satu" / "link" / "__init__.py").write_text("def link() -> None:\n    from satu.words import taken\n")
    (tmp_path / "satu" / "words.py").write_text("from satu import letters\n")
    (tmp_path / "satu" / "letters.py").write_text("from satu.words import them\n")
    found = code_versions("link", package=tmp_path / "satu")
    assert set(found) == {"satu/link/__init__.py", "satu/words.py", "satu/letters.py"}

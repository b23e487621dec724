"""docs/traps.md and the tests of traps name each other, and no test or trap is missing."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "integration"
PAGE = (ROOT / "docs" / "traps.md").read_text()
MODULES = dict(re.findall(r"\[([A-Z])\] `(test_\w+\.py)`", PAGE))
OF_TRAPS = {path.name for path in FOLDER.glob("test_traps_*.py")}


def functions_of(module: str) -> set[str]:
    return set(re.findall(r"^def (test_\w+)\(", (FOLDER / module).read_text(), re.MULTILINE))


def named() -> set[tuple[str, str]]:
    """(module, test) for each test that the page names; a test without a letter is of the module named before it."""
    found, module = set(), ""
    for letter, test in re.findall(r"\[([A-Z])\] |`(test_\w+)`", PAGE):
        module = MODULES[letter] if letter else module
        if test:
            found.add((module, test))
    return found


def test_every_test_that_the_page_names_exists() -> None:
    assert set(MODULES.values()) >= OF_TRAPS
    assert [(module, test) for module, test in sorted(named()) if test not in functions_of(module)] == []


def test_every_test_of_the_trap_modules_is_on_the_page() -> None:
    tests = {(module, test) for module in OF_TRAPS for test in functions_of(module)}
    assert len(tests) > 50
    assert tests - named() == set()


def test_every_row_has_one_outcome() -> None:
    rows = [line.split(" | ")[1] for line in PAGE.splitlines() if line.startswith("| ") and "`test_" in line]
    assert len(rows) > 50
    outcomes = (
        "repaired",
        "flagged",
        "quarantined",
        "kept",
        "refused",
        "the load fails",
        "the build fails",
        "no issue",
    )
    assert [row for row in rows if not row.startswith(outcomes)] == []

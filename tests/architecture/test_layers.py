"""The tree keeps its shape: the stages stand side by side, and only what calls them knows them."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "plugins" / "satu"
STAGES = ("land", "load", "build", "link", "gate", "release", "export")
CALLERS = {"pipeline", "approval", "cli", "cli_release", "airflow_adapter", "bench"}
FOUNDATION = ("settings", "errors", "urls", "contracts", "warehouse", "ledger", "landing_place", "landing_file")
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def part_of(path: Path) -> str:
    """The module or package directly below satu that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_parts(path: Path) -> set[str]:
    """The parts of satu that a file imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "satu":
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("satu."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("satu.")}
    return found


def test_the_stages_are_there() -> None:
    assert {part_of(path) for path in MODULES} >= set(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_imports_another(stage: str) -> None:
    imported = set().union(*(imported_parts(path) for path in MODULES if part_of(path) == stage))
    assert not (imported & set(STAGES)) - {stage}


def test_only_callers_import_stages() -> None:
    wrong = {
        str(path.relative_to(PACKAGE)): sorted(imported_parts(path) & set(STAGES))
        for path in MODULES
        if part_of(path) not in {*CALLERS, *STAGES} and imported_parts(path) & set(STAGES)
    }
    assert wrong == {}


def test_the_foundation_imports_nothing_above_it() -> None:
    above = {part_of(path) for path in MODULES} - {*FOUNDATION, "__init__"}
    wrong = {
        str(path.relative_to(PACKAGE)): sorted(imported_parts(path) & above)
        for path in MODULES
        if part_of(path) in FOUNDATION and imported_parts(path) & above
    }
    assert wrong == {}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_stays_small(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400

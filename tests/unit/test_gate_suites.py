"""Suites as data: what is written is loaded, and a mistake in a file is told, not dropped."""

import re
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest
import yaml

from satu.errors import BuildFailed, WrongUsage
from satu.gate import waive
from satu.gate.measure import quiet
from satu.gate.suites import GUARDS, Check, Requirement, Threshold, load_suites
from satu.settings import load

EXPECTATIONS = load().project_dir / "expectations"
SUITE = """
owner: somebody
assets:
  numbers: {query: select 1 as value}
checks:
  - name: numbers.value
    asset: numbers
    expectation: expect_column_max_to_be_between
    kwargs: {column: value}
    threshold: {min: 1}
    severity: critical
    rationale: One is one.
"""


def _suite(folder: Path, text: str = SUITE, name: str = "numbers") -> Path:
    for part in ("raw", "population", "release"):
        (folder / part).mkdir(exist_ok=True)
    (folder / "raw" / f"{name}.yaml").write_text(text)
    return folder


def test_every_written_check_is_loaded() -> None:
    written = sum(len(re.findall(r"^  - name: ", path.read_text(), re.M)) for path in EXPECTATIONS.rglob("*.yaml"))
    assert written == len(load_suites(EXPECTATIONS).checks()) > 0


def test_each_feed_has_a_suite() -> None:
    feeds = {path.stem for path in EXPECTATIONS.parent.glob("contracts/*.yaml")}
    assert feeds == {path.stem for path in EXPECTATIONS.glob("raw/*.yaml")}


def test_each_published_table_has_a_suite() -> None:
    models = EXPECTATIONS.parent / "dbt_project" / "models" / "published"
    tables = {path.stem.removeprefix("published_") for path in models.glob("published_*.sql")}
    assert tables - {path.stem for path in EXPECTATIONS.glob("release/*.yaml")} == {
        "indicator_metadata",
        "variable_metadata",
    }


def test_every_suite_names_an_owner_and_every_check_a_reason() -> None:
    for suite in load_suites(EXPECTATIONS).suites:
        assert suite.owner
        assert all(check.rationale.endswith(".") for check in suite.checks)


def test_every_expectation_is_one_that_great_expectations_knows() -> None:
    with quiet():
        from great_expectations.expectations.registry import list_registered_expectation_implementations

        known = set(list_registered_expectation_implementations())
    assert {check.expectation for check in load_suites(EXPECTATIONS).checks().values()} <= known


def test_every_release_table_is_required_to_show_no_small_cell_but_records_and_changes() -> None:
    """A change is the difference of two published counts that anybody may take, each with its noise."""
    checks = {name for _, name in load_suites(EXPECTATIONS).checks()}
    for path in EXPECTATIONS.glob("release/*.yaml"):
        if path.stem not in ("candidate", "coverage_change", "reconciliation", "required_checks", "microdata_person"):
            assert f"{path.stem}.no_small_cell" in checks


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("threshold: {min: 1}", "threshold: {}", "min, max or both"),
        ("asset: numbers", "asset: letters", "letters"),
        ("severity: critical", "severity: fatal", "severity"),
        ("severity: critical", "severity: critical\n    mostly: 1", "mostly"),
        ("{query: select 1 as value}", "{}", "either a table or a query"),
    ],
)
def test_a_mistake_in_a_suite_is_told(tmp_path: Path, before: str, after: str, told: str) -> None:
    with pytest.raises(BuildFailed, match=told):
        load_suites(_suite(tmp_path, SUITE.replace(before, after)))


@pytest.mark.parametrize("guard", GUARDS)
@pytest.mark.parametrize(
    ("asset", "is_good"),
    [
        ("{table: candidate.numbers}", True),
        ("{query: select count(*) as value from candidate.numbers as mart}", True),
        ("{table: candidate.numbers_by_age}", False),
        ("{query: select count(*) as value from candidate.by_numbers}", False),
        ("{query: select 1 as value}", False),
    ],
)
def test_the_guard_of_a_table_looks_at_that_table(tmp_path: Path, guard: str, asset: str, is_good: bool) -> None:
    text = SUITE.replace("{query: select 1 as value}", asset).replace("numbers.value", f"numbers.{guard}")
    (_suite(tmp_path) / "release" / "numbers.yaml").write_text(text)
    with nullcontext() if is_good else pytest.raises(BuildFailed, match=rf"numbers\.{guard} does not look at"):
        load_suites(tmp_path)


def test_a_table_is_not_guarded_by_the_test_of_a_longer_name() -> None:
    need = Requirement(owner="o", pattern="dbt.no_small_cells_published_{table}_*", severity="critical", rationale="r")
    short, longer = need.patterns([], ["population", "population_by_age"]).items()
    assert short == ("dbt.no_small_cells_published_population_*", ["dbt.no_small_cells_published_population_by_age_*"])
    assert longer == ("dbt.no_small_cells_published_population_by_age_*", [])


def test_a_name_that_occurs_twice_is_told(tmp_path: Path) -> None:
    _suite(tmp_path)
    with pytest.raises(BuildFailed, match="2 checks are written, 1 loaded"):
        load_suites(_suite(tmp_path, name="again"))


def test_no_suite_at_all_is_no_pass(tmp_path: Path) -> None:
    with pytest.raises(BuildFailed, match="no suite"):
        load_suites(tmp_path)


@pytest.mark.parametrize(
    ("band", "measure", "holds", "text"),
    [
        ({"max": 5}, 5, True, "≤ 5"),
        ({"max": 5}, 5.0001, False, "≤ 5"),
        ({"min": 1}, 0, False, "≥ 1"),
        ({"min": 0, "max": 0}, 0, True, "= 0"),
        ({"min": 80, "max": 125}, float("nan"), False, "80 … 125"),
    ],
)
def test_a_threshold_holds_its_ends(band: dict[str, float], measure: float, holds: bool, text: str) -> None:
    threshold = Threshold(**band)
    assert threshold.holds(measure) is holds
    assert str(threshold) == text


def test_a_check_says_what_it_is(tmp_path: Path) -> None:
    check = Check.model_validate(yaml.safe_load(SUITE)["checks"][0])
    assert load_suites(_suite(tmp_path)).checks() == {("file", "numbers.value"): check}


@pytest.mark.parametrize(
    ("by", "reason", "until"),
    [("", "why", date(2999, 1, 1)), ("Sri", " ", date(2999, 1, 1)), ("Sri", "why", date(2001, 1, 1))],
)
def test_a_waiver_names_who_why_and_a_day_to_come(by: str, reason: str, until: date) -> None:
    with pytest.raises(WrongUsage):
        waive(load(), "registry.records", by, reason, until)

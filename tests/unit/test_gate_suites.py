"""Suites as data: what is written is loaded, and a mistake in a file is told, not dropped."""

import re
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest
import yaml

from satu.errors import BuildFailed, WrongUsage
from satu.gate import waive
from satu.gate.measuring import measuring_models
from satu.gate.suites import GUARD, Check, Requirement, Threshold, load_suites
from satu.settings import load

EXPECTATIONS = load().project_dir / "expectations"
FEEDS = {path.stem for path in EXPECTATIONS.parent.glob("contracts/*.yaml")}
MODELS = EXPECTATIONS.parent / "dbt_project" / "models" / "published"
TABLES = {path.stem.removeprefix("published_") for path in MODELS.rglob("published_*.sql")}
METADATA = {"area", "value_status", "indicator_metadata", "variable_metadata"}
SUITE = """
owner: somebody
assets:
  numbers: {query: select 1 as value}
checks:
  - name: numbers.value
    asset: numbers
    measure: value
    threshold: {min: 1}
    severity: critical
    rationale: One is one.
"""


MACRO = "{% macro narrowed(column) %}{{ column }} > 0{% endmacro %}"


def _suite(folder: Path, text: str = SUITE, name: str = "numbers") -> Path:
    for part in ("raw", "population", "release"):
        (folder / part).mkdir(exist_ok=True)
    (folder / "raw" / f"{name}.yaml").write_text(text)
    return folder


def test_every_written_check_is_loaded() -> None:
    """A name with placeholders stands for each feed, table or column that it is filled in for."""
    written = [
        re.sub(r"\\{[a-z]+\\}", "[a-z_]+", re.escape(name))
        for path in EXPECTATIONS.rglob("*.yaml")
        for name in re.findall(r'^  - \{?name: ["\']?([^"\'\n,]+)["\']?(?:,|$)', path.read_text(), re.M)
    ]
    loaded = [name for _, name in load_suites(EXPECTATIONS).checks()]
    assert len(written) > 100
    assert [name for name in written if not any(re.fullmatch(name, check) for check in loaded)] == []
    assert [check for check in loaded if not any(re.fullmatch(name, check) for name in written)] == []


def test_each_feed_and_each_published_table_has_a_suite() -> None:
    suites = load_suites(EXPECTATIONS).suites
    assert {suite.name for suite in suites if suite.gate == "file"} == FEEDS
    own = {"candidate", "microdata_person"}
    assert {suite.name for suite in suites if suite.gate == "release"} == (TABLES - METADATA) | own


def test_every_suite_names_an_owner_and_every_check_a_reason() -> None:
    for suite in load_suites(EXPECTATIONS).suites:
        assert suite.owner
        assert all(check.rationale.endswith(".") for check in suite.checks)


def test_every_check_measures_a_column_of_its_query() -> None:
    suites = load_suites(EXPECTATIONS).suites
    assert [
        check.name
        for suite in suites
        for check in suite.checks
        if not re.search(rf"\b{check.measure}\b", suite.assets[check.asset].query)
    ] == []


def test_every_release_table_is_searched_for_small_cells_but_changes() -> None:
    """A change is the difference of two published counts that anybody may take, each with its noise."""
    checks = {name for _, name in load_suites(EXPECTATIONS).checks()}
    assert {table for table in TABLES if f"{table}.{GUARD}" not in checks} == {"coverage_change", *METADATA}


@pytest.mark.parametrize(("given", "measure"), [("", "value"), ("    measure: other\n", "other")])
def test_a_check_is_called_as_what_it_measures(tmp_path: Path, given: str, measure: str) -> None:
    text = re.sub(r"    asset: .*\n    measure: .*\n", given, SUITE)
    check = load_suites(_suite(tmp_path, text)).checks()["file", "numbers.value"]
    assert (check.asset, check.measure) == ("numbers", measure)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("threshold: {min: 1}", "threshold: {}", "min, max or both"),
        ("asset: numbers", "asset: letters", "letters"),
        ("severity: critical", "severity: fatal", "severity"),
        ("severity: critical", "severity: critical\n    mostly: 1", "mostly"),
        ("{query: select 1 as value}", "{table: raw.asn}", "table: Extra"),
    ],
)
def test_a_mistake_in_a_suite_is_told(tmp_path: Path, before: str, after: str, told: str) -> None:
    with pytest.raises(BuildFailed, match=told):
        load_suites(_suite(tmp_path, SUITE.replace(before, after)))


@pytest.mark.parametrize(
    ("asset", "is_good"),
    [
        ("{query: select count(*) as value from candidate.numbers as mart}", True),
        ("{query: select count(*) as value from candidate.numbers_by_age}", False),
        ("{query: select count(*) as value from candidate.by_numbers}", False),
        ("{query: select 1 as value}", False),
    ],
)
def test_the_guard_of_a_table_looks_at_that_table(tmp_path: Path, asset: str, is_good: bool) -> None:
    text = SUITE.replace("{query: select 1 as value}", asset).replace("numbers.value", f"numbers.{GUARD}")
    (_suite(tmp_path) / "release" / "numbers.yaml").write_text(text)
    with nullcontext() if is_good else pytest.raises(BuildFailed, match=rf"numbers\.{GUARD} does not look at"):
        load_suites(tmp_path)


def test_a_model_that_only_measures_is_part_of_the_checks_that_read_it(tmp_path: Path) -> None:
    """Narrowed there, a check would find less, and its own file would say the same as before."""
    models = tmp_path / "dbt_project" / "models"
    texts = {
        "published/published_people": "select * from {{ ref('person') }}",
        "population/person": "select 1 as value",
        "population/share": "select * from {{ ref('part') }} where {{ narrowed('value') }}",
        "population/part": "select * from {{ ref('person') }}",
    }
    macro = tmp_path / "dbt_project" / "macros" / "narrowed.sql"
    for path, text in {**{models / f"{name}.sql": text for name, text in texts.items()}, macro: MACRO}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    suites = tmp_path / "expectations"
    suites.mkdir()
    of_share = SUITE.replace("select 1 as value", "select max(value) from population.share")
    of_person = SUITE.replace("select 1 as value", "select max(value) from population.person").replace("numbers.", "p.")
    _suite(suites, of_share, "share")
    _suite(suites, of_person, "person")

    def conditions() -> tuple[str, str]:
        found = load_suites(suites).conditions()
        return found["file", "numbers.value"], found["file", "p.value"]

    share, person = conditions()
    for path in (models / "population" / "share.sql", models / "population" / "part.sql", macro):
        path.write_text(path.read_text().replace("}}", "}} ") + "-- less")
        changed = conditions()
        assert changed[0] != share, path
        assert changed[1] == person
        share = changed[0]
    (models / "population" / "person.sql").write_text("select 2 as value")
    assert conditions() == (share, person), "it decides figures, which other checks look at"


def test_models_that_only_measure_are_those_that_the_documents_name() -> None:
    named = ("feed_completeness", "delivery_measure", "correction", "age_structure", "corrected_file", "awaited_feed")
    found = measuring_models(EXPECTATIONS.parent)
    assert {f"population.{name}" for name in named} <= found.keys()
    assert not {"population.person", "population.household", "coverage.coverage_by_area"} & found.keys()
    assert not any(name.startswith("staging.") for name in found)


def test_a_table_is_not_guarded_by_the_test_of_a_longer_name() -> None:
    need = Requirement(owner="o", pattern="dbt.one_row_per_published_{table}_*", severity="critical", rationale="r")
    short, longer = need.patterns([], ["population", "population_by_age"]).items()
    assert short == ("dbt.one_row_per_published_population_*", ["dbt.one_row_per_published_population_by_age_*"])
    assert longer == ("dbt.one_row_per_published_population_by_age_*", [])


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

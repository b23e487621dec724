"""Every critical check catches the defect that it is there for, and in the suites it alone.

What is planted is in gate_defects.yaml. A new critical check without a defect fails here, and so does a check that
catches nothing, a defect that no check needs, and two checks that always fall together: one of them is superfluous.
"""

import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest
from gate_defects import (
    Bench,
    bench,
    counts_of_people,
    dbt_findings,
    defect_of,
    silent_warnings,
    suite_findings,
    written,
)

from satu import pipeline, warehouse
from satu.errors import RetryableError
from satu.gate.suites import GUARD, Suites, Threshold, load_suites
from satu.gate.verdict import decide
from support import Published

DEFECTS = written()


@pytest.fixture(scope="module")
def suites(published: Published) -> Suites:
    return load_suites(published.settings.project_dir / "expectations")


@pytest.fixture(scope="module")
def on(published: Published) -> Iterator[Bench]:
    with bench(published.settings) as made:
        yield made


def _only(suites: Suites, name: str, **changes: Any) -> Suites:  # noqa: ANN401 - fields of a check
    """The suites without any other critical check than one, changed."""
    kept = []
    for suite in suites.suites:
        checks = [check.model_copy(update=changes) for check in suite.checks if check.name == name]
        if checks:
            kept.append(suite.model_copy(update={"checks": checks}))
    assert kept
    return suites.model_copy(update={"suites": kept})


def _defects(name: str) -> dict[str, str]:
    entry = defect_of(name, DEFECTS.suites)
    assert entry
    return {entry: DEFECTS.suites[entry]}


def _tell(capsys: pytest.CaptureFixture[str], figures: str) -> None:
    with capsys.disabled():
        sys.stdout.write(f"\n{figures}\n")


@pytest.mark.long
def test_each_critical_check_of_the_suites_alone_catches_its_defect(
    on: Bench, suites: Suites, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = suite_findings(on, suites, DEFECTS.suites)
    critical = sum(check.severity == "critical" for check in suites.checks().values())
    _tell(capsys, f"suites: {critical} critical checks, {critical - len(wrong)} caught their defect alone")
    assert wrong == {}
    assert critical > 170


def test_a_small_count_of_people_is_found_in_every_column(on: Bench, suites: Suites) -> None:
    """At both ends of what is withheld, whatever variables of dbt say."""
    unseen, planted = [], 0
    for suite in suites.suites:
        for check in suite.checks:
            if check.name.endswith(f".{GUARD}"):
                table, query = f"candidate.{suite.name}", suite.assets[check.asset].query
                row = f"ctid = (select max(ctid) from {table})"
                for column in counts_of_people(on, table):
                    for count in (1, 4):
                        planted += 1
                        with on.planted(f"update {table} set {column} = {count} where {row}"):
                            if not on.rows(f"select 1 from ({query}) as measures where small_cells = 1"):
                                unseen.append((table, column, count))
    assert unseen == []
    assert planted > 200


@pytest.mark.long
def test_each_critical_data_test_of_dbt_catches_its_defects(
    on: Bench, published: Published, capsys: pytest.CaptureFixture[str]
) -> None:
    tests, planted, wrong = dbt_findings(on, published.settings.home / "dbt", DEFECTS.dbt)
    _tell(
        capsys, f"dbt: {tests} critical data tests, {planted} defects, {tests - len(wrong)} tests caught all of theirs"
    )
    assert wrong == {}
    assert tests > 300


def test_warnings_about_deliveries_links_and_drift_are_told(on: Bench, suites: Suites) -> None:
    assert silent_warnings(on, suites, DEFECTS.warnings) == {}


def test_when_every_feed_stops_the_day_of_the_run_tells(on: Bench, suites: Suites) -> None:
    stopped = """
        insert into population.awaited_feed (feed, regency_code, start_date, end_date)
        values ('interview_household', '3371', '2020-09-01', '2020-09-30');
        alter table ops.run disable trigger user;
        delete from staging.stg_delivered_file where period > '2020-09-17';
        update population.as_of set as_of = '2020-09-17';
        update ops.run set created_at = '{today}'
    """
    behind = {}
    for today in ("2020-09-19", "2020-09-28", "2026-11-26"):
        with on.planted(stopped.format(today=today)):
            behind[today] = on.results(suites, {"population.as_of"})["population", "delivery.days_behind"].success
    assert behind == {"2020-09-19": True, "2020-09-28": False, "2026-11-26": True}


def test_when_no_run_begins_the_nightly_watch_tells(published: Published) -> None:
    awaited = (
        "insert into population.awaited_feed (feed, regency_code, start_date, end_date)"
        " values ('interview_household', '3371', '2020-09-01', '2020-10-20')"
    )
    former = "create temporary table former as select * from population.awaited_feed"
    back = "truncate population.awaited_feed; insert into population.awaited_feed select * from former"
    with psycopg.connect(warehouse.admin_url(published.settings), autocommit=True) as connection:
        pipeline.watch(published.settings, date(2020, 10, 15))
        connection.execute(former)
        connection.execute(awaited)
        try:
            pipeline.watch(published.settings, date(2020, 10, 9))
            with pytest.raises(RetryableError, match="interview_household of 3371 came last for 2020-10-03"):
                pipeline.watch(published.settings, date(2020, 10, 15))
        finally:
            connection.execute(back)


def test_an_empty_table_of_a_release_is_told(on: Bench, suites: Suites) -> None:
    before = on.results(suites)
    assert not decide(list(before.values()), {}).failed
    unseen = []
    for name in [suite.name for suite in suites.suites if suite.gate == "release" and suite.name != "candidate"]:
        with on.planted(f"truncate candidate.{name}"):
            after = before | on.results(suites, {f"candidate.{name}"})
        if not decide(list(after.values()), {}).failed:
            unseen.append(name)
    assert unseen == []


def test_a_check_that_catches_nothing_is_told(on: Bench, suites: Suites) -> None:
    name = "reconciliation.read_adds_up"
    lenient = _only(suites, name, threshold=Threshold(max=1e9))
    assert suite_findings(on, lenient, _defects(name)) == {name: "the defect is caught by no check"}


def test_a_check_without_a_defect_and_a_defect_without_a_check_are_told(on: Bench, suites: Suites) -> None:
    one = _only(suites, "registry_agreement.no_small_cell")
    assert suite_findings(on, one, {"person.people": "select 1"}) == {
        "registry_agreement.no_small_cell": "has no defect in gate_defects.yaml",
        "person.people": "plants for no critical check",
    }


def test_two_checks_for_one_defect_are_told(on: Bench, suites: Suites) -> None:
    name = "registry_agreement.no_small_cell"
    (suite,) = _only(suites, name).suites
    again = suite.checks[0].model_copy(update={"name": "registry_agreement.again"})
    twice = suites.model_copy(update={"suites": [suite.model_copy(update={"checks": [*suite.checks, again]})]})
    told = "the defect is caught by registry_agreement.again, registry_agreement.no_small_cell"
    defects = _defects(name) | {"registry_agreement.again": DEFECTS.suites["*.no_small_cell"]}
    assert suite_findings(on, twice, defects) == {name: told, "registry_agreement.again": told}


def test_a_test_of_dbt_that_sees_nothing_is_told(on: Bench, published: Published) -> None:
    harmless = DEFECTS.dbt | {"relationships": ["update {table} set {column} = {column} where {row}"]}
    _, _, wrong = dbt_findings(on, published.settings.home / "dbt", harmless)
    assert wrong
    assert all("relationships" in name for name in wrong)

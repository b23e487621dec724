"""A census half way and at its end, held against counts made apart from the warehouse's own."""

import json
import math
import statistics
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from campaigns import HALF_WAY_QUERIES, Campaign, delivered_in_two_parts

from satu import pipeline, warehouse
from satu.gate.suites import load_suites

pytestmark = pytest.mark.long

LEVELS = {"regency": 4, "district": 7, "village": 10, "sls": 16}
PUBLISHED_MODELS = Path(__file__).parents[2] / "dbt_project" / "models" / "published"


@pytest.fixture(scope="module")
def campaign(home: Path) -> Iterator[Campaign]:
    with delivered_in_two_parts(home) as made:
        yield made


def _first_checks(cards: list[Any]) -> dict[tuple[str, str], date]:
    """Return the day on which each family card of each list was first seen."""
    first: dict[tuple[str, str], date] = {}
    for sls, card, day in cards:
        first[sls, card] = min(day, first.get((sls, card), day))
    return first


def _projected(week: list[int], remaining: int, through: date) -> tuple[date | None, ...]:
    """Search day by day for the first on which the mean, the upper and the lower end of what is to come reach it."""
    mean, spread = statistics.mean(week), statistics.stdev(week)
    found = []
    for sign in (0, 1, -1):
        days = (
            d
            for d in range(1, 3651)
            if d * mean + sign * 2.4469 * spread * math.sqrt(d + d * d / 7) >= remaining - 1e-6
        )
        day = next(days, None)
        found.append(through + timedelta(days=day) if day else None)
    return tuple(found)


def test_the_pace_is_that_of_the_lists(campaign: Campaign) -> None:
    checks = _first_checks(campaign.half_way["cards"])
    through = max(checks.values())
    statuses = Counter[str]()
    found = {(level, code): row for level, code, *row in campaign.half_way["pace"]}
    for level, digits in LEVELS.items():
        targets = Counter[str]()
        for sls, target in campaign.half_way["targets"]:
            targets[sls[:digits]] += target
        for code, target in targets.items():
            days = Counter(day for (sls, _), day in checks.items() if sls[:digits] == code)
            reached, remaining, *dates, status = found[level, code]
            assert (reached, remaining) == (days.total(), max(target - days.total(), 0))
            week = [days[through - timedelta(days=back)] for back in range(7)]
            expected = "complete" if not remaining else "projected" if any(week) else "no_progress"
            assert status == expected, (level, code)
            projection = _projected(week, remaining, through) if status == "projected" else (None, None, None)
            assert tuple(dates) == projection, (level, code, week, remaining)
            statuses[status] += 1
    assert statuses["projected"] > 5
    assert statuses["complete"] > 5


def test_each_day_holds_what_was_recorded_on_it(campaign: Campaign) -> None:
    outcomes = campaign.rows(
        "select (started_at at time zone 'Asia/Jakarta')::date, outcome, sls_code from staging.stg_interview_household"
        " where is_latest"
    )
    checks = _first_checks(campaign.rows(HALF_WAY_QUERIES["cards"]))
    found = {
        (level, code, day): row
        for level, code, day, *row in campaign.rows(
            "select area_level, area_code, event_date, interviewed_household_count, refused_household_count,"
            " not_met_household_count, checked_household_count, checked_household_to_date_count"
            " from coverage.coverage_daily"
        )
    }
    days = {day for day, _, _ in outcomes} | set(checks.values())
    for level, digits in LEVELS.items():
        if level == "sls":  # has no days
            continue
        visits = Counter((sls[:digits], day, outcome) for day, outcome, sls in outcomes)
        seen = Counter((sls[:digits], day) for (sls, _), day in checks.items())
        for code in {sls[:digits] for _, _, sls in outcomes} | {sls[:digits] for sls, _ in checks}:
            to_date = 0
            for day in sorted(days):
                to_date += seen[code, day]
                counts = [visits[code, day, outcome] for outcome in ("complete", "partial", "refused", "not_met")]
                expected = [counts[0] + counts[1], *counts[2:], seen[code, day], to_date]
                if any(expected[:-1]):
                    assert found[level, code, day] == expected
    whole = "select sum(refused_household_count), sum(not_met_household_count), sum(checked_household_count)"
    [by_day] = campaign.rows(f"{whole} from coverage.coverage_daily where area_level = 'regency'")
    [by_area] = campaign.rows(f"{whole} from coverage.coverage_by_area where area_level = 'regency'")
    assert by_day == by_area
    assert all(by_day)


def test_late_records_are_reported(campaign: Campaign) -> None:
    import polars as pl

    traps = pl.read_parquet(campaign.truth / "trap.parquet").filter(pl.col("expected") == "loaded_late")["uri"]
    names = [uri for uri in traps if uri.startswith("interview_household")]
    [(late,)] = campaign.rows(
        "select sum(records_loaded) from ops.file where feed || '/area=' || area_code || '/period=' || period"
        f" || '/' || file_name = any(array{names})"
    )
    assert late
    for table in ("coverage_by_area", "coverage_daily"):
        query = f"select sum(late_record_count) from coverage.{table} where area_level = 'village'"
        assert campaign.rows(query) == [(late,)]
    query = "select sum(records_late_count) from coverage.reconciliation where feed = 'interview_household'"
    assert campaign.rows(query) == [(late,)]


def test_the_first_release_changes_nothing_and_the_second_what_it_does(campaign: Campaign) -> None:
    before, after = campaign.cells(0, "coverage_by_area"), campaign.cells(1, "coverage_by_area")
    for (row,) in campaign.half_way["changes"]:
        assert row["previous_release_id"] is None
        assert {value for name, value in row.items() if name.endswith("_change_count")} == {None}
    changed = campaign.cells(1, "coverage_change")
    assert changed.keys() == after.keys()
    told = 0
    for area, row in changed.items():
        assert row["previous_release_id"] == campaign.runs[0].release_id
        for name in (name for name in row if name.endswith("_change_count")):
            count = name.replace("_change", "")
            pair = (before[area][count], after[area][count])
            change = None if None in pair else pair[1] - pair[0]
            assert row[name] == change, (area, name)
            told += bool(change)
    assert told > 100


def test_a_run_with_nothing_new_releases_nothing(campaign: Campaign) -> None:
    again = pipeline.run(campaign.settings)
    assert (again.waiting, again.run_id, again.release_id) == (0, None, campaign.runs[1].release_id)


def test_control_totals_are_compared_with_the_census(campaign: Campaign) -> None:
    truth = json.loads((campaign.truth / "summary.json").read_text())
    [(counted, households)] = campaign.rows(
        "select (select count(*) from population.person where is_counted), (select count(*) from population.household)"
    )
    sexes = dict(campaign.rows("select sex, count(*) from population.person where is_counted group by sex"))
    query = (
        "select indicator, source, control_count, m.census_count, m.census_count - control_count, is_disputed,"
        " p.census_count - m.census_count, p.census_count - control_count - difference_count"
        " from published.control_total_comparison as p join coverage.control_total_comparison as m"
        " using (area_code, indicator, source, reference_date, control_count, is_disputed) where area_code = '3371'"
    )
    rows = campaign.rows(query)
    found = {(indicator, source): tuple(row) for indicator, source, *row, _, _ in rows}
    assert all(abs(noise) <= 4 and not wrong for *_, noise, wrong in rows)
    people = truth["residents"]
    assert found["people", "simulasi"] == (people, counted, counted - people, True)
    assert found["people", "dinas"] == (4000, counted, counted - 4000, True)
    expected = {"men": sexes["male"], "women": sexes["female"], "households": households}
    for indicator, census in expected.items():
        control = found[indicator, "simulasi"][0]
        assert found[indicator, "simulasi"] == (control, census, census - control, False)
    assert len(found) == 7


def test_every_byte_record_and_person_is_accounted_for(campaign: Campaign) -> None:
    delivered = [
        file
        for file in campaign.landing.rglob("*")
        if file.is_file() and not file.name.startswith((".", "_")) and file.suffix not in (".part", ".tmp")
    ]
    columns = (
        "sum(files_delivered_count), sum(bytes_delivered_count), sum(records_read_count), sum(person_count),"
        " sum(counted_person_count), sum(published_person_count + withheld_person_count)"
    )
    [found] = campaign.rows(f"select {columns} from coverage.reconciliation")
    [(records, people, counted)] = campaign.rows(
        "select (select sum(records_read) from ops.file where status in ('loaded', 'superseded')),"
        " count(*), count(*) filter (where is_counted) from population.person"
    )
    size = sum(file.stat().st_size for file in delivered)
    assert found == (len(delivered), size, records, people, counted, counted)
    [(published,)] = campaign.rows(
        "select sum(m.counted_person_count) from published.coverage_by_area as p join coverage.coverage_by_area as m"
        " using (area_level, area_code) where area_level = 'sls' and p.counted_person_count is not null"
    )
    assert campaign.rows("select sum(published_person_count) from coverage.reconciliation") == [(published,)]


def test_a_bucket_that_leaks_is_found(campaign: Campaign) -> None:
    [test] = (campaign.settings.home / "dbt" / "compiled").rglob("every_record_is_in_one_bucket.sql")
    proof = test.read_text()
    assert campaign.rows(proof) == []
    buckets = [
        row[0]
        for row in campaign.rows(
            "select column_name from information_schema.columns where table_schema = 'coverage'"
            " and table_name = 'reconciliation' and column_name like '%\\_count' and column_name not like '%late%'"
        )
    ]
    assert len(buckets) > 20
    for bucket in buckets:
        with psycopg.connect(warehouse.admin_url(campaign.settings)) as connection:
            leak = f"update coverage.reconciliation set {bucket} = {bucket} + 1 where feed = 'verification'"
            connection.execute(leak.encode())
            assert connection.execute(proof.encode()).fetchall(), bucket
            connection.rollback()


def test_a_mart_that_is_missing_is_missed(campaign: Campaign) -> None:
    [suite] = [
        suite
        for suite in load_suites(campaign.settings.project_dir / "expectations").suites
        if suite.name == "candidate"
    ]
    query = f"select marts_missing from ({suite.assets['columns'].query}) as measures"
    models = {path.stem.removeprefix("published_") for path in PUBLISHED_MODELS.glob("*.sql")}
    models -= {"variable_metadata", "indicator_metadata"}  # they describe the others
    assert len(models) > 8
    assert campaign.rows(query) == [(0,)]
    for mart in models:
        with psycopg.connect(warehouse.admin_url(campaign.settings)) as connection:
            connection.execute(f"drop table candidate.{mart}".encode())
            assert connection.execute(query.encode()).fetchall() == [(1,)], mart
            connection.rollback()


def test_every_test_of_the_data_was_run_and_no_unit_test(campaign: Campaign) -> None:
    manifest = json.loads((campaign.settings.home / "dbt" / "manifest.json").read_text())
    written = {node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "test"}
    run_id = campaign.runs[1].run_id
    found = campaign.rows(f"select check_name from ops.check_result where run_id = '{run_id}'")
    assert {f"dbt.{name}" for name in written} == {name for (name,) in found if name.startswith("dbt.")}

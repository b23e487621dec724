"""All published views: what is missing says why, totals are there, areas are known, a city is no province."""

import subprocess
from pathlib import Path

import pytest

from satu import warehouse
from support import Published, rows

# Columns whose groups have a row `total` for all of them together.
TOTALLED = {
    "age_group",
    "category",
    "evidence",
    "generation",
    "head_age_group",
    "head_sex",
    "outcome",
    "school_age_group",
    "sex",
    "size_group",
    "time_since_answer",
}
# Estimates by sex and age have one total of both: an estimate of women of all ages is none of these.
ONE_TOTAL = {"coverage_estimate"}
# Rows of few people are left out, totals among them.
LEAVES_OUT = {"characteristic_by_age_sex", "online_recheck_daily"}
# Checks have an outcome that nobody adds up.
WITHOUT_TOTAL = {("release_check", "outcome")}


@pytest.fixture(scope="module")
def columns(published: Published) -> dict[str, dict[str, str]]:
    """View ↦ column ↦ type."""
    found: dict[str, dict[str, str]] = {}
    for view, column, kind in published.rows(
        "select table_name, column_name, data_type from information_schema.columns where table_schema = 'published'"
    ):
        found.setdefault(view, {})[column] = kind
    return found


def test_every_value_that_is_missing_says_why(published: Published, columns: dict[str, dict[str, str]]) -> None:
    statuses = {status for (status,) in published.rows("select status from published.value_status")}
    looked_at = 0
    for view, kinds in columns.items():
        of_values = [
            name for name, kind in kinds.items() if kind not in ("text", "boolean") and f"{name}_status" in kinds
        ]
        for name in of_values:
            pairs = published.rows(f"select distinct {name} is null, {name}_status from published.{view}")
            assert {(is_null, status != "shown") for is_null, status in pairs} <= {(True, True), (False, False)}, name
            assert {status for _, status in pairs} <= statuses, (view, name)
            looked_at += len(pairs)
        others = [name for name in kinds if name not in of_values and not name.endswith("_status")]
        empty = ", ".join(f"count(*) - count({name})" for name in others if kinds[name] not in ("text", "boolean"))
        if empty and not view.startswith("release_"):
            assert set(published.rows(f"select {empty} from published.{view}")[0]) == {0}, view
    assert looked_at > 150


def test_totals_are_there(published: Published, columns: dict[str, dict[str, str]]) -> None:
    checked = set()
    for view, kinds in columns.items():
        for name in TOTALLED & kinds.keys():
            if (view, name) in WITHOUT_TOTAL:
                continue
            groupings = (TOTALLED | {"area_level", "area_code", "characteristic", "checked_date", "age"}) - {name}
            keys = [column for column in kinds if column in groupings]
            others = keys if view not in ONE_TOTAL else ["area_level", "area_code"]
            alone = published.rows(
                f"select {', '.join(others)} from published.{view} group by {', '.join(others)}"
                f" having count(*) filter (where {name} = 'total') = 0"
            )
            most = 0.05 * published.rows(f"select count(*) from published.{view}")[0][0] if view in LEAVES_OUT else 0
            assert len(alone) <= most, (view, name)
            checked.add(view)
    assert len(checked) > 12


def test_areas_are_known_and_a_city_is_no_province(published: Published, columns: dict[str, dict[str, str]]) -> None:
    known = set(published.rows("select area_level, area_code from published.area"))
    assert {level for level, _ in known} == {"country", "regency", "district", "village", "sls"}
    for view, kinds in columns.items():
        assert {"area_level", "area_code"} <= kinds.keys() or view in ("release_check",)
        if {"area_level", "area_code"} <= kinds.keys():
            there = set(published.rows(f"select distinct area_level, area_code from published.{view}"))
            assert there <= known, view


def test_an_area_has_a_row_for_each_day_of_a_phase(published: Published) -> None:
    gaps = rows(
        published.settings,
        warehouse.ANALYST,
        "select area_code, phase, count(*) from published.coverage_pace as p"
        " cross join lateral generate_series(p.start_date, p.data_through_date, interval '1 day') as d (day)"
        " where p.area_level in ('regency', 'district', 'village') and p.data_through_date <= p.end_date"
        " and not exists (select from published.coverage_daily as c where c.area_level = p.area_level"
        "   and c.area_code = p.area_code and c.event_date = d.day::date) group by 1, 2",
    )
    assert gaps == []


def test_numbers_come_as_numbers_and_tools_see_what_they_mean(published: Published) -> None:
    import pandas
    import sqlalchemy

    engine = sqlalchemy.create_engine(
        warehouse.sqlalchemy_url(warehouse.login_url(published.settings, "satu_pipeline"))
    )
    inspector = sqlalchemy.inspect(engine)
    said = {column["name"]: column["comment"] for column in inspector.get_columns("coverage_by_area", "published")}
    assert all(said.values())
    assert inspector.get_table_comment("coverage_by_area", schema="published")["text"]
    read = pandas.read_sql("select * from published.coverage_by_area", engine)
    engine.dispose()
    numbers = [name for name in read if name.endswith(("_count", "_percent"))]
    assert len(numbers) > 25
    assert {kind.kind for kind in read[numbers].dtypes} <= {"i", "f"}
    assert not pandas.api.types.is_numeric_dtype(read["area_code"])


def test_a_dump_of_the_schema_says_what_it_means(published: Published) -> None:
    program = Path(warehouse.psql_program(published.settings)).with_name("pg_dump")
    url = warehouse.admin_url(published.settings)
    done = subprocess.run(
        [program, "--schema-only", "--schema=published", url], capture_output=True, text=True, check=True
    )
    assert "COMMENT ON VIEW published.coverage_daily IS 'One row per area" in done.stdout
    assert "COMMENT ON COLUMN published.coverage_daily.event_date IS" in done.stdout

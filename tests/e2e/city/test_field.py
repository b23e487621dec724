"""The tables for the field on a simulated city: what they say, who may read them, and that they name nobody."""

import json
import re
from pathlib import Path

import psycopg

from satu import warehouse
from support import Published

FIELD_TABLES = ("officer_anomaly", "officer_progress", "work_list")


def may(connection: psycopg.Connection, role: str, statement: str) -> bool:
    """Try a statement as a role; nothing of it stays."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(f"set local role {role}".encode())
            connection.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True


def reads(connection: psycopg.Connection, role: str, relation: str) -> bool:
    """Try to read a table or view as a role."""
    return may(connection, role, f"select 1 from {relation} limit 1")


def test_the_field_is_for_the_field_role_and_the_field_role_for_the_field(published: Published) -> None:
    relations = published.rows(
        "select nspname, nspname || '.' || quote_ident(relname) from pg_class"
        " join pg_namespace on pg_namespace.oid = relnamespace"
        " where relkind in ('r', 'p', 'v', 'm') and nspname !~ '^(pg_|information_schema)'"
    )
    own = {name for schema, name in relations if schema == "field"}
    assert own == {f"field.{table}" for table in FIELD_TABLES}
    assert {schema for schema, _ in relations} >= {"ops", "raw", "staging", "population", "coverage", "candidate"}
    with psycopg.connect(warehouse.admin_url(published.settings)) as connection:
        assert {name for _, name in relations if reads(connection, warehouse.FIELD, name)} == own
        others = (warehouse.ANALYST, warehouse.MICRODATA, warehouse.AUDITOR, warehouse.LOADER)
        assert not [(role, name) for role in others for name in own if reads(connection, role, name)]
        with connection.transaction(force_rollback=True):  # a grant too many would be noticed
            connection.execute("grant usage on schema field to satu_analyst")
            connection.execute("grant select on field.work_list to satu_analyst")
            assert reads(connection, warehouse.ANALYST, "field.work_list")
        assert not may(connection, warehouse.FIELD, "delete from field.work_list")
        assert not may(connection, warehouse.FIELD, "update field.officer_progress set officer_id = 'x'")


def test_the_field_tables_name_nobody(published: Published) -> None:
    secret = {
        row[0]
        for row in published.rows(
            "select nik from staging.person_evidence union select family_card_no from staging.person_evidence"
            " union select name from staging.person_evidence union select officer_name from staging.stg_officer"
        )
        if row[0]
    }
    assert len(secret) > 10_000
    for table in FIELD_TABLES:
        found = {str(value) for row in published.rows(f"select * from field.{table}") for value in row}
        assert found
        assert not found & secret


def test_the_work_list_is_what_the_exports_leave_open(published: Published) -> None:
    import polars as pl

    landing = Path(published.settings.landing_url)
    visits = pl.concat(
        [pl.read_csv(path, infer_schema=False) for path in sorted(landing.glob("interview_household/*/*/*.csv"))]
    )
    newest = visits.sort("mulai").unique("id_wawancara", keep="last")
    for reason, result in (("refused", "MENOLAK"), ("not_met", "TIDAK_DITEMUI"), ("partial", "SEBAGIAN")):
        expected = set(newest.filter(pl.col("hasil") == result)["id_wawancara"])
        found = published.rows(f"select return_id from field.work_list where reason = 'interview_{reason}'")
        assert {row[0] for row in found} == expected
        [(progress,)] = published.rows(
            f"select sum({reason}_household_count) from field.officer_progress where event_date is null"
        )
        assert progress == len(expected)
    waiting = published.rows(
        "select count(*) from population.person"
        " where count_reason in ('doubtful', 'online_not_checked', 'registry_only')"
    )
    assert waiting == published.rows(
        "select count(*) from field.work_list"
        " where reason in ('doubtful', 'online_not_checked', 'registry_not_checked')"
    )
    assert waiting[0][0] > 0
    # Nobody is assigned to somebody whom no source places in a work area.
    assert published.rows(
        "select count(*) from field.work_list"
        " where (officer_id is null or supervisor_id is null) and length(area_code) = 16"
    ) == [(0,)]


def test_the_officers_progress_adds_up(published: Published) -> None:
    sums = "sum(verified_person_count), sum(list_visit_count), sum(interview_visit_count), sum(active_day_count)"
    by_day = published.rows(f"select {sums} from field.officer_progress where event_date is not null")
    in_sum = published.rows(f"select {sums} from field.officer_progress where event_date is null")
    assert by_day == in_sum
    lines = "select count(*) from staging.stg_verification where is_latest and officer_id is not null"
    assert published.rows(lines) == [(in_sum[0][0],)]
    [(areas, listed, remaining)] = published.rows(
        "select sum(work_area_count), sum(listed_line_count), sum(remaining_line_count)"
        " from field.officer_progress where event_date is null"
    )
    assert areas == json.loads((published.truth / "summary.json").read_text())["sls"]
    assert 0 < 100 * remaining < listed


def test_every_officer_is_held_against_peers(published: Published) -> None:
    import polars as pl

    [fabricator] = pl.read_parquet(published.truth / "fabricator.parquet")["id_petugas"]
    scores = dict(published.rows("select officer_id, anomaly_score from field.officer_anomaly"))
    assert all(0 <= score <= 30 for score in scores.values())
    assert scores[fabricator] == max(scores.values())


def test_the_field_pages_queries_answer(published: Published) -> None:
    page = (published.settings.project_dir / "docs" / "field.md").read_text()
    queries = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    assert len(queries) == 3
    assert all(published.rows(query) for query in queries)

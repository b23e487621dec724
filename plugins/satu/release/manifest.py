"""The manifest: the inputs of a release, written with it and kept after its tables are dropped.

It has no records and no addresses: files are identified by feed, area, period and sha256.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import sql

from satu import warehouse
from satu.contracts import Contract
from satu.release.inputs import FILES_AT, of_nobody
from satu.release.partitions import Mart, partition_of
from satu.settings import Settings

LIBRARIES = (
    "apache-airflow",
    "dbt-core",
    "dbt-postgres",
    "duckdb",
    "great-expectations",
    "psycopg",
    "splink",
    "sqlalchemy",
)

_RUN = """
select as_of::text as as_of, created_at, rules, rule_versions from ops.run where run_id = %(run_id)s
"""
_CHECKS = """
select c.gate, c.check_name, c.meaning, c.severity, c.success, c.observed, c.expected, c.condition
from ops.check_result as c where c.run_id = %(run_id)s order by c.gate, c.check_name
"""
_WAIVERS = """
select distinct on (w.check_name) w.check_name, w.waived_by, w.reason, w.valid_until::text as valid_until
from ops.waiver as w
inner join ops.check_result as c on c.run_id = %(run_id)s and c.check_name = w.check_name and c.success is not true
where w.valid_until >= (now() at time zone 'UTC')::date order by w.check_name, w.waiver_id desc
"""
_TIME = """
select
    d.data_through_date::text as data_through_date,
    case
        when d.data_through_date >= (select max(end_date) from candidate.coverage_pace) then 'final' else 'provisional'
    end as data_status
from (select max(event_date) as data_through_date from candidate.coverage_daily) as d
"""
_APPROVAL = """
select approved_by, reason from ops.approval where run_id = %(run_id)s order by approval_id desc limit 1
"""


def manifest(
    settings: Settings,
    connection: psycopg.Connection,
    run_id: str,
    release_id: str,
    tables: list[dict[str, Any]],
    contracts: dict[str, Contract],
    git_revision: str | None,
) -> dict[str, Any]:
    """Return the manifest of a release, except the time of its creation."""
    of_run = {"run_id": run_id}
    (run,) = warehouse.mappings(connection, _RUN, of_run)
    files = warehouse.mappings(connection, FILES_AT, {"at": run["created_at"]})
    checks, waivers = (warehouse.mappings(connection, query, of_run) for query in (_CHECKS, _WAIVERS))
    approval = next(iter(warehouse.mappings(connection, _APPROVAL, of_run)), None)
    return {
        "release_id": release_id,
        "run_id": run_id,
        "as_of": run["as_of"],
        "approved_by": approval["approved_by"] if approval else "gate",
        "approval_reason": approval["reason"] if approval else None,
        "git_revision": git_revision,
        "rules_fingerprint": run["rules"],
        "rule_versions": run["rule_versions"],
        "survivorship_version": _variable(settings.project_dir, "survivorship_version"),
        "reference_date": _variable(settings.project_dir, "reference_date"),
        **_time(connection, tables),
        "is_simulated": of_nobody(connection, run["created_at"]),
        "contract_versions": {feed: contract.version for feed, contract in contracts.items()},
        "library_versions": _versions(connection),
        "input_files": files,
        "checks": checks,
        "waivers": waivers,
        "tables": tables,
    }


def table_of(connection: psycopg.Connection, settings: Settings, mart: Mart, release_id: str) -> dict[str, Any]:
    """Return the manifest's entry for one mart: rows, checksum, grain and columns.

    The checksum does not depend on the order of rows: md5 of the sums of both halves of each row's md5. It detects
    accidents, not forgery; exported files have a SHA-256.
    """
    query = sql.SQL(
        "with hashed as (select md5({row}::text) as hash from {table}) select count(*),"
        " md5(concat(sum(('x' || left(hash, 16))::bit(64)::bigint), ':',"
        " sum(('x' || right(hash, 16))::bit(64)::bigint))) from hashed"
    )
    with connection.transaction():
        connection.execute("set local timezone = 'UTC'")  # the checksum contains times as text
        found = connection.execute(
            query.format(row=row_of(sorted(mart.columns)), table=partition_of(mart, release_id))
        ).fetchone()
    rows, checksum = found or (0, None)
    return {
        "name": mart.name,
        "rows": rows,
        "checksum": checksum,
        "one_row_per": grain(settings.project_dir, mart.name),
        "columns": list(mart.columns),
    }


def row_of(columns: list[str]) -> sql.Composed:
    """Return SQL for a row of these columns."""
    return sql.SQL("row({})").format(sql.SQL(", ").join(map(sql.Identifier, columns)))


def grain(project: Path, mart: str) -> list[str] | None:
    """Return the key columns of a published mart, from its dbt test `one_row_per`."""
    path = project / "dbt_project" / "models" / "published" / f"published_{mart}.yml"
    if not path.exists():
        return None
    (model,) = yaml.safe_load(path.read_text())["models"]
    found = [test["one_row_per"] for test in model["data_tests"] if isinstance(test, dict) and "one_row_per" in test]
    return list(found[0]["arguments"]["columns"]) if found else None


def _variable(project: Path, name: str) -> str | int | None:
    path = project / "dbt_project" / "dbt_project.yml"
    found: str | int | None = yaml.safe_load(path.read_text())["vars"].get(name)
    return found


def _time(connection: psycopg.Connection, tables: list[dict[str, Any]]) -> dict[str, str | None]:
    """Return the newest day that the data tell of, and whether it is beyond the end of the last phase."""
    if not {"coverage_daily", "coverage_pace"} <= {table["name"] for table in tables}:
        return {"data_through_date": None, "data_status": None}
    (found,) = warehouse.mappings(connection, _TIME, {})
    return found


def _versions(connection: psycopg.Connection) -> dict[str, str]:
    server = connection.info.server_version
    ours = {"python": sys.version.split()[0], "postgresql": f"{server // 10_000}.{server % 10_000}"}
    return ours | {library: version(library) for library in LIBRARIES}

"""The source of an export: the released tables of one release, its row of `ops.release`, its check results."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from satu import warehouse
from satu.landing_file import SIMULATED

_RELEASE_COLUMNS = (
    *("release_id", "area_level", "area_code", "area_name", "created_at", "approved_by", "git_revision"),
    *("contract_version", "approval_reason", "reference_date", "data_through_date", "data_status", "file_count"),
    *("record_count", "is_simulated"),
)
"""Those of `published.release_info`, which shows the release of the reader."""


@dataclass(frozen=True)
class ReleaseInfo:
    """One release and the area that it covers: the only regency, else the only province, else the country."""

    release_id: str
    created_at: datetime
    approved_by: str | None
    git_revision: str | None
    contract_version: str
    run_id: str
    manifest: dict[str, Any] | None
    """The manifest; none for a release older than manifests."""
    dropped_at: datetime | None
    area_level: str
    area_code: str
    area_name: str

    @property
    def is_simulated(self) -> bool:
        """Whether nobody in its figures lives."""
        return bool((self.manifest or {}).get("is_simulated"))

    @property
    def file_prefix(self) -> str:
        """How the names of its files begin."""
        return SIMULATED if self.is_simulated else ""

    @property
    def is_final(self) -> bool:
        """Whether its data reach the end of the last phase."""
        return (self.manifest or {}).get("data_status") == "final"

    @property
    def reference_date(self) -> str | None:
        """The day that its counts are about, as YYYY-MM-DD; none if it is not known."""
        return (self.manifest or {}).get("reference_date")


@dataclass(frozen=True)
class Table:
    """A released table and how to read its rows of one release."""

    name: str
    query: sql.Composed


@dataclass(frozen=True)
class CheckRow:
    """One check result of the run behind the release."""

    gate: str
    check_name: str
    severity: str
    success: bool | None
    expected: str | None


def release_info(connection: psycopg.Connection, release_id: str) -> ReleaseInfo | None:
    """Return the release; none if the id is unknown."""
    row = connection.execute(
        "select release_id, created_at, approved_by, git_revision, contract_version, run_id, manifest, dropped_at"
        " from ops.release where release_id = %s",
        (release_id,),
    ).fetchone()
    return ReleaseInfo(*(*row, *_area(connection, release_id))) if row else None


def _area(connection: psycopg.Connection, release_id: str) -> tuple[str, str, str]:
    areas = connection.execute(
        "select distinct area_level, area_code, area_name from released.coverage_by_area where release_id = %s",
        (release_id,),
    ).fetchall()
    for level in ("regency", "province"):
        found = [area for area in areas if area[0] == level]
        if len(found) == 1:
            return found[0]
    regencies = sum(level == "regency" for level, _, _ in areas)
    return ("country", "00", f"Indonesia, {regencies} regencies" if regencies else "Indonesia")


def tables(connection: psycopg.Connection, info: ReleaseInfo) -> list[Table]:
    """Return every table with a partition of this release, and the release itself as a table of one row.

    Marts of people are not included: they are read in the warehouse, by region.
    """
    # The bounds of a partition contain its release: FOR VALUES IN ('2026-11-21.1').
    partitions = connection.execute(
        "select parent.relname, child.relname from pg_inherits"
        " join pg_class as parent on parent.oid = inhparent join pg_class as child on child.oid = inhrelid"
        " where parent.relnamespace = 'released'::regnamespace and parent.relkind = 'p'"
        " and not starts_with(parent.relname, 'microdata_')"
        " and pg_get_expr(child.relpartbound, child.oid) = format('FOR VALUES IN (%%L)', %s::text)"
        " order by parent.relname",
        (info.release_id,),
    ).fetchall()
    # In the order of their values: the same rows make the same file, whatever plan the server chose.
    query = sql.SQL("select * from {} as released order by released")
    read = [Table(name, query.format(sql.Identifier("released", part))) for name, part in partitions]
    return [*read, _release_table(info)]


def _release_table(info: ReleaseInfo) -> Table:
    query = sql.SQL("select {} from published.release_history where release_id = {}")
    columns = sql.SQL(", ").join(map(sql.Identifier, _RELEASE_COLUMNS))
    return Table("release_info", query.format(columns, sql.Literal(info.release_id)))


def checks(connection: psycopg.Connection, run_id: str) -> list[CheckRow]:
    """Return the check results of a run: failed ones first, the most severe first."""
    rows = connection.execute(
        "select gate, check_name, severity, success, expected from ops.check_result where run_id = %s"
        " order by success is true, array_position(array['critical', 'warning', 'info'], severity), gate, check_name",
        (run_id,),
    )
    return [CheckRow(*row) for row in rows]


def read(connection: psycopg.Connection, release_id: str, name: str) -> list[dict[str, Any]]:
    """Return the rows of one released table as mappings; none if the release lacks the table."""
    if connection.execute("select to_regclass(%s)", (f"released.{name}",)).fetchall() == [(None,)]:
        return []
    query = sql.SQL("select * from {} where release_id = {}")
    return warehouse.mappings(connection, query.format(sql.Identifier("released", name), sql.Literal(release_id)))

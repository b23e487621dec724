"""Differences between two releases: rules, and rows and sums by mart, compared in the database."""

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from satu import warehouse
from satu.errors import WrongUsage
from satu.release.manifest import grain, row_of
from satu.release.partitions import partitions
from satu.release.people import is_of_people
from satu.release.views import columns_of
from satu.settings import Settings

AREA = ("area_level", "area_code")
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")

# Rows are paired by grouping on the key, because grouping treats two nulls as equal and a join does not.
_BOTH = """
with both_releases as (
    select {key}, release_id = {after} as is_after, md5({row}::text) as content, area_name
    from {table} where release_id in ({before}, {after})
),

paired as (
    select {key}, max(area_name) as area_name, bool_or(is_after) as is_in_after, bool_or(not is_after) as is_in_before,
        count(distinct content) as versions
    from both_releases group by {key}
)
"""
_ROWS = """
select {by},
    count(*) filter (where is_in_before) as rows_before,
    count(*) filter (where is_in_after) as rows_after,
    count(*) filter (where not is_in_before) as rows_added,
    count(*) filter (where not is_in_after) as rows_gone,
    count(*) filter (where versions > 1) as rows_changed
from paired group by {by} {having} order by {by}
"""
_CHANGED = "having bool_or(versions > 1 or not is_in_before or not is_in_after)"
_SUMS = """
select area_level, given.column_name,
    sum(given.number) filter (where release_id = {before}) as sum_before,
    sum(given.number) filter (where release_id = {after}) as sum_after,
    coalesce(sum(given.number) filter (where release_id = {after}), 0)
    - coalesce(sum(given.number) filter (where release_id = {before}), 0) as difference
from {table} cross join lateral (values {numbers}) as given (column_name, number)
where release_id in ({before}, {after})
group by area_level, given.column_name order by area_level, given.column_name
"""


@dataclass
class Difference:
    """Differences between the releases `before` and `after` in one mart; `note` says why they cannot be compared."""

    mart: str
    before: str
    after: str
    note: str | None = None
    columns_added: list[str] = field(default_factory=list)
    columns_gone: list[str] = field(default_factory=list)
    levels: list[dict[str, Any]] = field(default_factory=list)
    """Number of rows before, after, added, gone and changed, by area level."""
    areas: list[dict[str, Any]] = field(default_factory=list)
    """The same for each area in which a row differs."""
    sums: list[dict[str, Any]] = field(default_factory=list)
    """Sum of each count column before and after, and the difference, by area level."""

    @property
    def is_empty(self) -> bool:
        """Nothing differs."""
        return not (self.note or self.columns_added or self.columns_gone or self.areas)


def diff(settings: Settings, before: str, after: str, mart: str | None = None) -> list[Difference]:
    """Compare all marts of two releases, or one.

    Raises:
        WrongUsage: a release has no tables (any more), neither has the mart, or both are the same release.
    """
    if before == after:
        raise WrongUsage(f"release {before!r} is the same as itself; expected two releases")
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        found = partitions(connection)
        marts = {
            # Marts of people are not compared: the comparison is about figures, not about who changed.
            release_id: {
                str(one.parent)
                for one in found
                if one.release_id == release_id and not one.is_half_detached and not is_of_people(str(one.parent))
            }
            for release_id in (before, after)
        }
        for release_id, names in marts.items():
            if not names:
                raise WrongUsage(f"release {release_id!r} has no tables to compare; `satu releases` lists those kept")
        every = sorted(marts[before] | marts[after])
        if mart and mart not in every:
            raise WrongUsage(f"neither release has a mart {mart!r}; expected one of: {', '.join(every)}")
        return [
            _compare(settings, connection, name, before, after)
            if name in marts[before] & marts[after]
            else Difference(name, before, after, note=f"only in release {before if name in marts[before] else after}")
            for name in ([mart] if mart else every)
        ]


def rules_that_differ(settings: Settings, before: str, after: str) -> dict[str, str] | None:
    """Return the rule files whose versions differ between two releases, each with `changed`, `added` or `gone`.

    The windows of the phases are such a file, `dbt_project/seeds/phase_window.csv`. None if a release is unknown or was
    made before manifests had versions of rules.
    """
    query = "select manifest -> 'rule_versions' from ops.release where release_id = %s"
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        found = [connection.execute(query, (release_id,)).fetchone() for release_id in (before, after)]
    had, has = (row[0] if row else None for row in found)
    if not had or not has:
        return None
    return {
        file: "added" if file not in had else "gone" if file not in has else "changed"
        for file in sorted(had.keys() | has.keys())
        if had.get(file) != has.get(file)
    }


def _compare(settings: Settings, connection: psycopg.Connection, mart: str, before: str, after: str) -> Difference:
    made = Difference(mart, before, after)
    there = columns_of(connection, "released", mart)
    had, has = (_columns(connection, release_id, mart) or list(there) for release_id in (before, after))
    made.columns_added = [name for name in has if name not in had]
    made.columns_gone = [name for name in had if name not in has]
    common = [name for name in has if name in had and name != "release_id"]
    key = [name for name in grain(settings.project_dir, mart) or common if name in common]
    key = [*key, *(name for name in AREA if name in common and name not in key)]
    names = {
        "table": sql.Identifier("released", mart),
        "before": sql.Literal(before),
        "after": sql.Literal(after),
        "key": sql.SQL(", ").join(map(sql.Identifier, key)),
        "row": row_of(common),
    }
    both = sql.SQL(_BOTH).format(**names)
    levels, areas = ("area_level",), (*AREA, "area_name")
    made.levels = warehouse.mappings(connection, both + _counted(levels, everything=True))
    made.areas = warehouse.mappings(connection, both + _counted(areas, everything=False))
    counts = [name for name in common if name.endswith("_count") and there[name].startswith(_NUMBERS)]
    if counts:
        numbers = [sql.SQL("({}, {}::numeric)").format(sql.Literal(c), sql.Identifier(c)) for c in counts]
        made.sums = warehouse.mappings(connection, sql.SQL(_SUMS).format(numbers=sql.SQL(", ").join(numbers), **names))
    return made


def _counted(by: tuple[str, ...], *, everything: bool) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, by))
    return sql.SQL(_ROWS).format(by=columns, having=sql.SQL("" if everything else _CHANGED))


def _columns(connection: psycopg.Connection, release_id: str, mart: str) -> list[str] | None:
    """Return the columns of a mart from the manifest of a release."""
    row = connection.execute(
        "select given -> 'columns' from ops.release cross join jsonb_array_elements(manifest -> 'tables') as given"
        " where release_id = %s and given ->> 'name' = %s",
        (release_id, mart),
    ).fetchone()
    return list(row[0]) if row else None

"""The tables of releases: one partition of `released.<mart>` per release, filled detached, attached, later dropped."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

from satu.errors import BuildFailed
from satu.release.locks import briefly
from satu.release.people import seal
from satu.release.views import columns_of
from satu.warehouse.comments import comment, comments_on

INDEXED = ("area_level", "area_code")
LEFTOVER_PATIENCE = "2s"
"""How long a release waits for readers of partitions that a killed release left; the next release tries again."""

_PARTITIONS = """
select c.relname, p.relname as parent, i.inhdetachpending, substring(
    pg_get_expr(c.relpartbound, c.oid) from 'FOR VALUES IN [(]''(.+)''[)]'
) as release_id
from pg_class as c
left join pg_inherits as i on i.inhrelid = c.oid
left join pg_class as p on p.oid = i.inhparent
where c.relnamespace = 'released'::regnamespace and c.relkind = 'r'
order by c.relname
"""


@dataclass(frozen=True)
class Mart:
    """One table of the candidate: its name, and its columns with their types in order."""

    name: str
    columns: dict[str, str]


@dataclass(frozen=True)
class Partition:
    """One table in schema `released`; without a parent it was never attached, or is already detached."""

    name: str
    parent: str | None
    is_half_detached: bool | None
    release_id: str | None


def candidate(connection: psycopg.Connection) -> list[Mart]:
    """Return the marts of the next release.

    Raises:
        BuildFailed: there are none.
    """
    rows = connection.execute(
        "select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)"
        " from pg_class as c join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
        " where c.relnamespace = 'candidate'::regnamespace and c.relkind = 'r'"
        " and strpos(c.relname, '__dbt_') = 0 order by c.relname, a.attnum"
    )
    columns: dict[str, dict[str, str]] = {}
    for mart, column, kind in rows:
        columns.setdefault(mart, {})[column] = kind
    if not columns:
        raise BuildFailed("schema candidate holds no table; expected the published models of dbt. Run the build first")
    return [Mart(name, found) for name, found in columns.items()]


def partitions(connection: psycopg.Connection) -> list[Partition]:
    """Return all tables in schema `released`, also those of no release."""
    return [Partition(*row) for row in connection.execute(_PARTITIONS)]


def drop_leftovers(connection: psycopg.Connection) -> None:
    """Drop tables left by a killed release or a killed drop; those still in use by readers stay until the next call."""
    released = {row[0] for row in connection.execute("select release_id from ops.release")}
    connection.execute(f"set lock_timeout = '{LEFTOVER_PATIENCE}'")
    for found in partitions(connection):
        if found.release_id not in released or found.is_half_detached:
            try:
                drop(connection, found)
            except psycopg.errors.LockNotAvailable:
                continue
    connection.execute("reset lock_timeout")


def drop(connection: psycopg.Connection, partition: Partition) -> None:
    """Detach a partition concurrently, without blocking readers, and drop it."""
    names = {"name": sql.Identifier("released", partition.name)}
    if partition.parent:
        how = "finalize" if partition.is_half_detached else "concurrently"
        statement = sql.SQL(f"alter table {{parent}} detach partition {{name}} {how}")
        connection.execute(statement.format(parent=sql.Identifier("released", partition.parent), **names))
    connection.execute(sql.SQL("drop table {name}").format(**names))


def ensure_parent(connection: psycopg.Connection, mart: Mart) -> None:
    """Create the partitioned table of a mart, or add its new columns.

    Raises:
        BuildFailed: a column changed its type.
        RetryableError: readers held locks on the table.
    """
    there = columns_of(connection, "released", mart.name)
    changed = [name for name, kind in mart.columns.items() if there.get(name, kind) != kind]
    if changed:
        raise BuildFailed(
            f"candidate.{mart.name} gives columns another type than earlier releases have: {', '.join(changed)};"
            " expected the same type, or a new name for the new column"
        )
    if not there:
        with connection.transaction():
            _create(connection, mart)
    elif mart.columns.keys() - there.keys():
        briefly(connection, f"released.{mart.name}", lambda: _add_columns(connection, mart, there))
    comment(connection, "table", ("released", mart.name), comments_on(connection, ("candidate", mart.name)))


def _create(connection: psycopg.Connection, mart: Mart) -> None:
    parent = sql.Identifier("released", mart.name)
    create = sql.SQL("create table {} (release_id text not null) partition by list (release_id)")
    connection.execute(create.format(parent))
    _add_columns(connection, mart, {})
    if set(INDEXED) <= set(mart.columns):
        index = sql.SQL("create index on {} ({})")
        connection.execute(index.format(parent, sql.SQL(", ").join(map(sql.Identifier, INDEXED))))


def _add_columns(connection: psycopg.Connection, mart: Mart, there: dict[str, str]) -> None:
    added = [
        sql.SQL("add column {} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in mart.columns.items()
        if name not in there
    ]
    statement = sql.SQL("alter table {} {}")
    connection.execute(statement.format(sql.Identifier("released", mart.name), sql.SQL(", ").join(added)))


def fill(connection: psycopg.Connection, mart: Mart, release_id: str) -> None:
    """Fill the detached partition of one mart, so that it can be attached without a scan."""
    columns = sql.SQL(", ").join(map(sql.Identifier, mart.columns))
    names = {
        "parent": sql.Identifier("released", mart.name),
        "aside": partition_of(mart, release_id),
        "candidate": sql.Identifier("candidate", mart.name),
        "columns": columns,
        "id": sql.Literal(release_id),
    }
    with connection.transaction():
        for statement in (
            "create table {aside} (like {parent} including defaults including indexes)",
            "insert into {aside} (release_id, {columns}) select {id}, {columns} from {candidate}",
            "alter table {aside} add check (release_id = {id})",
        ):
            connection.execute(sql.SQL(statement).format(**names))
        seal(connection, mart.name, mart.columns, partition_of(mart, release_id))
    connection.execute(sql.SQL("analyze {aside}").format(**names))


def attach(connection: psycopg.Connection, marts: list[Mart], release_id: str) -> None:
    """Attach the filled partitions; readers do not wait, and do not see them before the pointer moves."""
    statement = sql.SQL("alter table {} attach partition {} for values in ({})")
    with connection.transaction():
        for mart in marts:
            parent = sql.Identifier("released", mart.name)
            connection.execute(statement.format(parent, partition_of(mart, release_id), sql.Literal(release_id)))


def partition_of(mart: Mart, release_id: str) -> sql.Identifier:
    """Return the name of the table of a mart in one release."""
    return sql.Identifier("released", f"{mart.name}__{release_id.replace('-', '_').replace('.', '_')}")


def next_id(connection: psycopg.Connection) -> str:
    """Return an id of this day with the first ordinal that no release, nor a table left by a killed release, has."""
    row = connection.execute(
        "with today as (select to_char(now() at time zone 'UTC', 'YYYY-MM-DD') as day),"
        " known as (select release_id from ops.release union all"
        r"  select regexp_replace(relname, '^.*__(\d+)_(\d+)_(\d+)_(\d+)$', '\1-\2-\3.\4')"
        "  from pg_class where relnamespace = 'released'::regnamespace and relkind = 'r')"
        " select day || '.' || 1 + coalesce(max(split_part(release_id, '.', 2)::int), 0)"
        " from today left join known on starts_with(release_id, day || '.') group by day"
    ).fetchone()
    return str(row[0]) if row else ""

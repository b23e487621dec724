"""Marts of people: nobody reads their tables; a function returns the people of the regions granted to a login.

A mart `microdata_<x>` has one row per person. The view `microdata.<x>` reads `microdata.granted_<x>()`. PostgreSQL
never inlines this function: it runs as its owner, with its own search path. So rows of other regions are filtered out
before any condition of the reader is evaluated, even one marked leakproof; indexes and planner statistics reveal
nothing about rows that the login may not see; and a plan shows only the function. Without a grant the table is not even
opened.
"""

import psycopg
from psycopg import sql

from satu import warehouse
from satu.release.locks import briefly
from satu.settings import Settings

PREFIX = "microdata_"
"""Prefix of the names of marts of people."""

# A region is a range of codes, which an index finds in the order of bytes whatever the collation of the database is:
# what begins with 3371 lies between '3371' and '3371:', as the colon follows the nine. A transaction with a fixed
# snapshot would not see the end of a grant as long as it is open.
_GRANTED = """
create or replace function {function}() returns setof {table}
language plpgsql stable security definer rows 100000 set search_path = pg_catalog, pg_temp
as $$
declare
    regions constant text[] := microdata.granted_areas();
    shown constant text := published.shown_release();
begin
    if current_setting('transaction_isolation') in ('repeatable read', 'serializable') then
        raise exception 'people are read in a transaction of isolation level read committed, this one is %',
            current_setting('transaction_isolation')
            using errcode = 'invalid_transaction_state',
            hint = 'To read one release throughout, `set satu.release_id`.';
    end if;
    if cardinality(regions) = 0 then
        return;
    end if;
    return query
    select people.*
    from unnest(regions) as region (code)
    inner join {table} as people
        on people.area_code collate "C" >= region.code and people.area_code collate "C" < region.code || ':'
    where people.release_id = shown;
end
$$
"""
_PATIENCE = "2s"
_CLOSED = """
select relrowsecurity and not exists (select from pg_policy where polrelid = c.oid)
    and not exists (select from aclexplode(relacl) where grantee <> relowner)
from pg_class as c where oid = to_regclass(%s)
"""


def is_of_people(mart: str) -> bool:
    """Return whether a mart has one row per person."""
    return mart.startswith(PREFIX)


def function_of(mart: str) -> sql.Identifier:
    """Return the name of the function that returns the granted rows of a mart of people."""
    return sql.Identifier("microdata", f"granted_{mart.removeprefix(PREFIX)}")


def ensure_granted(connection: psycopg.Connection, mart: str) -> None:
    """Update the function of a mart of people, and the index that it uses to find a region."""
    names = {
        "function": function_of(mart),
        "table": sql.Identifier("released", mart),
        "index": sql.Identifier(f"{mart}_by_region"),
        "reader": sql.Identifier(warehouse.MICRODATA),
    }
    with connection.transaction():
        for statement in (
            'create index if not exists {index} on {table} (area_code collate "C")',
            _GRANTED,
            "revoke all on function {function}() from public",
            "grant execute on function {function}() to {reader}",
        ):
            connection.execute(sql.SQL(statement).format(**names))


def ensure_closed(connection: psycopg.Connection, mart: str) -> None:
    """Revoke all rights on a table of people except the owner's; row security without a policy blocks later grants.

    Raises:
        RetryableError: readers kept the table busy.
    """
    table = f"released.{mart}"
    if connection.execute(_CLOSED, (table,)).fetchone() == (True,):
        return
    names = {"table": sql.Identifier("released", mart), "role": sql.Identifier(warehouse.MICRODATA)}

    def close() -> None:
        for statement in (
            "alter table {table} enable row level security",
            "drop policy if exists granted_regions on {table}",
            "revoke all on {table} from public, {role}",
        ):
            connection.execute(sql.SQL(statement).format(**names))

    briefly(connection, table, close)


def seal(connection: psycopg.Connection, mart: str, columns: dict[str, str], partition: sql.Identifier) -> None:
    """Deny all but the owner direct access to a partition of people, and to its statistics through plan estimates.

    An estimate in a plan shows how many rows match a condition, including those of other regions.
    """
    if not is_of_people(mart):
        return
    connection.execute(sql.SQL("alter table {} enable row level security").format(partition))
    for column in columns:
        statement = sql.SQL("alter table {} alter column {} set statistics 0")
        connection.execute(statement.format(partition, sql.Identifier(column)))


def empty_candidate(settings: Settings, mart: str, columns: dict[str, str]) -> None:
    """Empty the candidate table of a mart of people, as its owner: the release has the rows, and one copy is enough.

    The samples of the planner go, too: they go when a column's type is set, also to the same one. The table stays full
    until the next build where a reader holds it, or a process dies before this.
    """
    if not is_of_people(mart):
        return
    table = sql.Identifier("candidate", mart)
    types = [
        sql.SQL("alter column {} type {}").format(sql.Identifier(column), sql.SQL(kind))
        for column, kind in columns.items()
    ]
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        connection.execute(f"set local lock_timeout = '{_PATIENCE}'")
        try:
            connection.execute(sql.SQL("truncate {}").format(table))
            connection.execute(sql.SQL("alter table {} {}").format(table, sql.SQL(", ").join(types)))
        except psycopg.errors.LockNotAvailable:
            connection.rollback()

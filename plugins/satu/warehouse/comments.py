"""Comments on tables and views: what a table and its columns mean."""

from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg import sql

_FOUND = """
select coalesce(a.attname, ''), d.description
from pg_description as d
left join pg_attribute as a on a.attrelid = d.objoid and a.attnum = d.objsubid and d.objsubid > 0
where d.classoid = 'pg_class'::regclass and d.objoid = to_regclass(format('%%I.%%I', %s::text, %s::text))
"""


@dataclass(frozen=True)
class Comments:
    """What a table means, and each of its columns by name; empty text for no comment."""

    table: str
    columns: dict[str, str]


def comments_on(connection: psycopg.Connection, table: tuple[str, str]) -> Comments:
    """Return the comments on a table or view (schema, name)."""
    found: dict[str, str] = dict(connection.execute(_FOUND, table).fetchall())
    return Comments(found.pop("", ""), found)


def comment(connection: psycopg.Connection, kind: LiteralString, table: tuple[str, str], wanted: Comments) -> None:
    """Make the comments on a `table` or `view` those wanted; others on it stay, and readers do not wait."""
    there = comments_on(connection, table)
    name = sql.Identifier(*table)
    if wanted.table and there.table != wanted.table:
        connection.execute(sql.SQL(f"comment on {kind} {{}} is {{}}").format(name, sql.Literal(wanted.table)))
    for column, text in wanted.columns.items():
        if text and there.columns.get(column) != text:
            statement = sql.SQL("comment on column {} is {}")
            connection.execute(statement.format(sql.Identifier(*table, column), sql.Literal(text)))

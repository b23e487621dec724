"""The raw tables: one per feed, every column of its contract as text, and the origin of each record."""

import psycopg
from psycopg import sql

from satu.contracts import Contract

# Filled in by the server during COPY: the loader sets the file, a sequence of its session numbers the records.
_LINEAGE = sql.SQL(
    "_file_id bigint not null default current_setting('satu.file_id')::bigint,"
    " _record_no bigint not null default nextval('pg_temp.record_no'::text::regclass)"
)


def ensure_raw_tables(connection: psycopg.Connection, contracts: dict[str, Contract]) -> None:
    """Create missing raw tables and add new columns of the contracts."""
    found: dict[str, set[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from information_schema.columns where table_schema = 'raw'"
    ):
        found.setdefault(table, set()).add(column)
    for feed, contract in contracts.items():
        table = sql.Identifier("raw", feed)
        if feed not in found:
            columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(c.name)) for c in contract.columns)
            connection.execute(sql.SQL("create table if not exists {} ({}, {})").format(table, columns, _LINEAGE))
            continue
        for column in contract.columns:
            if column.name not in found[feed]:
                connection.execute(
                    sql.SQL("alter table {} add column if not exists {} text").format(
                        table, sql.Identifier(column.name)
                    )
                )

"""Records made by hand for linkage in DuckDB, without a server."""

from collections.abc import Iterator

import duckdb
import pytest

from satu.link import rules

Record = dict[str, str | int | None]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with linkage's macros and its tables of records, empty."""
    with duckdb.connect() as opened:
        opened.execute(
            "create table record (r integer, feed text, record_key bigint, nik text, family_card_no text,"
            " name_key text, flat_name text, birth_date date, sex text, sls_code text, village_code text,"
            " return_no integer, line_no integer, household_no integer)"
        )
        opened.execute("create table same (a integer, b integer)")
        opened.execute("create table apart (r integer, return_no integer, line_no integer)")
        opened.execute(rules.MACROS)
        yield opened


def give(connection: duckdb.DuckDBPyConnection, *records: Record) -> None:
    """Fill table record; each is a line of its own, and a return is a household, unless it says otherwise."""
    for number, record in enumerate(records):
        flat = str(record.get("name_key") or "").replace(" ", "") or None
        row = {"r": number, "feed": "online_person", "record_key": number, "line_no": number, "flat_name": flat}
        row |= {"household_no": record.get("return_no")} | record
        names = ", ".join(row)
        connection.execute(f"insert into record ({names}) values ({', '.join('?' * len(row))})", list(row.values()))

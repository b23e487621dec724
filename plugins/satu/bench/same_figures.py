"""Whether another engine computes the same tables as the warehouse, cell by cell."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from satu.engines import exchange
from satu.errors import BuildFailed
from satu.settings import Settings

if TYPE_CHECKING:
    import duckdb

_DIGITS = 9
"""Significant digits to which numbers of floating point, and those with more decimals, are compared: engines add up in
another order."""


@dataclass(frozen=True)
class Comparison:
    """What was compared, and by table how many cells differ."""

    tables: int
    cells: int
    differing: dict[str, int]


def compare(settings: Settings, relations: dict[str, str], connection: "duckdb.DuckDBPyConnection") -> Comparison:
    """Compare tables of the warehouse with relations of DuckDB, by the table's `schema.name`; rows have no order.

    A cell differs where its column has other values or the same in other numbers; where only the rows that they stand
    in differ, each such row counts once.

    Raises:
        BuildFailed: a table has other columns.
    """
    cells, differing = 0, {}
    connection.execute("set TimeZone = 'UTC'").fetchall()
    with tempfile.TemporaryDirectory(prefix="satu-compare-") as folder:
        exchange.write_parquet(settings, {table: table for table in relations}, Path(folder))
        for table, relation in sorted(relations.items()):
            ours = f"read_parquet('{folder}/{table.replace('.', '/')}.parquet')"
            own = [name for name, *_ in connection.execute(f"describe from {ours}").fetchall()]
            types = {name: kind for name, kind, *_ in connection.execute(f"describe from {relation}").fetchall()}
            columns = {name: _compared(name, kind) for name, kind in types.items()}
            if set(own) != set(types):
                raise BuildFailed(f"{table} has the columns {own} in the warehouse and {list(types)} elsewhere")
            rows = _count(connection, f"from {ours}")
            cells += rows * len(columns)
            if found := _differing(connection, ours, relation, columns):
                differing[table] = found
    return Comparison(len(relations), cells, differing)


def _differing(connection: "duckdb.DuckDBPyConnection", ours: str, theirs: str, columns: dict[str, str]) -> int:
    def distance(expressions: list[str]) -> int:
        one, other = (f"from {relation} select {', '.join(expressions)}" for relation in (ours, theirs))
        return max(_count(connection, f"({a}) except all ({b})") for a, b in ((one, other), (other, one)))

    rows = distance(list(columns.values()))
    return max(rows, sum(distance([column]) for column in columns.values())) if rows else 0


def _count(connection: "duckdb.DuckDBPyConnection", query: str) -> int:
    [(count,)] = connection.execute(f"from ({query}) select count(*)").fetchall()
    return int(count)


def _compared(name: str, kind: str) -> str:
    """Return a column as text that is the same for the same value, whatever type an engine has for it."""
    if kind == "DOUBLE" or (kind.startswith("DECIMAL") and int(kind.split(",")[1].rstrip(")")) > _DIGITS):
        return f"printf('%.{_DIGITS - 1}e', \"{name}\"::double)"
    if kind.startswith("TIMESTAMP"):
        return f'epoch_us("{name}")::text'
    return f'"{name}"::text'

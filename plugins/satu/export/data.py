"""Write one released table as CSV and Parquet, in one pass and never whole in memory."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from satu.export.source import Table

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 50_000
WORKBOOK = "census.xlsx"
"""Name of the workbook for people in offices."""
CATALOGUE = ("ckan.json", "dcat.jsonld", "ms-kegiatan.json", "ms-variabel.csv", "ms-indikator.csv")
"""The files in catalogue/ that every release has."""
LONGEST_NUMBER = 15
"""Digits of a number that a spreadsheet keeps; of a longer code it would make zeros."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# PostgreSQL type ↦ (name in the manifest, name of the Arrow type)
TYPES = {
    "bool": ("boolean", "bool_"),
    "int2": ("integer", "int64"),
    "int4": ("integer", "int64"),
    "int8": ("integer", "int64"),
    "float4": ("number", "float64"),
    "float8": ("number", "float64"),
    "numeric": ("number", "float64"),
    "date": ("date", "date32"),
    "timestamptz": ("timestamp", "timestamp"),
}
TEXT = ("string", "string")
NUMBERS = ("integer", "number")
"""Types that values have; columns of other types are codes, names and days."""


@dataclass(frozen=True)
class Exported:
    """The files of one table: how they are called without ending, its rows, its columns with types (`string`, …)."""

    name: str
    file: str
    rows: int
    columns: dict[str, str]


def write_table(connection: psycopg.Connection, folder: Path, table: Table, prefix: str = "") -> Exported:
    """Write `<folder>/<prefix><table>.csv` and `.parquet`; return their rows and columns.

    `.indonesia.csv` beside them has semicolons and decimal commas, and opens in a spreadsheet with Indonesian settings.
    """
    import pyarrow.parquet as pq

    folder.mkdir(exist_ok=True)
    name = f"{prefix}{table.name}"
    with connection.cursor("export") as cursor:
        cursor.execute(table.query)
        kinds = _kinds(connection, cursor)
        schema = _schema(kinds)
        rows = 0
        with (
            (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as text,
            (folder / f"{name}.indonesia.csv").open("w", encoding="utf-8-sig", newline="") as local,
            pq.ParquetWriter(folder / f"{name}.parquet", schema) as parquet,
        ):
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(kinds)
            of_indonesia = csv.writer(local, delimiter=";", lineterminator="\r\n")
            of_indonesia.writerow(kinds)
            for batch in _fetched(cursor):
                writer.writerows([neutral(cell) for cell in row] for row in batch)
                of_indonesia.writerows([indonesian(cell) for cell in row] for row in batch)
                parquet.write_table(_arrow(batch, schema))
                rows += len(batch)
    return Exported(table.name, name, rows, {name: TYPES.get(kind, TEXT)[0] for name, kind in kinds.items()})


def neutral(cell: object) -> object:
    """Return a cell as CSV may hold it: text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def indonesian(cell: object) -> object:
    """Return a cell as a spreadsheet with Indonesian settings reads it: decimal commas, no long code as a number."""
    if isinstance(cell, Decimal | float):
        return str(cell).replace(".", ",")
    if isinstance(cell, str) and len(cell) > LONGEST_NUMBER and cell.isdigit():
        return f"'{cell}"
    return neutral(cell)


def _kinds(connection: psycopg.Connection, cursor: "psycopg.ServerCursor[Any]") -> dict[str, str]:
    columns = cursor.description or []
    known = [connection.adapters.types.get(column.type_code) for column in columns]
    return {column.name: kind.name if kind else "text" for column, kind in zip(columns, known, strict=True)}


def _schema(kinds: dict[str, str]) -> "pa.Schema":
    import pyarrow as pa

    fields = []
    for name, kind in kinds.items():
        arrow = TYPES.get(kind, TEXT)[1]
        fields.append(pa.field(name, pa.timestamp("us", "UTC") if arrow == "timestamp" else getattr(pa, arrow)()))
    return pa.schema(fields)


def _fetched(cursor: "psycopg.ServerCursor[Any]") -> Iterator[list[tuple[Any, ...]]]:
    while batch := cursor.fetchmany(BATCH):
        yield batch


def _arrow(batch: list[tuple[Any, ...]], schema: "pa.Schema") -> "pa.Table":
    import pyarrow as pa

    columns = [
        pa.array([_plain(v, f) for v in values], f.type)
        for values, f in zip(zip(*batch, strict=True), schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _plain(value: object, field: "pa.Field[Any]") -> object:
    if isinstance(value, Decimal):
        return float(value)
    return str(value) if value is not None and str(field.type) == "string" else value

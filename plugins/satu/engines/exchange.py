"""Tables between the warehouse and Parquet files, as Arrow record batches."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from satu import warehouse
from satu.settings import Settings
from satu.warehouse import arrow, comments

if TYPE_CHECKING:
    import pyarrow
    from adbc_driver_manager.dbapi import Cursor

_COLUMNS = """
select attname::text as name, format_type(atttypid, atttypmod) as type from pg_attribute
where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum
"""
_PLAIN = frozenset({
    "bigint", "integer", "smallint", "boolean", "text", "date", "double precision", "timestamp with time zone",
})  # fmt: skip
"""Types that are read as they are; every other is read as text."""
_SCALED = re.compile(r"numeric\((\d+),(\d+)\)")
_NAMED = {
    "string": "text", "int64": "bigint", "int32": "integer", "bool": "boolean", "date32[day]": "date",
    "double": "double precision",
}  # fmt: skip


def write_parquet(settings: Settings, tables: dict[str, str], folder: Path) -> None:
    """Write each table of the values as `<folder>/<schema>/<name>.parquet`, under the name (`schema.name`) of its key.

    All are written as they are at one moment.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with arrow.transaction(settings) as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        for written, table in tables.items():
            schema, name = written.split(".")
            path = folder / schema / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            types = _types(cursor, table)
            cursor.execute(" ".join(("select", ", ".join(map(_read, types, types.values())), "from", table)))
            batches = cursor.fetch_record_batch()
            schema_of_file = pa.schema([_written(field, types[field.name]) for field in batches.schema])
            with pq.ParquetWriter(path, schema_of_file) as writer:
                for batch in batches:
                    writer.write_batch(batch.cast(schema_of_file))


def read_parquet(settings: Settings, tables: dict[str, Path]) -> None:
    """Replace each table (`schema.name`) by the Parquet files of a folder, all in one transaction."""
    import pyarrow.dataset as ds

    with arrow.transaction(settings) as cursor:
        cursor.execute(f"set lock_timeout = '{warehouse.LOCK_PATIENCE_S}s'")
        for table, folder in tables.items():
            schema, name = table.split(".")
            files = sorted(folder.glob("*.parquet"))
            records = ds.dataset(files, format="parquet").scanner().to_reader()
            cursor.execute(f"create table {table}__new ({', '.join(map(_definition, records.schema))})")
            cursor.adbc_ingest(f"{name}__new", records, mode="append", db_schema_name=schema)
            cursor.execute(f"analyze {table}__new")
        for table in tables:  # readers wait for these alone
            cursor.execute(f"drop table if exists {table} cascade")
            cursor.execute(f"alter table {table}__new rename to {table.split('.')[1]}")


def describe(settings: Settings, nodes: Iterable[dict[str, Any]]) -> None:
    """Comment on the tables of models whose docs the warehouse keeps, as dbt-postgres does where it builds them."""
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        for node in nodes:
            if node["config"].get("persist_docs"):
                columns = {name: column["description"] for name, column in node["columns"].items()}
                comments.comment(
                    connection,
                    "table",
                    (node["schema"], node["alias"]),
                    comments.Comments(node["description"], columns),
                )


def _types(cursor: "Cursor", table: str) -> dict[str, str]:
    cursor.execute(_COLUMNS, (table,))
    return {column["name"]: column["type"] for column in cursor.fetch_arrow_table().to_pylist()}


def _read(name: str, kind: str) -> str:
    return f'"{name}"' if kind in _PLAIN else f'"{name}"::text as "{name}"'


def _written(field: "pyarrow.Field[pyarrow.DataType]", kind: str) -> "pyarrow.Field[pyarrow.DataType]":
    """Return the field under which a column is written: numbers with a scale as such."""
    import pyarrow as pa

    scaled = _SCALED.fullmatch(kind)
    return field.with_type(pa.decimal128(int(scaled[1]), int(scaled[2]))) if scaled else field


def _definition(field: "pyarrow.Field[pyarrow.DataType]") -> str:
    """Return a column of PostgreSQL for one of Arrow."""
    import pyarrow as pa

    kind = field.type
    if pa.types.is_decimal(kind):
        return f'"{field.name}" numeric({kind.precision}, {kind.scale})'
    if pa.types.is_timestamp(kind):
        return f'"{field.name}" timestamp with time zone'
    return f'"{field.name}" {_NAMED[str(kind)]}'

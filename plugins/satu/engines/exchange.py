"""Tables between the warehouse and Parquet files, as Arrow record batches."""

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from satu import warehouse
from satu.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow
    from adbc_driver_manager.dbapi import Cursor

_COLUMNS = """
select attname::text as name, format_type(atttypid, null) as type from pg_attribute
where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum
"""
_PLAIN = frozenset({
    "bigint", "integer", "smallint", "boolean", "text", "date", "double precision", "timestamp with time zone",
})  # fmt: skip
"""Types that Arrow has; every other is written as text."""
_NAMED = {
    "string": "text", "int64": "bigint", "int32": "integer", "bool": "boolean", "date32[day]": "date",
    "double": "double precision",
}  # fmt: skip


def write_parquet(settings: Settings, tables: dict[str, str], folder: Path) -> None:
    """Write each table of the values as `<folder>/<schema>/<name>.parquet`, under the name (`schema.name`) of its key.

    All are written as they are at one moment.
    """
    import pyarrow.parquet as pq

    with _transaction(settings) as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        for written, table in tables.items():
            schema, name = written.split(".")
            path = folder / schema / f"{name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            cursor.execute(f"select {_columns(cursor, table)} from {table}")  # noqa: S608 - names are those of the project
            batches = cursor.fetch_record_batch()
            with pq.ParquetWriter(path, batches.schema) as writer:
                for batch in batches:
                    writer.write_batch(batch)


def read_parquet(settings: Settings, tables: dict[str, Path]) -> None:
    """Replace each table (`schema.name`) by the Parquet files of a folder, all in one transaction."""
    import pyarrow.dataset as ds

    with _transaction(settings) as cursor:
        for table, folder in tables.items():
            schema, name = table.split(".")
            files = sorted(folder.glob("*.parquet"))
            records = ds.dataset(files, format="parquet").scanner().to_reader()
            cursor.execute(f"drop table if exists {table} cascade")
            cursor.execute(f"create table {table} ({', '.join(map(_definition, records.schema))})")
            cursor.adbc_ingest(name, records, mode="append", db_schema_name=schema)
            cursor.execute(f"analyze {table}")


def _columns(cursor: "Cursor", table: str) -> str:
    cursor.execute(_COLUMNS, (table,))
    columns = cursor.fetch_arrow_table().to_pylist()
    return ", ".join(
        f'"{column["name"]}"' if column["type"] in _PLAIN else f'"{column["name"]}"::text as "{column["name"]}"'
        for column in columns
    )


def _definition(field: "pyarrow.Field[pyarrow.DataType]") -> str:
    """Return a column of PostgreSQL for one of Arrow."""
    import pyarrow as pa

    kind = field.type
    if pa.types.is_decimal(kind):
        return f'"{field.name}" numeric({kind.precision}, {kind.scale})'
    if pa.types.is_timestamp(kind):
        return f'"{field.name}" timestamp with time zone'
    return f'"{field.name}" {_NAMED[str(kind)]}'


@contextmanager
def _transaction(settings: Settings) -> "Iterator[Cursor]":
    import adbc_driver_postgresql.dbapi as adbc

    try:
        connection = adbc.connect(warehouse.session_url(settings))
    except adbc.Error as error:
        raise warehouse.not_connected(settings, error) from None
    with connection, connection.cursor() as cursor:
        cursor.execute(f"set role {warehouse.TRANSFORMER}")
        yield cursor
        connection.commit()

"""Records of a Parquet file as CSV, read within limits (`formats.bounded`): one repeated value can become gigabytes."""

import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from satu.load.formats.bounded import blocks_of, serve
from satu.load.formats.workbook_process import EXACT, cell_text

if TYPE_CHECKING:
    import pyarrow as pa

MEMORY_BYTES = 512 * 2**20
"""Many times the memory that a batch of records needs."""
ROUNDED = 0
"""Block number that marks the name of a column with a rounded identifier."""
_RECORDS = 1 << 14
_BLOCK_BYTES = 1 << 19


class _Rounded(Exception):
    pass


def table_as_csv(table: BinaryIO, columns: dict[str, str], identifiers: Sequence[str]) -> Iterator[tuple[int, bytes]]:
    """Yield (number of records, CSV block) of a Parquet file on disk.

    `columns` maps the names of the wanted columns. (ROUNDED, column) ends a file in which one of `identifiers` has a
    number such as 3.37E+15. Raises what `bounded.blocks_of` raises.
    """
    return blocks_of(__name__, table, json.dumps([columns, list(identifiers)]))


def _batches(table: BinaryIO) -> Iterator[tuple[int, bytes]]:
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"  # other allocators reserve more than they use
    import pyarrow.parquet as pq

    columns, identifiers = json.loads(sys.argv[1])
    opened = pq.ParquetFile(table, pre_buffer=False, buffer_size=_BLOCK_BYTES)
    try:
        for batch in opened.iter_batches(_RECORDS, columns=list(columns), use_threads=False):
            named = batch.rename_columns([columns[name] for name in batch.schema.names])
            yield batch.num_rows, _csv_block(named, identifiers)
    except _Rounded as found:
        yield ROUNDED, str(found).encode()


def _csv_block(batch: "pa.RecordBatch", identifiers: list[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    texts = pa.RecordBatch.from_arrays([_as_text(column) for column in batch.columns], names=batch.schema.names)
    for column in set(identifiers) & set(texts.schema.names):
        if pc.any(pc.match_substring_regex(texts[column], r"^\s*\d[.,]?\d*[Ee]\+\d+\s*$")).as_py():
            raise _Rounded(column)
    block = io.BytesIO()
    csv.write_csv(texts, block, csv.WriteOptions(include_header=False))
    return block.getvalue()


def _as_text(column: "pa.Array[Any]") -> "pa.Array[Any]":
    """Return a column of text, numbers or times as `cell_text` would write each of its values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_decimal(column.type):
        text = pc.replace_substring_regex(column.cast(pa.string()), r"\.0+$", "")
        return pc.replace_substring_regex(text, r"^-?0E[-+]\d+$", "0")
    if pa.types.is_floating(column.type):
        return _floats_as_text(column)
    if not pa.types.is_timestamp(column.type):
        return column.cast(pa.string())
    column = column.cast(pa.timestamp("us", column.type.tz), safe=column.type.unit != "ns")
    days = column.cast(pa.date32(), safe=False)
    if column.type.tz is None and pc.all(pc.equal(days.cast(column.type), column)).as_py():
        return days.cast(pa.string())
    return pa.array([cell_text(value) if value is not None else None for value in column.to_pylist()], pa.string())


def _floats_as_text(column: "pa.Array[Any]") -> "pa.Array[Any]":
    import pyarrow as pa
    import pyarrow.compute as pc

    column = pc.if_else(pc.is_nan(column), pa.nulls(len(column), column.type), column)
    exact = {16: 2**11, 32: 2**24}.get(column.type.bit_width, EXACT)
    with suppress(pa.ArrowInvalid):  # some values have a fraction
        whole = column.cast(pa.int64())
        if (pc.max(pc.abs(whole)).as_py() or 0) < exact:
            return whole.cast(pa.string())
    if exact < EXACT:  # the last digits of larger numbers come from the format
        return pc.replace_substring_regex(column.cast(pa.string()), r"\.0$", "")
    return pa.array([cell_text(value) if value is not None else None for value in column.to_pylist()], pa.string())


if __name__ == "__main__":
    sys.exit(serve(_batches, MEMORY_BYTES))

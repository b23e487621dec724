"""Parquet tables as blocks of CSV."""

import shutil
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from satu.contracts import Contract, normalised
from satu.errors import BadInput
from satu.load.containers import MAX_RATIO, unpacked_limit
from satu.load.formats.bounded import PROCESSOR_SECONDS, TooLarge, Unreadable
from satu.load.formats.parquet_process import MEMORY_BYTES as TABLE_MEMORY_BYTES
from satu.load.formats.parquet_process import ROUNDED, table_as_csv
from satu.load.formats.workbook_process import DELIMITER
from satu.load.records import Reading
from satu.load.shape import Shape
from satu.load.text import Header


def parquet_blocks(stream: BinaryIO, size: int, contract: Contract, reading: Reading) -> Iterator[tuple[Header, bytes]]:
    """Yield (columns as a header, CSV block) for each batch of records of a Parquet file of `size` bytes.

    Raises:
        BadInput: it is not a Parquet file, lacks a required column, has values other than text, numbers or dates, or
        expands far beyond its size.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with TemporaryFile() as packed:
        shutil.copyfileobj(stream, packed)
        try:
            names = pq.ParquetFile(packed, pre_buffer=False).schema_arrow.names
        except (pa.ArrowException, OSError, ValueError):
            raise BadInput("it is not a readable Parquet file. Send it again") from None
        columns = {name: contract.column_of_header.get(normalised(name)) for name in names}
        known = {name: column for name, column in columns.items() if column}
        if missing := contract.required_columns - set(known.values()):
            raise BadInput(f"the Parquet file lacks the required columns {', '.join(sorted(missing))}")
        if len(known) < len(columns):
            reading.report([f"unknown columns not loaded: {len(columns) - len(known)}"])
        if len(names) > len(set(names)) or len(set(known.values())) < len(known):
            raise BadInput("the Parquet file has a column twice; expected each column once")
        header = Header(DELIMITER, tuple(known.values()), 0, (), Shape(contract, list(known.values())))
        limit, length = unpacked_limit(size), 0
        packed.seek(0)
        try:
            for number, block in table_as_csv(cast("BinaryIO", packed), known, contract.identifier_columns):
                if number == ROUNDED:
                    raise BadInput(
                        f"column {block.decode()} has a rounded number such as 3,37E+15; expected all 16 digits."
                        " Export again with the column as text"
                    )
                if (length := length + len(block)) > limit:
                    raise TooLarge
                yield header, block
        except Unreadable:
            raise BadInput(
                "the Parquet file is damaged, or a column has values other than text, numbers or dates. Export it again"
            ) from None
        except TooLarge:
            raise BadInput(
                f"reading the Parquet file takes more than {TABLE_MEMORY_BYTES // 2**20} MiB or {PROCESSOR_SECONDS} s,"
                f" or gives more than {limit:,} bytes of text; expected at most {MAX_RATIO} times its size. Send it in"
                " parts or as CSV"
            ) from None

"""Blocks of records go to COPY: as they were read where they can be trusted, else record by record."""

from collections.abc import Iterable, Iterator

import psycopg
from psycopg import sql

from satu.contracts import Contract
from satu.load.records import SCIENTIFIC, Reading
from satu.load.text import BLOCK, Header

_EVERY_RECORD = sql.SQL("")
"""No condition of COPY."""


class NotPlain(Exception):
    """The blocks of a file cannot go to COPY as they are."""


def copy_blocks(
    connection: psycopg.Connection, contract: Contract, header: Header, blocks: Iterable[bytes], reading: Reading
) -> None:
    """COPY the blocks as they are and count their records.

    Raises:
        NotPlain: a line of them may be no record.
    """
    # Whatever COPY leaves out has had its number from the sequence.
    connection.execute("select setval('pg_temp.record_no', %s)", (reading.record_no,))
    loaded = copy_records(
        connection,
        contract,
        names_of(header),
        header.delimiter,
        blocks,
        sql.SQL(" where ") + header.shape.surely_record_in_sql(),
    )
    [(read,)] = connection.execute("select currval('pg_temp.record_no')").fetchall()
    if read - reading.record_no != loaded:
        raise NotPlain
    reading.record_no = read


def copy_records(
    connection: psycopg.Connection,
    contract: Contract,
    columns: tuple[str, ...],
    delimiter: str,
    blocks: Iterable[bytes],
    condition: sql.Composable = _EVERY_RECORD,
) -> int:
    """COPY the blocks into the feed's raw table; return how many records met the condition and are there."""
    statement = sql.SQL("copy {} ({}) from stdin (format csv, delimiter {}, encoding 'UTF8'){}").format(
        sql.Identifier("raw", contract.feed),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Literal(delimiter),
        condition,
    )
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for block in blocks:
                copy.write(block)
        return cursor.rowcount


def trusted(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Pass blocks on as they are.

    Raises:
        NotPlain: a block holds what COPY might take for something else than it is: a quote, an end of data, an
            identifier as a rounded number, an endless line.
    """
    last, length = b"", 0
    for block in blocks:
        seam = last + block[:1]
        # Single bytes first: looking for them is many times faster than for two.
        if b'"' in block or (b"+" in block and any(mark in block or mark in seam for mark in SCIENTIFIC)):
            raise NotPlain
        # Before PostgreSQL 18 a line of these two ends the data, whatever follows.
        if (b"\\" in block and b"\\." in block) or b"\\." in seam:
            raise NotPlain
        length = len(block) - 1 - block.rfind(b"\n") if b"\n" in block else length + len(block)
        if length >= BLOCK:
            raise NotPlain  # a line that is longer than any record
        last = block[-1:]
        yield block


def joined(records: Iterator[bytes], size: int = 1 << 20) -> Iterator[bytes]:
    """Join records to blocks of about `size` bytes: one call of COPY a record would cost more than the record."""
    waiting: list[bytes] = []
    length = 0
    for record in records:
        waiting.append(record)
        length += len(record)
        if length >= size:
            yield b"".join(waiting)
            waiting, length = [], 0
    if waiting:
        yield b"".join(waiting)


def names_of(header: Header) -> tuple[str, ...]:
    """Return the columns that are loaded."""
    return tuple(column for column in header.columns if column)

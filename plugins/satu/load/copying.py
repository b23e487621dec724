"""COPY the records of a file: as unchanged blocks where these are safe, else record by record."""

from collections.abc import Iterable, Iterator
from itertools import chain

import psycopg
from psycopg import sql

from satu.contracts import Contract
from satu.errors import BadInput
from satu.landing_place import open_file
from satu.load.containers import Member, members
from satu.load.formats.jsonl import json_records
from satu.load.formats.parquet import parquet_blocks
from satu.load.formats.workbook_process import DELIMITER
from satu.load.formats.xlsx import text_of
from satu.load.manifest import File
from satu.load.records import SCIENTIFIC, Reading, ScientificIdentifier
from satu.load.rejects import Rejects
from satu.load.text import BLOCK, Header, Text

_EVERY_RECORD = sql.SQL("")
"""No condition of COPY."""


class NotPlain(Exception):
    """The blocks of a file cannot be passed to COPY unchanged."""


def copy_blocks(
    connection: psycopg.Connection, contract: Contract, header: Header, blocks: Iterable[bytes], reading: Reading
) -> None:
    """COPY the blocks unchanged and count their records.

    Raises:
        NotPlain: one of the lines may not be a record.
    """
    # Lines that COPY skips by its condition have used a number of the sequence.
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
    """COPY the blocks into the feed's raw table; return how many records met the condition and were loaded."""
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
    """Yield blocks unchanged.

    Raises:
        NotPlain: COPY could misread a block: it has a quote, an end of data, a rounded identifier or an endless line.
    """
    last, length = b"", 0
    for block in blocks:
        seam = last + block[:1]
        # Single bytes first: searching for one byte is many times faster than for two.
        if b'"' in block or (b"+" in block and any(mark in block or mark in seam for mark in SCIENTIFIC)):
            raise NotPlain
        # Before PostgreSQL 18 a line of these two characters ends the data.
        if (b"\\" in block and b"\\." in block) or b"\\." in seam:
            raise NotPlain
        length = len(block) - 1 - block.rfind(b"\n") if b"\n" in block else length + len(block)
        if length >= BLOCK:
            raise NotPlain  # a line that is longer than any record
        last = block[-1:]
        yield block


def joined(records: Iterator[bytes], size: int = 1 << 20) -> Iterator[bytes]:
    """Join records into blocks of about `size` bytes: one write to COPY per record is slow."""
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


def take_in(connection: psycopg.Connection, contract: Contract, file: File, rejects: Rejects) -> tuple[Reading, int]:
    """Load the records; return what was read and how many records were loaded."""
    connection.execute("select set_config('satu.file_id', %s, true)", (str(file.file_id),))
    reading = _reading(contract, rejects)
    try:
        try:
            with connection.transaction():
                return _as_blocks(connection, contract, file, reading)
        except (NotPlain, psycopg.DataError):
            reading = _reading(contract, rejects)
            return _record_by_record(connection, contract, file, reading)
    except ScientificIdentifier as found:
        raise BadInput(
            reading.of_member(
                f"line {found.line_no}: column {found.column} has a rounded number such as 3,37E+15; expected all 16"
                " digits. Export again with the column as text"
            )
        ) from None
    except BadInput as refusal:
        raise BadInput(reading.of_member(str(refusal))) from None


def _as_blocks(connection: psycopg.Connection, contract: Contract, file: File, reading: Reading) -> tuple[Reading, int]:
    for member in _members(file, reading):
        if member.kind == "parquet":
            for header, block in parquet_blocks(member.stream, file.bytes, contract, reading):
                copy_blocks(connection, contract, header, [block], reading)
        elif member.kind == "jsonl":
            raise NotPlain
        else:
            with text_of(member, contract, reading) as stream:
                text = Text(stream, contract)
                if not text.header.is_plain:
                    raise NotPlain
                reading.report(text.header.findings)
                copy_blocks(connection, contract, text.header, trusted(text.blocks()), reading)
                reading.report(text.findings())
    return reading, reading.record_no


def _record_by_record(
    connection: psycopg.Connection, contract: Contract, file: File, reading: Reading
) -> tuple[Reading, int]:
    loaded = 0
    for member in _members(file, reading):
        if member.kind == "jsonl":
            columns = (*(column.name for column in contract.columns), "_record_no")
            records = json_records(member.stream, contract, reading)
            loaded += copy_records(connection, contract, columns, DELIMITER, joined(records))
        elif member.kind == "parquet":
            parts = parquet_blocks(member.stream, file.bytes, contract, reading)
            for header, first in parts:  # they have one header
                columns = (*names_of(header), "_record_no")
                records = reading.good_records(chain([first], (block for _, block in parts)), header)
                loaded += copy_records(connection, contract, columns, DELIMITER, joined(records))
        else:
            with text_of(member, contract, reading) as stream:
                text = Text(stream, contract)
                reading.report(text.header.findings)
                columns = (*names_of(text.header), "_record_no")
                records = reading.good_records(text.blocks(), text.header)
                loaded += copy_records(connection, contract, columns, text.header.delimiter, joined(records))
                reading.report(text.findings())
    return reading, loaded


def _reading(contract: Contract, rejects: Rejects) -> Reading:
    return Reading(frozenset(contract.identifier_columns), rejects)


def _members(file: File, reading: Reading) -> Iterator[Member]:
    """Yield the members of a file; `reading` gets the name of each if there are several."""
    with open_file(file.uri) as stream:
        for member in members(stream, file.file_name, file.bytes):
            reading.findings += member.findings
            reading.member = member.name
            yield member
        reading.member = ""

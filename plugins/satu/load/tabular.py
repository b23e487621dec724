"""Files that are no delimited text, turned into one: XLSX sheets, JSON lines, Parquet tables."""

import codecs
import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain, islice
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, BinaryIO, cast

from satu.contracts import Contract, normalised
from satu.errors import BadInput
from satu.load.bounded import PROCESSOR_SECONDS, TooLarge, Unreadable
from satu.load.containers import MAX_RATIO, Member, unpacked_limit
from satu.load.lines import MAX_RECORD_BYTES, Batch, batches
from satu.load.parquet_process import MEMORY_BYTES as TABLE_MEMORY_BYTES
from satu.load.parquet_process import ROUNDED, table_as_csv
from satu.load.records import SCIENTIFIC, SCIENTIFIC_NUMBER, Reading, ScientificIdentifier, csv_line
from satu.load.shape import Shape
from satu.load.text import HEADER_WITHIN_LINES, Header, Text, fields, headings, utf8_blocks
from satu.load.workbook_process import DAYS_FROM_1904, DELIMITER, MEMORY_BYTES, NOTE, cell_text, sheets_as_csv

_ONE_WORKBOOK = Lock()
MAX_TEXT_BYTES = 1 << 30
"""What the sheets of a workbook may come to as CSV, all together."""
_MOST_UNKNOWN = 1000
_SERIAL = re.compile(r"[1-5]\d{4}(?:\.\d+)?")
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_HEAD_OF_WORKBOOK = 1 << 16
_JSON_ARRAY = re.compile(rb"\s*\[\s*\{")
_JSON_PRETTY = re.compile(rb'\s*\{[ \t]*\r?\n\s*"')
_JSON_NULL = re.compile(rb":\s*null")
# Values that the columnar reader may turn into other text: fractions, exponents, true and false, nested ones.
_JSON_VALUE_NEEDS_A_LOOK = re.compile(rb":\s*(?:true|false|[\[{]|-?\d+[.eE])")


@contextmanager
def text_of(member: Member, contract: Contract, reading: Reading) -> Iterator[BinaryIO]:
    """Give the delimited text of a member: its own, or the sheet with the records of a workbook.

    That is the one sheet with the feed's columns; without any it is the first. Other sheets that hold something are
    reported.

    Raises:
        BadInput: it is no readable workbook, takes too much memory, or has records in several sheets.
    """
    if member.kind != "xlsx":
        yield member.stream
        return
    with ExitStack() as spools:
        sheets = _filled_sheets(member.stream, spools, reading)
        with_records = [number for number, sheet in sheets.items() if _has_header(sheet, contract)]
        if len(with_records) > 1:
            raise BadInput(
                f"sheets {', '.join(map(str, with_records))} of the workbook have the feed's columns; expected the"
                " records in one sheet. Send each sheet as a file of its own"
            )
        chosen = next(iter(with_records or sheets), 0)
        text = sheets.pop(chosen, io.BytesIO())
        if sheets:
            reading.report([f"sheets not read: number {', '.join(map(str, sheets))}"])
        if DAYS_FROM_1904 in reading.findings:
            _expect_no_serials(text, contract)
        text.seek(0)
        yield text


def _expect_no_serials(sheet: BinaryIO, contract: Contract) -> None:
    """Raise BadInput where a day is a plain number: everywhere else such numbers count from 1900."""
    sheet.seek(0)
    header = Text(sheet, contract).header
    days = {column.name for column in contract.columns if column.logicalType in ("date", "timestamp")}
    at = [position for position, column in enumerate(header.columns) if column in days]
    sheet.seek(0)
    lines = io.TextIOWrapper(sheet, "utf-8", newline="")
    try:
        for row in csv.reader(lines, delimiter=DELIMITER):
            if any(_SERIAL.fullmatch(row[position]) for position in at if position < len(row)):
                raise BadInput(
                    f"{DAYS_FROM_1904} and has days as plain numbers; expected cells in the form of a date. Give the"
                    " columns such a form and send it again"
                )
    finally:
        lines.detach()  # else it would close the sheet


def _filled_sheets(stream: BinaryIO, spools: ExitStack, reading: Reading) -> dict[int, BinaryIO]:
    """Return the sheets that hold anything as CSV on disk, by their number."""
    sheets: dict[int, BinaryIO] = {}
    # One workbook at a time: each may take as much memory as one is allowed.
    with _ONE_WORKBOOK, TemporaryFile() as packed:
        shutil.copyfileobj(stream, packed)
        packed.seek(0)
        _expect_workbook(packed)
        try:
            length = 0
            for number, block in sheets_as_csv(cast("BinaryIO", packed)):
                if number == NOTE:
                    reading.report([block.decode()])
                    continue
                length += len(block)
                if length > MAX_TEXT_BYTES:
                    raise TooLarge
                if number not in sheets and block.strip():
                    sheets[number] = spools.enter_context(_temporary_file())
                if number in sheets:
                    sheets[number].write(block)
        except Unreadable:
            raise BadInput("it is no readable XLSX workbook; expected one with the records in one sheet") from None
        except TooLarge:
            raise BadInput(
                f"reading the workbook takes more than {MEMORY_BYTES // 2**20} MiB or {PROCESSOR_SECONDS} s, or"
                f" gives more than {MAX_TEXT_BYTES // 2**20} MiB of text; expected"
                " the records alone, at most about 1.5 million cells. Delete what stands far from them, or send it in"
                " parts or as CSV"
            ) from None
    return sheets


def _expect_workbook(packed: IO[bytes]) -> None:
    """Raise BadInput for what other programs call .xlsx, saying what it is; leave the file at its beginning."""
    head = packed.read(_HEAD_OF_WORKBOOK)
    packed.seek(0)
    if head.startswith(b"PK"):
        return
    directory = b""
    if head.startswith(_OLD_OFFICE):
        packed.seek((int.from_bytes(head[48:52], "little") + 1) * 512)
        directory = packed.read(_HEAD_OF_WORKBOOK)
        packed.seek(0)
    text = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    if "EncryptedPackage".encode("utf-16-le") in directory:
        found = "it is a workbook with a password; expected one without. Take the password off and send it again"
    elif head.startswith(_OLD_OFFICE):
        found = "it is an old .xls workbook under the name of an .xlsx; save it as .xlsx and send it again"
    elif text.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style")):
        found = "it is a web page or XML under the name of an .xlsx; save it as .xlsx or CSV and send it again"
    elif head and b"\x00" not in head and any(mark in head for mark in (b",", b";", b"\t", b"|")):
        found = "it is text such as CSV under the name of an .xlsx; send it again under the name of .csv"
    else:
        return
    raise BadInput(f"it is no readable XLSX workbook: {found}")


def _temporary_file() -> BinaryIO:
    return cast("BinaryIO", TemporaryFile())


def _has_header(sheet: BinaryIO, contract: Contract) -> bool:
    sheet.seek(0)
    return any(
        contract.required_columns
        <= {contract.column_of_header.get(normalised(name)) for name in fields(line, DELIMITER)}
        for line, _ in headings(list(islice(sheet, HEADER_WITHIN_LINES)))
    )


def json_records(stream: BinaryIO, contract: Contract, reading: Reading) -> Iterator[bytes]:
    """Yield the good JSON objects as blocks of CSV lines of the contract's columns and their `record_no`."""
    unknown: set[str] = set()
    blocks = utf8_blocks(stream, contract)
    head = next(blocks, b"")
    _expect_lines(head)
    shape = Shape(contract, [column.name for column in contract.columns])
    for batch in batches(chain([head], blocks)):
        objects = [line for line in batch.lines if line.strip()]
        if (block := _json_block(objects, shape, contract, reading.record_no, unknown)) is not None:
            reading.record_no += len(objects)
            yield block
        else:
            yield from _json_one_by_one(batch, shape, contract, reading, unknown)
    reading.end_member()
    if unknown:
        reading.report([f"unknown columns kept out: {len(unknown)}{' or more' * (len(unknown) == _MOST_UNKNOWN)}"])


def _expect_lines(head: bytes) -> None:
    """Raise BadInput for JSON that is not written an object a line: none of its records could be told apart."""
    found = "one array" if _JSON_ARRAY.match(head) else "objects over several lines" if _JSON_PRETTY.match(head) else ""
    with suppress(ValueError, RecursionError):
        text = head.decode("utf-8", "ignore")
        _, end = json.JSONDecoder().raw_decode(text, len(text) - len(text.lstrip()))
        found = found or ("several objects in one line" if text[end:].lstrip(" \t,").startswith("{") else "")
    if found:
        raise BadInput(f"it holds {found}; expected JSON lines, each object in a line of its own. Export it again so")


def _json_block(
    objects: list[bytes], shape: Shape, contract: Contract, records_before: int, unknown: set[str]
) -> bytes | None:
    """Return the CSV lines of good objects of text and whole numbers; none when one of them needs a closer look."""
    import polars as pl

    text = b"\n".join(objects)
    if not objects or _JSON_VALUE_NEEDS_A_LOOK.search(text):
        return None
    # Escapes beyond the plain ones, identifiers as rounded numbers. Single bytes first: they are found faster than two.
    if (b"\\" in text and (b"\\u" in text or b"\\r" in text)) or (
        b"+" in text and any(mark in text for mark in SCIENTIFIC)
    ):
        return None
    try:
        keys = list(json.loads(objects[0]))
        frame = pl.read_ndjson(text, schema=dict.fromkeys(keys, pl.String))
    except (ValueError, TypeError, RecursionError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    # Every object has the keys of the first one and no other, each once.
    if frame.height != len(objects) or text.count(b'":') != len(objects) * len(keys):
        return None
    missing = sum(frame.null_count().row(0))
    if missing and missing != len(_JSON_NULL.findall(text)):
        return None
    column_of = {name: contract.column_of_header.get(normalised(name)) for name in keys}
    known = {name: column for name, column in column_of.items() if column}
    if len(set(known.values())) < len(known) or not contract.required_columns <= set(known.values()):
        return None
    frame = frame.select(pl.col(name).alias(column) for name, column in known.items())
    if not shape.are_surely_records(frame):
        return None
    _note_unknown(unknown, [name for name, column in column_of.items() if column is None])
    columns = [pl.col(c.name) if c.name in frame.columns else pl.lit(None).alias(c.name) for c in contract.columns]
    numbered = frame.with_row_index("_record_no", records_before + 1).select(*columns, "_record_no")
    # An empty text is a missing value, as everywhere.
    given = pl.when(pl.col(pl.String) != "").then(pl.col(pl.String))
    return numbered.with_columns(given).write_csv(include_header=False, separator=DELIMITER).encode()


def _json_one_by_one(
    batch: Batch, shape: Shape, contract: Contract, reading: Reading, unknown: set[str]
) -> Iterator[bytes]:
    columns = [column.name for column in contract.columns]
    for line_no, line in enumerate(batch.lines, batch.first_line_no):
        if not line.strip():
            continue
        try:
            found = _columns_of(_json_of(line), contract, unknown)
        except (ValueError, RecursionError) as error:
            reading.count(shape, ())
            reason = str(error) if isinstance(error, _NotARecord) else "is no JSON object"
            reading.rejects.add(reading.record_no, line_no, line, reading.of_member(reason))
            continue
        values = [found.get(column, "") for column in columns]
        if kind := shape.furniture(values, is_first=False):
            reading.skip(line_no, kind, values)
            continue
        reading.count(shape, values)
        for column in contract.identifier_columns:
            if SCIENTIFIC_NUMBER.fullmatch(found.get(column, "").strip()):
                raise ScientificIdentifier(column, line_no)
        if why := shape.why_no_record(values, is_first=False):
            reading.rejects.add(reading.record_no, line_no, line, reading.of_member(why))
            continue
        yield csv_line([*values, str(reading.record_no)], DELIMITER)


class _Object(list[tuple[str, object]]):
    """A JSON object as its pairs: a name may come twice."""


def _json_of(line: bytes) -> object:
    if len(line) > MAX_RECORD_BYTES:
        raise _NotARecord(f"longer than {MAX_RECORD_BYTES:,} bytes")
    text = line.rstrip().removesuffix(b",")  # of an array that was taken apart
    return json.loads(text, object_pairs_hook=_Object, parse_constant=_constant)


def _constant(name: str) -> None:
    """Read NaN as missing, which is what writers mean by it."""
    if name != "NaN":
        raise _NotARecord(f"holds {name}, which is no number")


def _note_unknown(unknown: set[str], names: list[str]) -> None:
    """Keep the names of unknown columns, so many of them that a file of nothing else takes no memory."""
    unknown.update(names[: _MOST_UNKNOWN - len(unknown)])


class _NotARecord(ValueError):
    pass


def _columns_of(item: object, contract: Contract, unknown: set[str]) -> dict[str, str]:
    if not isinstance(item, _Object):
        raise _NotARecord("is JSON, but no object")
    found: dict[str, str] = {}
    for name, value in item:
        column = contract.column_of_header.get(normalised(name))
        if column is None:
            _note_unknown(unknown, [name])
        elif column in found:
            raise _NotARecord(f"names the column {column} twice; expected each column once")
        elif isinstance(value, list):
            raise _NotARecord(f"column {column} holds a nested value; expected text or a number")
        else:
            found[column] = cell_text(value)
    if missing := contract.required_columns - found.keys():
        raise _NotARecord(f"lacks the required columns {', '.join(sorted(missing))}")
    if any("\x00" in value for value in found.values()):
        raise _NotARecord("holds a NUL byte")
    if any("\ud800" <= sign <= "\udfff" for value in found.values() if not value.isascii() for sign in value):
        raise _NotARecord("holds half a character (a lone surrogate)")
    return found


def parquet_blocks(stream: BinaryIO, size: int, contract: Contract, reading: Reading) -> Iterator[tuple[Header, bytes]]:
    """Yield (columns as a header, CSV block) for each batch of records of a Parquet file of `size` bytes.

    Raises:
        BadInput: it is no Parquet file, lacks a required column, holds what is no text, number or date, or far more
            than its size.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with TemporaryFile() as packed:
        shutil.copyfileobj(stream, packed)
        try:
            names = pq.ParquetFile(packed, pre_buffer=False).schema_arrow.names
        except (pa.ArrowException, OSError, ValueError):
            raise BadInput("it is no readable Parquet file. Send it again") from None
        columns = {name: contract.column_of_header.get(normalised(name)) for name in names}
        known = {name: column for name, column in columns.items() if column}
        if missing := contract.required_columns - set(known.values()):
            raise BadInput(f"the Parquet file lacks the required columns {', '.join(sorted(missing))}")
        if len(known) < len(columns):
            reading.report([f"unknown columns kept out: {len(columns) - len(known)}"])
        if len(names) > len(set(names)) or len(set(known.values())) < len(known):
            raise BadInput("the Parquet file names a column twice; expected each column once")
        header = Header(DELIMITER, tuple(known.values()), 0, (), Shape(contract, list(known.values())))
        limit, length = unpacked_limit(size), 0
        packed.seek(0)
        try:
            for number, block in table_as_csv(cast("BinaryIO", packed), known, contract.identifier_columns):
                if number == ROUNDED:
                    raise BadInput(
                        f"column {block.decode()} holds a rounded number such as 3,37E+15; expected all 16 digits."
                        " Export again with the column as text"
                    )
                if (length := length + len(block)) > limit:
                    raise TooLarge
                yield header, block
        except Unreadable:
            raise BadInput(
                "the Parquet file is damaged, or a column holds something else than text, numbers or dates. Export it"
                " again"
            ) from None
        except TooLarge:
            raise BadInput(
                f"reading the Parquet file takes more than {TABLE_MEMORY_BYTES // 2**20} MiB or {PROCESSOR_SECONDS} s,"
                f" or gives more than {limit:,} bytes of text; expected at most {MAX_RATIO} times its size. Send it in"
                " parts or as CSV"
            ) from None

"""The sheet with the records of an XLSX workbook, as delimited text."""

import codecs
import csv
import io
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from tempfile import TemporaryFile
from threading import Lock
from typing import IO, BinaryIO, cast

from satu.contracts import Contract, normalised
from satu.errors import BadInput
from satu.load.containers import Member
from satu.load.formats.bounded import PROCESSOR_SECONDS, TooLarge, Unreadable
from satu.load.formats.workbook_process import DAYS_FROM_1904, DELIMITER, MEMORY_BYTES, NOTE, sheets_as_csv
from satu.load.records import Reading
from satu.load.text import HEADER_WITHIN_LINES, Text, fields, headings

_ONE_WORKBOOK = Lock()
MAX_TEXT_BYTES = 1 << 30
"""Maximum size of all sheets of a workbook as CSV."""
_SERIAL = re.compile(r"[1-5]\d{4}(?:\.\d+)?")
_OLD_OFFICE = bytes.fromhex("d0cf11e0a1b11ae1")
_HEAD_OF_WORKBOOK = 1 << 16


@contextmanager
def text_of(member: Member, contract: Contract, reading: Reading) -> Iterator[BinaryIO]:
    """Yield the delimited text of a member: its own, or the sheet with the records of a workbook.

    This is the sheet with the feed's columns, or the first if there is none. Other sheets with content are reported.

    Raises:
        BadInput: it is not a readable workbook, takes too much memory, or has records in several sheets.
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
                " records in one sheet. Send each sheet as a separate file"
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
    """Raise BadInput if a date is a plain number: other workbooks count such numbers from 1900."""
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
                    f"{DAYS_FROM_1904} and has dates as plain numbers; expected cells with a date format. Format the"
                    " columns as dates and send it again"
                )
    finally:
        lines.detach()  # otherwise it would close the sheet


def _filled_sheets(stream: BinaryIO, spools: ExitStack, reading: Reading) -> dict[int, BinaryIO]:
    """Return the sheets that are not empty as CSV on disk, by number."""
    sheets: dict[int, BinaryIO] = {}
    # One workbook at a time: each may use the full memory limit.
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
            raise BadInput("it is not a readable XLSX workbook; expected one with the records in one sheet") from None
        except TooLarge:
            raise BadInput(
                f"reading the workbook takes more than {MEMORY_BYTES // 2**20} MiB or {PROCESSOR_SECONDS} s, or"
                f" gives more than {MAX_TEXT_BYTES // 2**20} MiB of text; expected"
                " the records alone, at most about 1.5 million cells. Delete cells far from the records, or send it"
                " in parts or as CSV"
            ) from None
    return sheets


def _expect_workbook(packed: IO[bytes]) -> None:
    """Raise BadInput for other kinds of files named .xlsx, with their kind; leave the file at its beginning."""
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
        found = "it is a workbook with a password; expected one without. Remove the password and send it again"
    elif head.startswith(_OLD_OFFICE):
        found = "it is an old .xls workbook named .xlsx; save it as .xlsx and send it again"
    elif text.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<style")):
        found = "it is a web page or XML named .xlsx; save it as .xlsx or CSV and send it again"
    elif head and b"\x00" not in head and any(mark in head for mark in (b",", b";", b"\t", b"|")):
        found = "it is text such as CSV named .xlsx; send it again with a name that ends in .csv"
    else:
        return
    raise BadInput(f"it is not a readable XLSX workbook: {found}")


def _temporary_file() -> BinaryIO:
    return cast("BinaryIO", TemporaryFile())


def _has_header(sheet: BinaryIO, contract: Contract) -> bool:
    sheet.seek(0)
    return any(
        contract.required_columns
        <= {contract.column_of_header.get(normalised(name)) for name in fields(line, DELIMITER)}
        for line, _ in headings(list(islice(sheet, HEADER_WITHIN_LINES)))
    )

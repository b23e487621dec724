"""The sheets of an XLSX workbook as CSV, read within limits (`formats.bounded`): the reader holds a whole sheet."""

import csv
import io
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO

from satu.load.formats.bounded import blocks_of, serve

MEMORY_BYTES = 200 * 2**20
"""Enough for 1.5 million cells with text: 100 thousand records of 16 columns."""
DELIMITER = ","
EXACT = 2**53
"""Larger numbers in a workbook do not have all their digits."""
NOTE = 0
"""Block number that marks a finding about the workbook."""
DAYS_FROM_1904 = "the workbook counts days from 1904"
_BLOCK_CHARACTERS = 1 << 20
_HIDDEN_ROW = re.compile(rb"<row [^>]*hidden=\"(?:1|true)\"")
_1904 = re.compile(rb"<workbookPr [^>]*date1904=\"(?:1|true)\"")
_HIDDEN_SHEET = re.compile(rb"<sheet [^>]*state=\"(?:hidden|veryHidden)\"")


def sheets_as_csv(workbook: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield (number of the sheet, from 1; block of whole CSV lines) of an XLSX file on disk, sheet by sheet.

    Hidden and filtered rows are included; (NOTE, finding) reports them. Raises what `bounded.blocks_of` raises.
    """
    return blocks_of(__name__, workbook)


def cell_text(value: object) -> str:
    """Return a cell as text: whole numbers without a fraction, dates as yyyy-mm-dd, empty cells as an empty text."""
    if isinstance(value, float) and value.is_integer():
        # Beyond 2^53 the last digits come from the format, not the writer; a sentinel is recognised by its first
        # digits.
        digits = str(int(value))
        return digits if abs(value) < EXACT or digits.startswith("999999") else f"{value:.14E}"
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _sheets(workbook: BinaryIO) -> Iterator[tuple[int, bytes]]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(workbook)
    for number in range(len(book.sheet_names)):
        for block in _blocks(book.get_sheet_by_index(number).iter_rows()):
            yield number + 1, block
    del book
    workbook.seek(0)
    with zipfile.ZipFile(workbook) as parts:
        yield from ((NOTE, finding.encode()) for finding in _findings(parts))


def _findings(parts: zipfile.ZipFile) -> Iterator[str]:
    """Yield findings: days not counted from 1900, and hidden rows."""
    book = parts.read("xl/workbook.xml")
    if _1904.search(book):
        yield DAYS_FROM_1904
    if sheets := len(_HIDDEN_SHEET.findall(book)):
        yield f"hidden sheets: {sheets}"
    rows = 0
    for name in parts.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            with parts.open(name) as part:
                rest = b""
                while block := part.read(_BLOCK_CHARACTERS):
                    text, _, rest = (rest + block).rpartition(b"<")
                    rows += len(_HIDDEN_ROW.findall(text))
                    rest = b"<" + rest[:_BLOCK_CHARACTERS]
    if rows:
        yield f"hidden or filtered rows are read like the others: {rows}"


def _blocks(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    text = io.StringIO()
    # With this line end the writer quotes values with a CR, which COPY would otherwise refuse.
    write = csv.writer(text, delimiter=DELIMITER, lineterminator="\r\n").writerow
    for row in rows:
        cells = list(map(cell_text, row))
        write(cells if any(cells) else [])
        if text.tell() > _BLOCK_CHARACTERS:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    if text.tell():
        yield text.getvalue().encode()


if __name__ == "__main__":
    sys.exit(serve(_sheets, MEMORY_BYTES))

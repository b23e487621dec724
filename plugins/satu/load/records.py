"""Careful reading: each record of a text is told apart from the damaged ones, and the damage stays small.

Used only where COPY cannot be trusted with the blocks as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from satu.load.lines import MAX_RECORD_BYTES, Batch, Batches
from satu.load.rejects import Rejects
from satu.load.text import Header, fields

MAX_RECORD_LINES = 50
csv.field_size_limit(MAX_RECORD_BYTES)
SCIENTIFIC = (b"E+", b"e+")
SCIENTIFIC_NUMBER = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)


@dataclass
class Reading:
    """Goes through the records of one file, member by member; `record_no` counts on."""

    identifiers: frozenset[str]
    rejects: Rejects
    record_no: int = 0
    findings: list[str] = field(default_factory=list)
    _has_empty_lines: bool = False

    def good_records(self, blocks: Iterable[bytes], header: Header) -> Iterator[bytes]:
        """Yield each good record as a CSV line in the header's delimiter, with its `record_no` as a last field.

        Raises:
            ScientificIdentifier: an identifier is written as a rounded number.
        """
        source = Batches(blocks, header.skipped_lines)
        while batch := source.take():
            if batch.is_clean and header.is_plain:
                yield from self._clean(batch, header)
            else:
                yield from self._line_by_line(batch, source, header)
        if source.footer:
            self._footer(*source.footer, header)
        if self._has_empty_lines:
            self.findings.append("lines of delimiters alone skipped")

    def _clean(self, batch: Batch, header: Header) -> Iterator[bytes]:
        """Go through lines of which only the number of fields has to be looked at."""
        delimiter, delimiters = header.delimiter.encode(), len(header.columns) - 1
        for line_no, line in enumerate(batch.lines, batch.first_line_no):
            if line.count(delimiter) == delimiters and line.strip(delimiter):
                self.record_no += 1
                yield b"%b%b%d\n" % (line, delimiter, self.record_no)
            elif self._is_record(line, delimiter):
                yield from self._judge(line_no, line, header)

    def _line_by_line(self, batch: Batch, source: Batches, header: Header) -> Iterator[bytes]:
        position = 0
        while position < len(batch.lines):
            record, used = _whole_record(batch, position, source, header)
            if self._is_record(record, header.delimiter.encode()):
                yield from self._judge(batch.first_line_no + position, record, header)
            position += used

    def _is_record(self, line: bytes, delimiter: bytes) -> bool:
        """Tell a record, good or bad, from a line that holds nothing."""
        if not line.strip(delimiter):
            self._has_empty_lines |= bool(line)
            return False
        return delimiter in line or bool(line.strip())

    def _judge(self, line_no: int, record: bytes, header: Header) -> Iterator[bytes]:
        self.record_no += 1
        if reason := why_bad(record, header):
            self.rejects.add(self.record_no, line_no, record, reason)
            return
        values = _parsed(record.decode(), header.delimiter) or []
        for value, column in zip(values, header.columns, strict=True):
            if column in self.identifiers and SCIENTIFIC_NUMBER.fullmatch(value.strip()):
                raise ScientificIdentifier(column, line_no)
        kept = [value for value, column in zip(values, header.columns, strict=True) if column]
        yield csv_line([*kept, str(self.record_no)], header.delimiter)

    def _footer(self, line_no: int, record: bytes, header: Header) -> None:
        numbers = [
            int(digits)
            for name in fields(record, header.delimiter)
            if (digits := re.sub(r"[.,\s]", "", name)).isdigit()
        ]
        self.findings.append(f"footer in line {line_no} skipped")
        if numbers and self.record_no not in numbers:
            self.findings.append(f"footer in line {line_no} says {numbers[0]}, but {self.record_no} records were read")


class ScientificIdentifier(Exception):
    """An identifier that a spreadsheet has rounded, such as 3,37E+15: the digits are gone."""

    def __init__(self, column: str, line_no: int) -> None:
        super().__init__(column, line_no)
        self.column = column
        self.line_no = line_no


def csv_line(values: list[str], delimiter: str) -> bytes:
    """Return one CSV line; an empty value is a missing one."""
    line = io.StringIO()
    # With this line end the writer quotes a value that holds a CR, which COPY would else refuse.
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(values)
    return line.getvalue()[:-2].encode() + b"\n"


def _whole_record(batch: Batch, position: int, source: Batches, header: Header) -> tuple[bytes, int]:
    """Return the record that starts at a line, and how many lines it has.

    A quoted record may span lines. Where no good record comes of joining them, the first line stands alone: the lines
    after an unclosed quote are not lost with it.
    """
    first = batch.lines[position]
    if first.count(b'"') % 2 == 0:
        return first, 1
    while len(batch.lines) < position + MAX_RECORD_LINES and (following := source.take()):
        batch.lines += following.lines
    delimiters = len(header.columns) - 1
    joined = first
    for used, line in enumerate(batch.lines[position + 1 : position + MAX_RECORD_LINES], 2):
        joined = joined + b"\n" + line
        closes = line.count(b'"') % 2
        if line.count(header.delimiter.encode()) >= delimiters and not closes:
            return first, 1  # a line with all fields is a record of its own, not the rest of another
        if closes:
            return (joined, used) if why_bad(joined, header) is None else (first, 1)
        if len(joined) > MAX_RECORD_BYTES:
            break
    return first, 1


def why_bad(record: bytes, header: Header) -> str | None:
    """Return why it is no good record; none when it is one."""
    if len(record) > MAX_RECORD_BYTES:
        return f"longer than {MAX_RECORD_BYTES:,} bytes"
    if b"\x00" in record:
        return "holds a NUL byte"
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the record is not UTF-8"
    values = _parsed(text, header.delimiter)
    if values is None:
        return (
            "a quote is not closed or stands inside a field" if '"' in text else "a line end stands inside the record"
        )
    if len(values) != len(header.columns):
        return f"{len(values)} fields; expected {len(header.columns)}"
    return None


def _parsed(text: str, delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None

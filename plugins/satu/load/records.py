"""Careful reading: each record of a text is told apart from the damaged ones, and the damage stays small.

Used only where COPY cannot be trusted with the blocks as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from satu.load.text import Header, fields

MAX_RECORD_BYTES = 1 << 20
MAX_RECORD_LINES = 50
KEPT_RAW_BYTES = 1 << 16
FOOTER = re.compile(rb"^[\"\s;,|\t]*(?:jumlah|total|grand total)\b", re.IGNORECASE)
SCIENTIFIC = (b"E+", b"e+")
_SCIENTIFIC_NUMBER = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Rejected:
    """A record that was not loaded."""

    record_no: int
    line_no: int
    raw: bytes
    reason: str


@dataclass
class Reading:
    """Goes through the records of one file, member by member; `record_no` counts on."""

    identifiers: frozenset[str]
    record_no: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def good_records(self, blocks: Iterable[bytes], header: Header) -> Iterator[bytes]:
        """Yield each good record as a CSV line in the header's delimiter, with its `record_no` as a last field.

        Raises:
            ScientificIdentifier: an identifier is written as a rounded number.
        """
        held: tuple[int, bytes] | None = None  # the last record may be a footer
        for line_no, record in _records(blocks, header):
            if held:
                yield from self._judge(*held, header)
            held = (line_no, record)
        if held and FOOTER.match(held[1]):
            self._footer(*held, header)
        elif held:
            yield from self._judge(*held, header)

    def _judge(self, line_no: int, record: bytes, header: Header) -> Iterator[bytes]:
        self.record_no += 1
        text, reason = _checked(record, header)
        if reason:
            self.rejected.append(Rejected(self.record_no, line_no, record[:KEPT_RAW_BYTES], reason))
            return
        if header.is_plain and b'"' not in record and not any(mark in record for mark in SCIENTIFIC):
            yield f"{text}{header.delimiter}{self.record_no}\n".encode()
            return
        values = _parsed(text, header.delimiter) or []
        self._refuse_scientific(values, header, line_no)
        kept = [value for value, column in zip(values, header.columns, strict=True) if column]
        yield csv_line([*kept, str(self.record_no)], header.delimiter)

    def _refuse_scientific(self, values: list[str], header: Header, line_no: int) -> None:
        for value, column in zip(values, header.columns, strict=True):
            if column in self.identifiers and _SCIENTIFIC_NUMBER.fullmatch(value.strip()):
                raise ScientificIdentifier(column, line_no)

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
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(values)
    return line.getvalue().encode()


def lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines without their ends; CR alone ends a line where the text has no LF in the first block."""
    rest = b""
    ending: bytes | None = None
    for block in blocks:
        rest += block
        if ending is None:
            ending = b"\n" if b"\n" in rest or b"\r" not in rest else b"\r"
        complete = rest.split(ending)
        rest = complete.pop()
        yield from complete
    if rest:
        yield rest


def _records(blocks: Iterable[bytes], header: Header) -> Iterator[tuple[int, bytes]]:
    """Yield (line number, record) for each record; a quoted record may span lines, an unclosed quote does not."""
    stream = lines(blocks)
    waiting: list[bytes] = []
    line_no = header.skipped_lines
    while True:
        line = waiting.pop(0) if waiting else next(stream, None)
        if line is None:
            return
        line_no += 1
        if line.count(b'"') % 2:
            record, waiting = _closed(line, waiting, stream, header)
        else:
            record = line
        if record.strip(b"\r \t"):
            yield line_no, record.removesuffix(b"\r")
        line_no += record.count(b"\n")


def _closed(first: bytes, waiting: list[bytes], stream: Iterator[bytes], header: Header) -> tuple[bytes, list[bytes]]:
    """Join lines until the quotes of the first are closed and the fields are right; else give the first alone back."""
    looked_at = [first]
    joined = first
    for _ in range(MAX_RECORD_LINES):
        line = waiting.pop(0) if waiting else next(stream, None)
        if line is None:
            break
        looked_at.append(line)
        joined = joined + b"\n" + line
        if len(joined) > MAX_RECORD_BYTES:
            break
        if line.count(b'"') % 2:
            if _checked(joined, header)[1] is None:
                return joined, waiting
            break
    return first, looked_at[1:] + waiting


def _checked(record: bytes, header: Header) -> tuple[str, str | None]:
    """Return the record as text, and why it is no good record (none when it is)."""
    if len(record) > MAX_RECORD_BYTES:
        return "", f"{len(record):,} bytes; expected at most {MAX_RECORD_BYTES:,}"
    if b"\x00" in record:
        return "", "holds a NUL byte"
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        return "", f"byte {error.start + 1} of the record is not UTF-8"
    expected = len(header.columns)
    if '"' not in text and "\r" not in text:
        found = text.count(header.delimiter) + 1
    else:
        values = _parsed(text, header.delimiter)
        if values is None:
            return "", "a quote is not closed or stands inside a field"
        found = len(values)
    if found != expected:
        return "", f"{found} fields; expected {expected}"
    return text, None


def _parsed(text: str, delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None

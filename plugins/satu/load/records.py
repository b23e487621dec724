"""Careful reading: each record of a text is told apart from the damaged ones, and the damage stays small.

Used only where COPY cannot be trusted with the blocks as they are.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from satu.load.lines import MAX_RECORD_BYTES, Lines
from satu.load.rejects import Rejects
from satu.load.text import Header, fields

FOOTER = re.compile(rb"^[\"\s;,|\t]*(?:jumlah|total|grand total)\b", re.IGNORECASE)
SCIENTIFIC = (b"E+", b"e+")
_SCIENTIFIC_NUMBER = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)


@dataclass
class Reading:
    """Goes through the records of one file, member by member; `record_no` counts on."""

    identifiers: frozenset[str]
    rejects: Rejects
    record_no: int = 0
    findings: list[str] = field(default_factory=list)

    def good_records(self, blocks: Iterable[bytes], header: Header) -> Iterator[bytes]:
        """Yield each good record as a CSV line in the header's delimiter, with its `record_no` as a last field.

        Raises:
            ScientificIdentifier: an identifier is written as a rounded number.
        """
        lines = Lines(blocks, header.skipped_lines)
        delimiter = header.delimiter.encode()
        delimiters = len(header.columns) - 1
        possible_footer: tuple[int, bytes] | None = None
        for line in lines:
            if not line.strip(b" \t"):
                continue
            if possible_footer:
                yield from self._judge(*possible_footer, header)
                possible_footer = None
            line_no = lines.line_no
            record = (
                lines.close_quote(line, lambda joined: why_bad(joined, header) is None) if odd_quotes(line) else line
            )
            if FOOTER.match(record):
                possible_footer = line_no, record
            elif header.is_plain and record.count(delimiter) == delimiters and _is_clean(record):
                self.record_no += 1
                yield b"%b%b%d\n" % (record, delimiter, self.record_no)
            else:
                yield from self._judge(line_no, record, header)
        if possible_footer:
            self._footer(*possible_footer, header)

    def _judge(self, line_no: int, record: bytes, header: Header) -> Iterator[bytes]:
        self.record_no += 1
        if reason := why_bad(record, header):
            self.rejects.add(self.record_no, line_no, record, reason)
            return
        values = _parsed(record.decode(), header.delimiter) or []
        for value, column in zip(values, header.columns, strict=True):
            if column in self.identifiers and _SCIENTIFIC_NUMBER.fullmatch(value.strip()):
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
    csv.writer(line, delimiter=delimiter, lineterminator="\n").writerow(values)
    return line.getvalue().encode()


def odd_quotes(line: bytes) -> bool:
    """Tell whether a quote is open at the end of the line."""
    return b'"' in line and line.count(b'"') % 2 == 1


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


def _is_clean(record: bytes) -> bool:
    """Tell whether COPY takes the record as it is; a record that is not clean may still be good."""
    if b'"' in record or b"\r" in record or b"\x00" in record or b"E+" in record or b"e+" in record:
        return False
    try:
        record.decode()
    except UnicodeDecodeError:
        return False
    return len(record) <= MAX_RECORD_BYTES


def _parsed(text: str, delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None

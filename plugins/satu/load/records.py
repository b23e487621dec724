"""Careful reading: separate the good records of a text from the damaged ones, and lose as few as possible.

Used only if the blocks cannot be passed to COPY unchanged.
"""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress

from satu.load.lines import MAX_RECORD_BYTES, Batch, batches, is_clean
from satu.load.rejects import Rejects
from satu.load.shape import Furniture, Shape, numbers_in, visible
from satu.load.text import Header, fields

MAX_RECORD_LINES = 50
csv.field_size_limit(MAX_RECORD_BYTES)
SCIENTIFIC = (b"E+", b"e+")
SCIENTIFIC_NUMBER = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)


@dataclass
class Reading:
    """Reads the records of one file, member by member; `record_no` continues over members."""

    identifiers: frozenset[str]
    rejects: Rejects
    record_no: int = 0
    findings: list[str] = field(default_factory=list)
    member: str = ""
    """Name of the current member, if the file is an archive of several."""
    _furniture: "_FurnitureOfMember" = field(default_factory=lambda: _FurnitureOfMember())

    def good_records(self, blocks: Iterable[bytes], header: Header) -> Iterator[bytes]:
        """Yield each good record as a CSV line with the header's delimiter, with its `record_no` as the last field.

        Raises:
            BadInput: the header is repeated in another order.
            ScientificIdentifier: an identifier is written as a rounded number.
        """
        source = batches(blocks, header.skipped_lines + 1)
        for batch in source:
            if batch.is_clean:
                for line_no, line in enumerate(batch.lines, batch.first_line_no):
                    yield from self._clean_line(line_no, line, header, is_plain=header.is_plain)
            else:
                yield from self._line_by_line(batch, source, header)
        self.end_member()

    def count(self, shape: Shape, values: Sequence[str] | Sequence[bytes]) -> None:
        """Count a record, and add its numbers to the sums that a total row below may state."""
        self.record_no += 1
        self._furniture.records += 1
        if shape.summed or self._furniture.totals:
            self._furniture.add_record(shape, values)

    def skip(self, line_no: int, kind: Furniture, values: Sequence[str]) -> None:
        """Note a line that is not a record; a total is compared with the records above it."""
        self._furniture.add(line_no, kind, values)

    def end_member(self) -> None:
        """Report the lines skipped in a member."""
        self.report(self._furniture.findings())
        self._furniture = _FurnitureOfMember()

    def report(self, findings: Iterable[str]) -> None:
        """Add findings, with the name of their member."""
        self.findings += [f"{self.member}: {finding}" if self.member else finding for finding in findings]

    def _clean_line(self, line_no: int, line: bytes, header: Header, *, is_plain: bool) -> Iterator[bytes]:
        """Read a clean line: count the fields and check two of them or, where not all around it is plain, its key."""
        delimiter, shape = header.delimiter.encode(), header.shape
        values = line.split(delimiter)
        if len(values) == len(header.columns) and (
            shape.is_surely_record(values)
            if is_plain
            else not line.startswith(codecs.BOM_UTF8) and shape.has_key(line.decode().split(header.delimiter))
        ):
            self.count(shape, values)
            kept = line if header.is_plain else delimiter.join(compress(values, header.columns))
            yield b"%b%b%d\n" % (kept, delimiter, self.record_no)
        elif self._holds_something(line, delimiter):
            yield from self._judge(line_no, line, header)

    def _line_by_line(self, batch: Batch, source: Iterator[Batch], header: Header) -> Iterator[bytes]:
        position = 0
        while position < len(batch.lines):
            line_no, line = batch.first_line_no + position, batch.lines[position]
            if len(line) <= MAX_RECORD_BYTES and is_clean(line):
                yield from self._clean_line(line_no, line, header, is_plain=False)
                position += 1
                continue
            record, used = _whole_record(batch, position, source, header)
            if self._holds_something(record, header.delimiter.encode()):
                yield from self._judge(line_no, record, header)
            position += used

    def _holds_something(self, line: bytes, delimiter: bytes) -> bool:
        """Handle a record, good or damaged, or an empty line."""
        if not line.strip(delimiter):
            self._furniture.has_empty_lines |= bool(line)
            return False
        return delimiter in line or bool(line.strip())

    def _judge(self, line_no: int, record: bytes, header: Header) -> Iterator[bytes]:
        record = record.removeprefix(codecs.BOM_UTF8)  # of a concatenated file
        values, reason = parsed(record, header)
        given = values or fields(record, header.delimiter)
        if not any(map(visible, given)):
            self._furniture.has_empty_lines = True
            return
        is_first = line_no == header.skipped_lines + 1 and not reason
        if kind := header.shape.furniture(given, is_first=is_first):
            self.skip(line_no, kind, given)
            return
        self.count(header.shape, values or ())
        if not reason:
            for value, column in zip(values, header.columns, strict=True):
                if column in self.identifiers and SCIENTIFIC_NUMBER.fullmatch(value.strip()):
                    raise ScientificIdentifier(column, line_no)
        if reason := reason or header.shape.why_no_record(values, is_first=is_first):
            self.rejects.add(self.record_no, line_no, record, self.of_member(reason))
            return
        kept = [value for value, column in zip(values, header.columns, strict=True) if column]
        yield csv_line([*kept, str(self.record_no)], header.delimiter)

    def of_member(self, reason: str) -> str:
        """Return a reason, with the name of the member if the file is an archive of several."""
        return f"{self.member}: {reason}" if self.member else reason


_MOST_LINES_NAMED = 10


class _FurnitureOfMember:
    """The lines of one member that are not records."""

    def __init__(self) -> None:
        self.has_empty_lines = False
        self._lines: dict[Furniture, list[int]] = {}
        self._more: Counter[Furniture] = Counter()
        self._wrong: list[str] = []
        self.records = 0
        self.totals: list[int] = []
        """Lines of totals without a record after them so far."""
        self._records_before = 0
        self._sums: Counter[int] = Counter()
        self._sums_of_group: Counter[int] = Counter()

    def add_record(self, shape: Shape, values: Sequence[str] | Sequence[bytes]) -> None:
        for line_no in self.totals:
            self._name(line_no, Furniture.SUBTOTAL)
        self.totals.clear()
        for at in shape.summed:
            if at < len(values) and values[at].isdigit():
                self._sums[at] += int(values[at])

    def add(self, line_no: int, kind: Furniture, values: Sequence[str]) -> None:
        if kind is not Furniture.TOTAL:
            self._name(line_no, kind)
            return
        self.totals.append(line_no)
        stated = numbers_in(values)
        expected = {self.records, self.records - self._records_before}
        expected |= {*self._sums.values(), *(self._sums - self._sums_of_group).values()}
        if stated and not expected.intersection(stated) and len(self._wrong) < _MOST_LINES_NAMED:
            self._wrong.append(f"footer in line {line_no} says {stated[0]}, but {self.records} records were read")
        self._sums_of_group, self._records_before = self._sums.copy(), self.records

    def findings(self) -> list[str]:
        for line_no in self.totals:
            self._name(line_no, Furniture.TOTAL)
        self.totals.clear()
        found = [f"{kind.value} in {self._named(kind)} skipped" for kind in self._lines] + self._wrong
        return found + ["lines of delimiters alone skipped"] * self.has_empty_lines

    def _name(self, line_no: int, kind: Furniture) -> None:
        lines = self._lines.setdefault(kind, [])
        if len(lines) < _MOST_LINES_NAMED:
            lines.append(line_no)
        else:
            self._more[kind] += 1

    def _named(self, kind: Furniture) -> str:
        lines = self._lines[kind]
        more = f" and {self._more[kind]} more" if self._more[kind] else ""
        return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}{more}"


class ScientificIdentifier(Exception):
    """An identifier rounded by a spreadsheet, such as 3,37E+15: its digits are lost."""

    def __init__(self, column: str, line_no: int) -> None:
        super().__init__(column, line_no)
        self.column = column
        self.line_no = line_no


def csv_line(values: list[str], delimiter: str) -> bytes:
    """Return one CSV line; an empty value is a missing value."""
    line = io.StringIO()
    # With this line end the writer quotes values with a CR, which COPY would otherwise refuse.
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(values)
    return line.getvalue()[:-2].encode() + b"\n"


def _whole_record(batch: Batch, position: int, source: Iterator[Batch], header: Header) -> tuple[bytes, int]:
    """Return the record that starts at a line, and how many lines it has.

    A quoted record may span lines. If joining them gives no good record, the first line is taken alone, so that the
    lines after an unclosed quote are not lost.
    """
    first = batch.lines[position]
    if first.count(b'"') % 2 == 0:
        return first, 1
    while len(batch.lines) < position + MAX_RECORD_LINES and (following := next(source, None)):
        batch.lines += following.lines
    delimiters = len(header.columns) - 1
    joined = first
    for used, line in enumerate(batch.lines[position + 1 : position + MAX_RECORD_LINES], 2):
        joined = joined + b"\n" + line
        closes = line.count(b'"') % 2
        if line.count(header.delimiter.encode()) >= delimiters and not closes:
            return first, 1  # a line with all fields is a record of its own, not the rest of another
        if closes:
            return (joined, used) if parsed(joined, header)[1] is None else (first, 1)
        if len(joined) > MAX_RECORD_BYTES:
            break
    return first, 1


def parsed(record: bytes, header: Header) -> tuple[list[str], str | None]:
    """Return the values of a record and the reason if it is damaged; then there may be no values."""
    if len(record) > MAX_RECORD_BYTES:
        return [], f"longer than {MAX_RECORD_BYTES:,} bytes"
    if b"\x00" in record:
        return [], "holds a NUL byte"
    try:
        text = record.decode()
    except UnicodeDecodeError as error:
        return [], f"byte {error.start + 1} of the record is not UTF-8"
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=header.delimiter, strict=True))
    except csv.Error:
        rows = []
    if len(rows) != 1:
        return [], ("a quote is not closed or is inside a field" if '"' in text else "a line end is inside the record")
    [values] = rows
    return values, None if len(values) == len(
        header.columns
    ) else f"{len(values)} fields; expected {len(header.columns)}"

"""Detect encoding, delimiter and header of a delimited text."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from satu.contracts import Contract, normalised
from satu.errors import BadInput
from satu.load.lines import is_utf8
from satu.load.shape import Shape, is_row_of_numbers

DELIMITERS = (",", ";", "|", "\t")
BLOCK = 1 << 19  # a line longer than any record spans a whole block, and so is detected
_HEAD_BYTES = 1 << 18
_TAIL_BYTES = 4096
HEADER_WITHIN_LINES = 30


@dataclass(frozen=True)
class Header:
    """The lines above the records."""

    delimiter: str
    columns: tuple[str | None, ...]
    """The contract's column of each field; none for a field that is not loaded."""
    skipped_lines: int
    """Lines up to and including the header and a row of numbers under it."""
    findings: tuple[str, ...]
    shape: Shape
    """The form of the records below it."""

    @property
    def is_plain(self) -> bool:
        """Return whether every field is a column, so that the records can be passed to COPY unchanged."""
        return None not in self.columns


class Text:
    """A delimited text as UTF-8 blocks, its header read."""

    def __init__(self, stream: BinaryIO, contract: Contract) -> None:
        self._stream = utf8_blocks(stream, contract)
        head = next(self._stream, b"")
        self.header, start = _find_header(head, contract)
        self._rest_of_head = head[start:]
        self._tail = b""

    def blocks(self) -> Iterator[bytes]:
        """Yield the records without the header, as blocks of UTF-8 or of bytes declared as such."""
        for block in chain([self._rest_of_head], self._stream):
            self._tail = (self._tail + block)[-_TAIL_BYTES:] if len(block) < _TAIL_BYTES else block[-_TAIL_BYTES:]
            if block:
                yield block

    def findings(self) -> list[str]:
        """After all blocks were read, return a finding if the last value may be cut off."""
        *_, before, last = [b"", b"", *split_lines(self._tail)]
        delimiter = self.header.delimiter.encode()
        is_whole = last.endswith((b"\n", b"\r")) or before.count(delimiter) != last.count(delimiter)
        if is_whole or len(last.rpartition(delimiter)[2]) >= len(before.rstrip().rpartition(delimiter)[2]):
            return []
        return ["the last line has no line end and a shorter last value than the line above it: it may be cut off"]


def utf8_blocks(stream: BinaryIO, contract: Contract) -> Iterator[bytes]:
    """Yield a text as UTF-8 without its mark, whatever its encoding; the first block is its first 256 KiB."""
    head = b""
    while len(head) < _HEAD_BYTES and (block := stream.read(_HEAD_BYTES)):
        head += block
    decode = _decoder(head, contract)
    if not decode:
        yield head.removeprefix(codecs.BOM_UTF8)
        yield from iter(lambda: stream.read(BLOCK), b"")
        return
    yield decode(head.removeprefix(codecs.BOM_UTF8), final=len(head) < _HEAD_BYTES)
    while block := stream.read(BLOCK):
        yield decode(block)
    if end := decode(b"", final=True):
        yield end


class _Decoder:
    """Turns an encoding into UTF-8, block by block."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._encoding = encoding

    def __call__(self, block: bytes, *, final: bool = False) -> bytes:
        try:
            return self._decoder.decode(block, final).encode()
        except UnicodeError:
            raise BadInput(
                f"the text is not {self._encoding} throughout, as its beginning is. Send it again as UTF-8"
            ) from None


class _Windows1252Lines:
    """Converts lines that are not UTF-8 from Windows-1252; lines that are neither stay unchanged."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, block: bytes, *, final: bool = False) -> bytes:
        text = self._rest + block
        end = len(text) if final or len(text) > 2 * BLOCK else max(text.rfind(b"\n"), text.rfind(b"\r")) + 1
        self._rest = text[end:]
        whole = text[:end]
        return whole if is_utf8(whole) else b"".join(map(_from_windows_1252, split_lines(whole)))


def _from_windows_1252(line: bytes) -> bytes:
    if is_utf8(line):
        return line
    try:
        return line.decode("windows-1252").encode()
    except UnicodeDecodeError:
        return line


def _decoder(head: bytes, contract: Contract) -> "_Decoder | _Windows1252Lines | None":
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _Decoder("utf-16")
    if "windows-1252" in contract.extras.encodings:
        return _Windows1252Lines()
    return None


def split_lines(text: bytes) -> list[bytes]:
    """Return the lines of a text with their ends; an end is LF, CRLF or CR."""
    return re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def _find_header(head: bytes, contract: Contract) -> tuple[Header, int]:
    """Return the header and where in `head` the records start."""
    if not head.strip():
        raise BadInput("the file is empty; expected a header and records")
    lines = split_lines(head)[:HEADER_WITHIN_LINES]
    best: tuple[int, frozenset[str]] | None = None
    for number, (line, length) in enumerate(headings(lines)):
        for delimiter in DELIMITERS:
            names = fields(line, delimiter)
            found = frozenset(
                contract.column_of_header[n] for name in names if (n := normalised(name)) in contract.column_of_header
            )
            missing = contract.required_columns - found
            if not missing:
                return _header(lines, number, length, delimiter, names, contract)
            if found and (best is None or len(missing) < len(best[1])):
                best = (number, missing)
    if best and len(best[1]) < len(contract.required_columns):
        raise BadInput(f"the header in line {best[0] + 1} lacks the required columns {', '.join(sorted(best[1]))}")
    raise BadInput(
        f"no header in the first {HEADER_WITHIN_LINES} lines; expected the columns"
        f" {', '.join(sorted(contract.required_columns))}"
        " separated by comma, semicolon, bar or tab, in UTF-8 or UTF-16"
    )


def headings(lines: list[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield candidates for the header, from each line on, with their number of lines: names may have line ends."""
    for number, first in enumerate(lines):
        line, length = first, 1
        while line.count(b'"') % 2 and number + length < len(lines):
            line += lines[number + length]
            length += 1
        yield (first, 1) if line.count(b'"') % 2 else (line, length)


def _header(
    lines: list[bytes], number: int, length: int, delimiter: str, names: list[str], contract: Contract
) -> tuple[Header, int]:
    columns: list[str | None] = []
    findings = [f"{number} lines above the header skipped"] if number else []
    for name in names:
        column = contract.column_of_header.get(normalised(name))
        if column in columns and column is not None:
            raise BadInput(f"the header has the column {column} twice; expected each column once")
        columns.append(column)
    unknown = [position for position, column in enumerate(columns, 1) if column is None]
    if unknown:
        findings.append(f"unknown columns not loaded: number {', '.join(map(str, unknown[:20]))}")
    used = number + length
    if used < len(lines) and is_row_of_numbers([name for name in fields(lines[used], delimiter) if name.strip()]):
        findings.append("row of column numbers under the header skipped")
        used += 1
    start = sum(map(len, lines[:used]))
    return Header(delimiter, tuple(columns), used, tuple(findings), Shape(contract, columns)), start


def fields(line: bytes, delimiter: str) -> list[str]:
    """Return the fields of one line; lenient, for headers and footers but not for records."""
    text = line.decode("utf-8", "replace").rstrip("\r\n")
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return text.split(delimiter)

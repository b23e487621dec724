"""Blocks become batches of whole lines, in bounded memory however long a line is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FOOTER = re.compile(rb"^[\"\s;,|\t]*(?:jumlah|total|grand total)\b", re.IGNORECASE)
MAX_RECORD_BYTES = 1 << 20
_CUT = MAX_RECORD_BYTES + 1  # of a longer line so much is kept that it is seen to be too long
_MAX_LINES = 1 << 21
# A batch without any of these, in valid UTF-8, needs no look at its single characters.
_NEED_A_LOOK = (b'"', b"\x00", b"E+", b"e+", b"\r")


@dataclass
class Batch:
    """Lines without their ends; `is_clean` says that they hold only what COPY takes literally."""

    lines: list[bytes]
    first_line_no: int
    is_clean: bool


class Batches:
    """The lines of a text, batch by batch; a footer under the records is taken off the last one.

    LF, CRLF or, where the first block has no LF, CR alone end a line.
    """

    def __init__(self, blocks: Iterable[bytes], lines_before: int = 0) -> None:
        self.footer: tuple[int, bytes] | None = None
        """Line number and text of the footer, known when the last batch has been taken."""
        self._stream = batches(blocks, lines_before + 1)
        self._next = next(self._stream, None)

    def take(self) -> Batch | None:
        """Return the next batch, none at the end."""
        batch, self._next = self._next, next(self._stream, None)
        # A footer may stand before lines that hold nothing.
        while batch and self._next and len(batch.lines) < _MAX_LINES and not _holds_any(self._next.lines):
            # Of lines that hold nothing one stands for all: whether there are any is all that is told of them.
            batch.lines += [self._next.lines[0]] + [b""] * (len(self._next.lines) - 1)
            batch.is_clean &= self._next.is_clean
            self._next = next(self._stream, None)
        if batch and self._next is None:
            self.footer = _take_footer(batch)
        return batch


def is_footer(line: bytes) -> bool:
    """Tell whether a line is a sum under the records: it is called so, and most of its fields are empty."""
    if not FOOTER.match(line):
        return False
    fields = re.split(rb"[,;|\t]", line)
    return sum(bool(field.strip(b' "\r\n')) for field in fields) <= max(2, len(fields) // 2)


def holds_something(line: bytes) -> bool:
    """Tell a line with a value from one of delimiters and blanks."""
    return bool(line.strip(b" \t\r,;|"))


def _holds_any(lines: list[bytes]) -> bool:
    return any(map(holds_something, lines))


def _take_footer(batch: Batch) -> tuple[int, bytes] | None:
    last = len(batch.lines) - 1
    while last > 0 and not holds_something(batch.lines[last]):
        last -= 1
    footer = batch.lines[last]
    if not is_footer(footer):
        return None
    del batch.lines[last:]
    return batch.first_line_no + last, footer


def batches(blocks: Iterable[bytes], line_no: int = 1) -> Iterator[Batch]:
    """Yield the lines of blocks; of a line that is longer than any record only the beginning."""
    rest = b""
    ending: bytes | None = None
    for block in blocks:
        ending = ending or (b"\r" if b"\r" in block and b"\n" not in block else b"\n")
        complete, found, tail = block.rpartition(ending)
        if not found:
            rest = (rest + tail)[:_CUT]
            continue
        batch = _batch((rest + complete).split(ending) if rest else complete.split(ending), line_no)
        line_no += len(batch.lines)
        rest = tail
        yield batch
    if rest:
        yield _batch([rest], line_no)


def _batch(found: list[bytes], line_no: int) -> Batch:
    found[0] = found[0][:_CUT]
    joined = b"\n".join(found)
    if b"\r" in joined:
        found = [line[:-1] if line.endswith(b"\r") else line for line in found]
        joined = b"\n".join(found)
    is_clean = len(found[0]) <= MAX_RECORD_BYTES and not any(mark in joined for mark in _NEED_A_LOOK)
    return Batch(found, line_no, is_clean and _is_utf8(joined))


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True

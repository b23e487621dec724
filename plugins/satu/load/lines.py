"""Blocks become lines, and lines become records: a quoted record may span lines, an unclosed quote does not."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

MAX_RECORD_BYTES = 1 << 20
MAX_RECORD_LINES = 50
_CUT = MAX_RECORD_BYTES + 1  # of a longer line so much is kept that it is seen to be too long


class Lines:
    """Lines of a text without their ends, with their numbers; lines can be given back.

    LF, CRLF or, where the first block has no LF, CR alone end a line. Memory stays at a block and a record, however
    long a line is.
    """

    def __init__(self, blocks: Iterable[bytes], lines_before: int = 0) -> None:
        self.line_no = lines_before
        self._stream = split(blocks)
        self._given_back: deque[bytes] = deque()

    def __iter__(self) -> Iterator[bytes]:
        """Go through the lines that are left."""
        return self

    def __next__(self) -> bytes:
        """Return the next line."""
        line = self._given_back.popleft() if self._given_back else next(self._stream)
        self.line_no += 1
        return line

    def close_quote(self, first: bytes, is_record: Callable[[bytes], bool]) -> bytes:
        """Return `first` joined with the lines that close its quote, or `first` alone where no good record comes of it.

        Lines that were looked at in vain are given back, so that the damage stays in one line.
        """
        joined, taken = first, list[bytes]()
        for line in self:
            taken.append(line)
            joined = joined + b"\n" + line
            if line.count(b'"') % 2:
                if is_record(joined):
                    return joined
                break
            if len(joined) > MAX_RECORD_BYTES or len(taken) == MAX_RECORD_LINES:
                break
        self._given_back.extendleft(reversed(taken))
        self.line_no -= len(taken)
        return first


def split(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of blocks; of a line that is longer than any record only the beginning."""
    rest = b""
    ending: bytes | None = None
    for block in blocks:
        ending = ending or (b"\r" if b"\r" in block and b"\n" not in block else b"\n")
        first, *others = block.split(ending)
        rest += first[: _CUT - len(rest)]
        if others:
            yield _without_end(rest)
            for line in others[:-1]:
                yield _without_end(line[:_CUT])
            rest = others[-1][:_CUT]
    if rest:
        yield _without_end(rest)


def _without_end(line: bytes) -> bytes:
    return line[:-1] if line.endswith(b"\r") else line

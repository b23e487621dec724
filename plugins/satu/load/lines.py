"""Split blocks into batches of whole lines, in bounded memory however long a line is."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_RECORD_BYTES = 1 << 20
_CUT = MAX_RECORD_BYTES + 1  # enough of a longer line is kept to detect that it is too long
# A batch in valid UTF-8 without any of these needs no check of single characters.
_NEED_A_LOOK = (b'"', b"\x00", b"E+", b"e+", b"\r")


@dataclass
class Batch:
    """Lines without their ends; `is_clean`: they contain only characters that COPY takes literally."""

    lines: list[bytes]
    first_line_no: int
    is_clean: bool


def batches(blocks: Iterable[bytes], line_no: int = 1) -> Iterator[Batch]:
    """Yield the lines of blocks; a line longer than any record is truncated."""
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
    return Batch(found, line_no, len(found[0]) <= MAX_RECORD_BYTES and is_clean(joined))


def is_clean(text: bytes) -> bool:
    """Return whether a text contains only characters that COPY takes literally."""
    return not any(mark in text for mark in _NEED_A_LOOK) and is_utf8(text)


def is_utf8(text: bytes) -> bool:
    """Return whether the bytes are UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True

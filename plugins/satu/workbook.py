"""The sheets of an XLSX workbook as CSV, read in a process of its own that gets no more than so much memory.

The reader holds a whole sheet, a workbook of a few kilobytes can stand for gigabytes of cells, and what its directory
says of its size need not be true: the limit of the operating system holds whatever the file is.
"""

import csv
import io
import resource
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO, Protocol

MEMORY_BYTES = 200 * 2**20
"""Enough for 1.5 million cells that hold text: 100 thousand records of 16 columns."""
PROCESSOR_SECONDS = 120
"""Many times of what a workbook needs that fits into the memory."""
DELIMITER = ","
EXACT = 2**53
"""Above it a number of a workbook no longer has all its digits."""
_BLOCK_CHARACTERS = 1 << 20
_UNREADABLE = 3
_OUT_OF_MEMORY = 4
_TOO_LARGE = (_OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGXCPU)
_SECONDS_TO_END = 10


class UnreadableWorkbook(Exception):
    """It is no workbook, or its insides are damaged."""


class WorkbookTooLarge(Exception):
    """Reading it takes more than MEMORY_BYTES, or more than PROCESSOR_SECONDS."""


class _HasFileNumber(Protocol):
    def fileno(self) -> int: ...


def sheets_as_csv(workbook: _HasFileNumber) -> Iterator[tuple[int, bytes]]:
    """Yield (number of the sheet, from 1; block of whole CSV lines) of an XLSX file on disk, sheet by sheet.

    Raises:
        UnreadableWorkbook: it cannot be read.
        WorkbookTooLarge: it takes too much memory or time.
        InterruptedError: somebody ended the process that read it.
    """
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(
        command, stdin=workbook.fileno(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as reader:
        assert reader.stdout
        try:
            while head := reader.stdout.readline():
                number, length = map(int, head.split())
                if len(block := reader.stdout.read(length)) < length:
                    break
                yield number, block
        finally:
            reader.stdout.close()
            reader.kill()  # has no effect on one that is done
    if reader.returncode == _UNREADABLE:
        raise UnreadableWorkbook
    if reader.returncode in _TOO_LARGE:
        raise WorkbookTooLarge
    if reader.returncode:
        raise InterruptedError(f"the reader of workbooks ended with {reader.returncode}")


def cell_text(value: object) -> str:
    """Return a cell's value as text: whole numbers without a fraction, days as yyyy-mm-dd, nothing as an empty text."""
    if isinstance(value, float) and value.is_integer():
        # Beyond 2^53 the last digits are the format's, not the writer's; a sentinel is told by its first ones.
        digits = str(int(value))
        return digits if abs(value) < EXACT or digits.startswith("999999") else f"{value:.14E}"
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _main(workbook: BinaryIO, out: BinaryIO) -> int:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS + _SECONDS_TO_END))
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(workbook)
        for number in range(len(book.sheet_names)):
            for block in _blocks(book.get_sheet_by_index(number).iter_rows()):
                out.write(b"%d %d\n" % (number + 1, len(block)))
                out.write(block)
    except MemoryError:
        return _OUT_OF_MEMORY
    except BaseException:  # a panic of the library is no Exception; whatever it says, the file cannot be read
        return _UNREADABLE
    out.flush()
    return 0


def _blocks(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    text = io.StringIO()
    # With this line end the writer quotes a value that holds a CR, which COPY would else refuse.
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
    sys.exit(_main(sys.stdin.buffer, sys.stdout.buffer))

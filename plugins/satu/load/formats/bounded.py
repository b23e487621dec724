"""Files that may stand for far more than their size, read in a process of its own with a limit of memory and time.

A workbook or a Parquet file of a few kilobytes can stand for gigabytes of values, and what its directory says of its
size need not be true: the limit of the operating system holds whatever the file is.
"""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Protocol

PROCESSOR_SECONDS = 120
"""Many times of what a file needs that fits into the memory."""
_UNREADABLE = 3
_OUT_OF_MEMORY = 4
_TOO_LARGE = (_OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGXCPU)
_SECONDS_TO_END = 10


class Unreadable(Exception):
    """It is no file of its kind, or its insides are damaged."""


class TooLarge(Exception):
    """Reading it takes more memory than its kind is allowed, or more than PROCESSOR_SECONDS."""


class _HasFileNumber(Protocol):
    def fileno(self) -> int: ...


def blocks_of(module: str, file: _HasFileNumber, *arguments: str) -> Iterator[tuple[int, bytes]]:
    """Yield what `module`, started as a program on a file on disk, hands to `serve`: (number, block).

    Raises:
        Unreadable: it cannot be read.
        TooLarge: it takes too much memory or time.
        InterruptedError: somebody ended the process that read it.
    """
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdin=file.fileno(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:
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
        raise Unreadable
    if reader.returncode in _TOO_LARGE:
        raise TooLarge
    if reader.returncode:
        raise InterruptedError(f"the reader of {module} ended with {reader.returncode}")


def serve(read: Callable[[BinaryIO], Iterable[tuple[int, bytes]]], memory_bytes: int) -> int:
    """Hand the blocks of the file on standard input to `blocks_of`, in bounds; return the exit code."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS + _SECONDS_TO_END))
    out = sys.stdout.buffer
    try:
        for number, block in read(sys.stdin.buffer):
            out.write(b"%d %d\n" % (number, len(block)))
            out.write(block)
    except MemoryError:
        return _OUT_OF_MEMORY
    except BaseException:  # a panic of a library is no Exception; whatever it says, the file cannot be read
        return _UNREADABLE
    out.flush()
    return 0

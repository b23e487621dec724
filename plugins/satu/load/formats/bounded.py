"""Read files that may expand to far more than their size in a separate process with limits on memory and time.

A workbook or a Parquet file of a few kilobytes can expand to gigabytes of values, and the sizes in its directory may be
false. The limits of the operating system apply to any file.
"""

import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, Protocol

PROCESSOR_SECONDS = 120
"""Many times the time that a file fitting into the memory limit needs."""
_UNREADABLE = 3
_OUT_OF_MEMORY = 4
_TOO_LARGE = (_OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGXCPU)
_SECONDS_TO_END = 10


class Unreadable(Exception):
    """The file is not of its kind, or its contents are damaged."""


class TooLarge(Exception):
    """Reading it takes more memory than allowed for its kind, or more than PROCESSOR_SECONDS."""


class _HasFileNumber(Protocol):
    def fileno(self) -> int: ...


def blocks_of(module: str, file: _HasFileNumber, *arguments: str) -> Iterator[tuple[int, bytes]]:
    """Run `module` as a program on a file on disk; yield the (number, block) pairs that it passes to `serve`.

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
            reader.kill()  # has no effect after its end
    if reader.returncode == _UNREADABLE:
        raise Unreadable
    if reader.returncode in _TOO_LARGE:
        raise TooLarge
    if reader.returncode:
        raise InterruptedError(f"the reader of {module} ended with {reader.returncode}")


def serve(read: Callable[[BinaryIO], Iterable[tuple[int, bytes]]], memory_bytes: int) -> int:
    """Set the limits and write the blocks that `blocks_of` reads from standard input; return the exit code."""
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS + _SECONDS_TO_END))
    out = sys.stdout.buffer
    try:
        for number, block in read(sys.stdin.buffer):
            out.write(b"%d %d\n" % (number, len(block)))
            out.write(block)
    except MemoryError:
        return _OUT_OF_MEMORY
    except BaseException:  # a panic of a library is not an Exception; in any case the file cannot be read
        return _UNREADABLE
    out.flush()
    return 0

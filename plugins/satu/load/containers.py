"""What a file is made of: every extension becomes one or more byte streams of text, one a member.

An archive is one file of the manifest; its members' records count together, in the order of the members.
"""

import gzip
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

from satu.errors import BadInput

MAX_UNPACKED_BYTES = 20 * 2**30
MAX_RATIO = 200
MAX_MEMBERS = 1000
_RATIO_COUNTS_FROM = 10 * 2**20  # small files may well compress better than any real export


@dataclass(frozen=True)
class Member:
    """One stream of records."""

    name: str
    kind: str
    """`csv`, `jsonl`, `xlsx` or `parquet`."""
    stream: BinaryIO


class _Bounded:
    """A stream that refuses to give more than an honest file of its packed size would hold."""

    def __init__(self, stream: IO[bytes], packed_bytes: int) -> None:
        self._stream = stream
        self._limit = min(MAX_UNPACKED_BYTES, max(_RATIO_COUNTS_FROM, packed_bytes * MAX_RATIO))
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes (at most one block when negative is not asked for)."""
        try:
            block = self._stream.read(size)
        except (EOFError, OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
            raise BadInput(
                f"the packed file is damaged ({type(error).__name__}); expected a complete archive. Send it again"
            ) from None
        self._given += len(block)
        if self._given > self._limit:
            raise BadInput(
                f"it unpacks to more than {self._limit:,} bytes; expected at most {MAX_RATIO} times its packed size"
                f" and {MAX_UNPACKED_BYTES:,} bytes"
            )
        return block


def members(stream: BinaryIO, name: str, size: int) -> Iterator[Member]:
    """Yield the members of a file of `size` bytes; `name` tells by its ending what it is.

    Raises:
        BadInput: an archive is damaged, unpacks to too much or names a place outside itself.
    """
    lower = name.lower()
    if lower.endswith(".csv.gz"):
        yield Member(name, "csv", cast("BinaryIO", _Bounded(cast("IO[bytes]", gzip.GzipFile(fileobj=stream)), size)))
    elif lower.endswith(".zip"):
        yield from _zip_members(stream)
    else:
        yield Member(name, PurePosixPath(lower).suffix.removeprefix("."), stream)


def _zip_members(stream: BinaryIO) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        raise BadInput("it is no readable zip archive; expected one or more CSV files in it. Send it again") from None
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        _check_entries(entries)
        for entry in entries:
            with _opened(archive, entry) as member:
                yield Member(entry.filename, "csv", cast("BinaryIO", _Bounded(member, entry.compress_size)))


def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(entry)
    except (RuntimeError, ValueError, struct.error, zipfile.BadZipFile):
        # a password, a method that Python does not know, a damaged header
        raise BadInput(
            "the archive has a member that cannot be opened; expected plain members without a password. Pack it again"
        ) from None


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if not entries or len(entries) > MAX_MEMBERS:
        raise BadInput(f"the archive has {len(entries)} files; expected 1 to {MAX_MEMBERS}")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise BadInput(f"the archive unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
    for entry in entries:
        if entry.header_offset < 0:
            raise BadInput("the archive lacks its beginning; expected a complete one. Send it again")
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise BadInput("the archive names a place outside itself; expected plain names of CSV files")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BadInput("the archive holds a link; expected only CSV files")
        if path.suffix.lower() != ".csv":
            raise BadInput(f"the archive holds a file that ends in {path.suffix!r}; expected only .csv")

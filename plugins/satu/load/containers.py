"""The contents of a file: every extension becomes one or more byte streams of text, one per member.

An archive is one file of the manifest; the records of its members are numbered together, in the order of members.
"""

import gzip
import hashlib
import lzma
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast

from satu.errors import BadInput
from satu.signature import IN_GROUPS

MAX_UNPACKED_BYTES = 20 * 2**30
MAX_RATIO = 200
MAX_MEMBERS = 1000
_HIDDEN = re.compile(rf"\d{{10,}}|{IN_GROUPS}")
"""Part of a member's name that is not shown: most digits of a person's number, or all in groups."""
_NOTES = ("thumbs.db", "desktop.ini")
_RATIO_COUNTS_FROM = 10 * 2**20  # small files can compress better than any real export


@dataclass(frozen=True)
class Member:
    """One stream of records."""

    name: str
    """Displayable name within an archive; empty if the file is not an archive."""
    kind: str
    """`csv`, `jsonl`, `xlsx` or `parquet`."""
    stream: BinaryIO
    findings: tuple[str, ...] = ()
    """What an archive contains besides its records; given with its first member."""


def unpacked_limit(packed_bytes: int) -> int:
    """Return the maximum number of bytes of a genuine file with this packed size."""
    return min(MAX_UNPACKED_BYTES, max(_RATIO_COUNTS_FROM, packed_bytes * MAX_RATIO))


class _Bounded:
    """A stream that refuses to return more than a genuine file of its packed size contains."""

    def __init__(self, stream: IO[bytes], packed_bytes: int) -> None:
        self._stream = stream
        self._limit = unpacked_limit(packed_bytes)
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes."""
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
    """Yield the members of a file of `size` bytes, whose kind is that of the ending of `name`.

    Raises:
        BadInput: an archive is damaged, unpacks to too much or has a member with a path outside of it.
    """
    lower = name.lower()
    if lower.endswith(".csv.gz"):
        yield Member("", "csv", cast("BinaryIO", _Bounded(cast("IO[bytes]", gzip.GzipFile(fileobj=stream)), size)))
    elif lower.endswith(".zip"):
        yield from _zip_members(stream)
    else:
        yield Member("", PurePosixPath(lower).suffix.removeprefix("."), stream)


def _zip_members(stream: BinaryIO) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        raise BadInput("it is not a readable zip archive; expected one with CSV files. Send it again") from None
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
        _check_bounds(entries)
        findings: list[str] = []
        kept = [entry for entry in entries if not _is_of_file_manager(entry.filename)]
        if len(kept) < len(entries):
            findings.append(f"{len(entries) - len(kept)} hidden members of the archive ignored")
        _check_entries(kept)
        for entry in _once(archive, kept, findings):
            with _opened(archive, entry) as member:
                stream = cast("BinaryIO", _Bounded(member, entry.compress_size))
                yield Member(shown(entry.filename), "csv", stream, tuple(findings))
                findings.clear()


def shown(name: str) -> str:
    """Return the name of a member for a message: one short line without a long number."""
    return _HIDDEN.sub("…", "".join(sign if sign.isprintable() and sign != "\\" else "?" for sign in name))[:100]


def _is_of_file_manager(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or (bool(parts) and (parts[-1].startswith(".") or parts[-1].lower() in _NOTES))


def _once(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], findings: list[str]) -> list[zipfile.ZipInfo]:
    """Return the members that are not empty, each content once.

    Raises:
        BadInput: two members of one name differ, or all are empty.
    """
    filled = [entry for entry in entries if entry.file_size]
    findings += [f"member {shown(entry.filename)} is empty" for entry in entries if not entry.file_size]
    if not filled:
        raise BadInput("all members of the archive are empty; expected a header and records. Send it again")
    taken: list[zipfile.ZipInfo] = []
    sums = Counter((entry.CRC, entry.file_size) for entry in filled)
    digests: set[bytes] = set()
    for entry in filled:
        digest = _digest(archive, entry) if sums[entry.CRC, entry.file_size] > 1 else b""
        if digest in digests:
            findings.append(f"member {shown(entry.filename)} holds the same bytes as another and was read once")
            continue
        if entry.filename in {other.filename for other in taken}:
            raise BadInput(
                f"the archive has two members named {shown(entry.filename)} with different contents; expected each name"
                " once"
            )
        taken.append(entry)
        digests |= {digest} - {b""}
    return taken


def _digest(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with _opened(archive, entry) as opened:
        member, digest = _Bounded(opened, entry.compress_size), hashlib.sha256()
        while block := member.read(1 << 20):
            digest.update(block)
    return digest.digest()


def _opened(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    try:
        return archive.open(entry)
    except (RuntimeError, ValueError, struct.error, zipfile.BadZipFile):
        # a password, an unknown compression method, a damaged header
        raise BadInput(
            "the archive has a member that cannot be opened; expected plain members without a password. Pack it again"
        ) from None


def _check_bounds(entries: list[zipfile.ZipInfo]) -> None:
    if len(entries) > MAX_MEMBERS:
        raise BadInput(f"the archive has {len(entries)} files; expected 1 to {MAX_MEMBERS}")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise BadInput(f"the archive unpacks to more than {MAX_UNPACKED_BYTES:,} bytes")
    if any(entry.header_offset < 0 for entry in entries):
        raise BadInput("the beginning of the archive is missing; expected a complete one. Send it again")


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise BadInput(f"the archive has 0 files; expected 1 to {MAX_MEMBERS}")
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts:
            raise BadInput("the archive has a path outside itself; expected plain names of CSV files")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise BadInput("the archive has a link; expected only CSV files")
        if path.suffix.lower() != ".csv":
            raise BadInput(f"the archive has a file that ends in {shown(path.suffix)!r}; expected only .csv")

"""One file of a landing place: its listing, the names that are accepted, and how local folders are listed.

Folders are listed by names as stored on the disk, whatever their bytes; only plain files are ever opened.
"""

import hashlib
import os
import re
import stat
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import BinaryIO
from urllib.parse import quote, unquote_to_bytes

SIMULATED = "simulated_"
"""How the name of a file of simulated records begins; a release made of one says so."""
UNREADABLE = "unreadable"
"""Version mark of an unreadable file: it differs from any real one, so each sweep tries again."""
NO_PERMISSION = "no permission to read it; give the account that runs Satu read access"
LINK = "it is a link; expected the file itself. Copy the file here"
_NOT_PLAIN = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device", stat.S_IFBLK: "device"}
_LONGEST_NAME_BYTES = 1000
"""For a path below the landing place; the longest path of a slot is much shorter."""
# Joiners inside emoji, and the tags of flags: the only characters without a width that names need.
_JOINERS = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")
_MONTH = "(?:0[1-9]|1[0-2])"
_PERSONS_NUMBER = re.compile(
    rf"(?<!\d)(?:\d{{6}}(?:[04][1-9]|[1256]\d|[37][01]){_MONTH}\d{{4}}(?!00)\d\d"
    rf"|(?:19|20)\d\d{_MONTH}\d\d(?:19|20)\d\d{_MONTH}\d{{4}})(?!\d)"
)
"""The number of a person or a family card, which contains a date, or of a civil servant, which contains two. The code
of a work area also has sixteen digits; the last two are 00 if it has no parts."""
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


@dataclass(frozen=True)
class Listed:
    """A file as the landing place lists it."""

    uri: str
    path: str
    """Path below the landing place, with escapes for characters that must not be shown."""
    bytes: int
    modified: str
    age_seconds: float
    problem: str | None = None
    """Reason for refusing it unread."""

    @property
    def version(self) -> tuple[str, int, str]:
        """Identifies a version of the file without reading it."""
        return self.uri, self.bytes, self.modified


def listed(protocol: str, root: str, path: str, size: int, mark: str, age: float, problem: str | None = None) -> Listed:
    """Return the listing of `path`, below `root`; a name that is not accepted sets `problem`.

    Such a name is stored with percent escapes, so that the ledger can hold any bytes. A name with a person's number is
    not stored: people read the ledger who may not see personal data. Its version mark identifies it.
    """
    below = path[len(root) :].lstrip("/")
    uri = f"{protocol}://{path}" if protocol else path
    wrong = _wrong_with(below)
    if wrong is None:
        return Listed(uri, below, size, mark, age, problem)
    if _PERSONS_NUMBER.search(below):
        hidden = f"{_PERSONS_NUMBER.sub('…', path)}#{mark}"
        return Listed(
            f"{protocol or 'file'}://{quote(hidden)}", _shown(_PERSONS_NUMBER.sub("…", below)), size, mark, inf, wrong
        )
    raw = os.fsencode(path)
    uri = f"{protocol or 'file'}://{quote(raw)}"
    if len(raw) > _LONGEST_NAME_BYTES:
        uri = f"{uri[:_LONGEST_NAME_BYTES]}…{hashlib.sha256(raw).hexdigest()}"
    return Listed(uri, _shown(below), size, mark, age, problem or wrong)


def local_path(uri: str) -> str | None:
    """Return the path of a local file from its address; none for an address of a store."""
    if "://" not in uri:
        return uri
    protocol, _, path = uri.partition("://")
    return os.fsdecode(unquote_to_bytes(path)) if protocol == "file" else None


def walk(root: str) -> Iterator[Listed]:
    """List everything below a folder except folders, and the folders that cannot be listed.

    Links are not followed, so there are no loops. Files that disappear meanwhile are left out.

    Raises:
        OSError: `root` itself cannot be listed.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = list(entries)
            if not os.access(folder, os.X_OK):  # names can be listed, but files cannot be opened
                raise PermissionError
        except OSError as error:
            if folder == root:
                raise
            if os.path.lexists(folder) or not isinstance(error, FileNotFoundError):
                yield _unseen(root, folder, error)
            continue
        for entry in found:
            try:
                status = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError as error:
                yield _unseen(root, entry.path, error)
                continue
            if stat.S_ISDIR(status.st_mode):
                waiting.append(entry.path)
            else:
                yield listed_as(root, entry.path, status)


def listed_as(root: str, path: str, status: os.stat_result) -> Listed:
    """Return the listing of a local file with this stat result."""
    if stat.S_ISREG(status.st_mode):
        return listed("", root, path, status.st_size, mark_of(status), time.time() - status.st_mtime)
    kind = _NOT_PLAIN.get(stat.S_IFMT(status.st_mode))
    problem = f"it is a {kind}; expected a plain file. Remove it" if kind else LINK
    return listed("", root, path, 0, kind or mark_of(status), inf, problem)


def mark_of(status: os.stat_result) -> str:
    """Return the version mark of a file: mtime and ctime, because a copy can set any mtime."""
    return f"{status.st_mtime_ns}/{status.st_ctime_ns}"


def open_local(path: str) -> BinaryIO:
    """Open a plain file for reading; does not block on pipes and devices.

    Raises:
        OSError: it does not exist, may not be read, or is not a plain file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("no plain file")
    return os.fdopen(descriptor, "rb")


def is_open_folder(path: str) -> bool:
    """Return whether it is a folder that can be listed."""
    try:
        os.scandir(path).close()
    except OSError:
        return False
    return os.access(path, os.X_OK)


def _unseen(root: str, path: str, error: OSError) -> Listed:
    problem = NO_PERMISSION
    if not isinstance(error, PermissionError):
        problem = f"it cannot be listed ({error.strerror}); the next sweep tries again"
    return listed("", root, path, 0, UNREADABLE, inf, problem)


def _wrong_with(path: str) -> str | None:
    try:
        length = len(path.encode())
    except UnicodeEncodeError:
        return "its name is not UTF-8; expected a UTF-8 name. Rename it"
    if length > _LONGEST_NAME_BYTES:
        return f"its path is longer than {_LONGEST_NAME_BYTES:,} bytes; expected a shorter one. Rename it"
    if any(unicodedata.category(sign) in _INVISIBLE for sign in _JOINERS.sub("", path)):
        return "its name has a line break or another invisible character; expected none. Rename it"
    if _PERSONS_NUMBER.search(path):
        return "its name contains what may be the number of a person; expected none. Rename it"
    if any(part != part.strip() for part in path.split("/")):
        return "its name begins or ends with a space; expected none there. Rename it"
    return None


def _shown(path: str) -> str:
    """Return a name with escapes for invisible characters, truncated if long."""
    readable = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    shown = "".join(
        sign.encode("unicode_escape").decode() if unicodedata.category(sign) in _INVISIBLE else sign
        for sign in readable
    )
    return shown if len(shown) <= _LONGEST_NAME_BYTES else f"{shown[:_LONGEST_NAME_BYTES]}…"

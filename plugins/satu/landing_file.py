"""One file of a landing place: what is listed of it, which names are taken, and how files of a local folder are met.

A folder is walked by names as the disk has them, whatever their bytes; nothing but plain files is ever opened.
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

UNREADABLE = "unreadable"
"""Version mark of what could not be read: it differs from any real one, so each sweep tries again."""
NO_PERMISSION = "it may not be read (no permission); give the account that runs Satu the right to read it"
LINK = "it is a link; expected the file itself. Copy it here"
_NOT_PLAIN = {stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket", stat.S_IFCHR: "device", stat.S_IFBLK: "device"}
_LONGEST_NAME_BYTES = 1000
"""Of a path below the landing place; the longest one of a slot is well below."""
# Joiners inside emoji, and the tags of flags: the only signs without a width that a name needs.
_JOINERS = re.compile("[\u200c\u200d\U000e0020-\U000e007f]")
_MONTH = "(?:0[1-9]|1[0-2])"
_PERSONS_NUMBER = re.compile(
    rf"(?<!\d)(?:\d{{6}}(?:[04][1-9]|[1256]\d|[37][01]){_MONTH}\d{{4}}(?!00)\d\d"
    rf"|(?:19|20)\d\d{_MONTH}\d\d(?:19|20)\d\d{_MONTH}\d{{4}})(?!\d)"
)
"""The number of a person or a family card, with its day; or of a civil servant, with two. The code of a work area has
sixteen digits as well, of which the last two are 00 where it has no parts."""
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")


@dataclass(frozen=True)
class Listed:
    """A file as the landing place lists it."""

    uri: str
    path: str
    """Path below the landing place, with escapes where its name may not be shown as it is."""
    bytes: int
    modified: str
    age_seconds: float
    problem: str | None = None
    """Why it is refused without being read."""

    @property
    def version(self) -> tuple[str, int, str]:
        """What tells one state of a file from another without reading it."""
        return self.uri, self.bytes, self.modified


def listed(protocol: str, root: str, path: str, size: int, mark: str, age: float, problem: str | None = None) -> Listed:
    """Return what is listed of `path`, below `root`; one whose name is not taken comes with its problem.

    Such a name is kept with its signs as percent escapes, so that the ledger can hold it, whatever its bytes. One with
    the number of a person is not kept: the ledger is read by people who may know nobody. Its version mark tells it from
    others.
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
    """Return the path that a local file's address stands for; none for an address of a store."""
    if "://" not in uri:
        return uri
    protocol, _, path = uri.partition("://")
    return os.fsdecode(unquote_to_bytes(path)) if protocol == "file" else None


def walk(root: str) -> Iterator[Listed]:
    """List all that lies below a folder but is no folder, and the folders whose files cannot be seen.

    Links are not followed, so there are no loops. What vanishes meanwhile is left out.

    Raises:
        OSError: `root` itself cannot be listed.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                found = list(entries)
            if not os.access(folder, os.X_OK):  # names are listed, but nothing behind them
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
    """Return what is listed of a local file with this status."""
    if stat.S_ISREG(status.st_mode):
        return listed("", root, path, status.st_size, mark_of(status), time.time() - status.st_mtime)
    kind = _NOT_PLAIN.get(stat.S_IFMT(status.st_mode))
    problem = f"it is a {kind}; expected a plain file. Remove it" if kind else LINK
    return listed("", root, path, 0, kind or mark_of(status), inf, problem)


def mark_of(status: os.stat_result) -> str:
    """Return the mark of a file's version: both its times, for whoever copies a file can set the first as he likes."""
    return f"{status.st_mtime_ns}/{status.st_ctime_ns}"


def open_local(path: str) -> BinaryIO:
    """Open a plain file to be read; never wait for one that is none.

    Raises:
        OSError: it is not there, may not be read, or is no plain file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("no plain file")
    return os.fdopen(descriptor, "rb")


def is_open_folder(path: str) -> bool:
    """Tell whether it is a folder whose files can be seen."""
    try:
        os.scandir(path).close()
    except OSError:
        return False
    return os.access(path, os.X_OK)


def _unseen(root: str, path: str, error: OSError) -> Listed:
    problem = NO_PERMISSION
    if not isinstance(error, PermissionError):
        problem = f"it cannot be looked into ({error.strerror}); the next sweep tries again"
    return listed("", root, path, 0, UNREADABLE, inf, problem)


def _wrong_with(path: str) -> str | None:
    try:
        length = len(path.encode())
    except UnicodeEncodeError:
        return "its name is no UTF-8; expected one that is. Give it another name"
    if length > _LONGEST_NAME_BYTES:
        return f"its path is longer than {_LONGEST_NAME_BYTES:,} bytes; expected a short one. Give it another name"
    if any(unicodedata.category(sign) in _INVISIBLE for sign in _JOINERS.sub("", path)):
        return "its name has a line break or another sign that cannot be seen; expected none. Give it another name"
    if _PERSONS_NUMBER.search(path):
        return "its name holds what may be the number of a person; expected none. Give it another name"
    if any(part != part.strip() for part in path.split("/")):
        return "its name begins or ends with a blank; expected none there. Give it another name"
    return None


def _shown(path: str) -> str:
    """Return a name with escapes for what is no sign that can be seen, cut where it is long."""
    readable = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    shown = "".join(
        sign.encode("unicode_escape").decode() if unicodedata.category(sign) in _INVISIBLE else sign
        for sign in readable
    )
    return shown if len(shown) <= _LONGEST_NAME_BYTES else f"{shown[:_LONGEST_NAME_BYTES]}…"

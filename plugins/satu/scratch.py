"""Files with personal data outside the database, accessible only to their user.

Temporary folders of commands are in `<home>/scratch`. Each has a file locked by its process. The operating system
releases the lock when the process ends, killed or not; the next command removes folders whose lock is free.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from satu.errors import PermanentError, WrongUsage

FOLDER = "scratch"
_LOCK = "in-use"
_PRIVATE = 0o077
"""A umask that removes all rights of others."""


@contextmanager
def folder(home: Path, purpose: str) -> Iterator[Path]:
    """Yield a new folder below `home` that is removed at the end; only this user can read its files.

    The umask of the process is changed meanwhile, because libraries create files themselves.
    """
    before = os.umask(_PRIVATE)
    try:
        with _alone(home) as place:
            made = Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=place))
            lock = (made / _LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
        with lock:
            yield made
    finally:
        os.umask(before)
        shutil.rmtree(made, ignore_errors=True)


def new_file(path: Path) -> int:
    """Create a file that only its owner may read, for exported records; return its descriptor.

    Raises:
        WrongUsage: the file exists, or cannot be created.
    """
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise WrongUsage(f"{path} already exists; expected a new file. Choose another name") from None
    except OSError as error:
        raise WrongUsage(f"{path} cannot be written ({error.strerror}); expected a place for a new file") from None


def clean(home: Path) -> list[str]:
    """Remove the folders whose process has ended; return their names.

    Raises:
        PermanentError: one cannot be removed.
    """
    try:
        # Earlier versions of linkage kept their files there, without a lock.
        removed = [_removed(found) for found in home.glob("link-*")]
        if (home / FOLDER).exists():
            with _alone(home) as place:
                left = [found for found in place.iterdir() if found.is_dir() and not _is_in_use(found)]
                removed += map(_removed, left)
    except OSError as error:
        raise PermanentError(
            f"{error.filename} is left over from a command that was killed, may hold records of people, and cannot be"
            f" removed ({error.strerror}); expected a folder of the user who runs Satu. Remove it as its owner"
        ) from None
    return removed


@contextmanager
def _alone(home: Path) -> Iterator[Path]:
    """Yield the parent of these folders, locked, so that no other process creates or removes one."""
    place = home / FOLDER
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    place.chmod(0o700)
    with (place / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place


def _is_in_use(found: Path) -> bool:
    try:
        with (found / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False  # killed before it locked its file
    except BlockingIOError:
        return True
    return False


def _removed(found: Path) -> str:
    shutil.rmtree(found)
    return found.name

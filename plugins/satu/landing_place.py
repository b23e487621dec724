"""The landing place, a folder or a bucket behind fsspec: what lies there, and in which version."""

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from satu.errors import RetryableError, WrongUsage
from satu.urls import described, is_with_secret

_HASH_BLOCK = 1 << 20
UNREADABLE = "unreadable"
"""Version mark of what could not be read: it differs from any real one, so each sweep tries again."""
NO_PERMISSION = "it may not be read (no permission); give the account that runs Satu the right to read it"
LINK = "it is a link; expected the file itself. Copy it here"
_NO_LOGIN = ("NoCredentialsError", "PartialCredentialsError")
"""What botocore raises when it finds no login at all."""
OPENED = "opened"
"""Version mark of a folder that may be listed again: closed once more, it is another version."""


@dataclass(frozen=True)
class Listed:
    """A file as the landing place lists it."""

    uri: str
    path: str
    """Path below the landing place."""
    bytes: int
    modified: str
    age_seconds: float
    problem: str | None = None
    """Why it is refused without being read."""

    @property
    def version(self) -> tuple[str, int, str]:
        """What tells one state of a file from another without reading it."""
        return self.uri, self.bytes, self.modified


class LandingPlace:
    """The landing place behind fsspec."""

    def __init__(self, url: str) -> None:
        import fsspec

        if is_with_secret(url):
            raise WrongUsage(
                f"the landing place {described(url)} is given with a login or a query; expected an address without"
                " them, since it is kept with every file. Give credentials in the environment, for a bucket"
                " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        try:
            self.filesystem, self.root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise WrongUsage(
                f"the landing place {described(url)} cannot be used ({type(error).__name__}); expected a folder or a"
                " URI of a kind that fsspec knows, such as s3://bucket/landing"
            ) from None
        self.protocol = url.partition("://")[0] if "://" in url else ""
        self.address = f"{self.protocol}://{self.root}" if self.protocol else self.root

    def files(self) -> list[Listed]:
        """Return the files that are there, in the order of their paths; names that are not files yet are left out."""
        try:
            self.filesystem.invalidate_cache()
            if not self.protocol and not self.filesystem.isdir(self.root):
                raise WrongUsage(
                    f"the landing place {self.root} is no folder; expected one with <feed>/area=…/period=…/<file>"
                )
            found = self.filesystem.find(self.root, detail=True)
            closed = _closed_folders(self.root) if _is_local(self.filesystem) else []
            if self.root in closed:
                raise PermissionError
            if not found:
                self._expect_prefix()
        except WrongUsage:
            raise
        except FileNotFoundError:  # a bucket: a prefix below one is there as soon as an object is
            raise WrongUsage(
                f"the landing place {self.address} is not there; expected a bucket that exists and that this login may"
                " list"
            ) from None
        except Exception as error:  # each kind of store has errors of its own
            if isinstance(error, PermissionError) or type(error).__name__ in _NO_LOGIN:
                raise WrongUsage(
                    f"the landing place {self.address} may not be listed; expected a login that may list and read it."
                    " Check the account that runs Satu; for a bucket AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                ) from None
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise RetryableError(
                f"the landing place {self.address} cannot be listed ({reason}); expected one that answers and may be"
                " read. Check its address (for a bucket also AWS_ENDPOINT_URL) and the network, then try again"
            ) from None
        # An object whose name ends in a slash stands for a folder.
        files = [self._listed(path, detail) for path, detail in sorted(found.items()) if not path.endswith("/")]
        files += map(self._closed_folder, closed)
        return [file for file in files if _is_file_yet(file.path)]

    def is_open_folder(self, uri: str) -> bool:
        """Tell whether it is a folder whose files can be seen; a bucket has none that could be closed."""
        return _is_local(self.filesystem) and _is_open(uri)

    def current(self, file: Listed) -> Listed | None:
        """Return the file as it is now; none when it has gone."""
        try:
            self.filesystem.invalidate_cache()
            path = file.uri.removeprefix(f"{self.protocol}://") if self.protocol else file.uri
            with _reached(file.uri):
                return self._listed(path, self.filesystem.info(path))
        except FileNotFoundError:
            return None

    def hashed(self, files: list[Listed]) -> list[tuple[Listed, str]]:
        """Return each file that was still the same after it had been read, with its sha256.

        One that cannot be read comes with an empty sha256 and its problem.
        """
        with ThreadPoolExecutor(max_workers=4) as pool:
            sums = list(pool.map(self._sha256, files))
        return [
            (found if isinstance(found, Listed) else file, "" if isinstance(found, Listed) else found)
            for file, found in zip(files, sums, strict=True)
            if isinstance(found, Listed) or (found and (now := self.current(file)) and now.version == file.version)
        ]

    def _expect_prefix(self) -> None:
        """Tell an empty place from one that is not there: a mistyped prefix must not look like a quiet day."""
        try:
            self.filesystem.info(self.root)
        except FileNotFoundError:
            raise WrongUsage(
                f"no object is below the landing place {self.address}; expected files or, where none has come yet, an"
                " object that marks the place. Check the address; into a new place put an empty object"
                f" {self.address}/.keep first"
            ) from None

    def _sha256(self, file: Listed) -> str | Listed | None:
        if file.problem:
            return file
        digest = hashlib.sha256()
        try:
            with self.filesystem.open(file.uri, "rb") as stream:
                while block := stream.read(_HASH_BLOCK):
                    digest.update(block)
        except FileNotFoundError:
            return None
        except PermissionError:
            return replace(file, modified=UNREADABLE, problem=NO_PERMISSION)
        except Exception as error:  # each kind of store has errors of its own
            problem = f"it could not be read to its end ({type(error).__name__}); the next sweep tries again"
            return replace(file, modified=UNREADABLE, problem=problem)
        return digest.hexdigest()

    def _listed(self, path: str, detail: dict[str, Any]) -> Listed:
        below = path[len(self.root) :].lstrip("/")
        uri = f"{self.protocol}://{path}" if self.protocol else path
        written = detail.get("mtime")
        age = time.time() - written if isinstance(written, float) else float("inf")
        problem = LINK if detail.get("islink") else None
        return Listed(uri, below, int(detail["size"]), version_mark(detail), age, problem)

    def _closed_folder(self, path: str) -> Listed:
        return Listed(path, path[len(self.root) :].lstrip("/"), 0, UNREADABLE, float("inf"), NO_PERMISSION)


def _closed_folders(root: str) -> list[str]:
    """Return the folders below whose files cannot be seen: fsspec passes over them without a word."""
    errors: list[OSError] = []
    blind = []
    for folder, inner, _ in os.walk(root, onerror=errors.append):
        if not os.access(folder, os.X_OK) and os.path.lexists(folder):  # names are listed, but nothing behind them
            blind.append(folder)
            inner.clear()
    return [*blind, *(str(error.filename) for error in errors if isinstance(error, PermissionError))]


def _is_open(folder: str) -> bool:
    try:
        os.scandir(folder).close()
    except OSError:
        return False
    return os.access(folder, os.X_OK)


@contextmanager
def _reached(uri: str) -> Iterator[None]:
    """Let pass what a store says about a file, an OSError; anything else means that it did not answer."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise RetryableError(
            f"{uri} cannot be looked at ({type(error).__name__}); expected a store that answers. Check the network,"
            " then try again"
        ) from None


def _is_local(filesystem: object) -> bool:
    from fsspec.implementations.local import LocalFileSystem

    return isinstance(filesystem, LocalFileSystem)


def _is_file_yet(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return not any(part.startswith((".", "_")) for part in parts) and not path.endswith((".part", ".tmp"))


def version_mark(detail: dict[str, Any]) -> str:
    """Return the store's own mark of a file's version: its modification time or entity tag."""
    return str(detail.get("mtime") or detail.get("ETag") or detail.get("LastModified") or "")


def stat(uri: str) -> tuple[int, str]:
    """Return size and version mark of one file.

    Raises:
        FileNotFoundError: it is not there.
        RetryableError: its store does not answer.
    """
    import fsspec

    filesystem, path = fsspec.core.url_to_fs(uri)
    filesystem.invalidate_cache()
    with _reached(uri):
        detail = filesystem.info(path)
    return int(detail["size"]), version_mark(detail)

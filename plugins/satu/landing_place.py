"""The landing place, a folder or a bucket behind fsspec: its files and their versions."""

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import unquote_to_bytes

from satu.errors import RetryableError, WrongUsage
from satu.landing_file import (
    NO_PERMISSION,
    UNREADABLE,
    Listed,
    is_open_folder,
    listed,
    listed_as,
    local_path,
    mark_of,
    open_local,
    walk,
)
from satu.urls import described, is_with_secret

_HASH_BLOCK = 1 << 20
_NO_LOGIN = ("NoCredentialsError", "PartialCredentialsError")
"""Errors of botocore when there are no credentials."""


class LandingPlace:
    """The landing place, a local folder or a store behind fsspec.

    Raises:
        WrongUsage: the address is not of a known kind.
    """

    def __init__(self, url: str) -> None:
        folder = _folder(url)
        if folder and not folder.isprintable():
            raise WrongUsage(
                "the landing place's path is not UTF-8 or has an invisible character; expected a path"
                " that the ledger can store. Rename its folders"
            )
        self.protocol = "" if folder else url.partition("://")[0]
        if folder:
            self.address = self.root = folder
            return
        if "::" in url.partition("://")[0]:
            raise WrongUsage(
                f"the landing place {described(url)} contains another address; expected a folder or one address"
                " such as s3://bucket/landing, because a cache would keep copies of the exports on this machine"
            )
        if is_with_secret(url):
            raise WrongUsage(
                f"the landing place {described(url)} has a login or a query; expected an address without them, since"
                " it is stored with every file. Give credentials in the environment, for a bucket"
                " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        try:
            self.filesystem, self.root = _store(url)
        except (ValueError, ImportError) as error:
            raise WrongUsage(
                f"the landing place {described(url)} cannot be used ({type(error).__name__}); expected a folder or a"
                " URI of a kind that fsspec knows, such as s3://bucket/landing"
            ) from None
        self.address = f"{self.protocol}://{self.root}"

    def files(self) -> list[Listed]:
        """Return the files in the order of their paths, without those still being written."""
        try:
            found = self._in_store() if self.protocol else self._in_folder()
        except WrongUsage:
            raise
        except FileNotFoundError:  # a bucket; a prefix exists when an object below it does
            raise WrongUsage(
                f"the landing place {self.address} does not exist; expected an existing bucket that this login may list"
            ) from None
        except Exception as error:  # each kind of store has its own errors
            if isinstance(error, PermissionError) or type(error).__name__ in _NO_LOGIN:
                raise WrongUsage(
                    f"the landing place {self.address} may not be listed; expected a login that may list and read it."
                    " Check the account that runs Satu; for a bucket AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
                ) from None
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise RetryableError(
                f"the landing place {self.address} cannot be listed ({reason}); expected one that responds and may be"
                " read. Check its address (for a bucket also AWS_ENDPOINT_URL) and the network, then try again"
            ) from None
        return sorted((file for file in found if _is_file_yet(file.path)), key=lambda file: file.path)

    def is_open_folder(self, uri: str) -> bool:
        """Return whether it is a folder that can be listed; always false for a store."""
        path = local_path(uri)
        return path is not None and is_open_folder(path)

    def current(self, file: Listed) -> Listed | None:
        """Return the current listing of a file; none if it disappeared or can no longer be listed."""
        try:
            if path := local_path(file.uri):
                return listed_as(self.root, path, os.lstat(path))
            self.filesystem.invalidate_cache()
            path = file.uri.removeprefix(f"{self.protocol}://")
            with _reached(file.uri):
                return self._listed(path, self.filesystem.info(path))
        except OSError:
            return None

    def hashed(self, files: list[Listed]) -> list[tuple[Listed, str]]:
        """Return the files that did not change while they were read, with their sha256.

        An unreadable file comes with an empty sha256 and its problem.
        """
        with ThreadPoolExecutor(max_workers=4) as pool:
            sums = list(pool.map(self._sha256, files))
        return [
            (found if isinstance(found, Listed) else file, "" if isinstance(found, Listed) else found)
            for file, found in zip(files, sums, strict=True)
            if isinstance(found, Listed) or (found and (now := self.current(file)) and now.version == file.version)
        ]

    def _in_folder(self) -> list[Listed]:
        if not os.path.isdir(self.root):
            raise WrongUsage(
                f"the landing place {described(self.root)} is not a folder; expected one with"
                " <feed>/area=…/period=…/<file>"
            )
        return list(walk(self.root))

    def _in_store(self) -> list[Listed]:
        self.filesystem.invalidate_cache()
        found = self.filesystem.find(self.root, detail=True)
        if not found:
            self._expect_prefix()
        # An object whose name ends in a slash is a folder marker.
        return [self._listed(path, detail) for path, detail in found.items() if not path.endswith("/")]

    def _expect_prefix(self) -> None:
        """Raise if the place does not exist: a mistyped prefix must not look like an empty landing place."""
        try:
            self.filesystem.info(self.root)
        except FileNotFoundError:
            raise WrongUsage(
                f"no object below the landing place {self.address}; expected files or, if there are none yet, an"
                " object that marks the place. Check the address; in a new place, create an empty object"
                f" {self.address}/.keep first"
            ) from None

    def _sha256(self, file: Listed) -> str | Listed | None:
        if file.problem:
            return file
        digest = hashlib.sha256()
        try:
            with open_file(file.uri) as stream:
                while block := stream.read(_HASH_BLOCK):
                    digest.update(block)
        except FileNotFoundError:
            return None
        except PermissionError:
            return replace(file, modified=UNREADABLE, problem=NO_PERMISSION)
        except Exception as error:  # each kind of store has its own errors
            problem = f"it could not be read to its end ({type(error).__name__}); the next sweep tries again"
            return replace(file, modified=UNREADABLE, problem=problem)
        return digest.hexdigest()

    def _listed(self, path: str, detail: dict[str, Any]) -> Listed:
        written = detail.get("mtime")
        age = time.time() - written if isinstance(written, float) else float("inf")
        return listed(self.protocol, self.root, path, int(detail["size"]), _version_mark(detail), age)


def open_file(uri: str) -> BinaryIO:
    """Open a file of a landing place for reading.

    Raises:
        OSError: it does not exist, may not be read, or is not a plain file.
    """
    if path := local_path(uri):
        return open_local(path)
    filesystem, path = _store(uri)
    return cast("BinaryIO", filesystem.open(path, "rb"))


def stat(uri: str) -> tuple[int, str]:
    """Return size and version mark of one file.

    Raises:
        FileNotFoundError: it does not exist.
        RetryableError: its store does not answer.
    """
    if path := local_path(uri):
        status = os.lstat(path)
        return status.st_size, mark_of(status)
    filesystem, path = _store(uri)
    filesystem.invalidate_cache()
    with _reached(uri):
        detail = filesystem.info(path)
    return int(detail["size"]), _version_mark(detail)


def _folder(url: str) -> str | None:
    """Return the folder of an address, given as a path or as file:…; none for the address of a store.

    Raises:
        WrongUsage: a file:// address names another machine.
    """
    if not url.lower().startswith("file:/"):
        return None if "://" in url else os.path.abspath(os.path.expanduser(url))
    host, _, path = url[len("file:") :].removeprefix("//").partition("/")
    if host not in ("", "localhost"):
        raise WrongUsage(
            f"the landing place names the machine {described(host)!r}; expected file:///folder of this one"
        )
    return os.path.abspath("/" + os.fsdecode(unquote_to_bytes(path)))


def _store(uri: str) -> tuple[Any, str]:
    """Return the store of an address, and the path in it; a name is never parsed as a chain of stores."""
    import fsspec

    kind = fsspec.get_filesystem_class(uri.partition("://")[0])
    return kind(**kind._get_kwargs_from_urls(uri)), str(kind._strip_protocol(uri))


def _version_mark(detail: dict[str, Any]) -> str:
    """Return the store's version mark of a file: its entity tag or modification time."""
    return str(detail.get("mtime") or detail.get("ETag") or detail.get("LastModified") or "")


@contextmanager
def _reached(uri: str) -> Iterator[None]:
    """Let an OSError about a file pass; any other error means that the store did not answer."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        raise RetryableError(
            f"{uri} cannot be looked at ({type(error).__name__}); expected a store that responds. Check the network,"
            " then try again"
        ) from None


def _is_file_yet(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return not any(part.startswith((".", "_")) for part in parts) and not path.endswith((".part", ".tmp"))

"""All errors, as one tree.

SatuError
├── PermanentError        a retry cannot help
│   ├── WrongUsage        a command or setting is wrong             exit 2
│   ├── Blocked           the gate blocks a release                 exit 3
│   ├── BadInput          a file or record is refused               exit 4
│   └── BuildFailed       dbt, linkage or another stage failed      exit 5
└── RetryableError        a server or network was not available     exit 5

A message says what was found, where, what was expected and what to do. It never holds a personal value.
"""

import traceback


class SatuError(Exception):
    """Base of all errors that Satu raises; `exit_code` is the exit code of the command line."""

    exit_code = 5


class PermanentError(SatuError):
    """A retry without a change cannot help."""


class WrongUsage(PermanentError):
    """A command, setting or argument is wrong."""

    exit_code = 2


class Blocked(PermanentError):
    """The gate does not let a release pass."""

    exit_code = 3


class BadInput(PermanentError):
    """A file cannot be loaded; the message is the reason."""

    exit_code = 4


class BuildFailed(PermanentError):
    """A stage could not finish its work."""


class RetryableError(SatuError):
    """An external service was not available; the same call may succeed later."""


def place_of(error: BaseException) -> str:
    """Return type and place of an unexpected error; its text is withheld, because it may quote a record."""
    frames = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    kind = f"{type(error).__module__}.{type(error).__qualname__}"
    return f"{kind} at {' < '.join(reversed(frames))}; its text is withheld because it may quote a record"

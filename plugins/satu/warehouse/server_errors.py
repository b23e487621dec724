"""Errors of a server as errors of Satu, with the server's text: retryable or not.

The error of a statement is passed on only if its text is about the server, the session or the rights, never about a
record. SQLSTATE decides (https://www.postgresql.org/docs/current/errcodes-appendix.html).
"""

import re
from typing import Any

from satu.errors import PermanentError, RetryableError, SatuError, WrongUsage

_AGAIN = ("08", "40", "53", "57", "58")
"""Temporary classes: no connection, rollback, no resources, operator intervention, system error."""
_ABOUT_THE_SERVER = (*_AGAIN, "25", "28", "3D", "54")
_ABOUT_THE_SERVER_ALONE = ("42501", "55006", "55P03")
_PASSES = ("55006", "55P03")
# A failed connection has no SQLSTATE, only a text. Other texts are temporary: too many connections, a server that
# starts, stops, recovers or is not reached.
_REFUSED_FOR_GOOD = re.compile(
    r"not permitted to log in|authentication failed|does not exist|no pg_hba\.conf entry|pg_hba\.conf rejects"
    r"|permission denied|does not support SSL|channel binding|authentication method requirement|certificate"
    r"|not currently accepting connections|unrecognized configuration parameter|invalid value for|invalid \w+ value"
    r"|no password supplied|unsupported startup parameter|password .*expired|unsupported frontend protocol"
)
_LOST = re.compile(
    r"(?:FATAL|PANIC):  (?P<fatal>[^\n]+)|(?P<lost>server closed the connection unexpectedly"
    r"|the connection is (?:lost|closed)|SSL connection has been closed unexpectedly|failed to resolve host '[^'\n]*'"
    r"|connection to server (?:at|on socket) \"[^\"\n]*\"[^\n]{0,60} failed: [^\n]{0,200})"
)
_STOPPED = re.compile(
    r"terminating connection due to [a-z -]+|canceling statement due to [a-z ]+|deadlock detected"
    r"|could not serialize access due to [a-z/ ]+|cannot execute [A-Z ]+ in a read-only transaction"
    r"|No space left on device|the database system is [a-z ]+|sorry, too many clients already"
    r"|permission denied for [a-z]+ \w+"
)
"""Texts for a statement that the server cancelled; they never quote a record."""
READ_ONLY = (
    "; expected a server that may be written to. SATU_WAREHOUSE_URL names a standby, or the database or login is set to"
    " default_transaction_read_only"
)


def connection_error(error: Exception, where: str) -> SatuError:
    """Return the error for a server that was not reached or rejected the login."""
    said = _one_line(str(error))
    message = (
        f"no connection to {where}: {said}; expected a PostgreSQL server from version 15 on that this login may use"
    )
    if _REFUSED_FOR_GOOD.search(said):
        return WrongUsage(f"{message}. Correct SATU_WAREHOUSE_URL, or the login's rights on the server")
    return RetryableError(f"{message}. Try again when it accepts connections")


def statement_error(error: BaseException) -> SatuError | None:
    """Return the error for a driver's error; none if its text could be about a record."""
    cause: Any = getattr(error, "orig", None) or error  # SQLAlchemy wraps the driver's error
    module = type(cause).__module__.partition(".")[0]
    if module not in ("psycopg", "adbc_driver_manager"):
        return None
    state = cause.sqlstate or ""
    if not state:
        lost = _LOST.search(str(cause))
        return _passing(lost["fatal"] or lost["lost"]) if lost else None
    if not (state.startswith(_ABOUT_THE_SERVER) or state in _ABOUT_THE_SERVER_ALONE):
        return None
    said = cause.diag.message_primary if module == "psycopg" else None
    said = said or _first_line(str(cause)) or f"SQLSTATE {state}"
    if state.startswith(_AGAIN) or state in _PASSES:
        return _passing(said)
    found = f"the PostgreSQL server refused a statement: {said}"
    if state == "25006":
        return PermanentError(found + READ_ONLY)
    return PermanentError(f"{found}; expected a server and a login that allow it. See docs/operations.md")


def error_in_log(text: str) -> SatuError | None:
    """Return the error for a cancelled statement or a lost server in a program's log, which may quote records."""
    found = _STOPPED.search(text) or _LOST.search(text)
    if not found:
        return None
    if "read-only" in found[0] or "permission denied" in found[0]:
        return PermanentError(f"the PostgreSQL server refused a statement: {_one_line(found[0])}{READ_ONLY}")
    return _passing(found[0])


def _passing(said: str) -> RetryableError:
    return RetryableError(
        f"the connection to the PostgreSQL server broke: {_one_line(said)}; expected it to last until the work is"
        " done. No work is left half done: run again"
    )


def _first_line(text: str) -> str | None:
    found = re.search(r"(?:ERROR|FATAL|PANIC):  ([^\n]+)", text)
    return found[1] if found else None


def _one_line(text: str) -> str:
    said = re.sub(r"^connection failed: ", "", text.strip())
    return re.sub(r"\s+", " ", said).rstrip(".")

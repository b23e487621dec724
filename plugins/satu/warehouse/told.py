"""What a server said, in its own words, as an error of Satu: to be tried again or not.

Of a statement's error only those kinds are passed on whose text is about the server, the session or the rights, never
about a record. The kind is told by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
"""

import re
from typing import Any

from satu.errors import PermanentError, RetryableError, SatuError, WrongUsage

_AGAIN = ("08", "40", "53", "57", "58")
"""Classes that pass: no connection, a rollback, no room, an operator's doing, a system's error."""
_ABOUT_THE_SERVER = (*_AGAIN, "25", "28", "3D", "54")
_ABOUT_THE_SERVER_ALONE = ("42501", "55006", "55P03")
_PASSES = ("55006", "55P03")
# Whoever connects is told no SQLSTATE, only the text. What is none of these may pass: too many connections, a server
# that starts, stops, recovers or is not reached.
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
"""What the server says of a statement that it gave up; none of it can be of a record."""
READ_ONLY = (
    "; expected a server that may be written to. SATU_WAREHOUSE_URL names a standby, or the database or login is set to"
    " default_transaction_read_only"
)


def at_connecting(error: Exception, where: str) -> SatuError:
    """Return what to raise when a server was not reached, or did not let the login in."""
    said = _one_line(str(error))
    message = (
        f"no connection to {where}: {said}; expected a PostgreSQL server from version 15 on that this login may use"
    )
    if _REFUSED_FOR_GOOD.search(said):
        return WrongUsage(f"{message}. Correct SATU_WAREHOUSE_URL, or the login's rights on the server")
    return RetryableError(f"{message}. Try again when it lets you in")


def while_working(error: BaseException) -> SatuError | None:
    """Return what to raise for the error of a driver; none where its text could be about a record."""
    cause: Any = getattr(error, "orig", None) or error  # SQLAlchemy wraps the driver's own
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


def given_up(text: str) -> SatuError | None:
    """Return what to raise when a program's log, which may quote records, says that the server gave a statement up."""
    found = _STOPPED.search(text) or _LOST.search(text)
    if not found:
        return None
    if "read-only" in found[0] or "permission denied" in found[0]:
        return PermanentError(f"the PostgreSQL server refused a statement: {_one_line(found[0])}{READ_ONLY}")
    return _passing(found[0])


def _passing(said: str) -> RetryableError:
    return RetryableError(
        f"the PostgreSQL server broke off: {_one_line(said)}; expected it to stay until the work is done. Nothing is"
        " half done: run again"
    )


def _first_line(text: str) -> str | None:
    found = re.search(r"(?:ERROR|FATAL|PANIC):  ([^\n]+)", text)
    return found[1] if found else None


def _one_line(text: str) -> str:
    said = re.sub(r"^connection failed: ", "", text.strip())
    return re.sub(r"\s+", " ", said).rstrip(".")

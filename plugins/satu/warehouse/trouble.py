"""Sessions that block a step waiting for a table, and temporary errors of a server."""

import psycopg

from satu.errors import RetryableError
from satu.settings import Settings

BUSY_TEXT = "lock timeout"
"""Text of the server for a statement that waited too long for a table."""


def retryable(settings: Settings, error: BaseException) -> RetryableError | None:
    """Return the retryable error for a temporary error of a driver; None for any other error."""
    from satu import warehouse

    said = warehouse.statement_error(error)
    if not isinstance(said, RetryableError):
        return None
    return busy(settings) if BUSY_TEXT in str(said) else said


def busy(settings: Settings) -> RetryableError:
    """Return the error of a step that waited too long for a table, with the sessions that hold one now."""
    from satu import warehouse

    waited = f"waited {warehouse.LOCK_PATIENCE_S} s for a table that another session keeps busy"
    try:
        with warehouse.connect(settings, warehouse.TRANSFORMER, autocommit=True) as connection:
            sessions = list(map(_described, holders(connection)))
    except RetryableError as unreachable:
        return unreachable
    if not sessions:
        return RetryableError(f"{waited}; that session has ended by now. Try again")
    return RetryableError(
        f"{waited}: {'; '.join(sessions)}. Expected every session to end its transaction; let its owner commit or close"
        " it, or end it with `select pg_terminate_backend(PID)`, then try again"
    )


def holders(connection: psycopg.Connection) -> list[tuple[int, str, str, str | None, str | None]]:
    """Return pid, login, application, state and start of transaction of sessions that lock what a build replaces."""
    return connection.execute(
        "select pid, login, application, state, to_char(since at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC'"
        " from ops.session_in_the_way() order by since nulls last, pid"
    ).fetchall()


def _described(session: tuple[int, str, str, str | None, str | None]) -> str:
    pid, login, application, state, since = session
    words = [f"pid {pid}", f"login {login}", f"application {application or 'not named'}"]
    return ", ".join([*words, *([state] if state else []), *([f"in a transaction since {since}"] if since else [])])

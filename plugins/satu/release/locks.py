"""Locks of publishers: one at a time, and no long wait in the lock queue of a table that readers use."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import psycopg

from satu import warehouse
from satu.errors import RetryableError
from satu.settings import Settings

QUEUED_MS = 40
"""How long a change may wait in the lock queue of a table: new readers wait behind it."""
PATIENCE_S = 120.0
"""How long a change is retried before it fails."""
TURN_S = 600
"""How long a publisher waits for another publisher."""
_PAUSE_S = (0.05, 0.25)


@contextmanager
def publisher(settings: Settings) -> Iterator[psycopg.Connection]:
    """Yield the one connection that may publish or drop; other publishers wait until it is closed.

    Raises:
        RetryableError: another publisher did not finish in time.
    """
    with warehouse.connect(settings, warehouse.PUBLISHER, autocommit=True) as connection:
        connection.execute(f"set lock_timeout = '{TURN_S}s'")
        try:
            connection.execute("select pg_advisory_lock(hashtext('satu.release'))")
        except psycopg.errors.LockNotAvailable:
            raise RetryableError(
                f"another session has been publishing or dropping releases for more than {TURN_S} s; expected it to be"
                " done. Try again"
            ) from None
        connection.execute(f"set lock_timeout = '{warehouse.LOCK_PATIENCE_S}s'")
        yield connection


def briefly(connection: psycopg.Connection, what: str, change: Callable[[], object]) -> None:
    """Make a change that needs an exclusive lock on a table or view, in its own transaction.

    PostgreSQL queues readers behind a waiting exclusive lock, so one long query would block all later readers. The
    change therefore gives up after a moment and tries again.

    Raises:
        RetryableError: readers held their locks for too long; nothing was changed.
    """
    deadline = monotonic() + PATIENCE_S
    while True:
        try:
            with connection.transaction():
                connection.execute(f"set local lock_timeout = {QUEUED_MS}")
                change()
        except psycopg.errors.LockNotAvailable:
            if monotonic() > deadline:
                break
        else:
            return
        sleep(random.uniform(*_PAUSE_S))  # noqa: S311 - not a secret; only avoids the rhythm of the readers
    raise RetryableError(
        f"readers kept {what} busy for more than {PATIENCE_S:.0f} s, so it could not be changed; expected a gap between"
        " two long queries. Nothing was published; try again"
    )


def wait_for_older(connection: psycopg.Connection, patience: float) -> bool:
    """Wait until all transactions that are open now have ended; return whether they have."""
    transactions = (
        "select l.virtualtransaction from pg_locks as l inner join pg_stat_activity as a using (pid)"
        " where l.locktype = 'virtualxid' and l.pid <> pg_backend_pid() and a.datname = current_database()"
    )
    waited_for = {row[0] for row in connection.execute(transactions)}
    deadline = monotonic() + patience
    while waited_for and monotonic() < deadline:
        sleep(0.05)
        waited_for &= {row[0] for row in connection.execute(transactions)}
    return not waited_for

"""One run at a time: the lock that prevents two runs from building the same tables."""

from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

import psycopg

from satu import warehouse
from satu.errors import RetryableError
from satu.settings import Settings
from satu.warehouse import trouble

_AT_WORK: ContextVar[bool] = ContextVar("at_work", default=False)
P = ParamSpec("P")
R = TypeVar("R")


def alone(step: Callable[Concatenate[Settings, P], R]) -> Callable[Concatenate[Settings, P], R]:
    """Hold the lock, so that only one step works on the warehouse at a time.

    Raises:
        RetryableError: another run holds the lock, a session locks a table, or the connection was lost.
    """

    @wraps(step)
    def guarded(settings: Settings, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if _AT_WORK.get():
            return step(settings, *args, **kwargs)
        with warehouse.connect(settings, warehouse.TRANSFORMER, autocommit=True) as connection:
            if connection.execute("select pg_try_advisory_lock(hashtext('satu.run'))").fetchone() != (True,):
                raise RetryableError("another run is building, checking or releasing; try again when it is done")
            token = _AT_WORK.set(True)
            try:
                return step(settings, *args, **kwargs)
            except Exception as error:
                if (known := trouble.retryable(settings, error)) is None:
                    raise
                raise known from None
            finally:
                _AT_WORK.reset(token)
                with suppress(psycopg.Error):  # a lost server has released the lock
                    # Closing the connection is not enough: the server may notice it later.
                    connection.execute("select pg_advisory_unlock(hashtext('satu.run'))")

    return guarded


def is_taken(settings: Settings) -> bool:
    """Return whether a run holds the lock now."""
    query = (
        "select exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 and granted"
        " and database = (select oid from pg_database where datname = current_database())"
        " and (classid::bigint << 32 | objid::bigint) = hashtext('satu.run')::bigint)"
    )
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        return connection.execute(query).fetchone() == (True,)

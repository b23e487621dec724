"""Whole tables as Arrow record batches, through ADBC."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from satu import warehouse
from satu.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adbc_driver_manager.dbapi import Cursor


@contextmanager
def transaction(settings: Settings) -> "Iterator[Cursor]":
    """Yield a cursor that acts as the transformer; its work is committed at the end as one transaction.

    Raises:
        RetryableError: the warehouse cannot be reached.
    """
    import adbc_driver_postgresql.dbapi as adbc

    try:
        connection = adbc.connect(warehouse.session_url(settings))
    except adbc.Error as error:
        raise warehouse.not_connected(settings, error) from None
    with connection, connection.cursor() as cursor:
        cursor.execute(f"set role {warehouse.TRANSFORMER}")
        yield cursor
        connection.commit()

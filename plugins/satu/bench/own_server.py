"""Separate servers and databases for a bench; everything in them is removed at the end."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from satu import warehouse
from satu.settings import Settings

Say = Callable[[str], None]
"""Receives lines about the progress of a bench."""


@contextmanager
def own_server(settings: Settings) -> Iterator[Settings]:
    """Yield settings of an empty home with its own server; there is room for files beside the home."""
    with tempfile.TemporaryDirectory(prefix="satu-bench-") as folder:
        root = Path(folder)
        root.chmod(0o711)
        own = {"home": root / "home", "landing_url": str(root / "landing"), "warehouse_url": None, "engine": "postgres"}
        given = settings.model_copy(update=own)
        given.home.mkdir(mode=0o711)
        try:
            yield given
        finally:
            warehouse.stop(given)


@contextmanager
def own_database(server: Settings) -> Iterator[Settings]:
    """Give this worker's own database, made again as a copy of the migrated one, and a landing place."""
    own = f"worker_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="city-", dir=server.home) as folder:
        update = {
            "home": server.home / own,
            "landing_url": str(Path(folder) / "landing"),
            "warehouse_url": warehouse.login_url(server, warehouse.PIPELINE, own),
        }
        given = server.model_copy(update=update)
        given.home.mkdir(exist_ok=True)
        _copy_database(server, own)
        yield given


def _copy_database(server: Settings, name: str) -> None:
    admin = warehouse.parts(warehouse.admin_url(server)) | {"dbname": "postgres"}
    with psycopg.connect(make_conninfo(**admin), autocommit=True) as connection:
        database = sql.Identifier(name)
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(database))
        template = sql.Identifier(warehouse.DATABASE)
        connection.execute(sql.SQL("create database {} template {}").format(database, template))

"""What several tests use."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from satu import pipeline, warehouse
from satu.pipeline.outcome import Outcome
from satu.settings import Settings


@dataclass
class Landing:
    """Drops files and asks the ledger what became of them."""

    settings: Settings
    root: Path
    clock: int = 1_600_000_000

    def drop(self, feed: str, name: str, content: bytes, period: str = "2020-03-01", area: str = "3371") -> Path:
        path = self.root / feed / f"area={area}" / f"period={period}" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        # Written a while ago, each drop at a time of its own: nothing has to wait until a file has settled.
        self.clock += 1
        os.utime(path, (self.clock, self.clock))
        return path

    def load(self) -> dict[str, int]:
        return pipeline.load_files(self.settings, pipeline.sweep(self.settings))

    def query(self, statement: str, *parameters: object) -> list[Any]:
        with psycopg.connect(warehouse.admin_url(self.settings), autocommit=True) as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def file(self, name: str) -> dict[str, Any]:
        """The newest manifest row of a file name."""
        columns = [
            "file_id",
            "status",
            "records_read",
            "records_loaded",
            "records_rejected",
            "reason",
            "findings",
            "superseded_by",
        ]
        rows = self.query(f"select {', '.join(columns)} from ops.file where file_name = %s order by file_id desc", name)
        return dict(zip(columns, rows[0], strict=True))


@dataclass(frozen=True)
class Published:
    """A warehouse with one release, and the truth of its drop."""

    settings: Settings
    truth: Path
    outcome: Outcome

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(warehouse.url(self.settings), autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()


def rows(made: Settings, role: str, query: str) -> list[tuple[Any, ...]]:
    """Return what a role reads; the role is taken by the server's administrator, as a login of that role would be."""
    with psycopg.connect(warehouse.admin_url(made), autocommit=True) as connection:
        connection.execute(f"set role {role}".encode())
        return connection.execute(query.encode()).fetchall()

"""A landing place in files and a warehouse of one's own for each test that loads."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from gating import gated
from linking import linked
from publishing import candidate, own_settings

from satu import warehouse
from satu.settings import Settings
from support import Landing

pytest.register_assert_rewrite("asn_files")  # so that a failed expect_loaded shows both sides
__all__ = ["candidate", "gated", "landing", "linked", "own_settings"]


@pytest.fixture
def landing(satu_settings: Settings, tmp_path: Path) -> Iterator[Landing]:
    """An empty landing place on the session's server; what it loaded is taken out again."""
    made = Landing(satu_settings.model_copy(update={"landing_url": str(tmp_path)}), tmp_path)
    yield made
    feeds = [
        row[0] for row in made.query("select table_name from information_schema.tables where table_schema = 'raw'")
    ]
    with psycopg.connect(warehouse.admin_url(satu_settings), autocommit=True) as connection:
        connection.execute(f"truncate ops.file, {', '.join(f'raw.{feed}' for feed in feeds)} cascade".encode())

"""Fixtures on real servers: each test session has its own embedded server in a folder of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from satu import ledger, settings, warehouse
from satu.settings import Settings


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep on one processor what shares one built city, and else the tests of a file."""
    shares_city = "published" in getattr(item, "fixturenames", ())
    item.add_marker(pytest.mark.xdist_group("published" if shares_city else item.path.stem))


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A SATU_HOME that the server's own user may pass through, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="satu-test-"))
    folder.chmod(0o711)
    yield folder
    warehouse.stop(settings.load(home=folder))
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def satu_settings(home: Path) -> Settings:
    """Settings of a migrated warehouse on an embedded server of this test session."""
    made = settings.load(home=home)
    ledger.migrate(made)
    return made

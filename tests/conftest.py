"""Fixtures on real servers: each test session has its own embedded server in a folder of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadFileScheduling

from satu import ledger, settings, warehouse
from satu.settings import Settings

if TYPE_CHECKING:
    from xdist.remote import Producer

CITY = "tests/e2e/city/"


class _OneCity(LoadFileScheduling):
    """Gives a processor all tests of a file, and all of the folder whose tests share one built city."""

    def _split_scope(self, nodeid: str) -> str:
        return CITY if nodeid.startswith(CITY) else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> _OneCity:
    return _OneCity(config, log)


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

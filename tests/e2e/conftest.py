"""Homes of their own: a run through Airflow leaves a whole warehouse behind, which no other test should meet."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from satu import pipeline, settings, warehouse
from satu.simulate import simulate
from support import Published

SCALE = 0.05  # 6,076 residents: small enough for minutes, large enough for shares


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A folder that the server's own user may pass through, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="satu-e2e-"))
    folder.chmod(0o711)
    yield folder
    warehouse.stop(settings.load(home=folder))
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def published(home: Path) -> Iterator[Published]:
    """From a simulated drop to one release; what a test adds to the warehouse it leaves as it was published."""
    made = simulate(home / "truth-drop", scale=SCALE, seed=7, fabricators=1)
    given = settings.load(home=home / "truth-home", landing_url=str(made.landing))
    given.home.mkdir(mode=0o711)
    try:
        yield Published(given, made.truth, pipeline.run(given))
    finally:
        warehouse.stop(given)


@pytest.fixture
def admin(published: Published) -> Iterator[psycopg.Connection]:
    """A transaction of the administrator of the published warehouse, rolled back at the end."""
    with psycopg.connect(warehouse.admin_url(published.settings)) as connection:
        yield connection
        connection.rollback()

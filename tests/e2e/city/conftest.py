"""One city with one release, which all tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from satu import pipeline, settings, warehouse
from satu.simulate import simulate
from support import Published

SCALE = 0.05  # 6,076 residents: small enough for minutes, large enough for shares


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

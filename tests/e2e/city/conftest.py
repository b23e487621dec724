"""One city with one release, which all tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import psycopg
import pytest
from truths import residents

from satu import pipeline, settings, warehouse
from satu.settings import Settings
from satu.simulate import simulate
from support import Published

SCALE = 0.05  # 6,076 residents: small enough for minutes, large enough for shares
SEEDS = range(11, 17)


@pytest.fixture(scope="session")
def published(home: Path) -> Iterator[Published]:
    """From a simulated drop to one release; what a test adds to the warehouse it leaves as it was published."""
    made = simulate(home / "truth-drop", scale=SCALE, seed=7, fabricators=1)
    given = settings.load(home=home / "truth-home", landing_url=str(made.landing))
    given.home.mkdir(mode=0o711)
    try:
        made_public = Published(given, made.truth, pipeline.run(given))
        _fill_candidate_of_people(given)
        yield made_public
    finally:
        warehouse.stop(given)


def _fill_candidate_of_people(given: Settings) -> None:
    """Give the candidate the people back, of which a release leaves one copy: tests look at what it was judged by."""
    columns = (
        "select string_agg(quote_ident(column_name), ', ') from information_schema.columns"
        " where table_schema = 'candidate' and table_name = 'microdata_person'"
    )
    with psycopg.connect(warehouse.admin_url(given)) as connection:
        [(names,)] = connection.execute(columns).fetchall()
        samples = "select count(*) from pg_stats where schemaname = 'candidate' and tablename = 'microdata_person'"
        assert connection.execute(samples).fetchall() == [(0,)]
        filled = f"insert into candidate.microdata_person ({names}) select {names} from released.microdata_person"
        assert connection.execute(filled.encode()).rowcount > 0


@pytest.fixture
def admin(published: Published) -> Iterator[psycopg.Connection]:
    """A transaction of the administrator of the published warehouse, rolled back at the end."""
    with psycopg.connect(warehouse.admin_url(published.settings)) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="session")
def cities(tmp_path_factory: pytest.TempPathFactory) -> list[pl.DataFrame]:
    """The residents of simulated cities, with numbers of their own."""
    return [residents(tmp_path_factory.mktemp("city") / "drop", seed) for seed in SEEDS]

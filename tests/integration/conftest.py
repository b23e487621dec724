"""A warehouse of its own for tests that publish: what they release must not meet what other tests build."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from publishing import passed

from satu import ledger, settings, warehouse
from satu.settings import Settings

CANDIDATE = """
create table candidate.coverage_by_area (area_level text, area_code text, area_name text, counted_count integer);
insert into candidate.coverage_by_area values
    ('regency', '3371', 'KOTA MAGELANG', 100), ('district', '3371010', 'MAGELANG SELATAN', 100);
create table candidate.reconciliation
    (area_level text, area_code text, area_name text, feed text, records_count integer);
insert into candidate.reconciliation values ('regency', '3371', '=HYPERLINK("x")', 'registry', 7);
create table population.person (person_id bigint, is_counted boolean);
insert into population.person values (1, true), (2, false), (3, true);
"""


@pytest.fixture
def own_settings() -> Iterator[Settings]:
    """Settings of an empty, migrated warehouse that only this test uses."""
    folder = Path(tempfile.mkdtemp(prefix="satu-test-"))
    folder.chmod(0o711)
    made = settings.load(home=folder)
    warehouse.url(made)  # creates the database
    ledger.migrate(made)
    yield made
    warehouse.stop(made)
    shutil.rmtree(folder)


@pytest.fixture
def candidate(own_settings: Settings) -> Settings:
    """The same with a small candidate, ready to be released as run `r1`."""
    with warehouse.connect(own_settings, warehouse.TRANSFORMER) as connection:
        connection.execute(CANDIDATE)
    passed(own_settings, "r1")
    return own_settings

"""What tests that publish need: a warehouse of their own, a passed gate, another delivery."""

import atexit
import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from satu import build_fingerprint, ledger, settings, warehouse
from satu.release import publish
from satu.settings import Settings

CANDIDATE = """
create table candidate.coverage_by_area (area_level text, area_code text, area_name text, counted_person_count integer);
insert into candidate.coverage_by_area values
    ('regency', '3371', 'KOTA MAGELANG', 100), ('district', '3371010', 'MAGELANG SELATAN', 100);
create table candidate.reconciliation
    (area_level text, area_code text, area_name text, feed text, records_count integer);
insert into candidate.reconciliation values ('regency', '3371', '=HYPERLINK("x")', 'registry', 7);
create table population.person (person_id bigint, is_counted boolean);
insert into population.person values (1, true), (2, false), (3, true);
"""


@contextmanager
def own_warehouse() -> Iterator[Settings]:
    """Give an empty, migrated warehouse on a server of its own."""
    with _own_home() as folder:
        subprocess.run(["cp", "-a", migrated_home() / "postgres", folder], check=True)
        yield settings.load(home=folder)


@cache
def migrated_home() -> Path:
    """The home of a migrated warehouse whose server is stopped: a copy of it starts sooner than one is made."""
    home = contextlib.ExitStack()
    atexit.register(home.close)
    folder = home.enter_context(_own_home())
    made = settings.load(home=folder)
    warehouse.url(made)  # creates the database
    ledger.migrate(made)
    warehouse.stop(made)
    return folder


@contextmanager
def _own_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="satu-test-"))
    folder.chmod(0o711)
    yield folder
    warehouse.stop(settings.load(home=folder))
    shutil.rmtree(folder)


@pytest.fixture
def own_settings() -> Iterator[Settings]:
    """Settings of an empty, migrated warehouse that only this test uses."""
    with own_warehouse() as made:
        yield made


@pytest.fixture
def candidate(own_settings: Settings) -> Settings:
    """The same with a small candidate, ready to be released as run `r1`."""
    build_candidate(own_settings)
    return own_settings


def build_candidate(made: Settings) -> None:
    """Make a small candidate, ready to be released as run `r1`."""
    with warehouse.connect(made, warehouse.TRANSFORMER) as connection:
        connection.execute(CANDIDATE)
    passed(made, "r1")


def passed(made: Settings, run_id: str) -> None:
    """Write what the gate leaves behind for a run that passed."""
    with warehouse.connect(made, warehouse.PUBLISHER) as connection:
        connection.execute(
            "insert into ops.check_result (run_id, gate, check_name, severity, success) values (%s, %s, %s, %s, true)",
            (run_id, "release", "some_check", "critical"),
        )
        connection.execute(
            "insert into ops.run (run_id, created_at, outcome, rules) values (%s, clock_timestamp(), 'pass', %s)",
            (run_id, build_fingerprint.fingerprint(made.project_dir)),
        )


def delivered(made: Settings, sha256: str) -> None:
    """Write a loaded file into the manifest, so that the inputs are other ones."""
    with warehouse.connect(made, warehouse.LOADER) as connection:
        connection.execute(
            "insert into ops.file (feed, area_code, period, uri, file_name, sha256, bytes, modified, status,"
            " loaded_at, records_read, records_loaded, records_rejected)"
            " values ('area', '3371', '2020-02-01', %s, %s, %s, 1, '', 'loaded', clock_timestamp(), 0, 0, 0)",
            (sha256, sha256, sha256),
        )


def candidate_says(made: Settings, count: int) -> None:
    """Let the candidate count so many people."""
    with warehouse.connect(made, warehouse.TRANSFORMER) as connection:
        connection.execute("update candidate.coverage_by_area set counted_person_count = %s", (count,))


def next_release(made: Settings, run_id: str, count: int) -> str:
    """Publish a release of its own that counts so many people, and return its id."""
    candidate_says(made, count)
    delivered(made, run_id)
    passed(made, run_id)
    return publish(made, run_id).release_id

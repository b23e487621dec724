"""A hash of all inputs of a release: the same inputs make no second release."""

import hashlib
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import LiteralString

import psycopg

from satu import build_fingerprint, warehouse
from satu.errors import WrongUsage
from satu.landing_file import SIMULATED
from satu.settings import Settings


def fingerprint_of_run(settings: Settings, connection: psycopg.Connection, run_id: str) -> str:
    """Return the hash of the inputs of a run.

    Raises:
        WrongUsage: no such run.
    """
    as_of, created_at, built_by = _run(connection, run_id)
    return _fingerprint(settings, connection, as_of, created_at, str(built_by))


def has_inputs_of_now(settings: Settings, connection: psycopg.Connection, run_id: str) -> bool:
    """Return whether the current files and rules are the inputs of a run.

    Raises:
        WrongUsage: no such run.
    """
    as_of, _, _ = _run(connection, run_id)
    return fingerprint_of_run(settings, connection, run_id) == fingerprint_of_now(settings, connection, as_of)


def fingerprint_of_now(settings: Settings, connection: psycopg.Connection, as_of: date | None) -> str:
    """Return the hash of the inputs of a new run: loaded files, clerical decisions, its day, current rules."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return _fingerprint(settings, connection, as_of, tomorrow, build_fingerprint.fingerprint(settings.project_dir))


def _run(connection: psycopg.Connection, run_id: str) -> tuple[date | None, datetime, str | None]:
    query = "select as_of, created_at, rules from ops.run where run_id = %s"
    row: tuple[date | None, datetime, str | None] | None = connection.execute(query, (run_id,)).fetchone()
    if row is None:
        raise WrongUsage(f"unknown run {run_id!r}; `satu status` names the newest")
    return row


# The inputs of a run that waits for an approval exclude files that came after its build.
_IN_USE_AT: LiteralString = """
from ops.file as f
left join ops.file as newer on f.superseded_by = newer.file_id
where f.loaded_at <= %(at)s and (f.status = 'loaded' or f.status = 'superseded' and newer.loaded_at > %(at)s)
"""
FILES_AT: LiteralString = f"""
select f.feed, f.area_code, f.period::text, f.sha256, f.bytes, f.records_read, f.records_loaded, f.records_rejected
{_IN_USE_AT} order by 1, 2, 3, 4
"""


def of_nobody(connection: psycopg.Connection, at: datetime) -> bool:
    """Return whether a file in use at a time has simulated records."""
    query: LiteralString = f"select exists (select {_IN_USE_AT} and starts_with(f.file_name, %(prefix)s))"
    return bool(next(connection.execute(query, {"at": at, "prefix": SIMULATED}))[0])


def _decisions_at(settings: Settings, at: datetime) -> list[tuple[int, int, str]]:
    """Return the clerical decisions up to a time, read as the transformer; the publisher may not read them."""
    query = (
        "select record_key, other_record_key, decision from population.link_decision where decided_at <= %s"
        " order by decided_at, record_key, other_record_key"
    )
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        return connection.execute(query, (at,)).fetchall()


def _fingerprint(
    settings: Settings, connection: psycopg.Connection, as_of: date | None, at: datetime, built_by: str
) -> str:
    """Return one hash of all inputs: files and decisions at a time, day of the run, contracts, rules."""
    digest = hashlib.sha256()
    for feed, area_code, period, sha256, *_ in connection.execute(FILES_AT, {"at": at}):
        digest.update("|".join((feed, area_code, period, sha256)).encode() + b"\n")
    for decision in _decisions_at(settings, at):
        digest.update("|".join(map(str, decision)).encode() + b"\n")
    digest.update(str(as_of).encode())
    digest.update(built_by.encode())
    return digest.hexdigest()


def git_revision(project: Path) -> str | None:
    """Return the git commit of the project, marked if files differ from it; none outside a repository."""
    command = ["git", "-C", str(project), "describe", "--always", "--abbrev=40", "--dirty=+changes", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None

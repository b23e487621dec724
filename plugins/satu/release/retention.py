"""Which releases keep their tables, and how the tables of others are dropped without disturbing readers.

These are never dropped: the newest `SATU_KEEP_RELEASES`, the current one, the last that a person approved, those pinned
by `alter role`, and those marked to be kept. A release can first no longer be pinned. After every transaction that
could still read it has ended, its partitions are detached concurrently and dropped, and its export folder is removed.
Its row in `ops.release` stays, with the manifest. Every step may be interrupted: the next run continues from there.
"""

from datetime import datetime
from pathlib import Path

import psycopg

from satu import signature, warehouse
from satu.errors import RetryableError, WrongUsage
from satu.exported import is_of, remove
from satu.release.locks import publisher, wait_for_older
from satu.release.partitions import Partition, drop, drop_leftovers, partitions
from satu.release.views import ensure_views
from satu.settings import Settings

OLDER_PATIENCE_S = 60.0
"""How long to wait for transactions that began before a release was marked as dropped."""
DETACH_PATIENCE = "5s"
"""How long a detachment waits for transactions that began later; a rollback waits behind it."""

_GIVE_UP = """
with pinned as (
    select split_part(setting, '=', 2) as release_id
    from pg_db_role_setting cross join unnest(setconfig) as setting
    where setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and lower(split_part(setting, '=', 1)) = 'satu.release_id'
),

newest as (
    select release_id from ops.release where dropped_at is null order by created_at desc, release_id desc limit %s
)

update ops.release set dropped_at = clock_timestamp()
where dropped_at is null and status <> 'current' and kept_by is null
    and release_id not in (select release_id from newest)
    and release_id not in (select release_id from pinned)
    and release_id not in (select release_id from ops.accepted_release where is_approved)
"""


def keep(settings: Settings, release_id: str, by: str, reason: str) -> None:
    """Mark a release to be kept at any age.

    Raises:
        WrongUsage: there is no such release, its tables were dropped, or the name or reason is not valid.
    """
    signature.expect(by, reason)
    _mark(settings, release_id, by, reason)


def let_go(settings: Settings, release_id: str) -> None:
    """Remove the mark of a release, so that the policy applies to it again.

    Raises:
        WrongUsage: there is no such release, or its tables were dropped.
    """
    _mark(settings, release_id, None, None)


def prune(settings: Settings) -> list[str]:
    """Drop the tables and export folders of releases that the policy does not keep; return their ids.

    Raises:
        RetryableError: readers still use them; the next run drops them.
    """
    with publisher(settings) as connection:
        ensure_views(connection)
        drop_leftovers(connection)
        connection.execute(_GIVE_UP, (settings.keep_releases,))
        query = (
            "select release_id, run_id, created_at from ops.release where dropped_at is not null order by created_at"
        )
        gone = connection.execute(query).fetchall()
        marked = [row[0] for row in gone]
        waiting = sorted({str(found.release_id) for found in _partitions_of(connection, marked)})
    if waiting:
        _wait(settings, waiting)  # a rollback need not wait as long as this
    with publisher(settings) as connection:
        _drop_tables(connection, waiting)
    removed = [row[0] for row in gone if _remove_folder(settings.releases_dir / row[0], *row)]
    return sorted({*waiting, *removed})


def _partitions_of(connection: psycopg.Connection, release_ids: list[str]) -> list[Partition]:
    return [found for found in partitions(connection) if found.release_id in release_ids]


def _wait(settings: Settings, release_ids: list[str]) -> None:
    with warehouse.connect(settings, warehouse.PUBLISHER, autocommit=True) as connection:
        if not wait_for_older(connection, OLDER_PATIENCE_S):
            raise _busy(release_ids)


def _drop_tables(connection: psycopg.Connection, release_ids: list[str]) -> None:
    connection.execute(f"set lock_timeout = '{DETACH_PATIENCE}'")
    try:
        for found in _partitions_of(connection, release_ids):
            drop(connection, found)
    except psycopg.errors.LockNotAvailable:
        raise _busy(release_ids) from None


def _busy(release_ids: list[str]) -> RetryableError:
    return RetryableError(
        f"open transactions may still read releases {', '.join(release_ids)}, which are due to be dropped; expected all"
        f" to end within {OLDER_PATIENCE_S:.0f} s. Nothing is lost: the next run drops the tables"
    )


def _remove_folder(folder: Path, release_id: str, run_id: str, created_at: datetime) -> bool:
    """Remove the export of a release; a folder of the same name from another warehouse is left alone."""
    if folder.exists() and not is_of(folder, release_id, run_id, created_at):
        return False
    return remove(folder)


def _mark(settings: Settings, release_id: str, by: str | None, reason: str | None) -> None:
    with publisher(settings) as connection:
        marked = connection.execute(
            "update ops.release set kept_by = %s, kept_reason = %s where release_id = %s and dropped_at is null",
            (by, reason, release_id),
        )
        if not marked.rowcount:
            raise WrongUsage(f"no release {release_id!r} has tables to be kept; `satu releases` lists them")

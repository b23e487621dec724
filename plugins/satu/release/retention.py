"""Which releases keep their tables, and how the tables of the others go: unnoticed by readers, whatever is killed.

Never dropped are the newest `SATU_KEEP_RELEASES`, the current one, the last that a person approved, those that a login
pins by `alter role`, and those that somebody marked to be kept. A release first loses its right to be pinned; when
every transaction that could still read it is through, its partitions are detached concurrently and dropped, and its
export folder goes. Its row in `ops.release` stays, with the manifest. Every step can be broken off: the next run goes
on with what it finds.
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
"""How long the transactions are waited for that began before a release was given up."""
DETACH_PATIENCE = "5s"
"""How long a detachment waits for those that began since; a rollback waits behind it."""

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
    """Mark a release to be kept, whatever its age.

    Raises:
        WrongUsage: there is no such release, its tables are gone, or the name or the reason cannot be kept.
    """
    signature.expect(by, reason)
    _mark(settings, release_id, by, reason)


def let_go(settings: Settings, release_id: str) -> None:
    """Take the mark off a release, so that it is dropped when its time has come.

    Raises:
        WrongUsage: there is no such release, or its tables are gone.
    """
    _mark(settings, release_id, None, None)


def prune(settings: Settings) -> list[str]:
    """Drop the tables and export folders of releases that the policy does not keep; return their ids.

    Raises:
        RetryableError: readers are still busy with them; the next run drops them.
    """
    with publisher(settings) as connection:
        ensure_views(connection)
        drop_leftovers(connection)
        connection.execute(_GIVE_UP, (settings.keep_releases,))
        query = (
            "select release_id, run_id, created_at from ops.release where dropped_at is not null order by created_at"
        )
        gone = connection.execute(query).fetchall()
        given_up = [row[0] for row in gone]
        waiting = sorted({str(found.release_id) for found in _partitions_of(connection, given_up)})
    if waiting:
        _wait(settings, waiting)  # a rollback need not wait with us
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
        f"transactions are still open that may read releases {', '.join(release_ids)}, which are to be dropped;"
        f" expected every one to end within {OLDER_PATIENCE_S:.0f} s. Nothing is lost: the next run drops the tables"
    )


def _remove_folder(folder: Path, release_id: str, run_id: str, created_at: datetime) -> bool:
    """Remove the export of a release; a folder of its name that another warehouse left is not ours to remove."""
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

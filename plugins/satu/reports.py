"""What people ask of the ledger: files, rejects, checks, status. Rows come as plain dictionaries."""

from enum import StrEnum
from typing import Any, LiteralString

from psycopg.rows import dict_row

from satu import warehouse
from satu.errors import WrongUsage
from satu.settings import Settings

Row = dict[str, Any]


class FileStatus(StrEnum):
    """What can become of a file."""

    LANDED = "landed"
    LOADED = "loaded"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


_FILES: LiteralString = """
    select file_id, feed, area_code, period, file_name, status, records_read, records_loaded, records_rejected,
           reason, findings, loaded_at, superseded_by
    from ops.file
    where %(status)s::text is null
        or status = %(status)s and (status <> 'refused' or superseded_by is null)
    order by file_id
"""
_REJECTS_BY_REASON: LiteralString = """
    select r.file_id, f.feed, f.area_code, f.period, f.file_name, r.reason, count(*) as records
    from ops.rejected_record as r join ops.file as f using (file_id)
    group by 1, 2, 3, 4, 5, 6 order by 1, 6
"""
_REJECTS_OF_FILE: LiteralString = """
    select record_no, line_no, reason from ops.rejected_record where file_id = %(file_id)s order by record_no
"""
_CHECKS: LiteralString = """
    select gate, check_name, severity, success, observed, expected, checked_at
    from ops.check_result
    where run_id = %(run_id)s and (success is distinct from true or not %(failed)s)
    order by gate, success nulls first, severity, check_name
"""
_ONE_FILE: LiteralString = "select status, reason from ops.file where file_id = %(file_id)s"
_FILE_COUNTS: LiteralString = """
    select feed, count(*) filter (where status = 'loaded') as loaded,
           count(*) filter (where status = 'superseded') as superseded,
           count(*) filter (where status = 'refused' and superseded_by is null) as refused,
           count(*) filter (where status = 'duplicate') as duplicate,
           count(*) filter (where status = 'landed') as waiting,
           coalesce(sum(records_loaded) filter (where status = 'loaded'), 0)::bigint as records_loaded,
           coalesce(sum(records_rejected) filter (where status = 'loaded'), 0)::bigint as records_rejected,
           max(period) filter (where status = 'loaded') as newest_period
    from ops.file group by feed order by feed
"""
_NEWEST_RUN: LiteralString = (
    "select run_id, created_at, finished_at, outcome from ops.run order by created_at desc limit 1"
)


def files(settings: Settings, status: str | None = None) -> list[Row]:
    """Return what came and what became of it, one row a file."""
    return _rows(settings, warehouse.LOADER, _FILES, status=status)


def rejects(settings: Settings, file_id: int | None = None) -> list[Row]:
    """Return rejected records: of one file one row a record, otherwise counted by file and reason.

    Raises:
        WrongUsage: no such file, or it was refused as a whole.
    """
    if file_id is None:
        return _rows(settings, warehouse.LOADER, _REJECTS_BY_REASON)
    known = _rows(settings, warehouse.LOADER, _ONE_FILE, file_id=file_id)
    if not known:
        raise WrongUsage(f"no file {file_id}; `satu files` lists what came")
    if known[0]["status"] == "refused":
        raise WrongUsage(f"file {file_id} was refused as a whole: {known[0]['reason']}")
    return _rows(settings, warehouse.LOADER, _REJECTS_OF_FILE, file_id=file_id)


def newest_run(settings: Settings) -> Row | None:
    """Return the newest run, none when there was none."""
    return next(iter(_rows(settings, warehouse.TRANSFORMER, _NEWEST_RUN)), None)


def checks(settings: Settings, run_id: str | None = None, *, failed: bool = False) -> list[Row]:
    """Return the check results of a run (the newest by default), the failed ones first.

    Raises:
        WrongUsage: no such run.
    """
    if run_id is None:
        newest = newest_run(settings)
        run_id = newest["run_id"] if newest else ""
    elif not _rows(settings, warehouse.TRANSFORMER, "select 1 as found from ops.run where run_id = %(id)s", id=run_id):
        raise WrongUsage(f"no run {run_id!r}; `satu status` names the newest")
    return _rows(settings, warehouse.TRANSFORMER, _CHECKS, run_id=run_id, failed=failed)


def status(settings: Settings) -> Row:
    """Return files by feed, the newest run and the current release."""
    release = _rows(
        settings,
        warehouse.TRANSFORMER,
        "select release_id, created_at, residents_counted from ops.release where status = 'current'",
    )
    return {
        "feeds": _rows(settings, warehouse.LOADER, _FILE_COUNTS),
        "newest_run": newest_run(settings),
        "current_release": release[0] if release else None,
    }


def _rows(settings: Settings, role: str, query: LiteralString, **parameters: object) -> list[Row]:
    with (
        warehouse.connect(settings, role, autocommit=True) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(query, parameters).fetchall()

"""Queries on the ledger: files, rejects, checks, status. Rows are plain dictionaries."""

import csv
from datetime import date
from enum import StrEnum
from typing import Any, LiteralString

from satu import warehouse
from satu.contracts import Contract
from satu.errors import WrongUsage
from satu.settings import Settings

Row = dict[str, Any]
_CADENCE_DAYS = {"daily": 1, "weekly": 7, "semester": 184, "once a phase": None}


class FileStatus(StrEnum):
    """The status of a file."""

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
_RAW_REJECTS_OF_FILE: LiteralString = """
    select record_no, line_no, reason, raw from ops.rejected_record where file_id = %(file_id)s order by record_no
"""
_CHECKS: LiteralString = """
    select gate, check_name, severity, success, observed, expected, checked_at
    from ops.check_result
    where run_id = %(run_id)s and (success is distinct from true or not %(failed)s)
    order by gate, success nulls first, severity, check_name
"""
_ONE_FILE: LiteralString = """
    select status, reason, feed, uri, file_name, bytes, modified from ops.file where file_id = %(file_id)s
"""
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
_ONE_RUN: LiteralString = "select 1 as found from ops.run where run_id = %(run_id)s"
_NEWEST_RUN: LiteralString = (
    "select run_id, created_at, finished_at, outcome from ops.run order by created_at desc limit 1"
)


def files(settings: Settings, status: str | None = None) -> list[Row]:
    """Return the files and their status, one row per file."""
    return warehouse.rows(settings, warehouse.LOADER, _FILES, status=status)


def rejects(settings: Settings, file_id: int | None = None) -> list[Row]:
    """Return rejected records: for one file one row per record, otherwise counts by file and reason.

    Raises:
        WrongUsage: no such file, or it was refused as a whole.
    """
    if file_id is None:
        return warehouse.rows(settings, warehouse.LOADER, _REJECTS_BY_REASON)
    loaded_file(settings, file_id)
    return warehouse.rows(settings, warehouse.LOADER, _REJECTS_OF_FILE, file_id=file_id)


def raw_rejects(settings: Settings, file_id: int) -> list[Row]:
    """Return the rejected records of one file with their stored bytes.

    Raises:
        WrongUsage: the login may not act as satu_loader.
    """
    return warehouse.rows(settings, warehouse.LOADER, _RAW_REJECTS_OF_FILE, file_id=file_id)


def loaded_file(settings: Settings, file_id: int) -> Row:
    """Return a file of the manifest that was loaded.

    Raises:
        WrongUsage: no such file, it was refused as a whole, or the login may not act as satu_loader.
    """
    known = warehouse.rows(settings, warehouse.LOADER, _ONE_FILE, file_id=file_id)
    if not known:
        raise WrongUsage(f"no file {file_id}; `satu files` lists the files")
    if known[0]["status"] == "refused":
        raise WrongUsage(f"file {file_id} was refused as a whole: {known[0]['reason']}")
    return known[0]


def newest_run(settings: Settings) -> Row | None:
    """Return the newest run; none if there is none."""
    return next(iter(warehouse.rows(settings, warehouse.TRANSFORMER, _NEWEST_RUN)), None)


def checks(settings: Settings, run_id: str | None = None, *, failed: bool = False) -> list[Row]:
    """Return the check results of a run (the newest by default), the failed ones first.

    Raises:
        WrongUsage: no such run.
    """
    if run_id is None:
        newest = newest_run(settings)
        run_id = newest["run_id"] if newest else ""
    elif not warehouse.rows(settings, warehouse.TRANSFORMER, _ONE_RUN, run_id=run_id):
        raise WrongUsage(f"unknown run {run_id!r}; `satu status` names the newest")
    return warehouse.rows(settings, warehouse.TRANSFORMER, _CHECKS, run_id=run_id, failed=failed)


def freshness(settings: Settings, contracts: dict[str, Contract]) -> list[Row]:
    """Return one row per feed: its newest loaded period, the days since, its cadence, its state and whether it is late.

    A census may be replayed years later, so days are counted from the newest period of any feed, not from today; after
    the end of a feed's phase, from the last day of the phase. A feed that comes once a phase is never late; a regular
    one without any file is late when its phase has begun.
    """
    found = {row["feed"]: row["newest_period"] for row in warehouse.rows(settings, warehouse.LOADER, _FILE_COUNTS)}
    newest = max((period for period in found.values() if period), default=None)
    windows = _windows(settings)
    return [_freshness(contract, found.get(feed), newest, windows) for feed, contract in contracts.items()]


def _freshness(contract: Contract, period: date | None, newest: date | None, windows: dict[str, list[date]]) -> Row:
    begin, end = windows.get(contract.extras.phase or "", [date.min, date.max])
    allowed = _CADENCE_DAYS[contract.extras.cadence]
    due = newest is not None and allowed is not None and newest >= begin
    days = (min(newest, max(end, period)) - period).days if newest and period else None
    late = due and (days is None or days > (allowed or 0))
    if period is None:
        state = "never came, late" if late else "never came"
    elif late:
        state = "late"
    else:
        state = "phase is over" if newest and newest > end else "on time"
    return {
        "feed": contract.feed,
        "newest_period": period,
        "days_since": days,
        "cadence": contract.extras.cadence,
        "phase": contract.extras.phase,
        "late": late,
        "state": state,
    }


def _windows(settings: Settings) -> dict[str, list[date]]:
    """Return the first and the last day of each phase, over all areas; a newer version replaces an older one."""
    path = settings.project_dir / "dbt_project" / "seeds" / "phase_window.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: int(row["version"]))
    newest = {(row["phase"], row["area_code"]): row for row in rows}
    days: dict[str, list[date]] = {}
    for (phase, _), row in newest.items():
        days.setdefault(phase, []).extend(map(date.fromisoformat, (row["start_date"], row["end_date"])))
    return {phase: [min(found), max(found)] for phase, found in days.items()}


def status(settings: Settings) -> Row:
    """Return files by feed, the newest run and the current release."""
    release = warehouse.rows(
        settings,
        warehouse.TRANSFORMER,
        "select release_id, created_at, residents_counted from ops.release where status = 'current'",
    )
    return {
        "feeds": warehouse.rows(settings, warehouse.LOADER, _FILE_COUNTS),
        "newest_run": newest_run(settings),
        "current_release": release[0] if release else None,
    }

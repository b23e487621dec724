"""Retention of personal data: data older than the record of processing allows are deleted."""

from psycopg import sql

from satu import warehouse
from satu.contracts import Contract
from satu.privacy.processing_record import load_record
from satu.settings import Settings

REJECTED_LINES = "ops.rejected_record"
SUPERSEDED_RECORDS = "raw"


def enforce_retention(settings: Settings, contracts: dict[str, Contract]) -> dict[str, int]:
    """Delete data past their retention; return how many lines and records. Counts in `ops.file` do not change."""
    record = load_record(settings.project_dir)
    done = {REJECTED_LINES: 0, SUPERSEDED_RECORDS: 0}
    with warehouse.connect(settings, warehouse.LOADER) as connection:
        if days := record.days(REJECTED_LINES):
            done[REJECTED_LINES] = connection.execute(
                "update ops.rejected_record as r set raw = null from ops.file as f"
                " where f.file_id = r.file_id and r.raw is not null"
                " and f.loaded_at < now() - make_interval(days => %s)",
                (days,),
            ).rowcount
        if days := record.days(SUPERSEDED_RECORDS):
            for feed in contracts:
                statement = sql.SQL(
                    "delete from {} as r using ops.file as f join ops.file as newer on newer.file_id = f.superseded_by"
                    " where f.file_id = r._file_id and f.status = 'superseded'"
                    " and newer.loaded_at < now() - make_interval(days => %s)"
                )
                done[SUPERSEDED_RECORDS] += connection.execute(
                    statement.format(sql.Identifier("raw", feed)), (days,)
                ).rowcount
    return done

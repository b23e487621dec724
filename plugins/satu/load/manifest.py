"""A file's row of the manifest (`ops.file`): locking it, and recording the outcome."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from satu.contracts import Contract
from satu.load.records import Reading
from satu.load.rejects import Rejects
from satu.load.withholding import withhold


@dataclass(frozen=True)
class File:
    """A row of the manifest that waits to be loaded."""

    file_id: int
    feed: str
    area_code: str
    period: Any
    uri: str
    file_name: str
    sha256: str
    bytes: int
    modified: str


def claim(connection: psycopg.Connection, file_id: int) -> File | None:
    """Return the file if it still waits, locked until the transaction ends."""
    row = connection.execute(
        "select file_id, feed, area_code, period, uri, file_name, sha256, bytes, modified from ops.file"
        " where file_id = %s and status = 'landed' for update skip locked",
        (file_id,),
    ).fetchone()
    if row is None:
        return None
    file = File(*row)
    # In one slot only one loader at a time may decide about files of the same name or the same bytes.
    for key in sorted((file.file_name, file.sha256)):
        slot = f"{file.feed}/{file.area_code}/{file.period}/{key}"
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (slot,))
    return file


def twin_of(connection: psycopg.Connection, file: File) -> int | None:
    """Return the loaded file of the slot with the same bytes."""
    row = connection.execute(
        "select file_id from ops.file"
        " where feed = %s and area_code = %s and period = %s and sha256 = %s and status = 'loaded'",
        (file.feed, file.area_code, file.period, file.sha256),
    ).fetchone()
    return row[0] if row else None


def set_duplicate(connection: psycopg.Connection, file: File, twin: int) -> None:
    """Record that a file has the same bytes as another one of its slot."""
    connection.execute(
        "update ops.file set status = 'duplicate', reason = %s, loaded_at = clock_timestamp() where file_id = %s",
        (f"the same bytes as file {twin} of this slot", file.file_id),
    )


def supersede(connection: psycopg.Connection, file: File, by: int) -> list[int]:
    """Mark all earlier deliveries of the file's name as superseded by `by`; return files that must now be loaded.

    These are duplicates, under another name that is not superseded, of a delivery that is.
    """
    slot = (file.feed, file.area_code, file.period)
    superseded = connection.execute(
        "update ops.file set status = case status when 'loaded' then 'superseded' else status end, superseded_by = %s"
        " where feed = %s and area_code = %s and period = %s and file_name = %s and file_id <> %s"
        " and (status = 'loaded' or status in ('refused', 'duplicate') and superseded_by is null)"
        " returning sha256, status",
        (by, *slot, file.file_name, by),
    ).fetchall()
    reinstated = connection.execute(
        "update ops.file as f set status = 'landed', reason = null"
        " where feed = %s and area_code = %s and period = %s and sha256 = any(%s) and status = 'duplicate'"
        " and superseded_by is null returning file_id",
        (*slot, [sha256 for sha256, status in superseded if status == "superseded"]),
    ).fetchall()
    return [row[0] for row in reinstated]


def refuse(connection: psycopg.Connection, file: File, reason: str, version_mark: str | None = None) -> None:
    """Record that a file is refused, and why; a changed version mark makes the next sweep read it again."""
    connection.execute(
        "update ops.file set status = 'refused', reason = %s, loaded_at = clock_timestamp(),"
        " modified = coalesce(%s, modified) where file_id = %s",
        (reason, version_mark, file.file_id),
    )


def finish(connection: psycopg.Connection, contract: Contract, file: File, reading: Reading, loaded: int) -> None:
    """Record the rejected records of a file, and that it is loaded."""
    statement = sql.SQL("copy ops.rejected_record ({}) from stdin").format(
        sql.SQL(", ").join(map(sql.Identifier, Rejects.columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for block in reading.rejects.blocks():
            copy.write(block)
    withheld = withhold(connection, contract, file.file_id)
    connection.execute(
        "update ops.file set status = 'loaded', loaded_at = clock_timestamp(), records_read = %s, records_loaded = %s,"
        " records_rejected = %s, findings = %s where file_id = %s",
        (
            reading.record_no,
            loaded - withheld,
            reading.rejects.count + withheld,
            "; ".join(reading.findings) or None,
            file.file_id,
        ),
    )

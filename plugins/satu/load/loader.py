"""Stage `load`: a landed file becomes records of `raw.<feed>`, in one transaction a file.

Manifest row, records, rejects and counts commit together or not at all. Well-formed text goes to COPY as the blocks
that were read; what COPY refuses, or cannot be trusted with, is read again record by record (`satu.load.records`).
"""

import errno
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import psycopg
from psycopg import sql

from satu import warehouse
from satu.contracts import Contract
from satu.errors import BadInput, RetryableError, SatuError
from satu.landing_file import NO_PERMISSION, UNREADABLE, local_path
from satu.landing_place import open_file, stat
from satu.load.containers import Member, members
from satu.load.copying import NotPlain, copy_blocks, copy_records, joined, names_of, trusted
from satu.load.formats.jsonl import json_records
from satu.load.formats.parquet import parquet_blocks
from satu.load.formats.workbook_process import DELIMITER
from satu.load.formats.xlsx import text_of
from satu.load.records import Reading, ScientificIdentifier
from satu.load.rejects import Rejects
from satu.load.text import Text
from satu.load.withholding import withhold
from satu.settings import Settings


@dataclass(frozen=True)
class _File:
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


def load_landed(
    settings: Settings,
    contracts: dict[str, Contract],
    file_ids: Iterable[int],
    progress: Callable[[int], None] = lambda _: None,
) -> Counter[str]:
    """Load the files, side by side; return how many were `loaded`, `refused` or are no longer there to load.

    `progress` is called with the number of bytes of each file that is done. A file that is being loaded elsewhere, or
    has been, is passed over; calling this again after a crash loads what is missing.
    """
    outcomes: Counter[str] = Counter()
    waiting = list(file_ids)
    while waiting:
        workers = min(len(waiting), os.cpu_count() or 1)
        shares = [_Share(waiting[number::workers]) for number in range(workers)]
        with ThreadPoolExecutor(max_workers=workers) as pool:
            list(pool.map(lambda share: _load_share(settings, contracts, share, progress), shares))
        outcomes = sum((share.outcomes for share in shares), outcomes)
        waiting = sorted({file_id for share in shares for file_id in share.reinstated})
    return outcomes


@dataclass
class _Share:
    """The files of one worker, and what came of them."""

    file_ids: list[int]
    outcomes: Counter[str] = field(default_factory=Counter)
    reinstated: list[int] = field(default_factory=list)
    """Files that were duplicates of one that has been superseded: now they deliver these bytes."""


def _load_share(
    settings: Settings, contracts: dict[str, Contract], share: _Share, progress: Callable[[int], None]
) -> None:
    try:
        with warehouse.connect(settings, warehouse.LOADER, autocommit=True) as connection:
            connection.execute("create temporary sequence if not exists record_no minvalue 0 cache 10000")
            for file_id in share.file_ids:
                with connection.transaction():
                    file = _claim(connection, file_id)
                    if file:
                        share.outcomes[_load_file(connection, contracts[file.feed], file, share)] += 1
                progress(file.bytes if file else 0)
    except psycopg.Error as error:
        told = warehouse.while_working(error)
        if told is None:
            raise
        raise type(told)(f"{told}. Files that were not loaded wait, whole") from None


def _claim(connection: psycopg.Connection, file_id: int) -> _File | None:
    """Return the file if it still waits, locked against other loaders until the transaction ends."""
    row = connection.execute(
        "select file_id, feed, area_code, period, uri, file_name, sha256, bytes, modified from ops.file"
        " where file_id = %s and status = 'landed' for update skip locked",
        (file_id,),
    ).fetchone()
    if row is None:
        return None
    file = _File(*row)
    # The same name and the same bytes: in one slot, only one loader at a time decides about either.
    for key in sorted((file.file_name, file.sha256)):
        slot = f"{file.feed}/{file.area_code}/{file.period}/{key}"
        connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (slot,))
    return file


def _load_file(connection: psycopg.Connection, contract: Contract, file: _File, share: _Share) -> str:
    with Rejects(file.file_id) as rejects:
        try:
            _expect_same(file)
            if twin := _twin(connection, file):
                share.reinstated += _supersede(connection, file, twin)
                _set_duplicate(connection, file, twin)
                return "duplicate"
            if not file.bytes:
                raise BadInput("the file is empty; expected a header and records")
            with connection.transaction():
                reading, loaded = _take_in(connection, contract, file, rejects)
                _expect_same(file)
                _expect_records(file, reading, loaded)
        except BadInput as refusal:
            _refuse(connection, file, str(refusal))
            return "refused"
        except FileNotFoundError:
            _refuse(connection, file, "it went away before it could be read. Drop it again", version_mark="gone")
            return "refused"
        except PermissionError:
            _refuse(connection, file, NO_PERMISSION, version_mark=UNREADABLE)
            return "refused"
        except OSError as error:  # a store that broke off, an object that was replaced while it was read
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise RetryableError(
                    f"the disk that holds {tempfile.gettempdir()} is full; rejected records and unpacked workbooks need"
                    " room there while a file loads. Files that were not loaded wait, whole; make room and run again"
                ) from None
            reason = f"it could not be read to its end ({type(error).__name__}); the next sweep tries again"
            _refuse(connection, file, reason, version_mark=UNREADABLE)
            return "refused"
        except (psycopg.Error, SatuError):
            raise
        except Exception as error:  # one file must not keep the others from loading
            reason = f"reading it failed in a way that was not foreseen ({type(error).__name__})"
            # A store can break off in many ways and is asked again; a file on disk stays as it is.
            _refuse(connection, file, reason, version_mark=None if local_path(file.uri) else UNREADABLE)
            return "refused"
        share.reinstated += _supersede(connection, file, file.file_id)
        _finish(connection, contract, file, reading, loaded)
        return "loaded"


def _take_in(connection: psycopg.Connection, contract: Contract, file: _File, rejects: Rejects) -> tuple[Reading, int]:
    """Bring the records in; return what was read and how many records were loaded."""
    connection.execute("select set_config('satu.file_id', %s, true)", (str(file.file_id),))
    reading = _reading(contract, rejects)
    try:
        try:
            with connection.transaction():
                return _as_blocks(connection, contract, file, reading)
        except (NotPlain, psycopg.DataError):
            reading = _reading(contract, rejects)
            return _record_by_record(connection, contract, file, reading)
    except ScientificIdentifier as found:
        raise BadInput(
            reading.of_member(
                f"line {found.line_no}: column {found.column} holds a rounded number such as 3,37E+15; expected all 16"
                " digits. Export again with the column as text"
            )
        ) from None
    except BadInput as refusal:
        raise BadInput(reading.of_member(str(refusal))) from None


def _as_blocks(
    connection: psycopg.Connection, contract: Contract, file: _File, reading: Reading
) -> tuple[Reading, int]:
    for member in _members(file, reading):
        if member.kind == "parquet":
            for header, block in parquet_blocks(member.stream, file.bytes, contract, reading):
                copy_blocks(connection, contract, header, [block], reading)
        elif member.kind == "jsonl":
            raise NotPlain
        else:
            with text_of(member, contract, reading) as stream:
                text = Text(stream, contract)
                if not text.header.is_plain:
                    raise NotPlain
                reading.report(text.header.findings)
                copy_blocks(connection, contract, text.header, trusted(text.blocks()), reading)
                reading.report(text.findings())
    return reading, reading.record_no


def _record_by_record(
    connection: psycopg.Connection, contract: Contract, file: _File, reading: Reading
) -> tuple[Reading, int]:
    loaded = 0
    for member in _members(file, reading):
        if member.kind == "jsonl":
            columns = (*(column.name for column in contract.columns), "_record_no")
            records = json_records(member.stream, contract, reading)
            loaded += copy_records(connection, contract, columns, DELIMITER, joined(records))
        elif member.kind == "parquet":
            parts = parquet_blocks(member.stream, file.bytes, contract, reading)
            for header, first in parts:  # they have one header
                columns = (*names_of(header), "_record_no")
                records = reading.good_records(chain([first], (block for _, block in parts)), header)
                loaded += copy_records(connection, contract, columns, DELIMITER, joined(records))
        else:
            with text_of(member, contract, reading) as stream:
                text = Text(stream, contract)
                reading.report(text.header.findings)
                columns = (*names_of(text.header), "_record_no")
                records = reading.good_records(text.blocks(), text.header)
                loaded += copy_records(connection, contract, columns, text.header.delimiter, joined(records))
                reading.report(text.findings())
    return reading, loaded


def _reading(contract: Contract, rejects: Rejects) -> Reading:
    return Reading(frozenset(contract.identifier_columns), rejects)


def _members(file: _File, reading: Reading) -> Iterator[Member]:
    """Yield the members of a file; `reading` learns the name of each where there are several."""
    with open_file(file.uri) as stream:
        for member in members(stream, file.file_name, file.bytes):
            reading.findings += member.findings
            reading.member = member.name
            yield member
        reading.member = ""


def _expect_same(file: _File) -> None:
    """Raise BadInput when the file is no longer the one that was listed."""
    if stat(file.uri) != (file.bytes, file.modified):
        raise BadInput("it changed after it was listed; the next sweep takes it as it is then")


def _expect_records(file: _File, reading: Reading, loaded: int) -> None:
    """Raise BadInput for a delivery of which nothing can be loaded: it must not stand in the place of a former one.

    A header without records is one on purpose: it takes back what was delivered under its name.
    """
    if reading.record_no and not loaded:
        raise BadInput(
            f"none of its {reading.record_no:,} records can be loaded ({reading.rejects.first}); expected records as"
            " the contract describes them. What was delivered under its name before stays; correct it and send it again"
        )
    if not reading.record_no and file.file_name.lower().endswith(".jsonl"):
        raise BadInput("it holds no record; expected one a line. Send it again")
    if not reading.record_no:
        reading.findings.append("no records: what was delivered under its name before is taken back")


def _twin(connection: psycopg.Connection, file: _File) -> int | None:
    """Return the loaded file of the slot with the same bytes."""
    row = connection.execute(
        "select file_id from ops.file"
        " where feed = %s and area_code = %s and period = %s and sha256 = %s and status = 'loaded'",
        (file.feed, file.area_code, file.period, file.sha256),
    ).fetchone()
    return row[0] if row else None


def _set_duplicate(connection: psycopg.Connection, file: _File, twin: int) -> None:
    connection.execute(
        "update ops.file set status = 'duplicate', reason = %s, loaded_at = clock_timestamp() where file_id = %s",
        (f"the same bytes as file {twin} of this slot", file.file_id),
    )


def _supersede(connection: psycopg.Connection, file: _File, by: int) -> list[int]:
    """Let `by` stand for all earlier deliveries of the file's name; return files that must now be loaded instead.

    These held the same bytes as a delivery that is superseded, under another name which still stands.
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


def _refuse(connection: psycopg.Connection, file: _File, reason: str, version_mark: str | None = None) -> None:
    connection.execute(
        "update ops.file set status = 'refused', reason = %s, loaded_at = clock_timestamp(),"
        " modified = coalesce(%s, modified) where file_id = %s",
        (reason, version_mark, file.file_id),
    )


def _finish(connection: psycopg.Connection, contract: Contract, file: _File, reading: Reading, loaded: int) -> None:
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

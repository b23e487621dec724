"""forget: erase one person from the warehouse in one transaction, and reject their records in later deliveries.

All records of the person are deleted: in `raw`, the bytes of rejected lines, `staging`, `population`, `coverage`,
`field`, and the microdata of all releases. Counts still add up: an erased record is a rejected one without its bytes.
Published counts stay; they name nobody. A killed call has done nothing, or lacks only the last step, which clears
remains of deleted rows from the server; the next call does that step.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from satu import signature, warehouse
from satu.contracts import Contract
from satu.errors import WrongUsage
from satu.privacy import access_log, erasure_deletes, erasure_scope
from satu.privacy.erased_hashes import hash_of, nik_of
from satu.settings import Settings

__all__ = ["Erased", "Request", "forget"]


@dataclass(frozen=True)
class Request:
    """A request for erasure: who asked and why, and the person by NIK or person_id."""

    by: str
    reason: str
    nik: str | None = field(repr=False, default=None)
    person_id: int | None = None


@dataclass(frozen=True)
class Erased:
    """The result of an erasure; `receipt` is the JSON stored in `ops.erasure`. It has no value of the person."""

    erasure_id: int
    receipt: str

    def as_dict(self) -> dict[str, Any]:
        """Return the receipt as a mapping, with the number of the erasure."""
        return {"erasure_id": self.erasure_id, **json.loads(self.receipt)}

    def lines(self) -> list[str]:
        """Return the lines shown at the end."""
        kept = json.loads(self.receipt)
        erased = sum(kept["erased_rows"].values())
        lines = [f"erasure {self.erasure_id}: {erased} rows of {len(kept['erased_rows'])} tables erased"]
        if kept["landing_files"]:
            lines.append("the landing place still has records of the person; remove them from these files:")
            lines += [f"  file {row['file_id']}: records {_listed(row['record_nos'])}" for row in kept["landing_files"]]
        if kept["refused_files"]:
            lines.append(f"refused files were not read; check them: {_listed(kept['refused_files'])}")
        return lines


def forget(
    settings: Settings, contracts: dict[str, Contract], described: Callable[[], dict[str, Any]], request: Request
) -> Erased:
    """Erase the person of `request`; for a person already erased, return the earlier receipt.

    `described` returns dbt's manifest with compiled analyses; it defines how the rows of each table lead to a person.

    Raises:
        WrongUsage: nobody or several people have that number, or the name or reason is missing.
        BuildFailed: the manifest does not say how to search a table with people.
    """
    _expect_complete(request)
    with warehouse.connect(settings, warehouse.LOADER, autocommit=True) as connection:
        _finish(connection, contracts)
        with connection.transaction():
            done = _known(connection, request.nik)
            if done is None:
                done = _erase(connection, contracts, described(), request)
        _finish(connection, contracts)
    return done


def _expect_complete(request: Request) -> None:
    signature.expect(request.by, request.reason, "an erasure")
    if request.nik is not None and not re.fullmatch(r"\d{16}", request.nik):
        raise WrongUsage("not a NIK; expected exactly 16 digits")


def _known(connection: psycopg.Connection, nik: str | None) -> Erased | None:
    if nik is None:
        return None
    query = sql.SQL(
        "select erasure_id, receipt from ops.erasure join ops.erased_identifier using (erasure_id)"
        " cross join ops.erasure_key as key where identifier_hash = {}"
    )
    row = connection.execute(query.format(hash_of(nik_of(sql.Literal(nik))))).fetchone()
    return Erased(*row) if row else None


def _erase(
    connection: psycopg.Connection, contracts: dict[str, Contract], manifest: dict[str, Any], request: Request
) -> Erased:
    erasure_deletes.keep_loaders_out(connection, contracts)
    warehouse.act_as(connection, warehouse.TRANSFORMER)
    erasure_scope.person(connection, request.nik, request.person_id)
    kept = erasure_scope.records(connection, contracts)
    warehouse.act_as(connection, warehouse.TRANSFORMER)
    erased = erasure_deletes.of_the_transformer(connection, manifest)
    warehouse.act_as(connection, warehouse.PUBLISHER)
    erased |= erasure_deletes.of_the_publisher(connection)
    warehouse.act_as(connection, warehouse.LOADER)
    landing = erasure_deletes.landing_files(connection)
    erased |= erasure_deletes.of_the_loader(connection, contracts)
    if not erased:
        raise WrongUsage("no records of that person in the warehouse, nothing was erased; check the number")
    receipt = {
        "asked_by": request.by,
        "reason": request.reason,
        "done_by": access_log.os_user(),
        "erased_rows": erased,
        "records_of_others_that_hold_the_number": kept,
        "landing_files": landing,
        "refused_files": erasure_deletes.refused_files(connection),
    }
    text = json.dumps(receipt, indent=2)
    row = connection.execute(
        "insert into ops.erasure (asked_by, reason, receipt) values (%s, %s, %s) returning erasure_id, created_at",
        (request.by, request.reason, text),
    ).fetchone()
    erasure_id = int(row[0]) if row else 0
    erasure_deletes.bar(connection, erasure_id)
    connection.execute(
        "insert into ops.access (os_user, command, table_name, record_count) values (%s, 'satu forget', %s, %s)",
        (access_log.os_user(), "population.person", sum(erased.values())),
    )
    return Erased(erasure_id, text)


def _finish(connection: psycopg.Connection, contracts: dict[str, Contract]) -> None:
    """Clear deleted rows and the planner's samples of them from the server, after an erasure."""
    warehouse.act_as(connection, warehouse.LOADER)
    open_ones = connection.execute("select erasure_id from ops.erasure where finished_at is null").fetchall()
    if not open_ones:
        return
    erasure_deletes.clear(connection, contracts)
    warehouse.act_as(connection, warehouse.LOADER)
    connection.execute(
        "update ops.erasure set finished_at = now() where erasure_id = any(%s)", ([row[0] for row in open_ones],)
    )


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))

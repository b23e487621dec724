"""forget: erase one person from the warehouse, in one transaction, and keep later deliveries from bringing them back.

Every record of the person goes: of `raw`, the bytes of rejected lines, `staging`, `population`, `coverage`, `field`,
the rows of microdata of all releases. Counts still add up: an erased record is a rejected one without its bytes. What
was published as a count stays, it names nobody. A killed call has done nothing, or lacks only the last step, which
clears what the server still keeps of deleted rows; the next call takes that step.
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
    """Who erases whom, and why: the person by NIK or by person_id."""

    by: str
    reason: str
    nik: str | None = field(repr=False, default=None)
    person_id: int | None = None


@dataclass(frozen=True)
class Erased:
    """What was erased; `receipt` is the JSON that `ops.erasure` keeps. No value of the person is in it."""

    erasure_id: int
    receipt: str

    def as_dict(self) -> dict[str, Any]:
        """Return the receipt as a mapping, with the number of the erasure."""
        return {"erasure_id": self.erasure_id, **json.loads(self.receipt)}

    def lines(self) -> list[str]:
        """Return what people read at the end."""
        told = json.loads(self.receipt)
        erased = sum(told["erased_rows"].values())
        lines = [f"erasure {self.erasure_id}: {erased} rows of {len(told['erased_rows'])} tables erased"]
        if told["landing_files"]:
            lines.append("the landing place still holds the person's records; take them out of these files:")
            lines += [f"  file {row['file_id']}: records {_listed(row['record_nos'])}" for row in told["landing_files"]]
        if told["refused_files"]:
            lines.append(f"refused files were never read, look into them: {_listed(told['refused_files'])}")
        return lines


def forget(
    settings: Settings, contracts: dict[str, Contract], described: Callable[[], dict[str, Any]], request: Request
) -> Erased:
    """Erase the person of `request`; one who was erased already is answered with that receipt.

    `described` returns dbt's manifest, which says how each table leads to a person, with its analyses compiled.

    Raises:
        WrongUsage: nobody or several people have that number, or who asks and why is not said.
        BuildFailed: a table with people is not one that the manifest tells how to search.
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
        raise WrongUsage("that is no NIK; expected 16 digits and nothing else")


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
        raise WrongUsage("nothing in the warehouse is of that person; look at the number, nothing was erased")
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
    """Clear what the server keeps of deleted rows, and the planner's samples of them, after an erasure."""
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

"""Decisions of people: approve or reject a run with warnings, waive one warning until a day."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from satu import signature, warehouse
from satu.errors import Blocked, WrongUsage
from satu.gate.suites import load_suites
from satu.gate.verdict import Verdict, judge, refuse_released
from satu.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy


def approve(settings: Settings, run_id: str, by: str, reason: str) -> Verdict:
    """Approve the currently failed warnings of a run and return its new verdict; later failures need another approval.

    Raises:
        WrongUsage: the name or the reason cannot be kept, or the run has no check results.
        Blocked: a critical check failed; an approval cannot lift that.

    """
    from satu.ledger.tables import APPROVAL

    signature.expect(by, reason)
    _known_run(settings, run_id)
    verdict = judge(settings, run_id)
    if verdict.verdict == "blocked":
        names = ", ".join(f.check_name for f in verdict.failed if f.severity == "critical")
        raise Blocked(
            f"run {run_id} has failed critical checks ({names}); an approval lifts warnings only. Correct the cause"
            " and run again"
        )
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.begin() as connection:
        lifted = [f.check_name for f in verdict.failed if f.severity == "warning" and f.waived_by is None]
        connection.execute(APPROVAL.insert().values(run_id=run_id, approved_by=by, reason=reason, check_names=lifted))
    return judge(settings, run_id)


def reject(settings: Settings, run_id: str, by: str, reason: str) -> None:
    """Reject a run: it is not released unless somebody approves it later.

    Raises:
        WrongUsage: the name or the reason cannot be kept, the run has no check results, or it is released.

    """
    from satu.ledger.tables import REJECTION

    signature.expect(by, reason)
    _known_run(settings, run_id)
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.begin() as connection:
        refuse_released(connection, run_id)
        connection.execute(REJECTION.insert().values(run_id=run_id, rejected_by=by, reason=reason))


def decisions(settings: Settings) -> list[dict[str, object]]:
    """Return all approvals, rejections and waivers with person, time, run or check, and reason; the newest first."""
    from sqlalchemy import Text, cast, literal, null, select, union_all

    from satu.ledger.tables import APPROVAL as A
    from satu.ledger.tables import REJECTION as R
    from satu.ledger.tables import WAIVER as W

    def part(
        decision: str, table: "sqlalchemy.Table", subject: str, by: str
    ) -> "sqlalchemy.Select[tuple[object, ...]]":
        until = cast(table.c.valid_until, Text) if "valid_until" in table.c else cast(null(), Text)
        return select(
            table.c.created_at.label("decided_at"),
            literal(decision).label("decision"),
            table.c[subject].label("subject"),
            table.c[by].label("decided_by"),
            table.c.reason,
            until.label("valid_until"),
        )

    rows = union_all(
        part("approval", A, "run_id", "approved_by"),
        part("rejection", R, "run_id", "rejected_by"),
        part("waiver", W, "check_name", "waived_by"),
    ).order_by("decided_at")
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.connect() as connection:
        return [dict(row) for row in connection.execute(rows).mappings()][::-1]


def waive(settings: Settings, check_name: str, by: str, reason: str, until: date) -> None:
    """Let one check of severity warning fail until a day (included), for every run.

    Raises:
        WrongUsage: the name or the reason cannot be kept, the day has passed, or no such warning exists.

    """
    from satu.ledger.tables import WAIVER

    signature.expect(by, reason)
    if until < datetime.now(UTC).date():
        raise WrongUsage(f"the waiver would end on {until}, which is past; expected today or later")
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.begin() as connection:
        severity = _severity(settings, connection, check_name)
        if severity != "warning":
            raise WrongUsage(
                f"check {check_name!r} is {severity}; only a warning can be waived. `satu checks` lists them"
            )
        connection.execute(
            WAIVER.insert().values(check_name=check_name, waived_by=by, reason=reason, valid_until=until)
        )


def _severity(settings: Settings, connection: "sqlalchemy.Connection", check_name: str) -> str:
    from satu.ledger.tables import CHECK_RESULT as T

    suites = load_suites(settings.project_dir / "expectations")
    written = [check.severity for (_, name), check in suites.checks().items() if name == check_name]
    query = T.select().with_only_columns(T.c.severity).where(T.c.check_name == check_name)
    stored = connection.scalar(query.order_by(T.c.checked_at.desc()).limit(1))
    return written[0] if written else stored or "unknown"


def _known_run(settings: Settings, run_id: str) -> None:
    from sqlalchemy import exists, select

    from satu.ledger.tables import CHECK_RESULT as T

    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.connect() as connection:
        if not connection.scalar(select(exists().where(T.c.run_id == run_id))):
            raise WrongUsage(f"run {run_id!r} has no check results; `satu checks` lists the runs that have")

"""What people decide: approving a run with warnings, waiving one warning until a day."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from satu import warehouse
from satu.errors import Blocked, WrongUsage
from satu.gate.suites import load_suites
from satu.gate.verdict import Verdict, judge
from satu.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy


def approve(settings: Settings, run_id: str, by: str, reason: str) -> Verdict:
    """Approve the failed warnings of one run and return its new verdict.

    Raises:
        WrongUsage: nobody or no reason is named, or the run has no check results.
        Blocked: a critical check failed; no approval lifts that.

    """
    from satu.ledger.tables import APPROVAL

    _named(by, reason)
    _known_run(settings, run_id)
    verdict = judge(settings, run_id)
    if verdict.verdict == "blocked":
        names = ", ".join(f.check_name for f in verdict.failed if f.severity == "critical")
        raise Blocked(
            f"run {run_id} has failed critical checks ({names}); an approval lifts warnings only."
            " Mend the cause and run again"
        )
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.begin() as connection:
        connection.execute(APPROVAL.insert().values(run_id=run_id, approved_by=by, reason=reason))
    return judge(settings, run_id)


def waive(settings: Settings, check_name: str, by: str, reason: str, until: date) -> None:
    """Let one check of severity warning fail until a day (included), for every run.

    Raises:
        WrongUsage: nobody or no reason is named, the day has passed, or no such warning exists.

    """
    from satu.ledger.tables import WAIVER

    _named(by, reason)
    if until < datetime.now(UTC).date():
        raise WrongUsage(f"the waiver would end on {until}, which has passed; expected today or later")
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


def _named(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise WrongUsage("a decision needs the name of who decides and a reason; one of them is empty")

"""Decisions on a run that waits at its gate: the question, the answer, and how the run continues."""

from satu.ledger import runs
from satu.pipeline import steps
from satu.pipeline.outcome import Outcome, Reporter, Stage
from satu.settings import Settings


def approve(settings: Settings, run_id: str, by: str, reason: str, reporter: Reporter | None = None) -> Outcome:
    """Approve the failed warnings of the newest run and continue it from the gate: judge again, release, export.

    Raises:
        WrongUsage: the run is released already, is not the newest, or a name or reason is missing.
        Blocked: a critical check failed, which nobody can approve.
    """
    report = reporter or Reporter()
    done = Outcome(run_id=run_id, seconds=report.seconds)
    with report.stage(Stage.GATE):
        record_approval(settings, run_id, by, reason)
    with report.stage(Stage.RELEASE):
        done.release_id = steps.release(settings, run_id)
    with report.stage(Stage.EXPORT):
        done.exported_to = steps.export(settings, done.release_id)
    done.outcome = Stage.EXPORT.value
    return done


def record_approval(settings: Settings, run_id: str, by: str, reason: str) -> None:
    """Record an approval of the failed warnings of the newest run, and judge it again; raises as `approve`."""
    from satu.gate import approve as decide

    runs.expect_open(settings, run_id)
    runs.let_pass(settings, run_id, decide(settings, run_id, by, reason).verdict)


def reject(settings: Settings, run_id: str, by: str, reason: str) -> None:
    """Record a rejection of the newest run: it is not released unless somebody approves it later.

    Raises:
        WrongUsage: the run is released already, is not the newest, or a name or reason is missing.
    """
    from satu.gate import reject as decide

    runs.expect_open(settings, run_id)
    decide(settings, run_id, by, reason)
    runs.note(settings, run_id, "rejected")


def open_warnings(settings: Settings, run_id: str) -> list[str]:
    """Judge a waiting run again; return the warnings to decide on, none if the run may continue.

    Raises:
        WrongUsage: a newer run has replaced the tables of this one.
        Blocked: a critical check fails now, or somebody rejected the run.
    """
    from satu.gate import judge

    if runs.released_as(settings, run_id):
        return []
    runs.expect_open(settings, run_id)
    found = judge(settings, run_id)
    if runs.let_pass(settings, run_id, found.verdict, may_ask=True) == "pass":
        return []
    return [
        f"{failure.check_name}: {failure.observed}, expected {failure.expected}"
        for failure in found.failed
        if failure.severity == "warning" and failure.waived_by is None
    ]

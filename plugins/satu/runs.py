"""Runs in the ledger: which one waits at its gate, and how far one came."""

from datetime import date

from satu import warehouse
from satu.errors import Blocked, WrongUsage
from satu.settings import Settings

AT_THE_GATE = ("needs_approval", "rejected", "blocked", "pass")
"""Outcomes of a run whose tables are complete and whose release is not there yet."""


def note(settings: Settings, run_id: str, outcome: str) -> None:
    """Write how far a run came: the gate's verdict, or `released`."""
    with warehouse.connect(settings, warehouse.TRANSFORMER, autocommit=True) as connection:
        connection.execute("update ops.run set finished_at = now(), outcome = %s where run_id = %s", (outcome, run_id))


def waiting(settings: Settings) -> tuple[str, date | None] | None:
    """Return the newest run and its day, if it came to its gate and its tables are what would be built of it again.

    Whether the files and rules are still those of the run is for `satu.release` to say.
    """
    query = (
        "select run_id, as_of, outcome = any(%s) and not exists (select from ops.release where run_id = newest.run_id)"
        " and not exists (select from population.link_decision where decided_at > newest.created_at)"
        " and not exists (select from ops.erasure where coalesce(finished_at, created_at) > newest.created_at)"
        " from (select * from ops.run order by created_at desc limit 1) as newest"
    )
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        if connection.execute("select to_regclass('population.link_decision')").fetchone() == (None,):
            return None  # nothing was ever linked
        row = connection.execute(query, (list(AT_THE_GATE),)).fetchone()
    return (row[0], row[1]) if row and row[2] else None


def released_as(settings: Settings, run_id: str) -> str | None:
    """Return the release that a run became."""
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        row = connection.execute("select release_id from ops.release where run_id = %s", (run_id,)).fetchone()
    return str(row[0]) if row else None


def expect_newest(settings: Settings, run_id: str) -> None:
    """Refuse a run whose tables are no longer there, or which is released.

    Raises:
        WrongUsage: the run is released already, is not the newest, or there is none.
    """
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        newest = connection.execute("select run_id from ops.run order by created_at desc limit 1").fetchone()
    if newest is None:
        raise WrongUsage("there is no run to decide on yet; start one with `satu run`")
    if released := released_as(settings, run_id):
        raise WrongUsage(f"run {run_id} is released already, as {released}; there is nothing to decide")
    if newest[0] != run_id:
        raise WrongUsage(
            f"run {run_id} is not the newest, its tables have been replaced; decide on run {newest[0]} instead"
        )


def refuse(run_id: str, verdict: str) -> None:
    """Raise Blocked unless the verdict is `pass`; the message says what a person can do."""
    if verdict == "pass":
        return
    if verdict == "needs_approval":
        raise Blocked(
            f"run {run_id} has warnings that a person must look at (`satu checks --failed`): publish it with"
            " `satu approve`, or let a check fail for a while with `satu waive`"
        )
    if verdict == "rejected":
        raise Blocked(
            f"run {run_id} was rejected; nothing was released. `satu checks --decisions` says by whom and why;"
            " `satu approve` publishes it after all, and new files make a new run"
        )
    raise Blocked(f"run {run_id} has failed critical checks; nothing was released. `satu checks --failed` lists them")

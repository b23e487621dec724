"""Runs in the ledger: start, waiting at the gate, outcome. A released run never changes."""

import secrets
from datetime import UTC, date, datetime

import psycopg
from psycopg.types.json import Jsonb

from satu import build_fingerprint, warehouse
from satu.errors import Blocked, WrongUsage
from satu.settings import Settings

AT_THE_GATE = ("needs_approval", "rejected", "blocked", "pass")
"""Outcomes of a run with complete tables and no release yet."""
FAILED = "failed"
"""Outcome of a run that could not be built and would fail again with the same inputs."""


def start(settings: Settings, as_of: date | None = None) -> str:
    """Write a new run to the ledger, with the current version of each rule and check.

    Returns its id: the time and a few random letters.
    """
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    versions = build_fingerprint.versions(settings.project_dir)
    checks = build_fingerprint.fingerprint_of_checks(settings.project_dir)
    with warehouse.connect(settings, warehouse.PUBLISHER, autocommit=True) as connection:
        connection.execute(
            "insert into ops.run (run_id, as_of, rules, rule_versions, checks) values (%s, %s, %s, %s, %s)",
            (run_id, as_of, build_fingerprint.fingerprint_of(versions), Jsonb(versions), checks),
        )
    return run_id


def note(settings: Settings, run_id: str, verdict: str) -> None:
    """Record the gate's verdict on a run, and the hash of its checks."""
    checks = build_fingerprint.fingerprint_of_checks(settings.project_dir)
    with warehouse.connect(settings, warehouse.PUBLISHER, autocommit=True) as connection:
        connection.execute(
            "update ops.run set finished_at = now(), outcome = %s, checks = %s where run_id = %s",
            (verdict, checks, run_id),
        )


def reopen(settings: Settings, run_id: str) -> None:
    """Delete the verdict on a run whose tables are about to be rebuilt: it does not apply to the new tables."""
    with warehouse.connect(settings, warehouse.PUBLISHER, autocommit=True) as connection:
        connection.execute(
            "update ops.run set finished_at = null, outcome = null where run_id = %s and outcome is not null", (run_id,)
        )


def note_failure(settings: Settings, run_id: str) -> None:
    """Record a run as failed, because its inputs would fail again; a run refused by the gate keeps its verdict."""
    with warehouse.connect(settings, warehouse.PUBLISHER, autocommit=True) as connection:
        connection.execute(
            "update ops.run set finished_at = now(), outcome = %s"
            " where run_id = %s and coalesce(outcome, 'pass') = 'pass'",
            (FAILED, run_id),
        )


def waiting(settings: Settings) -> tuple[str, date | None] | None:
    """Return the newest run and its day, if it reached its gate and a rebuild would give the same tables.

    `satu.release` decides whether files and rules are still those of the run.
    """
    query = (
        "select run_id, as_of, outcome = any(%s) and not exists (select from ops.release where run_id = newest.run_id)"
        " and not exists (select from population.link_decision where decided_at > newest.created_at)"
        " and not exists (select from ops.erasure where coalesce(finished_at, created_at) > newest.created_at)"
        " from (select * from ops.run order by created_at desc limit 1) as newest"
    )
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        row = connection.execute(query, (list(AT_THE_GATE),)).fetchone()
    return (row[0], row[1]) if row and row[2] else None


def released_as(settings: Settings, run_id: str) -> str | None:
    """Return the release of a run; none if not released."""
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        return release_of(connection, run_id)


def release_of(connection: psycopg.Connection, run_id: str) -> str | None:
    """Return the release of a run, within a transaction."""
    row = connection.execute("select release_id from ops.release where run_id = %s", (run_id,)).fetchone()
    return str(row[0]) if row else None


def expect_open(settings: Settings, run_id: str) -> None:
    """Raise unless a run can continue: it must not be released, and its tables not be replaced.

    Raises:
        WrongUsage: the run is released already, is not the newest, or there is none.
    """
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        newest = connection.execute("select run_id from ops.run order by created_at desc limit 1").fetchone()
        known = connection.execute("select from ops.run where run_id = %s", (run_id,)).rowcount
        released = release_of(connection, run_id)
    if newest is None:
        raise WrongUsage("there is no run yet; start one with `satu run`")
    if not known:
        raise WrongUsage(f"unknown run {run_id!r}; the newest is {newest[0]}, `satu status` shows it")
    if released:
        raise WrongUsage(
            f"run {run_id} is released already, as {released}: it cannot be built, checked or decided again, and"
            " nothing was written. Start a new run with `satu run` or the DAG `release`"
        )
    if newest[0] != run_id:
        raise WrongUsage(
            f"run {run_id} is not the newest, and its tables were replaced by run {newest[0]}; nothing was written."
            " Continue with that run, or start a new run with `satu run` or the DAG `release`"
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
            f"run {run_id} was rejected; nothing was released. `satu checks --decisions` shows who and why;"
            " `satu approve` publishes it after all, and new files make a new run"
        )
    raise Blocked(f"run {run_id} has failed critical checks; nothing was released. `satu checks --failed` lists them")


def let_pass(settings: Settings, run_id: str, verdict: str, *, may_ask: bool = False) -> str:
    """Record a verdict and return it if the run may continue; raises as `gate`."""
    note(settings, run_id, verdict)
    if not (may_ask and verdict == "needs_approval"):
        refuse(run_id, verdict)
    return verdict

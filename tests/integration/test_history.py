"""What a release was made from is history: no step and no role of the pipeline writes to a released run again."""

from collections.abc import Callable

import psycopg
import pytest
from publishing import delivered, next_release, passed

from satu import pipeline, warehouse
from satu.errors import Blocked, RetryableError, WrongUsage
from satu.gate import judge, reject
from satu.ledger import runs
from satu.pipeline import approval
from satu.pipeline.lock import alone, is_taken
from satu.release import is_dealt_with, is_released, manifest_of, publish
from satu.settings import Settings
from support import rows

STEPS: dict[str, Callable[[Settings, str], object]] = {
    "build before link": pipeline.build_before_link,
    "link": pipeline.link,
    "build after link": pipeline.build_after_link,
    "gate": pipeline.gate,
    "gate that may ask": lambda made, run_id: pipeline.gate(made, run_id, may_ask=True),
    "judge": judge,
    "approve": lambda made, run_id: approval.approve(made, run_id, "Sri", "late"),
    "record an approval": lambda made, run_id: approval.record_approval(made, run_id, "Sri", "late"),
    "reject": lambda made, run_id: approval.reject(made, run_id, "Sri", "late"),
}
WRITES = (
    "update ops.run set outcome = 'pass' where run_id = 'r1'",
    "update ops.run set run_id = 'r1' where run_id = 'r2'",
    "update ops.check_result set observed = '603' where run_id = 'r1'",
    "delete from ops.check_result where run_id = 'r1'",
    "insert into ops.check_result (run_id, gate, check_name, severity) values ('r1', 'file', 'a.new', 'info')",
    "insert into ops.approval (run_id, approved_by, reason) values ('r1', 'Sri', 'late')",
    "insert into ops.rejection (run_id, rejected_by, reason) values ('r1', 'Sri', 'late')",
)


def _ledger(made: Settings) -> list[list[tuple[object, ...]]]:
    tables = ("run", "check_result", "approval", "rejection", "waiver", "release", "release_pointer")
    return [rows(made, warehouse.OWNER, f"select * from ops.{table} as t order by t::text") for table in tables]


@pytest.mark.parametrize("name", STEPS)
def test_a_released_run_refuses_every_step_and_nothing_is_written(candidate: Settings, name: str) -> None:
    publish(candidate, "r1")
    before = _ledger(candidate)
    with pytest.raises(WrongUsage, match=r"run r1 is released already, as \d{4}-\d\d-\d\d\.1"):
        STEPS[name](candidate, "r1")
    assert _ledger(candidate) == before


def test_a_release_that_is_done_is_answered_with_itself(candidate: Settings) -> None:
    """A task that was killed right after it had published finds its release again, also when a newer one is current."""
    first = publish(candidate, "r1").release_id
    next_release(candidate, "r2", 200)
    before = _ledger(candidate)
    assert pipeline.release(candidate, "r1") == first
    assert _ledger(candidate) == before


def test_a_run_whose_tables_were_replaced_refuses_every_step(candidate: Settings) -> None:
    passed(candidate, "r2")
    before = _ledger(candidate)
    steps = {name: step for name, step in STEPS.items() if name != "judge"} | {"release": pipeline.release}
    for step in steps.values():
        with pytest.raises(WrongUsage, match="replaced by run r2"):
            step(candidate, "r1")
    with pytest.raises(WrongUsage, match="unknown run 'r3'"):
        pipeline.link(candidate, "r3")
    assert _ledger(candidate) == before


@pytest.mark.parametrize("statement", WRITES)
def test_the_database_itself_keeps_the_history(candidate: Settings, statement: str) -> None:
    publish(candidate, "r1")
    passed(candidate, "r2")
    before = _ledger(candidate)
    with (
        warehouse.connect(candidate, warehouse.PUBLISHER) as connection,
        pytest.raises(psycopg.errors.RestrictViolation, match="never written to again"),
    ):
        connection.execute(statement.encode())
    assert _ledger(candidate) == before
    with warehouse.connect(candidate, warehouse.PUBLISHER) as connection:
        connection.execute(statement.replace("'r1'", "'r2'").encode())  # what is not released may change


def test_a_manifest_cannot_be_written_again(candidate: Settings) -> None:
    made = publish(candidate, "r1").release_id
    for column in ("manifest", "run_id", "created_at", "approved_by", "inputs_fingerprint"):
        with (
            warehouse.connect(candidate, warehouse.PUBLISHER) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"update ops.release set {column} = null where release_id = '{made}'".encode())
    assert manifest_of(candidate, made)["release_id"] == made


@pytest.mark.parametrize(
    "statement",
    [
        "update ops.check_result set success = true",
        "insert into ops.check_result (run_id, gate, check_name, severity) values ('r1', 'file', 'a.new', 'info')",
        "delete from ops.check_result",
        "update ops.run set outcome = 'pass'",
        "insert into ops.run (run_id, outcome) values ('r9', 'pass')",
    ],
)
def test_a_login_of_the_transformer_cannot_write_a_verdict(candidate: Settings, statement: str) -> None:
    with psycopg.connect(warehouse.admin_url(candidate), autocommit=True) as connection:
        connection.execute("create role of_dbt in role satu_transformer")
        connection.execute("set role of_dbt")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_a_rejection_of_a_released_run_is_refused_by_the_gate_too(candidate: Settings) -> None:
    publish(candidate, "r1")
    with pytest.raises(WrongUsage, match="released already"):
        reject(candidate, "r1", "Sri", "late")


def test_a_run_that_is_under_way_notes_its_failure_once(candidate: Settings) -> None:
    run_id = runs.start(candidate)
    runs.note_failure(candidate, run_id)
    runs.note(candidate, run_id, "blocked")
    runs.note_failure(candidate, run_id)
    outcome = "select outcome from ops.run order by created_at desc limit 1"
    assert rows(candidate, warehouse.PUBLISHER, outcome) == [("blocked",)]


@pytest.mark.parametrize("name", ["build before link", "link", "build after link"])
def test_a_verdict_ends_where_the_tables_are_built_again(
    candidate: Settings, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A task of a run that passed is cleared alone when other files have come: the gate has not seen what it made."""
    monkeypatch.setattr("satu.build.build_part", lambda *_: None)
    monkeypatch.setattr("satu.link.link_records", lambda *_: None)
    delivered(candidate, "news")
    STEPS[name](candidate, "r1")
    with pytest.raises(Blocked, match="the gate's verdict is not there"):
        pipeline.release(candidate, "r1")


def test_news_is_announced_until_a_run_has_dealt_with_it(candidate: Settings) -> None:
    def needs_a_run() -> bool:
        return not is_released(candidate) and not is_taken(candidate) and not is_dealt_with(candidate)

    publish(candidate, "r1")
    assert not needs_a_run()
    delivered(candidate, "news")
    assert needs_a_run()
    run_id = runs.start(candidate)
    assert needs_a_run(), "nobody is at work: that run was killed"
    with warehouse.connect(candidate, warehouse.TRANSFORMER, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('satu.run'))")
        assert not needs_a_run(), "a run is at work"
        connection.execute("select pg_advisory_unlock(hashtext('satu.run'))")
    for verdict in ("blocked", "rejected", "needs_approval", runs.FAILED):
        runs.note(candidate, run_id, verdict)
        assert not needs_a_run(), verdict
    delivered(candidate, "more")
    assert needs_a_run()
    for _ in range(3):
        runs.start(candidate)
    assert not needs_a_run(), "three runs were killed"


def test_a_session_in_the_way_is_named(candidate: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse, "LOCK_PATIENCE_S", 1)

    @alone
    def rebuild(settings: Settings) -> None:
        with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
            connection.execute("drop table population.person")

    with psycopg.connect(warehouse.admin_url(candidate), application_name="a report") as reader:
        reader.execute("select from population.person")
        who = (
            rf"pid {reader.info.backend_pid}, login \w+, application a report, idle in transaction, .* since 2\d{{3}}-"
        )
        with pytest.raises(RetryableError, match=who):
            rebuild(candidate)
    rebuild(candidate)


def test_a_server_that_ends_the_session_of_a_step_is_retryable_and_the_lock_is_given_back(candidate: Settings) -> None:
    @alone
    def step(settings: Settings) -> None:
        with warehouse.connect(settings, warehouse.TRANSFORMER, autocommit=True) as connection:
            with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as admin:
                admin.execute("select pg_terminate_backend(%s)", (connection.info.backend_pid,))
            connection.execute("select 1")

    for _ in range(20):
        with pytest.raises(RetryableError, match="server broke"):
            step(candidate)
        assert not is_taken(candidate)

"""A run with a warning, through a real scheduler: Airflow asks a person, and every way to answer ends it well."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from test_scheduler import metadata

from satu import pipeline, settings, warehouse
from satu.errors import Blocked
from satu.ledger import runs
from satu.orchestration import local_server
from satu.orchestration.local_server import AirflowServer
from satu.pipeline import approval
from satu.settings import Settings
from satu.simulate import simulate
from support import Landing, rows

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
WARNING = """
owner: tests
assets:
  releases: {query: select 0::float8 as answers}
checks:
  - name: planted.warning
    asset: releases
    measure: answers
    threshold: {min: 1}
    severity: warning
    rationale: Somebody has to be asked.
"""
ENDED = {"success", "failed"}


@dataclass
class Waiting:
    """An Airflow whose DAG `release` waits for a person."""

    settings: Settings
    server: AirflowServer
    run_id: str
    dag_run: str

    def answer(self, option: str, reason: str) -> None:
        self.settle()
        path = f"/dags/release/dagRuns/{self.dag_run}/taskInstances/approval/-1/hitlDetails"
        self.server.api._send("PATCH", path, {"chosen_options": [option], "params_input": {"reason": reason}})

    def question(self) -> dict[str, object]:
        return self.server.api._get(f"/dags/release/dagRuns/{self.dag_run}/taskInstances/approval/-1/hitlDetails")

    def task(self, task_id: str) -> str:
        tasks = self.server.api.tasks("release", self.dag_run)
        return next(str(task["state"]) for task in tasks if task["task_id"] == task_id)

    def ended(self) -> str:
        until(self.server, self.dag_run, lambda: self.server.api.run_state("release", self.dag_run) in ENDED)
        return self.server.api.run_state("release", self.dag_run)

    def heartbeat(self) -> object:
        with metadata(self.settings) as connection:
            return connection.execute(
                "select max(latest_heartbeat) from job where job_type = 'SchedulerJob' and state = 'running'"
            ).fetchone()

    def settle(self) -> None:
        """Wait for a heartbeat of the scheduler, before which it learns that the worker that asked has ended.

        A task that goes on before that is taken for one that was killed; it is tried again, and asks again.
        """
        before = self.heartbeat()
        until(self.server, self.dag_run, lambda: self.heartbeat() != before)

    def look_now(self) -> None:
        """Let the minutes pass after which the task looks at the ledger again."""
        self.settle()
        with metadata(self.settings) as connection:
            connection.execute("update task_instance set trigger_timeout = now() where state = 'awaiting_input'")

    def ledger(self, query: str) -> list[tuple[object, ...]]:
        return rows(self.settings, "satu_auditor", query)

    def released(self) -> list[tuple[object, ...]]:
        return self.ledger(f"select approved_by from ops.release where run_id = '{self.run_id}'")


def until(server: AirflowServer, dag_run: str, condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 900
    while not condition():
        server.check()
        tasks = {task["task_id"]: task["state"] for task in server.api.tasks("release", dag_run)}
        assert time.monotonic() < deadline, f"Airflow came no further than {tasks}"
        time.sleep(0.5)


@pytest.fixture(scope="module")
def airflow(home: Path) -> Iterator[tuple[Landing, AirflowServer]]:
    """Airflow on a project with one warning that always fails, and a small city that is loaded."""
    project = home / "asking-project"
    (project / "expectations").mkdir(parents=True)
    for name in ("contracts", "dags", "dbt_project", "plugins"):
        (project / name).symlink_to(ROOT / name)
    for part in ("raw", "release"):
        (project / "expectations" / part).symlink_to(ROOT / "expectations" / part)
    shutil.copytree(ROOT / "expectations" / "population", project / "expectations" / "population")
    (project / "expectations" / "population" / "planted.yaml").write_text(WARNING)
    made = simulate(home / "asking-drop", scale=0.01, seed=5)
    given = settings.load(home=home / "asking-home", landing_url=str(made.landing), project_dir=project)
    given.home.mkdir(mode=0o711)
    landing = Landing(given, made.landing)
    landing.load()
    with local_server.running(given) as server:
        server.api.unpause("release")
        yield landing, server
    warehouse.stop(given)


@pytest.fixture
def waiting(airflow: tuple[Landing, AirflowServer]) -> Waiting:
    """A run that waits; the one of the test before where it was not released."""
    landing, server = airflow
    with psycopg.connect(warehouse.admin_url(landing.settings), autocommit=True) as connection:
        connection.execute("delete from ops.rejection")
        decided = connection.execute("select count(*) from ops.release").fetchone()
    if not pipeline.has_changes(landing.settings):
        name = f"further-{decided[0] if decided else 0}.csv"
        landing.drop(
            "outreach", name, f"id_kegiatan,tanggal,kode_wilayah,kanal\n{name},2020-03-02,3371,RADIO\n".encode()
        )
        landing.load()
    dag_run = server.api.trigger("release")
    found = Waiting(landing.settings, server, "", dag_run)
    until(
        server,
        dag_run,
        lambda: server.api.run_state("release", dag_run) in ENDED or found.task("approval") == "awaiting_input",
    )
    states = {task["task_id"]: task["state"] for task in server.api.tasks("release", dag_run)}
    assert states["approval"] == "awaiting_input", (states, pipeline.reports.checks(landing.settings, failed=True))
    ((found.run_id,),) = found.ledger("select run_id from ops.run order by created_at desc limit 1")
    return found


def test_an_approval_in_airflow_is_recorded_and_publishes(waiting: Waiting) -> None:
    question = waiting.question()
    assert "planted.warning: 0, expected ≥ 1" in str(question["body"])
    assert not waiting.released()
    waiting.answer("Approve", "looked at it")
    assert waiting.ended() == "success"
    recorded = waiting.ledger(f"select approved_by, reason from ops.approval where run_id = '{waiting.run_id}'")
    assert recorded == [("admin", "looked at it")]
    assert waiting.released() == [("admin",)]


def test_an_answer_without_a_reason_is_asked_for_again(waiting: Waiting) -> None:
    waiting.answer("Approve", " ")
    until(waiting.server, waiting.dag_run, lambda: not waiting.question()["response_received"])
    until(waiting.server, waiting.dag_run, lambda: waiting.task("approval") == "awaiting_input")
    assert waiting.ledger(f"select from ops.approval where run_id = '{waiting.run_id}'") == []
    waiting.answer("Reject", "end of this test")
    assert waiting.ended() == "failed"


def test_a_rejection_in_airflow_is_recorded_and_publishes_nothing(waiting: Waiting) -> None:
    waiting.answer("Reject", "the count is too low")
    assert waiting.ended() == "failed"
    assert waiting.task("release") == "upstream_failed"
    recorded = waiting.ledger(f"select rejected_by, reason from ops.rejection where run_id = '{waiting.run_id}'")
    assert recorded == [("admin", "the count is too low")]
    assert not waiting.released()
    with pytest.raises(Blocked, match="was rejected"):
        pipeline.run(waiting.settings)
    assert waiting.ledger("select run_id from ops.run order by created_at desc limit 1") == [(waiting.run_id,)]


def test_satu_approve_while_airflow_waits_publishes_once(waiting: Waiting) -> None:
    before = waiting.ledger("select from ops.release")
    approval.approve(waiting.settings, waiting.run_id, "Sri", "asked the district")
    assert waiting.released() == [("Sri",)]
    waiting.look_now()
    assert waiting.ended() == "success"
    assert len(waiting.ledger("select from ops.release")) == len(before) + 1


def test_a_run_that_another_replaced_is_not_asked_about_any_more(waiting: Waiting) -> None:
    newer = runs.start(waiting.settings)
    waiting.look_now()
    assert waiting.ended() == "failed"
    assert not waiting.released()
    with psycopg.connect(warehouse.admin_url(waiting.settings), autocommit=True) as connection:
        connection.execute("delete from ops.run where run_id = %s", (newer,))

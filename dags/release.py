"""build → link → build → gate → release → export: loaded files become numbers that may be published."""

from datetime import timedelta

from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, CronTriggerTimetable, task

from satu import pipeline
from satu.orchestration.approval_operator import ApprovalOfRun
from satu.orchestration.tasks import call, skip

with DAG(
    dag_id="release",
    description="Build, link, check and publish what is loaded",
    doc_md=f"""{__doc__}

Started by the asset `satu_loaded`, and every morning at 05:00 WIB. The manifest decides: where the current release
holds every loaded file under today's rules, `start` skips the run.

`start` takes up a run that waits at its gate when neither files nor rules changed since; it is judged again, not built.
`gate` fails without a retry when a critical check failed, errored or is missing (`satu checks` names it). Where
warnings failed, `approval` asks a person, here under *Required Actions* or by `satu approve`. Until `release` readers
see the former release. A task of a released run that is cleared fails at once and changes nothing: what a release was
made from is history. To publish again, trigger the DAG.
""",
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 5 * * *", timezone="Asia/Jakarta", run_immediately=timedelta()),
        assets=[Asset("satu_loaded")],
    ),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "satu", "retries": 1, "retry_delay": timedelta(seconds=30)},
    tags=["satu", "build", "link", "gate", "release", "export"],
):

    @task
    def start() -> str:
        """Open a run and give its id, unless there is nothing new to release."""
        if not call(pipeline.has_changes):
            skip("the current release holds every loaded file")
        return call(pipeline.open_run)

    @task
    def build_before_link(release_run: str) -> None:
        """Staging, record issues and the evidence of persons."""
        call(pipeline.build_before_link, release_run)

    @task
    def link(release_run: str) -> None:
        """Every record ↦ one person."""
        call(pipeline.link, release_run)

    @task
    def build_after_link(release_run: str) -> None:
        """Persons, households, coverage, field and what is to be published."""
        call(pipeline.build_after_link, release_run)

    @task
    def gate(release_run: str) -> str:
        """Let pass what every check on the release's list allows, or a person may allow; give the verdict."""
        return call(pipeline.gate, release_run, may_ask=True)

    @task
    def release(release_run: str) -> str:
        """Publish in one transaction; give the release's id."""
        return call(pipeline.release, release_run)

    @task
    def export(release_id: str) -> str:
        """Write what people open; give its folder."""
        return call(pipeline.export, release_id)

    run = start()
    published = release(run)
    asked = ApprovalOfRun(task_id="approval", release_run=run)
    run >> build_before_link(run) >> link(run) >> build_after_link(run) >> gate(run) >> asked
    asked >> published >> export(published)

"""land → load: what landed becomes rows of raw.*, and wakes up the release."""

from datetime import timedelta

from airflow.sdk import DAG, Asset, CronTriggerTimetable, task

from satu import pipeline
from satu.orchestration.tasks import batches, call, skip

LOADED = Asset("satu_loaded")

with DAG(
    dag_id="ingest",
    description="Land and load what the landing place holds",
    doc_md=f"""{__doc__}

Every five minutes `sweep` lists the landing place and writes the manifest `ops.file`; `load` takes the waiting files
in a few batches, one transaction a file; `announce` emits the asset `satu_loaded`, which starts the DAG `release`, as
long as loaded files or changed rules are unreleased: an event that was lost is sent again by the next sweep.
Only file ids and counts travel between the tasks. Nothing waiting: `load` is skipped.

A file that is refused stays refused, with its reason in `ops.file` (`satu files`). To load it again, deliver it again.
""",
    schedule=CronTriggerTimetable("*/5 * * * *", timezone="UTC", run_immediately=timedelta()),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "satu", "retries": 2, "retry_delay": timedelta(seconds=30)},
    tags=["satu", "land", "load"],
):

    @task
    def sweep() -> list[list[int]]:
        """Write the manifest; give the ids of the files that wait to be loaded, in batches."""
        return batches(call(pipeline.sweep))

    @task
    def load(file_ids: list[int]) -> dict[str, int]:
        """Load these files; give how many ended how."""
        return call(pipeline.load_files, file_ids)

    @task(outlets=[LOADED], trigger_rule="none_failed")
    def announce() -> None:
        """Emit the asset if loaded files or changed rules are in no release and no run has dealt with them."""
        if not call(pipeline.needs_a_run):
            skip("all loaded files and rules are released, or in a run that is at work, waits or was refused")

    waiting = sweep()
    loaded = load.expand(file_ids=waiting)
    waiting >> loaded >> announce()

"""land → load: what landed becomes rows of raw.*, and wakes up the release."""

from datetime import timedelta

from airflow.sdk import DAG, Asset, CronTriggerTimetable, task

from satu import pipeline
from satu.airflow_adapter import batches, call, skip

LOADED = Asset("satu_loaded")

with DAG(
    dag_id="ingest",
    description="Land and load what the landing place holds",
    doc_md=f"""{__doc__}

Every five minutes `sweep` lists the landing place and writes the manifest `ops.file`; `load` takes the waiting files
in a few batches, one transaction a file; `announce` emits the asset `satu_loaded`, which wakes up the DAG `release`.
Only file ids and counts travel between the tasks. Nothing waiting: everything after `sweep` is skipped.

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

    @task(outlets=[LOADED])
    def announce() -> None:
        """Emit the asset, unless the current release holds every loaded file."""
        if not call(pipeline.has_news):
            skip("no file was loaded: each was a duplicate or refused")

    waiting = sweep()
    loaded = load.expand(file_ids=waiting)
    waiting >> loaded >> announce()

"""Every night: statistics, releases that are kept no longer, what Airflow remembers, and feeds that stopped."""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from satu import pipeline
from satu.orchestration.tasks import call, trim_metadata

with DAG(
    dag_id="maintenance",
    description="Keep the warehouse and Airflow's own database tidy",
    doc_md=f"""{__doc__}

`tidy` keeps the warehouse in shape, `prune` drops tables and export folders of old releases by the policy
`SATU_KEEP_RELEASES`, `trim` deletes Airflow's records of runs older than 90 days. `watch` fails when a daily feed has
stopped for a week while its phase is open: the gate says so of a run, but when every feed stops no run begins. None
changes what readers see; a missed night is made up for by the next.
""",
    schedule=CronTriggerTimetable("30 1 * * *", timezone="Asia/Jakarta", run_immediately=timedelta()),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "satu", "retries": 1, "retry_delay": timedelta(minutes=5)},
    tags=["satu", "maintenance"],
):

    @task
    def tidy() -> None:
        """Keep the warehouse in shape."""
        call(pipeline.maintain)

    @task
    def prune() -> list[str]:
        """Drop the releases that the policy does not keep; give their ids."""
        return call(pipeline.prune)

    @task
    def trim() -> None:
        """Delete Airflow's records of old runs."""
        call(trim_metadata)

    @task
    def watch() -> None:
        """Fail when a daily feed has stopped while its phase is open."""
        call(pipeline.watch)

    tidy() >> prune() >> trim() >> watch()

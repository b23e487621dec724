"""Every night: old files of runs, statistics, and what Airflow remembers of itself."""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from satu import pipeline
from satu.airflow_adapter import call, trim_metadata

with DAG(
    dag_id="maintenance",
    description="Keep the warehouse and Airflow's own database tidy",
    doc_md=f"""{__doc__}

`tidy` keeps the warehouse in shape, `trim` deletes Airflow's records of runs older than 90 days. Neither changes what
is published; a missed night is made up for by the next.
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
    def trim() -> None:
        """Delete Airflow's records of old runs."""
        call(trim_metadata)

    tidy() >> trim()

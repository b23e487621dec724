"""Everything that depends on Airflow: the calls of its tasks, the operator that asks a person, and the local server."""

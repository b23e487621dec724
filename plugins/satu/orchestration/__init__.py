"""All that knows Airflow: what its tasks call, the operator that asks a person, its server beside a demo."""

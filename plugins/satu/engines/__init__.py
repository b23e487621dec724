"""What computes the models: the warehouse itself, or Apache Spark over Parquet files, by setting."""

from satu.engines.dbt import log_file, manifest, results, run_dbt
from satu.engines.models import build
from satu.engines.parts import Part

__all__ = ["Part", "build", "log_file", "manifest", "results", "run_dbt"]

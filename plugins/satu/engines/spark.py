"""Building on Apache Spark: the inputs as Parquet files, dbt in a Spark session, the tables back in the warehouse.

All files are in a folder that is removed at the end; after a kill, by the next command.
"""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from satu import scratch
from satu.engines import elsewhere, exchange
from satu.engines.dbt import log_file, manifest, run_dbt
from satu.engines.parts import OF_RELEASES, Part, is_view, relation
from satu.errors import BuildFailed, WrongUsage
from satu.settings import Settings

TARGET = "spark"
_PARTITION_BYTES = 8_000_000
"""Of Parquet files, which are about a tenth of the rows in memory."""
_LEAST_PARTITIONS = 4


def build(settings: Settings, part: Part, variables: dict[str, str]) -> list[dict[str, Any]]:
    """Build the models of `part` on Spark and bring their tables back; return dbt's results, one entry a model or seed.

    Raises:
        WrongUsage: Spark or Java is not installed.
        BuildFailed: dbt failed before it built anything.
        RetryableError: another session locked a table, or the connection was lost.
    """
    demand()
    if run_dbt(settings, "run", "--select", f"tag:{OF_RELEASES}", "--vars", json.dumps(variables)):
        raise BuildFailed(f"dbt could not read the releases; what it said is in {log_file(settings)}")
    with scratch.folder(settings.home.resolve(), TARGET) as folder:
        elsewhere.hand_over(settings, part, folder)
        built = elsewhere.run(settings, part, folder, variables, TARGET, session(settings, folder))
        if all(result["status"] == "success" for result in built):
            exchange.read_parquet(settings, _whole(settings, built, made(folder)))
            nodes = manifest(settings)["nodes"]
            exchange.describe(settings, [nodes[result["unique_id"]] for result in built])
    return built


def session(settings: Settings, folder: Path) -> dict[str, str]:
    """Return the environment of a Spark session that keeps all its files in `folder`."""
    partitions = _partitions(folder)
    return {
        "SATU_DBT_SPARK_MASTER": settings.spark_master,
        "SATU_DBT_SPARK_MEMORY": settings.spark_memory,
        "SATU_DBT_SPARK_PARTITIONS": str(partitions),
        # To compile code for each query takes longer than to compute a small one.
        "SATU_DBT_SPARK_CODEGEN": "true" if partitions > _LEAST_PARTITIONS else "false",
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_DIRS": str(folder),
    } | ({"SPARK_LOCAL_IP": "127.0.0.1"} if settings.spark_master.startswith("local") else {})


def _whole(settings: Settings, built: list[dict[str, Any]], tables: dict[str, Path]) -> dict[str, Path]:
    """Return the tables.

    Raises:
        BuildFailed: they are not those of the models that were built.
    """
    nodes = manifest(settings)["nodes"]
    wanted = {relation(node) for result in built if not is_view(node := nodes[result["unique_id"]])}
    if differing := sorted(wanted ^ set(tables)):
        raise BuildFailed(f"Spark left {len(tables)} tables, expected {len(wanted)}; not in both: {differing[:5]}")
    return tables


def _partitions(folder: Path) -> int:
    """Return into how many parts tables are divided when they are joined and grouped."""
    return max(_LEAST_PARTITIONS, sum(path.stat().st_size for path in folder.glob("*/*.parquet")) // _PARTITION_BYTES)


def made(folder: Path) -> dict[str, Path]:
    """Return the folder of Parquet files of each table that Spark made there, by `schema.name`."""
    places = (folder / "warehouse").glob("*.db/*")
    return {f"{place.parent.name.removesuffix('.db')}.{place.name}": place for place in places}


def demand() -> None:
    """Check that Spark can run here.

    Raises:
        WrongUsage: it cannot.
    """
    if importlib.util.find_spec("pyspark") is None or importlib.util.find_spec("dbt.adapters.spark") is None:
        raise WrongUsage("SATU_ENGINE is spark, and Spark is not installed; expected pyspark. Run `make spark`")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise WrongUsage("SATU_ENGINE is spark, and there is no Java; expected version 17 or 21. Install one")

"""Building on Apache Spark: the inputs as Parquet files, dbt in a Spark session, the tables back in the warehouse.

All files are in a folder that is removed at the end, however the process ends.
"""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from satu import scratch
from satu.engines import exchange, parts
from satu.engines.dbt import manifest, results, run_dbt
from satu.engines.parts import Part
from satu.errors import BuildFailed, WrongUsage
from satu.settings import Settings

TARGET = "spark"
_GIVEN = "given"
"""Schema of the tables that only the warehouse can make."""


def build(settings: Settings, part: Part, variables: dict[str, str]) -> list[dict[str, Any]]:
    """Build the models of `part` on Spark and bring their tables back; return dbt's results, one entry a model or seed.

    Raises:
        WrongUsage: Spark or Java is not installed.
        BuildFailed: dbt failed before it built anything.
        RetryableError: another session locked a table, or the connection was lost.
    """
    demand()
    if run_dbt(settings, "run", "--select", f"tag:{parts.OF_RELEASES}", "--vars", json.dumps(variables)):
        raise BuildFailed("dbt could not read the releases; what it said is in the log of dbt")
    with scratch.folder(settings.home, TARGET) as folder:
        hand_over(settings, part, folder)
        built = run(settings, part, folder, variables)
        if all(result["status"] == "success" for result in built):
            tables = {table: place for table, place in made(folder).items() if table in _tables(settings, built)}
            exchange.read_parquet(settings, tables)
    return built


def hand_over(settings: Settings, part: Part, folder: Path) -> None:
    """Write what `part` reads of the warehouse to `<folder>/<schema>/<name>.parquet`."""
    described = manifest(settings)
    exchange.write_parquet(settings, {table: table for table in parts.inputs(described, part)}, folder)
    if part is Part.PEOPLE:
        given = {f"{_GIVEN}.{table.split('.')[1]}": table for table in parts.of_releases(described)}
        exchange.write_parquet(settings, given, folder)


def run(
    settings: Settings, part: Part, folder: Path, variables: dict[str, str], target: str = TARGET
) -> list[dict[str, Any]]:
    """Build `part` from the files of `hand_over`; return dbt's results.

    Raises:
        BuildFailed: dbt failed before it built anything.
    """
    inputs = {f"{path.parent.name}.{path.stem}": str(path) for path in sorted(folder.glob("*/*.parquet"))}
    ended = run_dbt(
        settings, "run", "--selector", part.value, "--vars", json.dumps(variables | {"inputs": inputs}),
        target=target, variables=session(settings, folder),
    )  # fmt: skip
    found = results(settings, target) if ended in (0, 1) else []
    if not found:
        raise BuildFailed(f"dbt ended with {ended} before {target} built anything; what it said is in the log of dbt")
    return [result for result in found if result["unique_id"].startswith(("model.", "seed."))]


def session(settings: Settings, folder: Path) -> dict[str, str]:
    """Return the environment of a Spark session that keeps all its files in `folder`."""
    return {
        "SATU_DBT_FOLDER": str(folder),
        "SATU_DBT_SPARK_MASTER": settings.spark_master,
        "SATU_DBT_SPARK_MEMORY": settings.spark_memory,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_LOCAL_IP": os.environ.get("SPARK_LOCAL_IP", "127.0.0.1"),
    }


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


def _tables(settings: Settings, built: list[dict[str, Any]]) -> set[str]:
    nodes = manifest(settings)["nodes"]
    return {parts.relation(nodes[result["unique_id"]]) for result in built}

"""What Spark is given of every model: SQL of its dialect, and no number without a scale."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

pytestmark = pytest.mark.spark

PROJECT = Path(__file__).parents[2] / "dbt_project"


def test_every_model_compiles_for_spark_with_scaled_numbers(tmp_path: Path) -> None:
    places = ("FOLDER", "SPARK_MASTER", "SPARK_MEMORY", "SPARK_PARTITIONS", "SPARK_CODEGEN")
    environment = {f"SATU_DBT_{name}": str(tmp_path) for name in places}
    subprocess.run(
        [
            sys.executable, "-c", "from dbt.cli.main import cli; cli()", "compile", "--no-introspect",
            "--no-populate-cache", "--select", "resource_type:model", "--indirect-selection", "empty",
            "--project-dir", PROJECT, "--profiles-dir", PROJECT, "--target", "spark", "--target-path", tmp_path,
            "--log-path", tmp_path,
        ],
        env=os.environ | environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    models = {node["name"]: node["compiled_code"] for node in manifest["nodes"].values() if "compiled_code" in node}
    assert len(models) > 100
    unscaled = {}
    for name, sql in models.items():
        numbers = sqlglot.parse_one(sql, dialect="spark").find_all(exp.DataType)
        if found := [str(number) for number in numbers if number.is_type("decimal") and not number.expressions]:
            unscaled[name] = found
    assert unscaled == {}

"""Building and testing one part of the project, on the engine of the settings."""

import json
from typing import Any

from satu.engines import spark
from satu.engines.dbt import log_file, manifest, results, run_dbt
from satu.engines.parts import Part, is_view
from satu.errors import BuildFailed
from satu.settings import Settings

_DATA_TESTS = ("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test")


def build(settings: Settings, part: Part, variables: dict[str, str]) -> list[dict[str, Any]]:
    """Build and test `part`; return dbt's results, one entry a model, seed or test.

    On Spark the tables come back to the warehouse and are tested there; readers of schema `field` see them before. If
    one was not built, none comes back.

    Raises:
        BuildFailed: dbt failed before it built anything.
        RetryableError: another session locked a table, or the connection was lost.
    """
    given = ("--vars", json.dumps(variables))
    if settings.engine == "postgres":
        return _finished(settings, "build", "--selector", part.value, *given, *_DATA_TESTS)
    built = spark.build(settings, part, variables)
    if any(result["status"] != "success" for result in built):
        return built
    nodes = manifest(settings)["nodes"]
    views = [node["name"] for result in built if is_view(node := nodes[result["unique_id"]])]
    return [
        *built,
        *_finished(settings, "run", "--select", *views, *given),
        *_finished(settings, "test", "--selector", part.value, *given, *_DATA_TESTS),
    ]


def _finished(settings: Settings, *arguments: str) -> list[dict[str, Any]]:
    ended = run_dbt(settings, *arguments)
    found = results(settings) if ended in (0, 1) else []
    if not found:
        raise BuildFailed(f"dbt ended with {ended} before it built anything; what it said is in {log_file(settings)}")
    return found

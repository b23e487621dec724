"""Building a part on an engine that has no tables of the warehouse: what it reads is handed over as Parquet files."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satu.engines import exchange, parts
from satu.engines.dbt import log_file, manifest, results, run_dbt
from satu.engines.parts import Part
from satu.errors import BuildFailed
from satu.settings import Settings

_GIVEN = "given"
"""Schema of the tables that only the warehouse can make."""


def hand_over(settings: Settings, part: Part, folder: Path) -> None:
    """Write what `part` reads of the warehouse to `<folder>/<schema>/<name>.parquet`.

    The warehouse has built the models that read releases; dbt has described the project there.
    """
    described = manifest(settings)
    tables = {table: table for table in parts.inputs(described, part)}
    if part is Part.PEOPLE:
        tables |= {f"{_GIVEN}.{table.split('.')[1]}": table for table in parts.of_releases(described)}
    exchange.write_parquet(settings, tables, folder)


def run(
    settings: Settings, part: Part, folder: Path, variables: dict[str, str], target: str, environment: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Build `part` from the files in `folder` on a target of profiles.yml; return dbt's results of models and seeds.

    Raises:
        BuildFailed: dbt failed before it built anything.
    """
    inputs = {f"{path.parent.name}.{path.stem}": str(path) for path in sorted(folder.glob("*/*.parquet"))}
    ended = run_dbt(
        settings, "build", "--selector", part.value, "--exclude-resource-type", "test", "unit_test",
        "--vars", json.dumps(variables | {"inputs": inputs}),
        target=target, variables={"SATU_DBT_FOLDER": str(folder), **environment},
    )  # fmt: skip
    built = results(settings, target) if ended in (0, 1) else []
    if not built:
        raise BuildFailed(f"dbt ended with {ended} before {target} built anything; its log is {log_file(settings)}")
    return built

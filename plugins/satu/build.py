"""Stage `build`: dbt builds typed records from raw ones, and people and marts from linked ones.

It does so once before linkage and once after it; its tests become check results.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from satu import build_fingerprint, engines, ledger, warehouse
from satu.engines import Part
from satu.errors import Blocked, BuildFailed, WrongUsage
from satu.ledger.readable import keep_readable
from satu.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy

__all__ = ["BuildResult", "Part", "build_part", "described", "document"]


_GATE_OF_SCHEMA = {
    "staging": "file",
    "population": "population",
    "coverage": "population",
    "field": "population",
    "candidate": "release",
}
_SEVERITY = {"error": "critical", "warn": "warning"}


@dataclass(frozen=True)
class BuildResult:
    """What dbt did."""

    models: int
    tests: int


def build_part(settings: Settings, run_id: str, part: Part) -> BuildResult:
    """Build `part` and write the results of its tests to `ops.check_result`.

    Raises:
        Blocked: a critical test failed; models that depend on it were not built.
        BuildFailed: a model could not be built, or dbt itself failed.
        RetryableError: another session locked a table, or the connection was lost.
    """
    log = engines.log_file(settings)
    given = {"as_of": _as_of(settings, run_id), "rules": build_fingerprint.fingerprint(settings.project_dir)}
    results = engines.build(settings, part, given)
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        keep_readable(connection, warehouse.TRANSFORMER)
    manifest = engines.manifest(settings)
    broken = [r["unique_id"].split(".")[-1] for r in results if _is_built(r) and r["status"] == "error"]
    checks = list(_checks(run_id, results, manifest["nodes"]))
    # The role of dbt may not write check results.
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.begin() as connection:
        ledger.record_checks(connection, checks)
        if part is Part.PEOPLE:
            ledger.record_checks(connection, list(_never_run(connection, run_id, manifest)))
    failed = sorted(check.check_name for check in checks if check.severity == "critical" and not check.success)
    if broken:
        raise BuildFailed(f"dbt could not build {', '.join(sorted(broken))}; what it said is in {log}")
    if failed:
        raise Blocked(
            f"{len(failed)} critical checks failed: {', '.join(failed[:5])}. `satu checks --failed` lists them"
        )
    return BuildResult(sum(map(_is_built, results)), len(checks))


def described(settings: Settings) -> dict[str, Any]:
    """Parse the project with dbt, without building, and return its manifest with the SQL of every analysis.

    Raises:
        BuildFailed: dbt could not.
    """
    finished = engines.run_dbt(settings, "compile", "--select", "resource_type:analysis", "--no-introspect")
    if finished:
        raise BuildFailed(
            f"dbt ended with {finished} and read no models; what it said is in {engines.log_file(settings)}"
        )
    return engines.manifest(settings)


def document(settings: Settings) -> Path:
    """Generate a page with dbt that describes all sources, seeds, models and columns; return its path.

    Raises:
        BuildFailed: dbt could not.
    """
    finished = engines.run_dbt(settings, "docs", "generate", "--static")
    if finished:
        raise BuildFailed(
            f"dbt ended with {finished} and wrote no page; what it said is in {engines.log_file(settings)}"
        )
    return settings.dbt_dir / "static_index.html"


def _is_built(result: dict[str, Any]) -> bool:
    return str(result["unique_id"]).startswith(("model.", "seed."))


def _checks(run_id: str, results: list[dict[str, Any]], nodes: dict[str, Any]) -> Iterator[ledger.CheckResult]:
    for result in results:
        if _is_built(result):
            continue
        node = nodes[result["unique_id"]]
        severity = _SEVERITY[str(node["config"].get("severity", "error")).lower()]
        status = result["status"]
        success = {"pass": True, "fail": False, "warn": False}.get(status)
        observed = f"{result['failures']} rows" if result.get("failures") is not None else status
        yield ledger.CheckResult(
            run_id,
            _gate(node, nodes),
            f"dbt.{node['name']}",
            severity,
            success,
            observed,
            "0 rows",
            _condition(result, node),
        )


def _condition(result: dict[str, Any], node: dict[str, Any]) -> str | None:
    """Return the hash of a test: its SQL as it ran, and its limits."""
    if not result.get("compiled_code"):
        return None  # it never ran
    bounds = ("where", "limit", "fail_calc", "warn_if", "error_if")
    return build_fingerprint.fingerprint_of([result["compiled_code"], *(node["config"][name] for name in bounds)])


def _never_run(
    connection: "sqlalchemy.Connection", run_id: str, manifest: dict[str, Any]
) -> Iterator[ledger.CheckResult]:
    """Yield a result without success, which counts as failed, for every test of the project that neither part ran."""
    from satu.ledger.tables import CHECK_RESULT as T

    known = set(connection.scalars(T.select().with_only_columns(T.c.check_name).where(T.c.run_id == run_id)))
    nodes = manifest["nodes"]
    planned = [{"unique_id": key, "status": "never run"} for key in nodes if nodes[key]["resource_type"] == "test"]
    for check in _checks(run_id, planned, nodes):
        if check.check_name not in known:
            yield check


def _gate(node: dict[str, Any], nodes: dict[str, Any]) -> str:
    """Return the gate of a test: that of the last layer it reads."""
    schemas = [nodes[parent]["schema"] for parent in node["depends_on"]["nodes"] if parent in nodes]
    gates = {_GATE_OF_SCHEMA[schema] for schema in schemas if schema in _GATE_OF_SCHEMA}
    return next((gate for gate in ("release", "population") if gate in gates), "file")


def _as_of(settings: Settings, run_id: str) -> str:
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        row = connection.execute("select as_of from ops.run where run_id = %s", (run_id,)).fetchone()
    if row is None:
        raise WrongUsage(f"unknown run {run_id!r}; `satu status` names the newest")
    return row[0].isoformat() if row[0] else ""

"""dbt in a subprocess that ends with this process, and what may be kept of what it says."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satu import warehouse
from satu.errors import SatuError
from satu.settings import Settings
from satu.warehouse import trouble

WAREHOUSE = "warehouse"
"""The target of profiles.yml that is the warehouse itself."""
_RESULTS = "run_results.json"
_NEVER_QUOTES = {
    "MainReportVersion", "LogStartLine", "LogModelResult", "LogTestResult", "LogSeedResult", "FoundStats",
    "FinishedRunningStats", "EndOfRunSummary", "StatsLine", "ConcurrencyLine", "SkippingDetails",
}  # fmt: skip
_MAY_QUOTE = {"MainEncounteredError", "MainStackTrace"}
"""Events of errors before anything runs: in the project's files, or of the connection."""
_OF_AN_ENGINE = re.compile("Database Error|Runtime Error")


def run_dbt(
    settings: Settings, *arguments: str, target: str = WAREHOUSE, variables: Mapping[str, str] | None = None
) -> int:
    """Run dbt against a target of profiles.yml, with more environment variables; return its exit code.

    Only lines that cannot contain a value are logged.

    Raises:
        RetryableError: the connection to the server broke.
        PermanentError: the server is read-only.
    """
    lost: SatuError | None = None
    project = settings.project_dir / "dbt_project"
    settings.logs_dir.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "satu.leashed", *arguments,
        "--project-dir", str(project), "--profiles-dir", str(project), "--target", target,
        "--target-path", str(_artifacts(settings, target)),
        "--log-path", str(settings.logs_dir), "--log-level-file", "none", "--log-format", "json",
    ]  # fmt: skip
    environment = _environment(settings) | dict(variables or {})
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    with process, log_file(settings).open("a", buffering=1) as log:
        for line in process.stdout or ():
            if said := _harmless(line):
                log.write(said + "\n")
            elif b"Database Error" in line:
                lost = lost or warehouse.error_in_log(line.decode())
        process.wait()  # before its standard input is closed, which would stop it
    lost = _forget_messages(_artifacts(settings, target) / _RESULTS) or lost
    if target != WAREHOUSE:
        return process.returncode  # what its engine says is no word of the server
    if process.returncode and lost:
        raise trouble.busy(settings) if trouble.BUSY_TEXT in str(lost) else lost
    return process.returncode


def log_file(settings: Settings) -> Path:
    """Return the log that `run_dbt` appends to."""
    return settings.logs_dir / "dbt.log"


def manifest(settings: Settings) -> dict[str, Any]:
    """Return dbt's description of the project, as the last run against the warehouse wrote it."""
    return _artifact(settings.dbt_dir / "manifest.json")


def results(settings: Settings, target: str = WAREHOUSE) -> list[dict[str, Any]]:
    """Return what the last run against a target did, one entry a model, seed or test."""
    found = _artifact(_artifacts(settings, target) / _RESULTS)["results"]
    return [result for result in found if not result["unique_id"].startswith("operation.")]


def _artifact(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _harmless(line: bytes) -> str | None:
    """Return the message of a line of dbt's log; none if it may quote a database: its errors can hold a record."""
    try:
        info = json.loads(line)["info"]
    except (ValueError, KeyError):
        return None
    if info["name"] in _NEVER_QUOTES or (info["name"] in _MAY_QUOTE and not _OF_AN_ENGINE.search(info["msg"])):
        return f"{info['ts']} {info['msg']}"
    return None


def _forget_messages(path: Path) -> SatuError | None:
    """Remove the database's error texts from dbt's results; the status still shows what failed.

    Returns the error to raise if a text says that the server cancelled a statement.
    """
    if not path.exists():
        return None
    artifact = json.loads(path.read_text())
    failed = [result for result in artifact["results"] if result["status"] in ("error", "runtime error")]
    lost = warehouse.error_in_log("\n".join(str(result["message"]) for result in failed))
    for result in failed:
        result["message"] = None
    if failed:
        path.write_text(json.dumps(artifact))
    return lost


def _environment(settings: Settings) -> dict[str, str]:
    bounded = f"-c lock_timeout={warehouse.LOCK_PATIENCE_S}s"
    variables = warehouse.dbt_environment(settings)
    return os.environ | variables | {"PGOPTIONS": f"{variables['PGOPTIONS']} {bounded}"}


def _artifacts(settings: Settings, target: str) -> Path:
    return settings.dbt_dir if target == WAREHOUSE else settings.dbt_dir / target

"""Every check there is: what it protects, in words, who owns it, and its threshold."""

import fnmatch
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from satu.gate.suites import REQUIRED, UNCHANGED, load_suites
from satu.settings import Settings

if TYPE_CHECKING:
    from datetime import datetime

# What a generic dbt test protects; {model} and its arguments are filled in.
_PROTECTS = {
    "never_null": "Every row of {model} has {columns}.",
    "unique": "{column_name} occurs once in {model}.",
    "one_row_per": "{model} has one row per {columns}.",
    "accepted_values": "{column_name} of {model} holds none but its known values.",
    "relationships": "{column_name} of {model} is known where it comes from.",
    "adds_up": "{total} of {model} is the sum of its parts.",
    "cell_keys_fit": "The cell key of each count in {model} can be the sum of its people's record keys.",
    "same_row_count": "{model} has the rows of what it puts together, no more and no fewer.",
    "publishable_text": "No text of {model} is long, has other than usual characters, or a long number.",
    "values_say_why": "Every number and date of {model} that is missing has a status that says why.",
    "same_total": "{column} of {model} adds up to the whole.",
}
_OWNERS = {
    "staging": "data engineering",
    "population": "population statistics",
    "coverage": "population statistics",
    "field": "field operations",
    "published": "statistics dissemination",
}


@dataclass(frozen=True)
class Entry:
    """One check of the catalogue; `success`, `observed` and `checked_at` are those of the newest run that ran it."""

    check_name: str
    subject: str
    protects: str
    owner: str
    severity: str
    threshold: str
    success: bool | None = None
    observed: str | None = None
    checked_at: "datetime | None" = None


def meanings(settings: Settings, names: list[str]) -> dict[str, str]:
    """Return what each of these checks holds, in words; a check that no file has is not among them.

    Raises:
        BuildFailed: a suite file is not valid.
    """
    known = {entry.check_name: entry.protects for entry in entries(settings, names)}
    unchanged = {
        name: f"The check {name.removeprefix(UNCHANGED)} holds what it held in the release before."
        for name in names
        if name.startswith(UNCHANGED)
    }
    return unchanged | {name: known[name] for name in names if name in known}


def entries(settings: Settings, known: list[str]) -> list[Entry]:
    """Return all checks of the suites, all tests of the last dbt build, and those of `known` that others demand.

    Raises:
        BuildFailed: a suite file is not valid.
    """
    return [*_of_suites(settings), *_required(settings, known), *_of_dbt(settings)]


def _of_suites(settings: Settings) -> Iterator[Entry]:
    suites = load_suites(settings.project_dir / "expectations")
    for suite in suites.suites:
        for check in suite.checks:
            yield Entry(check.name, suite.name, check.rationale, suite.owner, check.severity, str(check.threshold))


def _required(settings: Settings, known: list[str]) -> Iterator[Entry]:
    """Yield the families of tests that a release needs, for each table and feed of earlier runs."""
    for need in load_suites(settings.project_dir / "expectations").required:
        patterns = [f"{REQUIRED}{pattern}" for pattern in need.patterns(["*"], ["*", "microdata_*"])]
        for name in sorted({name for pattern in patterns for name in fnmatch.filter(known, pattern)}):
            yield Entry(name, "required tests", need.rationale, need.owner, need.severity, "≥ 1 results")


def _of_dbt(settings: Settings) -> Iterator[Entry]:
    path = settings.dbt_dir / "manifest.json"
    if not path.exists():
        return
    manifest = json.loads(path.read_text())
    models = {**manifest["nodes"], **manifest["sources"]}
    for test in manifest["nodes"].values():
        if test["resource_type"] == "test":
            model = models[test.get("attached_node") or test["depends_on"]["nodes"][0]]
            severity = "warning" if test["config"]["severity"].lower() == "warn" else "critical"
            yield Entry(f"dbt.{test['name']}", model["name"], _protects(test, model), _owner(model), severity, "0 rows")


def _protects(test: dict[str, Any], model: dict[str, Any]) -> str:
    if test["description"]:
        return str(test["description"])
    generic = test.get("test_metadata")
    if generic is None or generic["name"] not in _PROTECTS:
        return f"The rule holds: {test['name'].replace('_', ' ')}."
    given = {key: ", ".join(value) if isinstance(value, list) else value for key, value in generic["kwargs"].items()}
    return _PROTECTS[generic["name"]].format(**{**given, "model": model["name"]})


def _owner(model: dict[str, Any]) -> str:
    return _OWNERS.get(model["fqn"][1], "data engineering")

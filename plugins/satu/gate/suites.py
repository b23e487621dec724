"""The suites: checks as data, one file per subject under expectations/<raw|population|release>/."""

import re
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ValidationError, model_validator

from satu.build_fingerprint import fingerprint_of
from satu.errors import BuildFailed
from satu.gate.measuring import measuring_models
from satu.gate.templates import EVERY_FEED, EVERY_TABLE, Template, filled, subjects
from satu.strict import Strict

GATE_OF_FOLDER = {"raw": "file", "population": "population", "release": "release"}
REQUIRED_CHECKS = "required_checks"

REQUIRED = "required."
"""How the names of checks begin that hold that other checks ran."""
UNCHANGED = f"{REQUIRED}unchanged."
"""How the names of those begin that hold that a check is the one of the release before."""
GUARD = "no_small_cell"
"""Name, after that of the table, of the check that each published table with counts needs."""

_OF_PEOPLE = "microdata_"
_COMPARED = "expect_column_max_to_be_between"
"""The expectation of Great Expectations that compares every measure; part of the hash of a check."""

Severity = Literal["critical", "warning", "info"]
Key = tuple[str, str]
"""Gate and name of a check."""
Model = TypeVar("Model", bound=BaseModel)


class Asset(Strict):
    """A query of one row whose columns are measures."""

    query: str


class Threshold(Strict):
    """The range of good values of a measure, both ends included."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> "Threshold":
        if self.min is None and self.max is None:
            raise ValueError("a threshold needs min, max or both")
        return self

    def holds(self, measure: float) -> bool:
        """Return whether `measure` is in the range."""
        return (self.min is None or measure >= self.min) and (self.max is None or measure <= self.max)

    def __str__(self) -> str:
        """Return the range for readers: `≥ 1`, `≤ 5`, `90 … 115`, `= 0`."""
        if self.min is not None and self.max is not None:
            return f"= {self.min:.15g}" if self.min == self.max else f"{self.min:.15g} … {self.max:.15g}"
        return f"≥ {self.min:.15g}" if self.min is not None else f"≤ {self.max:.15g}"


class Check(Strict):
    """One check: a measure, a column of its asset's query, and its limits.

    The measure is by default the column with the name of the check after the dot.
    """

    name: str
    asset: str
    measure: str
    threshold: Threshold
    severity: Severity
    rationale: str

    @model_validator(mode="before")
    @classmethod
    def _names_its_measure(cls, value: dict[str, Any]) -> dict[str, Any]:
        return {"measure": str(value.get("name")).partition(".")[2], **value}


class Suite(Strict):
    """One suite file."""

    owner: str
    assets: dict[str, Asset]
    checks: list[Check]
    name: str
    gate: str
    measuring: dict[str, str]
    """Models that only measure, with the hash of their SQL."""

    @model_validator(mode="after")
    def _assets_are_known(self) -> "Suite":
        unknown = {check.asset for check in self.checks} - set(self.assets)
        if unknown:
            raise ValueError(f"checks use assets that the file does not define: {', '.join(sorted(unknown))}")
        return self

    @model_validator(mode="after")
    def _guards_read_their_table(self) -> "Suite":
        """Refuse a guard of another table, as in a suite copied from that table."""
        if self.gate != "release":
            return self
        for check in self.checks:
            table, _, guard = check.name.partition(".")
            query = self.assets[check.asset].query
            if guard == GUARD and not re.search(rf"\bcandidate\.{table}\b", query):
                raise ValueError(f"check {check.name} does not look at candidate.{table}")
        return self

    def condition(self, check: Check) -> str:
        """Return the hash of a check of this suite: its query and measure.

        It includes the SQL of models that only measure, because no published figure would show a weaker one.
        """
        query = self.assets[check.asset].query
        measuring = {name: sql for name, sql in self.measuring.items() if re.search(rf"\b{name}\b", query)}
        return fingerprint_of([None, query, _COMPARED, {"column": check.measure}, *filter(None, [measuring])])


class Requirement(Strict):
    """A family of check results that a release needs: a name that matches `pattern`.

    `{table}` is replaced by each table to be published, `{model}` by the dbt model of each table of the candidate,
    `{feed}` by each feed with a suite; `besides` lists those that do not need it.
    """

    owner: str
    pattern: str
    severity: Severity
    rationale: str
    besides: tuple[str, ...] = ()

    def patterns(self, feeds: list[str], tables: list[str]) -> dict[str, list[str]]:
        """Return the pattern for each feed or table of the candidate that it applies to.

        With each are the longer names with the same beginning: `population_by_age` does not count for `population`.
        """
        models = [table if table.startswith(_OF_PEOPLE) else f"published_{table}" for table in tables]
        published = [table for table in tables if not table.startswith(_OF_PEOPLE)]
        places = {"{table}": published, "{model}": models, "{feed}": feeds}
        for placeholder, names in places.items():
            if placeholder in self.pattern:
                filled = {name: self.pattern.replace(placeholder, name) for name in names}
                return {
                    pattern: [longer for other, longer in filled.items() if other.startswith(f"{name}_")]
                    for name, pattern in filled.items()
                    if name not in self.besides
                }
        return {self.pattern: []}


class Suites(Strict):
    """All suites and the check families that a release needs."""

    suites: list[Suite]
    required: list[Requirement]

    def feeds(self) -> list[str]:
        """Return the feeds that have a suite."""
        return [suite.name for suite in self.suites if suite.gate == "file"]

    def checks(self) -> dict[Key, Check]:
        """Return every check by gate and name."""
        return {(suite.gate, check.name): check for suite in self.suites for check in suite.checks}

    def conditions(self) -> dict[Key, str]:
        """Return the hash of every check, by gate and name."""
        return {(suite.gate, check.name): suite.condition(check) for suite in self.suites for check in suite.checks}


def load_suites(folder: Path) -> Suites:
    """Read all suites under `folder`; templates are filled in from contracts/ and dbt_project/ beside it.

    Raises:
        BuildFailed: a file does not parse, a name occurs twice, or fewer checks were loaded than are in the files.
        WrongUsage: a contract is not valid.

    """
    documents = {path: _read(path) for path in sorted(folder.glob("*/*.yaml"))}
    if not documents:
        raise BuildFailed(f"no suite under {folder}; expected raw/, population/ and release/ with YAML files")
    if unknown := sorted({path.parent.name for path in documents} - set(GATE_OF_FOLDER)):
        raise BuildFailed(
            f"no gate is called {', '.join(unknown)}; expected {folder} to hold raw/, population/ and release/"
        )
    required = [
        _valid(Requirement, path, {"owner": document.get("owner"), **item})
        for path, document in documents.items()
        if path.stem == REQUIRED_CHECKS
        for item in _required(path, document)
    ]
    written = _filled(folder, {path: item for path, item in documents.items() if path.stem != REQUIRED_CHECKS})
    measuring = measuring_models(folder.parent)
    suites = [
        _valid(
            Suite,
            path,
            {**document, "name": path.stem, "gate": GATE_OF_FOLDER[path.parent.name], "measuring": measuring},
        )
        for path, document in written.items()
    ]
    loaded = Suites(suites=suites, required=required)
    checks = sum(len(document.get("checks", [])) for document in written.values())
    if len(loaded.checks()) != checks:
        raise BuildFailed(f"{folder}: {checks} checks are written, {len(loaded.checks())} loaded; a name occurs twice")
    return loaded


def _filled(folder: Path, documents: dict[Path, dict[str, Any]]) -> dict[Path, dict[str, Any]]:
    """Return the documents with each template filled in for each subject, under the path of the subject's file."""
    found = dict(documents)
    for path in [path for path in documents if path.stem in (EVERY_FEED, EVERY_TABLE)]:
        template = _valid(Template, path, found.pop(path))
        for subject in subjects(path.stem, folder.parent):
            if subject.name not in template.besides:
                place = path.with_stem(subject.name)
                try:
                    found[place] = filled(template, subject, documents.get(place, {}))
                except ValidationError as error:
                    raise BuildFailed(f"{place} does not fit: {_details(error)}") from None
    return found


def _required(path: Path, document: dict[str, Any]) -> list[dict[str, Any]]:
    items = document.get("required")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise BuildFailed(f"{path}: expected a list of mappings under `required`")
    return items


def _read(path: Path) -> dict[str, Any]:
    """Return the document of a file; if it has one asset, its checks need not name it."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BuildFailed(f"{path} is not valid YAML: {error}") from None
    if not isinstance(document, dict):
        raise BuildFailed(f"{path}: expected a mapping with owner, assets and checks")
    if len(assets := document.get("assets") or {}) == 1:
        document["checks"] = [{"asset": next(iter(assets)), **check} for check in document.get("checks") or []]
    return document


def _valid(model: type[Model], path: Path, document: object) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise BuildFailed(f"{path} does not fit: {_details(error)}") from None


def _details(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())

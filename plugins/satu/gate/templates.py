"""Templates: checks for every feed and every published table, written once and filled in for each.

A template is a suite file with placeholders: `raw/every_feed.yaml`, `release/every_table.yaml`; their heads list them.
Values for a feed come from its contract. A suite of the same feed or table adds its own checks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from satu.contracts import Contract, load_contracts
from satu.errors import BuildFailed
from satu.strict import Strict

EVERY_FEED = "every_feed"
EVERY_TABLE = "every_table"
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


class _Part(Strict):
    """Measures of each of `columns` that a feed has."""

    columns: dict[str, str]
    measures: str
    besides: tuple[str, ...] = ()


class _Asset(Strict):
    query: str
    parts: dict[str, _Part] = Field(default_factory=dict)
    tables: dict[str, str] = Field(default_factory=dict)
    besides: tuple[str, ...] = ()


class Template(Strict):
    """A template file; its checks are those of a suite, with `besides`."""

    owner: str
    besides: tuple[str, ...] = ()
    assets: dict[str, _Asset]
    checks: list[dict[str, Any]]

    @model_validator(mode="after")
    def _assets_are_known(self) -> "Template":
        known = {*self.assets, *(f"{name}.{part}" for name, asset in self.assets.items() for part in asset.parts)}
        if unknown := {str(check.get("asset")) for check in self.checks} - known:
            raise ValueError(f"checks use assets that the file does not define: {', '.join(sorted(unknown))}")
        return self


class Override(Strict):
    """How one feed or table differs from its template, and why."""

    severity: str | None = None
    threshold: dict[str, float] | None = None
    rationale: str


@dataclass(frozen=True)
class Subject:
    """A feed or a published table: its name, the texts of placeholders, and the codes of each of its columns."""

    name: str
    words: dict[str, str]
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def subjects(template: str, project: Path) -> list[Subject]:
    """Return the subjects of a template: the feeds of `contracts/`, or the published models of dbt."""
    if template == EVERY_FEED:
        return [_feed(contract) for contract in load_contracts(project / "contracts").values()]
    models = sorted((project / "dbt_project" / "models" / "published").rglob("published_*.sql"))
    if not models:
        raise BuildFailed(f"no published model under {project}; expected dbt_project/models/published/published_*.sql")
    return [Subject(name, {"table": name}) for name in (path.stem.removeprefix("published_") for path in models)]


def _feed(contract: Contract) -> Subject:
    missing = " or ".join(f"nullif(trim({column.name}), '') is null" for column in contract.columns if column.required)
    codes = {column.name: tuple(column.customProperties.codes) for column in contract.columns}
    return Subject(contract.feed, {"feed": contract.feed, "required_missing": missing}, codes)


def filled(template: Template, subject: Subject, own: dict[str, Any]) -> dict[str, Any]:
    """Return the suite of one subject as a document: the filled-in template with the changes of its own file.

    Raises:
        BuildFailed: a placeholder is unknown, the own file redefines an asset of the template, or it changes a check
        that is not in the template.
    """
    assets: dict[str, Any] = {}
    checks: list[dict[str, Any]] = []
    for name, asset in template.assets.items():
        if subject.name in asset.besides or (asset.tables and subject.name not in asset.tables):
            continue
        words = subject.words | ({"rows": asset.tables[subject.name]} if asset.tables else {})
        of_parts = {f"{name}.{key}": list(_words_of_columns(part, subject)) for key, part in asset.parts.items()}
        measures = "".join(
            _fill(part.measures, each) for key, part in asset.parts.items() for each in of_parts[f"{name}.{key}"]
        )
        assets[name] = {"query": _fill(asset.query, words | {"parts": measures})}
        for check in template.checks:
            if subject.name not in check.get("besides", []):
                uses = [words] if check.get("asset") == name else of_parts.get(str(check.get("asset")), [])
                checks += [_filled_check(check, each) | {"asset": name} for each in uses]
    given = own.get("assets") or {}
    if again := sorted(set(given) & set(assets)):
        raise BuildFailed(f"{subject.name} defines assets of its template again: {', '.join(again)}")
    own_checks = own.get("checks") or []
    changed = _overridden(subject, checks, own.get("overrides") or {})
    rest = {key: value for key, value in own.items() if key != "overrides"}
    return {"owner": template.owner, **rest, "assets": assets | given, "checks": [*changed, *own_checks]}


def _filled_check(check: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    return {
        key: _fill(value, words) if isinstance(value, str) else value
        for key, value in check.items()
        if key != "besides"
    }


def _words_of_columns(part: _Part, subject: Subject) -> Iterator[dict[str, str]]:
    """Yield the placeholder texts of each column of a part that the subject has."""
    if subject.name in part.besides:
        return
    for column, shape in part.columns.items():
        if column in subject.codes:
            codes = "|".join(re.escape(code) for code in subject.codes[column])
            yield subject.words | {"column": column, "shape": shape.replace("{codes}", codes)}


def _fill(text: str, words: dict[str, str]) -> str:
    if unknown := set(_PLACEHOLDER.findall(text)) - {f"{{{word}}}" for word in words}:
        raise BuildFailed(
            f"unknown placeholder {', '.join(sorted(unknown))} in a template; expected {', '.join(words)}"
        )
    return _PLACEHOLDER.sub(lambda found: words[found.group()[1:-1]], text)


def _overridden(subject: Subject, checks: list[dict[str, Any]], overrides: dict[str, Any]) -> list[dict[str, Any]]:
    if unknown := sorted(set(overrides) - {check["name"] for check in checks}):
        raise BuildFailed(f"{subject.name} changes checks that its template does not have: {', '.join(unknown)}")
    changes = {
        name: Override.model_validate(change).model_dump(exclude_none=True) for name, change in overrides.items()
    }
    return [check | changes.get(check["name"], {}) for check in checks]

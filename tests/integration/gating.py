"""A run with two checks over three people, for tests of the gate."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from satu import warehouse
from satu.gate import Verdict
from satu.settings import Settings

SUITE = """
owner: tests
assets:
  person: {query: select count(*) - count(distinct person_id) as doubled from population.person}
  shares: {query: "with p as (select * from population.person) select count(*)::float8 as people from p"}
checks:
  - name: person.unique
    asset: person
    measure: doubled
    threshold: {max: 0}
    severity: critical
    rationale: One row a person.
  - name: person.people
    asset: shares
    measure: people
    threshold: {min: 3}
    severity: warning
    rationale: Three people at least.
"""
REQUIRED = "owner: tests\nrequired: [{pattern: dbt.*, severity: critical, rationale: Built by dbt.}]\n"


@pytest.fixture
def gated(candidate: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A warehouse with three people, one dbt result of run r1, and two checks over the people."""
    write_suite(tmp_path, SUITE)
    (tmp_path / "expectations" / "release").mkdir()
    (tmp_path / "expectations" / "release" / "required_checks.yaml").write_text(REQUIRED)
    execute(candidate, "update ops.check_result set check_name = 'dbt.never_null_person_person_id'")
    return candidate.model_copy(update={"project_dir": tmp_path})


def write_suite(project: Path, suite: str) -> None:
    folder = project / "expectations" / "population"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "person.yaml").write_text(suite)


def execute(settings: Settings, statement: str) -> None:
    for role in (warehouse.TRANSFORMER, warehouse.PUBLISHER):
        schema = "population" if role == warehouse.TRANSFORMER else "ops"
        if f" {schema}." in statement:
            with warehouse.connect(settings, role) as connection:
                connection.execute(statement)


def failed(verdict: Verdict) -> list[tuple[str, str | None]]:
    return [(failure.check_name, failure.observed) for failure in verdict.failed]

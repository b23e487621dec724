"""Every table that can hold people says how its rows lead to them, and one that does not is noticed."""

import copy
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from satu.errors import BuildFailed
from satu.privacy import erasure_ways

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
Manifest = dict[str, Any]
Columns = dict[tuple[str, str], set[str]]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """What dbt reads in the project; no server is asked for that."""
    target = tmp_path_factory.mktemp("dbt")
    subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", "parse", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
         "--target-path", str(target), "--log-path", str(target), "--quiet"],
        env=os.environ | {f"SATU_DBT_{name}": "none" for name in ("HOST", "USER", "DBNAME")},
        check=True,
    )  # fmt: skip
    made: Manifest = json.loads((target / "manifest.json").read_text())
    return made


def described(manifest: Manifest) -> Iterable[Manifest]:
    """The models and sources with rows of their own, in the schemas that can hold people."""
    for node in [*manifest["nodes"].values(), *manifest["sources"].values()]:
        is_view = node["config"].get("materialized") == "view"
        if node["resource_type"] in ("model", "source") and node["schema"] in erasure_ways.SCHEMAS and not is_view:
            yield node


def columns(manifest: Manifest) -> Columns:
    """The tables of the project, as if the warehouse had them."""
    return {(node["schema"], node["name"]): set(node["columns"]) for node in described(manifest)}


def troubles(manifest: Manifest, filled: Columns) -> list[str]:
    return erasure_ways.troubles(erasure_ways.read(manifest), filled, filled)


def test_every_table_that_can_hold_people_says_whose_its_rows_are(manifest: Manifest) -> None:
    assert len(columns(manifest)) > 50
    assert troubles(manifest, columns(manifest)) == []


def test_a_model_whose_meta_is_taken_away_is_noticed(manifest: Manifest) -> None:
    telling = [node for node in described(manifest) if "erasure" in node["config"]["meta"]]
    assert len(telling) > 30
    for node in telling:
        changed = copy.deepcopy(manifest)
        del (changed["nodes"] | changed["sources"])[node["unique_id"]]["config"]["meta"]["erasure"]
        told = troubles(changed, columns(manifest))
        assert [line for line in told if line.startswith(f"{node['schema']}.{node['name']} has ")], node["name"]


def test_a_table_of_no_model_is_noticed_unless_it_cannot_hold_people(manifest: Manifest) -> None:
    found = columns(manifest) | {("field", "renamed"): {"head_person_id", "age"}, ("field", "counts"): {"person_count"}}
    assert troubles(manifest, found) == ["field.renamed has head_person_id, and no model says whose its rows are"]


def test_a_table_of_another_version_is_noticed(manifest: Manifest) -> None:
    found = columns(manifest)
    found["population", "person"] = {"number", "nik"}
    del found["staging", "stg_verification"]
    assert troubles(manifest, found) == [
        "field.work_list is searched through stg_verification, which is not there",
        "population.person has no person_id",
    ]


def test_what_a_killed_build_left_is_searched_as_its_model(manifest: Manifest) -> None:
    tables = erasure_ways.read(manifest)
    left = {("population", "person__dbt_backup"): {"person_id"}}
    assert troubles(manifest, left) == []
    assert [table for table, _ in erasure_ways.statements(tables, left)] == ["population.person__dbt_backup"]


def test_a_table_is_searched_before_what_leads_to_it_is_deleted(manifest: Manifest) -> None:
    tables = erasure_ways.read(manifest)
    order = [table for table, _ in erasure_ways.statements(tables, columns(manifest))]
    assert order.index("field.work_list") < order.index("staging.stg_verification")
    assert order.index("population.link_name") < order.index("staging.person_evidence")
    assert order.index("population.link_decision") < order.index("population.person_record")


@pytest.mark.parametrize(
    "said",
    [
        "nobody",
        [{"person": "person_id", "sql": "true"}],
        [{"record": ["file_id", "record_no"]}],
        [{"record": ["feed", "file_id", "record_no"], "feed": "asn"}],
        [{"keep": ""}],
        [{"through": "stg_asn"}],
        [{"through": "nothing", "by": {"nik": "nik"}}],
    ],
)
def test_what_is_not_in_the_vocabulary_is_refused(manifest: Manifest, said: object) -> None:
    changed = copy.deepcopy(manifest)
    changed["nodes"]["model.satu.person"]["config"]["meta"]["erasure"] = said
    with pytest.raises(BuildFailed, match=r"meta\.erasure of person"):
        erasure_ways.read(changed)

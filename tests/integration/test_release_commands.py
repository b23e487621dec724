"""The commands about releases, as people and programs see them."""

import json

import pytest
from publishing import delivered, passed
from typer.testing import CliRunner

from satu import warehouse
from satu.cli.main import app
from satu.release import publish
from satu.settings import Settings


@pytest.fixture
def two(candidate: Settings, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Two releases in the warehouse of SATU_HOME, of which the policy keeps one."""
    monkeypatch.setenv("SATU_HOME", str(candidate.home))
    monkeypatch.setenv("SATU_KEEP_RELEASES", "1")
    monkeypatch.delenv("COLUMNS", raising=False)  # a row is one line then
    _built_by(candidate, "r1", {"contracts/old.yaml": "a", "dbt_project/seeds/phase_window.csv": "b", "same.sql": "c"})
    first = publish(candidate, "r1").release_id
    with warehouse.connect(candidate, warehouse.TRANSFORMER) as connection:
        connection.execute("update candidate.coverage_by_area set counted_person_count = 90 where area_code = '3371'")
        connection.execute("alter table candidate.reconciliation add column late_count integer default 3")
    delivered(candidate, "r2")
    passed(candidate, "r2")
    _built_by(candidate, "r2", {"contracts/new.yaml": "a", "dbt_project/seeds/phase_window.csv": "d", "same.sql": "c"})
    return first, publish(candidate, "r2").release_id


def _built_by(made: Settings, run_id: str, versions: dict[str, str]) -> None:
    with warehouse.connect(made, warehouse.PUBLISHER) as connection:
        connection.execute("update ops.run set rule_versions = %s where run_id = %s", (json.dumps(versions), run_id))


def satu(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_release_is_looked_into_compared_kept_and_dropped(two: tuple[str, str]) -> None:
    first, second = two

    manifest = json.loads(satu("releases", first, "--json"))
    assert (manifest["release_id"], manifest["approved_by"]) == (first, "gate")
    shown = satu("releases", first)
    assert "approved by: gate" in shown
    assert "Input files: none" in shown
    assert all(title in shown for title in ("Checks", "Tables", "some_check", "coverage_by_area"))

    difference = satu("diff", first, second, "--mart", "coverage_by_area")
    assert "KOTA MAGELANG" in difference
    assert "-10" in difference
    assert "0 of 1 marts are the same" in difference
    assert f"only release {second} has late_count" in satu("diff", first, second)
    answer = json.loads(satu("diff", first, second, "--mart", "coverage_by_area", "--json"))
    (compared,) = answer["marts"]
    changed = {
        "contracts/new.yaml": "added",
        "contracts/old.yaml": "gone",
        "dbt_project/seeds/phase_window.csv": "changed",
    }
    assert answer["rules"] == changed
    assert all(f"rules {change}: {file}" in difference for file, change in changed.items())
    assert "same.sql" not in difference
    assert compared["areas"][0]["rows_changed"] == 1

    assert satu("keep", first, "--by", "Wati", "--reason", "cited").strip().endswith("is kept at any age")
    assert json.loads(satu("prune", "--json")) == {"dropped": []}
    satu("keep", first, "--no-longer")
    assert satu("prune").strip() == f"dropped: {first}"
    assert [bool(made["dropped_at"]) for made in json.loads(satu("releases", "--json"))] == [False, True]

"""Templates of suites: what holds of every feed or table is filled in for each, and a mistake is told."""

import re
from pathlib import Path

import pytest
import yaml

from satu.contracts import load_contracts
from satu.errors import BuildFailed
from satu.gate.suites import Threshold, load_suites
from satu.settings import load

EXPECTATIONS = load().project_dir / "expectations"
FEEDS = {path.stem for path in EXPECTATIONS.parent.glob("contracts/*.yaml")}
MODELS = EXPECTATIONS.parent / "dbt_project" / "models" / "published"
TABLES = {path.stem.removeprefix("published_") for path in MODELS.rglob("published_*.sql")}
TEMPLATE = """
owner: somebody
besides: [letters]
assets:
  table: {query: "select count(*)::float8 as rows from candidate.{table}"}
  parts: {tables: {numbers: is_odd}, query: "select count(*)::float8 as parts from candidate.{table} where {rows}"}
checks:
  - {name: "{table}.rows", asset: table, threshold: {min: 1}, severity: warning, rationale: There are some.}
  - {name: "{table}.parts", asset: parts, threshold: {min: 1}, severity: warning, rationale: There are some.}
  - name: "{table}.no_small_cell"
    asset: table
    besides: [digits]
    measure: rows
    threshold: {max: 9}
    severity: critical
    rationale: There are few.
"""


def test_templates_name_only_what_there_is() -> None:
    for template, known in (
        ("raw/every_feed", FEEDS),
        ("release/every_table", TABLES),
        ("release/required_checks", TABLES),
    ):
        document = yaml.safe_load((EXPECTATIONS / f"{template}.yaml").read_text())
        assets = list(document.get("assets", {}).values())
        parts = [document, *assets, *document.get("checks", document.get("required"))]
        parts += [part for asset in assets for part in asset.get("parts", {}).values()]
        assert {name for part in parts for name in (*part.get("besides", []), *part.get("tables", []))} <= known


def test_a_feed_is_asked_for_what_its_contract_says() -> None:
    assets = {suite.name: suite.assets for suite in load_suites(EXPECTATIONS).suites if suite.gate == "file"}
    for feed, contract in load_contracts(EXPECTATIONS.parent / "contracts").items():
        asked = re.findall(r"nullif\(trim\((\w+)\), ''\) is null", assets[feed]["records"].query)
        assert asked == [column.name for column in contract.columns if column.required]
        asked = "nik_malformed_percent" in assets[feed]["records"].query
        assert asked == any(column.name == "nik" for column in contract.columns)
    assert "(DRAFT|KIRIM)" in assets["online_household"]["records"].query


def _project(folder: Path, template: str = TEMPLATE, own: str = "") -> Path:
    """Write a project with three published tables, a template, and the file of one of them."""
    models = folder / "dbt_project" / "models" / "published"
    release = folder / "expectations" / "release"
    for path in (models, release):
        path.mkdir(parents=True, exist_ok=True)
    for table in ("numbers", "letters", "digits"):
        (models / f"published_{table}.sql").write_text("select 1 as value")
    (release / "every_table.yaml").write_text(template)
    if own:
        (release / "numbers.yaml").write_text(own)
    return folder / "expectations"


def test_a_template_is_filled_in_for_each_table(tmp_path: Path) -> None:
    own = "checks: [{name: numbers.even, asset: table, threshold: {max: 5}, severity: info, rationale: R.}]"
    loaded = load_suites(_project(tmp_path, own=own))
    assert {name for _, name in loaded.checks()} == {
        "digits.rows", "numbers.rows", "numbers.no_small_cell", "numbers.parts", "numbers.even",
    }  # fmt: skip
    queries = {suite.name: {name: asset.query for name, asset in suite.assets.items()} for suite in loaded.suites}
    assert queries == {
        "digits": {"table": "select count(*)::float8 as rows from candidate.digits"},
        "numbers": {
            "table": "select count(*)::float8 as rows from candidate.numbers",
            "parts": "select count(*)::float8 as parts from candidate.numbers where is_odd",
        },
    }


def test_a_table_changes_a_check_of_its_template_with_a_reason(tmp_path: Path) -> None:
    own = "overrides: {numbers.rows: {severity: critical, threshold: {min: 7}, rationale: Seven are known.}}"
    checks = load_suites(_project(tmp_path, own=own)).checks()
    changed = checks["release", "numbers.rows"]
    assert (changed.severity, changed.threshold, changed.rationale) == (
        "critical",
        Threshold(min=7),
        "Seven are known.",
    )
    assert checks["release", "digits.rows"].severity == "warning"


def test_a_template_that_changes_changes_the_condition_of_all_its_checks(tmp_path: Path) -> None:
    before = load_suites(_project(tmp_path)).conditions()
    less = TEMPLATE.replace('as rows from candidate.{table}"', 'as rows from candidate.{table} where true"')
    after = load_suites(_project(tmp_path, less)).conditions()
    assert before.keys() == after.keys()
    assert {name for _, name in before if before["release", name] == after["release", name]} == {"numbers.parts"}


@pytest.mark.parametrize(
    ("template", "own", "told"),
    [
        (TEMPLATE.replace("{rows}", "{lines}"), "", r"unknown placeholder \{lines\}"),
        (TEMPLATE.replace("asset: parts", "asset: halves"), "", "does not define: halves"),
        (TEMPLATE.replace("severity: critical", "severity: fatal"), "", "severity"),
        (TEMPLATE.replace("candidate.{table}\"", "candidate.others\""), "", "does not look at candidate.numbers"),
        (TEMPLATE.replace("table: {query", "table: {of: all, query"), "", "of: Extra"),
        (TEMPLATE, "assets: {table: {query: select 1 as rows}}", "assets of its template again: table"),
        (TEMPLATE, "overrides: {numbers.lines: {severity: info, rationale: R.}}", "does not have: numbers.lines"),
        (TEMPLATE, "overrides: {numbers.rows: {severity: info}}", "rationale"),
        (TEMPLATE, "overrides: {numbers.rows: {measure: rows, rationale: R.}}", "measure: Extra"),
        (TEMPLATE, "checks: [{name: numbers.rows, asset: table, threshold: {min: 1}, severity: info, rationale: R.}]",
         "a name occurs twice"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_template_or_beside_it_is_told(tmp_path: Path, template: str, own: str, told: str) -> None:
    with pytest.raises(BuildFailed, match=told):
        load_suites(_project(tmp_path, template, own))


def test_a_template_without_tables_or_with_a_folder_of_no_gate_is_told(tmp_path: Path) -> None:
    suites = _project(tmp_path)
    for model in (tmp_path / "dbt_project").rglob("*.sql"):
        model.unlink()
    with pytest.raises(BuildFailed, match="no published model"):
        load_suites(suites)
    (suites / "relaese").mkdir()
    (suites / "relaese" / "numbers.yaml").write_text("checks: []")
    with pytest.raises(BuildFailed, match="no gate is called relaese"):
        load_suites(suites)


def test_the_gate_searches_for_the_counts_that_dbt_withholds() -> None:
    """Two limits, so that a variable alone cannot open the gate; they have to be changed together."""
    threshold = yaml.safe_load((EXPECTATIONS.parent / "dbt_project" / "dbt_project.yml").read_text())["vars"]
    searched = re.findall(r"between 1 and (\d+)", (EXPECTATIONS / "release" / "every_table.yaml").read_text())
    assert [int(most) for most in searched] == [threshold["disclosure_threshold"] - 1]

"""The contracts: complete, consistent with each other, and the only place where a feed is described."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from satu.contracts import Contract, dbt_sources, load_contracts, normalised
from satu.errors import WrongUsage

ROOT = Path(__file__).resolve().parents[2]
STAGING = ROOT / "dbt_project" / "models" / "staging"
FEEDS = {
    "area", "officer", "registry", "online_household", "online_person", "verification",
    "interview_household", "interview_person", "pes_person", "asn", "outreach", "control_total",
}  # fmt: skip
CONTRACTS = load_contracts(ROOT / "contracts")


def codes(feed: str, column: str) -> dict[str, str]:
    """The code list of a column."""
    return next(c for c in CONTRACTS[feed].columns if c.name == column).customProperties.codes


def missing(feed: str, column: str) -> tuple[str, ...]:
    """The missing-value codes of a column."""
    return next(c for c in CONTRACTS[feed].columns if c.name == column).customProperties.missing


def test_every_feed_has_a_contract() -> None:
    assert set(CONTRACTS) == FEEDS


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_natural_key_and_event_time_are_columns_that_must_be_there(contract: Contract) -> None:
    assert contract.natural_key
    assert set(contract.natural_key) <= contract.required_columns
    assert contract.extras.eventTime in {None, *(c.name for c in contract.columns)}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_a_header_names_one_column(contract: Contract) -> None:
    for column in contract.columns:
        for header in (column.name, *column.customProperties.aliases):
            assert contract.column_of_header[normalised(header)] == column.name


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_no_code_is_also_a_missing_value(contract: Contract) -> None:
    for column in contract.columns:
        assert not set(column.customProperties.codes) & set(column.customProperties.missing), column.name
        assert bool(column.customProperties.codes) == bool(column.customProperties.codeSystem), column.name


def test_three_is_a_wife_in_the_registry_and_a_child_in_the_census() -> None:
    assert codes("registry", "shdk")["3"] == "spouse"
    assert codes("online_person", "hub")["3"] == codes("interview_person", "hub")["3"] == "child"


def test_one_code_system_holds_both_relationship_lists() -> None:
    census, registry = set(codes("online_person", "hub").values()), set(codes("registry", "shdk").values())
    assert census <= registry


def test_online_and_interview_members_are_the_same_but_for_their_return() -> None:
    online, interview = (CONTRACTS[f].columns[1:] for f in ("online_person", "interview_person"))
    assert online == interview


def test_98_and_99_are_values_where_they_can_be_ages_or_months() -> None:
    assert not {"98", "99"} & {*missing("pes_person", "umur"), *missing("online_person", "lama_tinggal")}
    assert {"98", "99"} <= set(missing("online_person", "ijazah"))


def test_numbers_of_people_and_families_are_identifiers() -> None:
    for contract in CONTRACTS.values():
        there = {c.name for c in contract.columns} & {"nik", "no_kk", "nip"}
        assert set(contract.identifier_columns) == there, contract.feed


def test_a_key_that_is_not_known_is_refused(tmp_path: Path) -> None:
    text = (ROOT / "contracts" / "asn.yaml").read_text()
    (tmp_path / "asn.yaml").write_text(text + "owner: someone\n")
    with pytest.raises(WrongUsage, match="owner"):
        load_contracts(tmp_path)


def test_dbt_sources_are_those_of_the_contracts() -> None:
    assert (STAGING / "sources.yml").read_text() == dbt_sources(CONTRACTS)


def test_staging_models_read_every_column_of_their_feed() -> None:
    for feed, contract in CONTRACTS.items():
        sql = (STAGING / f"stg_{feed}.sql").read_text()
        mapped = re.findall(r"^    '(\w+)': '\w+',$", sql, flags=re.MULTILINE)
        assert mapped == [column.name for column in contract.columns], feed


def test_unit_tests_of_staging_state_their_feed_as_the_sources_do() -> None:
    tables = yaml.safe_load(dbt_sources(CONTRACTS))["sources"][0]["tables"]
    sources = {table["name"]: table for table in tables}
    unit_tests = yaml.safe_load((STAGING / "values_unit_tests.yml").read_text())["unit_tests"]
    assert unit_tests
    for unit_test in unit_tests:
        feed = unit_test["model"].removeprefix("stg_")
        assert unit_test["overrides"]["macros"]["feed_source"] == _stated(sources[feed]), unit_test["name"]


def _stated(source: dict[str, Any]) -> dict[str, Any]:
    columns = {c["name"]: {"config": c["config"]} for c in source["columns"] if "config" in c}
    return {"config": source["config"], "columns": columns}

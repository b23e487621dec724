"""The contracts: complete, consistent with each other, and the only place where a feed is described."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from satu.contracts import Contract, load_contracts, normalised
from satu.dbt_files import STAGING, dbt_files, refuse_stale
from satu.errors import WrongUsage

ROOT = Path(__file__).resolve().parents[2]
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


def generated(name: str) -> dict[str, Any]:
    """What a file of dbt says that comes from the contracts."""
    found: dict[str, Any] = yaml.safe_load(dbt_files(CONTRACTS)[STAGING / name])
    return found


def test_every_feed_has_a_contract() -> None:
    assert set(CONTRACTS) == FEEDS


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_natural_key_and_event_time_are_columns_that_must_be_there(contract: Contract) -> None:
    assert contract.natural_key
    assert set(contract.natural_key) <= contract.required_columns
    assert set(contract.extras.eventTime) <= {c.name for c in contract.columns}


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


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_an_english_name_is_that_of_one_column(contract: Contract) -> None:
    model = next(m for m in generated("stg_feeds.yml")["models"] if m["name"] == f"stg_{contract.feed}")
    names = [column["name"] for column in model["columns"]]
    assert len(set(names)) == len(names)
    described = [column.businessName for column in (*contract.columns, *contract.extras.derived)]
    of_people = ["name_key"] if {"name", "birth_date"} <= set(described) else []
    assert names[5:-2] == described + of_people


@pytest.mark.parametrize("name", ["Sex", "sex code", "1st", ""])
def test_an_english_name_that_cannot_be_a_column_is_refused(tmp_path: Path, name: str) -> None:
    text = (ROOT / "contracts" / "asn.yaml").read_text()
    (tmp_path / "asn.yaml").write_text(text.replace("businessName: nip", f"businessName: '{name}'"))
    with pytest.raises(WrongUsage, match="businessName"):
        load_contracts(tmp_path)


def test_codes_are_the_values_that_staging_accepts() -> None:
    (model,) = (m for m in generated("stg_feeds.yml")["models"] if m["name"] == "stg_registry")
    (column,) = (c for c in model["columns"] if c["name"] == "marital_status")
    accepted = ["never_married", "married", "divorced", "widowed"]
    assert column["data_tests"] == [{"accepted_values": {"arguments": {"values": accepted}}}]


def test_dbts_files_are_those_of_the_contracts() -> None:
    refuse_stale(ROOT, dbt_files(CONTRACTS))


@pytest.mark.parametrize(
    ("planted", "stale"),
    [
        (("description: Officer who checked.", "description: Who checked."), {"sources.yml", "stg_feeds.yml"}),
        (("DIRAGUKAN: doubtful", "DIRAGUKAN: unclear"), {"sources.yml", "stg_feeds.yml"}),
        (("businessName: note", "businessName: remark"), {"sources.yml", "stg_feeds.yml"}),
        (("value: [waktu]", "value: []"), {"sources.yml"}),
    ],
)
def test_a_changed_contract_says_which_files_are_stale(
    tmp_path: Path, planted: tuple[str, str], stale: set[str]
) -> None:
    shutil.copytree(ROOT / "contracts", tmp_path / "contracts")
    contract = tmp_path / "contracts" / "verification.yaml"
    assert planted[0] in contract.read_text()
    contract.write_text(contract.read_text().replace(*planted))
    files = dbt_files(load_contracts(tmp_path / "contracts"))
    with pytest.raises(WrongUsage, match="run `satu contracts`") as refused:
        refuse_stale(ROOT, files)
    assert {place.name for place in files if str(place) in str(refused.value)} == stale


def test_a_missing_file_is_stale(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="stg_feeds"):
        refuse_stale(tmp_path, dbt_files(CONTRACTS))


def test_staging_models_say_nothing_that_the_contract_does_not() -> None:
    for feed in CONTRACTS:
        assert (ROOT / STAGING / f"stg_{feed}.sql").read_text() == f"{{{{ staged('{feed}') }}}}\n"


def test_unit_tests_of_staging_state_their_feed_as_the_sources_do() -> None:
    sources = {table["name"]: table for table in generated("sources.yml")["sources"][0]["tables"]}
    unit_tests = yaml.safe_load((ROOT / STAGING / "values_unit_tests.yml").read_text())["unit_tests"]
    assert unit_tests
    for unit_test in unit_tests:
        feed = unit_test["model"].removeprefix("stg_")
        assert unit_test["overrides"]["macros"]["feed_source"] == _stated(sources[feed]), unit_test["name"]


def _stated(source: dict[str, Any]) -> dict[str, Any]:
    columns = {c["name"]: {"config": c["config"]} for c in source["columns"] if "config" in c}
    return {"config": source["config"], "columns": columns}

"""Every edit rule finds the answers that it is there for. What is planted is in edit_defects.yaml."""

from pathlib import Path

import psycopg
import pytest
import yaml

from support import Published

DEFECTS: dict[str, str] = yaml.safe_load((Path(__file__).parent / "edit_defects.yaml").read_text())
RULES = yaml.safe_load(
    (Path(__file__).parents[3] / "dbt_project" / "models" / "population" / "edit_rule.yml").read_text()
)["models"][0]["config"]["meta"]["rules"]


def test_every_rule_has_a_defect() -> None:
    assert list(DEFECTS) == [rule["rule"] for rule in RULES]


def test_no_hard_rule_is_failed_by_what_is_published(published: Published, admin: psycopg.Connection) -> None:
    assert published.settings
    failed = admin.execute(
        "select rule, count(*) from population.remaining_failure"
        " where severity = 'hard' and not is_missing group by rule"
    ).fetchall()
    assert failed == []


@pytest.fixture
def places(admin: psycopg.Connection) -> dict[str, str]:
    """A household of four and more, made harmless: a head of 60 and others of 30 of whom nothing else is known."""
    [(household, head)] = admin.execute(
        "select household_id, head_person_id from population.household"
        " where members between 4 and 10 and head_person_id is not null order by household_id limit 1"
    ).fetchall()
    others = admin.execute(
        "select person_id from population.household_member where household_id = %s and person_id <> %s order by 1",
        (household, head),
    ).fetchall()
    admin.execute(
        "update population.person set age = case when person_id = %s then 60 else 30 end, has_nik = false,"
        " relationship = case when person_id = %s then 'head' else 'other' end, sex = 'male',"
        " marital_status = 'married', education = 'none', activity = null, occupation = null,"
        " employment_status = null, months_of_stay = null, citizenship = 'indonesian' where household_id = %s",
        (head, head, household),
    )
    admin.execute(
        "update population.stated_person set nik_age = null, nik_sex = null where person_id in"
        " (select person_id from population.person where household_id = %s)",
        (household,),
    )
    return {
        "people": "population.person",
        "household": f"household_id = {household}",
        "head": f"person_id = {head}",
        "member": f"person_id = {others[0][0]}",
        "other_member": f"person_id = {others[1][0]}",
    }


def _failed(admin: psycopg.Connection, household: str) -> set[str]:
    found = admin.execute(f"select distinct rule from population.remaining_failure where {household}".encode())
    return {rule for (rule,) in found.fetchall()}


@pytest.mark.parametrize("rule", RULES, ids=[rule["rule"] for rule in RULES])
def test_a_rule_finds_its_defect(rule: dict[str, str], admin: psycopg.Connection, places: dict[str, str]) -> None:
    assert _failed(admin, places["household"]) == set()
    admin.execute(DEFECTS[rule["rule"]].format(**places).encode())
    assert rule["rule"] in _failed(admin, places["household"])

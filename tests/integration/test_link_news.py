"""A new day links only what it touches, and comes to what linking everything comes to."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from linking import COLUMNS, Row, Warehouse, people, simulated_evidence

from satu.link import link_records, review

STEPS = 5


def outcome(linked: Warehouse) -> tuple[set[frozenset[Any]], set[Any], set[Any]]:
    """Who is one person and by which rule, which pairs wait for review, and how many were held against each other."""
    persons: dict[int, set[Any]] = {}
    rows = linked.query(
        "select person_id, feed, file_id, record_no, link_rule, match_probability from population.person_record"
    )
    for person_id, *record in rows:
        persons.setdefault(int(str(person_id)), set()).add(tuple(record))
    review = linked.query(
        "select pair_id, match_probability, is_linked, feed, file_id, record_no from population.link_review"
    )
    apart = linked.query("select count(*) from population.link_apart")
    return {frozenset(person) for person in persons.values()}, set(review), set(apart)


def forget_links(linked: Warehouse) -> None:
    """Leave the model, so that everything is news."""
    linked.run(
        "delete from population.person_record; delete from population.link_apart; delete from population.link_review"
    )


def test_nothing_new_links_nothing(linked: Warehouse) -> None:
    linked.give(people(100))
    assert link_records(linked.settings, "run-1").relinked == 300
    again = link_records(linked.settings, "run-2")
    assert (again.relinked, again.records, again.persons, again.records_written) == (0, 300, 100, 0)
    assert linked.query("select run_id, records, relinked, persons from population.link_run order by linked_at") == [
        ("run-1", 300, 300, 100),
        ("run-2", 300, 0, 100),
    ]


def test_news_link_only_whom_they_touch(linked: Warehouse) -> None:
    rows = people(100)
    linked.give(rows[:-2])
    link_records(linked.settings, "run-1")
    linked.give(rows)
    result = link_records(linked.settings, "run-2")
    # His family shares a card with the newcomer; the record that was there before him is no longer alone.
    assert (result.relinked, result.persons, result.records_written) == (12, 100, 3)


def test_records_that_grew_by_more_than_a_tenth_get_a_model_of_their_own(linked: Warehouse) -> None:
    rows = people(100)
    linked.give(rows[:240])
    link_records(linked.settings, "run-1")
    linked.give(rows)
    assert link_records(linked.settings, "run-2").relinked == 300
    assert linked.query("select records from population.link_model") == [(300,)]


def test_a_model_of_another_version_of_the_code_is_not_used(linked: Warehouse) -> None:
    linked.give(people(50))
    link_records(linked.settings, "run-1")
    linked.run("update population.link_model set code = 'older'")
    assert link_records(linked.settings, "run-2").relinked == 150
    assert link_records(linked.settings, "run-3").relinked == 0


NIK, CARD = "3371015505550001", "3371015505550002"
LONE: Row = (
    "interview_person", 7, 1, "Z1", "Z1|1", "Z1|1", NIK, CARD, "ZAINAL QOMARUDIN", date(1955, 5, 15),
    "3371019999000100", "3371019999",
)  # fmt: skip
COLUMN_NAMES = [column.split()[0] for column in COLUMNS.split(", ")]


@pytest.mark.parametrize(
    "shared",
    [
        ("feed", "natural_key"),
        ("nik",),
        ("family_card_no",),
        ("sls_code", "birth_date"),
        ("village_code", "birth_date"),
        ("village_code", "name_key"),
        ("birth_date", "name_key"),
    ],
    ids="+".join,
)
def test_a_newcomer_is_compared_with_whoever_shares_a_block(linked: Warehouse, shared: tuple[str, ...]) -> None:
    linked.give([*people(60), LONE])
    link_records(linked.settings, "run-1")
    blank = ("pes_person", 8, 1, None, "Y1|1", "Y1|1", *[None] * 6)
    newcomer = tuple(
        known if name in shared else own for name, known, own in zip(COLUMN_NAMES, LONE, blank, strict=True)
    )
    linked.give([*people(60), LONE, newcomer])
    assert link_records(linked.settings, "run-2").relinked == 2


def test_whoever_loses_his_place_to_the_news_is_compared_with_his_own_neighbours(linked: Warehouse) -> None:
    born, here = date(1955, 5, 15), ("3371019999000100", "3371019999")
    listed = ("verification", 7, 901, None, "L1", "L1", NIK, None, "ZAINAL QOMARUDDIN", born, *here)
    asked = ("interview_person", 8, 901, "Z1", "Z1|1", "Z1|1", None, CARD, "ZAINAL QOMARUDIN", born, *here)
    others = [
        (feed, file_id, 902, None, key, key, "3371015606550003", CARD, "ZAINAL QOMARUDIN", date(1955, 6, 16), *here)
        for feed, file_id, key in [("registry", 6, "R1"), ("verification", 9, "L2")]
    ]
    linked.give([*people(60), listed, asked, *others])
    link_records(linked.settings, "run-1")
    assert linked.result()["interview_person", 901][0] == linked.result()["verification", 901][0]
    assert review.pairs(linked.settings, 10) == []

    # The second line of the same interview has the NIK of the list's line: the first may belong to the others.
    second = (
        "interview_person", 8, 902, "Z1", "Z1|2", "Z1|2", NIK, None, "ZAINAL QOMARUDDIN", date(1960, 1, 1), None, None
    )  # fmt: skip
    linked.give([*people(60), listed, asked, *others, second])
    result = link_records(linked.settings, "run-2")
    assert result.relinked == 5
    found = outcome(linked)
    assert linked.result()["interview_person", 901][0] != linked.result()["verification", 901][0]
    [open_pair] = review.pairs(linked.settings, 10)
    assert str(open_pair["record"]).startswith("interview_person")
    assert str(open_pair["other_record"]).startswith("registry")
    forget_links(linked)
    link_records(linked.settings, "run-3")
    assert outcome(linked) == found
    assert review.pairs(linked.settings, 10) == [open_pair]


STEP = """
drop table if exists staging.person_evidence;
create table staging.person_evidence as
select feed, file_id, record_no, return_id, line_key, nik, family_card_no, name_key, sex,
    case when is_changed then null else birth_date end as birth_date, sls_code, village_code, record_key,
    evidence_hash + cast(is_changed as integer) as evidence_hash
from (select *, chance between 1000 and 1000 + 5 * {step} as is_changed from staging.city) as record
where chance between 30 * {step} and 2700 + 30 * {step};
analyze staging.person_evidence
"""
"""Of 3,000 parts of the city 30 leave and 30 come in each step, and 5 have lost their birth dates."""


@pytest.mark.long
def test_day_by_day_comes_to_what_linking_everything_comes_to(linked: Warehouse, tmp_path: Path) -> None:
    with simulated_evidence(linked.settings, tmp_path, 0.03, 5, 2.0):
        linked.run(
            "create table staging.city as select *, abs(hashtext(feed || file_id || '/' || record_no)) % 3000 as chance"
            " from staging.person_evidence"
        )
    try:
        for step in range(STEPS):
            linked.run(STEP.format(step=step))
            result = link_records(linked.settings, f"day-{step}")
            assert (result.relinked < 0.6 * result.records) == (step > 0)
            found = outcome(linked)
            forget_links(linked)
            assert link_records(linked.settings, f"all-{step}").relinked == result.records
            assert outcome(linked) == found
    finally:
        linked.run("drop table staging.city")

"""Decisions on pairs that linkage leaves open: they join and part people, and outlive corrected files."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from linking import Row, Warehouse, people

from satu.errors import WrongUsage
from satu.link import link_records, review


def doubtful(count: int) -> list[Row]:
    """People, and one that the survey met in person 3's village: the same name, born a day later, no NIK."""
    rows = people(count)
    name, birth = rows[6][8:10]
    assert isinstance(birth, date)
    here = ("3371010002000199", "3371010002")
    survey = ("pes_person", 4, 1, "P1", "P1|1", "P1|1", None, None, name, birth + timedelta(days=1), *here)
    return [*rows, survey]


def test_a_decision_joins_and_parts_and_holds(linked: Warehouse, tmp_path: Path) -> None:
    linked.give(doubtful(40))
    link_records(linked.settings, "run-1")
    [pair] = review.pairs(linked.settings, 10)
    assert (pair["name"], pair["birth_date"], pair["nik"]) == ("same letters", "one part off", "missing")
    before = linked.result()
    assert pair["is_linked"] is (before["pes_person", 1][0] == before["registry", 3][0])
    for number, (decision, together) in enumerate([("different", False), ("same", True), ("different", False)]):
        out = tmp_path / f"{number}.csv"
        out.write_text(f"pair_id,decision\n{pair['pair_id']},{decision}\n")
        assert review.decide(linked.settings, out, "A. Reviewer", "telephone call")[decision] == 1
        assert review.pairs(linked.settings, 10) == []
        link_records(linked.settings, f"run-{number}")
        found = linked.result()
        assert (found["pes_person", 1][0] == found["registry", 3][0]) is together
        assert (found["pes_person", 1][1] == "reviewed") is together
        assert review.pairs(linked.settings, 10) == []


def test_a_decision_outlives_files_that_correct_those_it_was_about(linked: Warehouse, tmp_path: Path) -> None:
    rows = doubtful(40)
    linked.give(rows)
    link_records(linked.settings, "run-1")
    [pair] = review.pairs(linked.settings, 10)
    path = tmp_path / "decisions.csv"
    path.write_text(f"pair_id,decision\n{pair['pair_id']},different\n")
    review.decide(linked.settings, path, "A. Reviewer", "seen")
    # Every file comes again, under another number and in reverse order.
    linked.give([(row[0], int(str(row[1])) + 10, 100 - int(str(row[2])), *row[3:]) for row in rows])
    link_records(linked.settings, "run-2")
    found = linked.result()
    assert found["pes_person", 99][0] != found["registry", 97][0]
    assert review.pairs(linked.settings, 10) == []


@pytest.mark.parametrize(
    "text",
    ["\ufeffpair_id;decision\n{};same\n", "pair_id\tdecision\n {} \tSAME\n"],
    ids=["semicolons with a mark", "tabs"],
)
def test_decisions_come_as_spreadsheets_write_them(linked: Warehouse, tmp_path: Path, text: str) -> None:
    linked.give(doubtful(40))
    link_records(linked.settings, "run-1")
    [pair] = review.pairs(linked.settings, 10)
    path = tmp_path / "decisions.csv"
    path.write_text(text.format(pair["pair_id"]))
    assert review.decide(linked.settings, path, "A. Reviewer", "seen")["same"] == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"pair_id,decision\n3371010506800002 BAMBANG,same\n", "in line 2"),
        (b"pair_id,decision\nx,same\nx,different\n", "otherwise than line 2"),
        (b"pair_id,decision\nx,perhaps\n", "neither same nor different"),
        (b"pair,decision\n", "lacks the columns"),
        ("pair_id,decision\n".encode("utf-16"), "cannot be read as UTF-8"),
    ],
)
def test_a_file_of_decisions_that_makes_no_sense_is_refused_and_not_quoted(
    linked: Warehouse, tmp_path: Path, content: bytes, message: str
) -> None:
    linked.give(people(5))
    link_records(linked.settings, "run-1")
    path = tmp_path / "decisions.csv"
    path.write_bytes(content)
    with pytest.raises(WrongUsage, match=message) as refused:
        review.decide(linked.settings, path, "A. Reviewer", "seen")
    assert "BAMBANG" not in str(refused.value)
    assert linked.query("select count(*) from population.link_decision") == [(0,)]

"""Certain pairs and what agrees, on a handful of records in DuckDB."""

import duckdb
import pytest

from handmade import Record, give
from satu.link import returns, rules

BUDI: Record = {
    "name_key": "BUDI SANTOSO",
    "birth_date": "1980-03-04",
    "nik": "3371010403800001",
    "family_card_no": "K1",
}


def pairs(connection: duckdb.DuckDBPyConnection, *records: Record) -> list[tuple[int, int, str]]:
    give(connection, *records)
    returns.find_repeats(connection)
    rules.find_certain_pairs(connection)
    found = connection.execute("select a, b, rule from edge order by a, b").fetchall()
    return [(a, b, rules.RULES[rule].name) for a, b, rule in found]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("BUDI SANTOSO", "BUDI SANTOSO", 4),
        ("BUDI SANTOSO", "BUDISANTOSO", 4),
        ("BUDI SANTOSO", "BUID SANTOSO", 3),
        ("BUDI SANTOSO", "SANTOSO BUDI", 4),
        ("LIM SIOE LIONG", "SIOE LIONG LIM", 4),
        ("AGUS SALIM", "AGUS RIYANTO", 0),
        ("KASMAN ALIAS PAIJO", "PAIJO", 2),
        ("ABDULLAH BIN UMAR", "ABDULLAH", 2),
        ("ABDULLAH BIN UMAR", "ABDULLAH BIN SALEH", 0),
        ("MUHAMMAD A FAUZI", "MUHAMMAD ALI FAUZI", 3),
        ("A B FAUZI", "ADI BAGUS FAUZI", 1),
        ("MUHAMMAD ALI", "MUHAMMAD ALI II", 1),
        ("MUHAMMAD ALI I", "MUHAMMAD ALI II", 0),
        ("BAYI SITI AMINAH I", "BAYI SITI AMINAH II", 0),
        ("BAYI RATNA", "AHMAD FAUZAN", -1),
        ("محمد", "MUHAMMAD", -1),
        ("محمد", "فاطمة", 0),
        ("李伟", "王芳", 0),
        ("SITI AMINAH", "SITI", 2),
        ("BUDI SANTOSO", "BUDI S", 1),
        ("BUDI SANTOSO", "BUDI PRASETYO", 0),
        ("ANI", "ANA SETIAWATI", 0),
        ("BUDI SANTOSO", None, -1),
    ],
)
def test_name_level(connection: duckdb.DuckDBPyConnection, one: str, other: str | None, level: int) -> None:
    both = connection.execute("select name_level($1, $2), name_level($2, $1)", [one, other]).fetchall()
    assert both == [(level, level)]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1980-03-04", "1980-03-04", 2),
        ("1980-03-04", "1980-04-03", 1),
        ("1980-03-04", "1980-03-14", 1),
        ("1980-03-04", "1990-03-04", 1),
        ("1980-03-04", "1981-05-04", 0),
        ("1980-03-04", None, -1),
    ],
)
def test_birth_level(connection: duckdb.DuckDBPyConnection, one: str, other: str | None, level: int) -> None:
    assert connection.execute("select birth_level($1::date, $2::date)", [one, other]).fetchall() == [(level,)]


@pytest.mark.parametrize(
    ("other", "level"),
    [("3371010403800001", 2), ("3371019403800001", 1), ("3371010403800002", 0), ("3371015503820007", 0), (None, -1)],
)
def test_nik_level(connection: duckdb.DuckDBPyConnection, other: str | None, level: int) -> None:
    assert connection.execute("select nik_level($1, $2)", ["3371010403800001", other]).fetchall() == [(level,)]


def test_one_nik_and_a_slip_of_the_pen_is_one_person(connection: duckdb.DuckDBPyConnection) -> None:
    slipped = BUDI | {"name_key": "BUID SANTOSO", "birth_date": "1980-04-03", "family_card_no": None}
    assert pairs(connection, BUDI, slipped) == [(0, 1, "nik")]


def test_two_people_behind_one_nik_stay_two(connection: duckdb.DuckDBPyConnection) -> None:
    other = BUDI | {"name_key": "SITI AMINAH", "birth_date": "1991-12-30", "family_card_no": "K2"}
    assert pairs(connection, BUDI, other) == []


def test_twins_with_one_nik_by_mistake_stay_two(connection: duckdb.DuckDBPyConnection) -> None:
    assert pairs(connection, BUDI, BUDI | {"name_key": "JOKO SANTOSO"}) == []


def test_a_person_without_nik_is_found_in_the_family(connection: duckdb.DuckDBPyConnection) -> None:
    assert pairs(connection, BUDI, BUDI | {"nik": None, "name_key": "BUDI S"}) == [(0, 1, "family")]


def test_a_father_and_a_son_of_one_name_stay_two(connection: duckdb.DuckDBPyConnection) -> None:
    assert pairs(connection, BUDI, BUDI | {"nik": None, "birth_date": "2005-11-20"}) == []


def test_a_person_without_nik_and_card_is_found_in_the_village(connection: duckdb.DuckDBPyConnection) -> None:
    here = BUDI | {"village_code": "3371010002"}
    assert pairs(connection, here, here | {"nik": None, "family_card_no": None}) == [(0, 1, "place")]


def test_a_line_checked_again_is_the_same_person_unless_all_differs(connection: duckdb.DuckDBPyConnection) -> None:
    line = {"feed": "verification", "record_key": 1}
    again = {"name_key": "BUDI SANTOSO", "birth_date": None} | line
    stranger = {"name_key": "SITI AMINAH", "birth_date": "1991-12-30"} | line
    assert pairs(connection, BUDI | line, again, stranger) == [(0, 1, "resent")]

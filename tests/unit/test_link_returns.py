"""Two lines of one return: which are one person, which may be, and what other returns say of them."""

import duckdb
import pytest

from handmade import Record, give
from satu.link import clusters, households, returns, rules

SUSI: Record = {
    "name_key": "SUSI HANDAYANI",
    "birth_date": "1988-09-09",
    "nik": "3371014909880002",
    "sex": "female",
    "family_card_no": "K1",
    "return_no": 1,
}


def people(connection: duckdb.DuckDBPyConnection, *lines: Record) -> list[int]:
    """Link the lines; give the smallest line of the person of each."""
    give(connection, *lines)
    returns.find_repeats(connection)
    rules.find_certain_pairs(connection)
    clusters.cluster(connection)
    returns.unite_lines(connection)
    clusters.cluster(connection)
    households.find_leftover_pairs(connection)
    clusters.cluster(connection)
    return [row[0] for row in connection.execute("select cluster from clustered order by r").fetchall()]


def test_a_name_of_three_words_may_be_abbreviated(connection: duckdb.DuckDBPyConnection) -> None:
    long = SUSI | {"name_key": "SUSI ANI HANDAYANI"}
    assert people(connection, long, long | {"name_key": "SUSI ANI H", "nik": None}) == [0, 0]


@pytest.mark.parametrize("name", ["IKA", "SRI"])
def test_a_short_name_with_two_letters_exchanged_is_the_same_where_the_nik_is(
    connection: duckdb.DuckDBPyConnection, name: str
) -> None:
    short = SUSI | {"name_key": name}
    assert people(connection, short, short | {"name_key": name[0] + name[2] + name[1]}) == [0, 0]


@pytest.mark.parametrize(("name", "expected"), [("SUSI HANDAYANI", [0, 0]), ("SUSI", [0, 1])])
def test_two_cards_of_one_list_hold_one_person_where_the_whole_name_of_several_words_is_the_same(
    connection: duckdb.DuckDBPyConnection, name: str, expected: list[int]
) -> None:
    listed = SUSI | {"feed": "verification", "name_key": name}
    assert people(connection, listed, listed | {"nik": None, "family_card_no": "K2"}) == expected


def is_open(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("select count(*) from open_repeat").fetchall()[0][0])


@pytest.mark.parametrize(
    "other",
    [
        {"nik": None},
        {"name_key": "SUSI HANDAYNI"},
        {"name_key": "SUSI HANDAYANI PUTRI", "nik": None},
        {"nik": "3308014909880002"},
        {"nik": "3308014909880017"},
        {"nik": "3371014909880017"},
        {"nik": "3308015010870017"},
        {"name_key": "SUSI H"},
        {"name_key": "SUSIHANDAYANI PUTRI", "nik": "3308014909880002"},
        {"birth_date": "1988-01-01"},
        {"birth_date": None},
        {"birth_date": "1988-09-19"},
        {"birth_date": "1989-09-10"},
        {"birth_date": "1988-09-08", "nik": None},
        {"birth_date": "1988-01-01", "nik": None},
        {"birth_date": "1988-09-08", "nik": "3308014909880017"},
        {"name_key": "SUSI HANDAYANI P", "birth_date": "1988-09-08"},
        {"name_key": "SUSI HANDAYANI PUTRI", "nik": "3371014909880017"},
        {"name_key": "SUSI HANDAYANIE", "nik": "3308014909880017"},
        {"name_key": "SUSI", "nik": "3308014909880017"},
        {"name_key": "BAYI HANDAYANI"},
        {"sex": None},
        {"sex": "male"},
        {"sex": "male", "nik": None},
        {"sex": "male", "name_key": "SUSI HANDAYANI PUTRI", "nik": "3308014909880017"},
        {"name_key": "SUIS HANDAYANI"},
        {"name_key": "SUIS HANDAYANI", "nik": None},
    ],
    ids=str,
)
@pytest.mark.parametrize("feed", ["online_person", "registry", "verification"])
def test_one_person_twice(connection: duckdb.DuckDBPyConnection, other: Record, feed: str) -> None:
    assert people(connection, SUSI | {"feed": feed}, SUSI | {"feed": feed} | other) == [0, 0]
    assert not is_open(connection)


@pytest.mark.parametrize(
    "other",
    [
        {"name_key": "SISI HANDAYANI"},
        {"name_key": "S HANDAYANI"},
        {"name_key": "SUSI HANDAYANI PUTRI", "nik": "3371014909880003"},
        {"name_key": "SUSI ANI HANDAYANI", "nik": "3371014909880017"},
        {"name_key": "SUSI HANDAYANI II", "nik": None},
        {"name_key": "SUSI H", "nik": None},
        {"name_key": "SUSI HANDAYANI", "nik": "3371014909880003"},
        {"name_key": None, "nik": None},
        {"name_key": "BAMBANG HANDAYANI", "birth_date": "1991-01-01"},
        {"birth_date": "2008-09-09"},
        {"birth_date": "2008-09-09", "nik": None},
    ],
    ids=str,
)
def test_two_people(connection: duckdb.DuckDBPyConnection, other: Record) -> None:
    assert people(connection, SUSI, SUSI | other) == [0, 1]
    assert not is_open(connection)


def test_father_and_son_with_a_day_that_stands_for_none(connection: duckdb.DuckDBPyConnection) -> None:
    father = SUSI | {"feed": "verification", "nik": None, "birth_date": "1950-07-01"}
    assert people(connection, father, father | {"birth_date": "1975-07-01"}) == [0, 1]
    assert not is_open(connection)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"nik": None}, {"nik": None, "birth_date": "1988-09-10"}),
        ({"nik": None, "feed": "verification"}, {"nik": None, "feed": "verification", "family_card_no": "K2"}),
        ({}, {"nik": None, "birth_date": "1988-03-21"}),
        ({}, {"name_key": "SUSI HANDAYNI", "sex": "male"}),
        ({}, {"name_key": "SUSI ANI HANDAYANI", "nik": "3308014909880017"}),
    ],
    ids=["neighbouring days", "two cards on one list", "two days of a year", "another sex", "a word between"],
)
def test_a_person_decides(connection: duckdb.DuckDBPyConnection, one: Record, other: Record) -> None:
    assert people(connection, SUSI | one, SUSI | other) == [0, 1]
    assert is_open(connection)


def test_a_repetition_without_proof_is_none_where_another_return_has_two_niks(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    other = SUSI | {"name_key": "SUSI HANDAYANI PUTRI", "nik": "3371014909880003"}
    card = {"feed": "registry", "return_no": 2}
    assert people(connection, SUSI, other | {"nik": None}, SUSI | card, other | card) == [0, 1, 0, 1]


def test_who_is_one_on_the_card_is_one_on_the_list(connection: duckdb.DuckDBPyConnection) -> None:
    other = SUSI | {"nik": "3308014909880017"}
    listed = {"feed": "verification", "return_no": 2}
    card = {"feed": "registry"}
    slipped = {"name_key": "SUSY HANDAYNI"} | listed
    assert people(connection, SUSI | card, other | card, SUSI | listed, other | slipped) == [0, 0, 0, 0]


def test_who_is_one_by_two_niks_on_the_card_is_one_on_a_list_that_has_other_words(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    longer = SUSI | {"nik": "3308014909880002", "name_key": "SUSI HANDAYANI PUTRI"}
    card, listed = {"feed": "registry"}, {"feed": "verification", "return_no": 2}
    slipped = SUSI | listed | {"name_key": "SUSI HADNAYANI"}
    assert people(connection, SUSI | card, longer | card, slipped, longer | listed) == [0, 0, 0, 0]


def test_a_nickname_repeats_whom_the_registry_knows_no_twin_of(connection: duckdb.DuckDBPyConnection) -> None:
    person = SUSI | {"name_key": "SUTRISNO WARDANA"}
    nickname = person | {"name_key": "RISNO", "nik": None}
    card = {"feed": "registry", "return_no": 2}
    assert people(connection, person, nickname, person | card) == [0, 0, 0]
    twin = person | card | {"name_key": "BAMBANG WARDANA", "nik": "3371014909880003"}
    connection.execute("delete from record")
    assert people(connection, person, nickname, person | card, twin) == [0, 1, 0, 3]


def test_whom_two_households_leave_over_is_one_person(connection: duckdb.DuckDBPyConnection) -> None:
    asked = {"feed": "interview_person", "return_no": 2, "family_card_no": "K9"}
    child: Record = {"name_key": "RAKA PRATAMA", "birth_date": "2014-09-07", "sex": "male", "return_no": 1}
    nickname = child | {"name_key": "TAMA", "birth_date": "2014-09-08"} | asked
    assert people(connection, SUSI, child, SUSI | asked, nickname) == [0, 1, 0, 1]
    connection.execute("delete from record")
    other = child | {"name_key": "DIMAS", "sex": "female"} | asked
    assert people(connection, SUSI, child, SUSI | asked, other) == [0, 1, 0, 3]


def test_two_niks_on_two_cards_are_one_person_unless_both_speak(connection: duckdb.DuckDBPyConnection) -> None:
    card = {"feed": "registry", "village_code": "3371010002"}
    second = SUSI | card | {"nik": "3308014909880001", "family_card_no": "K2", "return_no": 2}
    asked = {"return_no": 3, "feed": "interview_person"}
    assert people(connection, SUSI | card, SUSI | asked, second) == [0, 0, 0]
    connection.execute("delete from record")
    spoken = second | {"return_no": 4, "feed": "online_person"}
    assert people(connection, SUSI | card, SUSI | asked, second, spoken) == [0, 0, 2, 2]


def test_who_is_shortened_and_has_two_niks_may_be_one_of_twins(connection: duckdb.DuckDBPyConnection) -> None:
    """Where there is a third line of that day of birth, the line with one word may be of the other twin."""
    short, twin = {"name_key": "SUSI", "nik": "3308014909880017"}, {"name_key": "SISI", "nik": "3371014909880003"}
    assert people(connection, SUSI, SUSI | short, SUSI | twin) == [0, 1, 2]


@pytest.mark.parametrize("slipped", ["3371014909780003", "3308014909880003"])
def test_niks_that_follow_each_other_on_the_card_speak_against_what_a_list_proves(
    connection: duckdb.DuckDBPyConnection, slipped: str
) -> None:
    twin = SUSI | {"nik": "3371014909880003"}
    card = {"feed": "registry", "return_no": 2}
    assert people(connection, SUSI, twin | {"nik": slipped}, SUSI | card, twin | card) == [0, 1, 0, 1]


BARE = SUSI | {"birth_date": None, "nik": None}
CARD = SUSI | {"feed": "registry", "return_no": 2}


def test_a_line_without_a_birth_date_is_of_the_only_one_of_its_name_on_the_card(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert people(connection, SUSI, BARE, CARD) == [0, 0, 0]


def test_a_line_without_a_birth_date_is_of_nobody_else_where_the_card_has_the_name_twice(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    mother = CARD | {"birth_date": "1960-05-05", "nik": "3371014505600001"}
    assert people(connection, SUSI, BARE, CARD, mother) == [0, 1, 0, 1]

"""Values that look good and are not: one small drop goes from land to link, and each test looks at one of them.

What becomes of each is stated in docs/traps.md.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import value_traps
from value_traps import RESIDENTS

from satu import build, engines, ledger, pipeline, settings, warehouse
from satu.build import Part
from satu.export.data import neutral
from satu.ledger import runs
from support import Landing


@pytest.fixture(scope="module")
def built() -> Iterator[Landing]:
    """The warehouse after one drop: staging, links, people and issues; dbt runs once before linkage and once after."""
    folder = Path(tempfile.mkdtemp(prefix="satu-test-"))
    folder.chmod(0o711)
    made = settings.load(home=folder, landing_url=str(folder / "landing"))
    warehouse.url(made)
    ledger.migrate(made)
    landing = Landing(made, folder / "landing")
    value_traps.deliver(landing)
    assert set(landing.load()) == {"loaded"}
    run_id = runs.start(made)
    build.build_part(made, run_id, Part.RECORDS)
    pipeline.link(made, run_id)
    people = ["--select", "+record_issue", "+person", "--exclude", "selector:before_linkage"]
    assert engines.run_dbt(made, "run", *people, "--vars", '{"as_of": ""}') == 0
    yield landing
    warehouse.stop(made)
    shutil.rmtree(folder)


def issues(built: Landing, resident: str) -> set[str]:
    """`column:rule` of one resident of the registry."""
    number = list(RESIDENTS).index(resident) + 1
    query = "select column_name || ':' || rule from population.record_issue where feed = 'registry' and record_no = %s"
    return {row[0] for row in built.query(query, number)}


def value(built: Landing, resident: str, column: str) -> Any:  # noqa: ANN401 - whatever type the column has
    number = list(RESIDENTS).index(resident) + 1
    return built.query(f"select {column} from staging.stg_registry where record_no = %s", number)[0][0]


def people_of(built: Landing, feed: str, condition: str) -> list[int]:
    query = f"""select person_id from population.person_record join staging.stg_{feed} using (file_id, record_no)
        where feed = '{feed}' and {condition} order by record_no"""
    return [row[0] for row in built.query(query)]


def test_a_good_record_has_no_issue(built: Landing) -> None:
    assert issues(built, "good") == set()


def test_no_record_is_lost_on_the_way(built: Landing) -> None:
    for feed in ("registry", "verification", "interview_person"):
        [(raw, staged, linked)] = built.query(
            f"select (select count(*) from raw.{feed}), (select count(*) from staging.stg_{feed}),"
            f" (select count(*) from population.person_record where feed = '{feed}')"
        )
        assert raw == staged == linked > 0, feed


FORMS = ["slashed", "slashed without zeros", "dashed", "dotted", "month name", "english month", "serial"]


@pytest.mark.parametrize("resident", [*FORMS, "with a time", "without signs"])
def test_a_date_of_a_declared_format_is_read(built: Landing, resident: str) -> None:
    assert str(value(built, resident, "birth_date")) == "1995-06-07"
    assert issues(built, resident) == set()


def test_a_date_with_an_indonesian_month_is_read(built: Landing) -> None:
    assert str(value(built, "short month", "birth_date")) == "1995-08-07"
    assert issues(built, "short month") == set()


@pytest.mark.parametrize("resident", ["impossible day", "month first", "two-digit year", "midnight elsewhere"])
def test_an_impossible_or_ambiguous_date_is_an_issue_and_no_guess(built: Landing, resident: str) -> None:
    assert value(built, resident, "birth_date") is None
    assert issues(built, resident) == {"birth_date:unparsable_date"}


def test_a_nik_whose_date_differs_is_kept_with_a_warning(built: Landing) -> None:
    assert value(built, "nik date", "nik") == RESIDENTS["nik date"]["nik"]
    assert issues(built, "nik date") == {"nik:birth_date_differs"}


def test_a_nik_whose_sex_differs_is_kept_with_a_warning(built: Landing) -> None:
    assert value(built, "nik sex", "nik") == RESIDENTS["nik sex"]["nik"]
    assert issues(built, "nik sex") == {"nik:sex_differs"}


@pytest.mark.parametrize(
    ("resident", "rule"),
    [("serial 0000", "impossible_serial"), ("day 35", "impossible_day"), ("15 digits", "malformed_number")],
)
def test_a_nik_that_was_never_issued_is_missing_with_an_error(built: Landing, resident: str, rule: str) -> None:
    assert value(built, resident, "nik") is None
    assert issues(built, resident) == {f"nik:{rule}"}


@pytest.mark.parametrize("resident", ["none", "none through a float", "refused"])
def test_a_sentinel_nik_is_missing_and_no_key(built: Landing, resident: str) -> None:
    assert value(built, resident, "nik") is None
    assert issues(built, resident) == {"nik:sentinel_number"}


def test_niks_of_which_a_spreadsheet_kept_15_digits_are_missing_and_flagged(built: Landing) -> None:
    assert built.query("select count(*), count(nik) from staging.stg_asn") == [(25, 0)]
    assert built.query("select rule, count(*) from population.record_issue where feed = 'asn' group by 1") == [
        ("lost_digits", 25)
    ]


def test_two_people_with_one_nik_stay_two_and_are_reported(built: Landing) -> None:
    assert len(set(people_of(built, "registry", "nik = '3371010101800001'"))) == 2
    assert issues(built, "shared a") == {"nik:shared_nik"}
    assert issues(built, "shared b") == {"nik:shared_nik", "nik:birth_date_differs"}


def test_a_person_who_is_in_a_return_twice_is_one_and_reported(built: Landing) -> None:
    assert len(set(people_of(built, "verification", "name = 'RATIH PALUPI'"))) == 1
    query = """select list_no from population.record_issue join staging.stg_verification using (file_id, record_no)
        where feed = 'verification' and rule = 'repeated_in_return'"""
    assert built.query(query) == [("6",)]


def test_one_person_with_two_niks_is_one_and_both_records_stay(built: Landing) -> None:
    found = people_of(built, "registry", "name = 'KUSUMA WARDANI'") + people_of(
        built, "verification", "name = 'KUSUMA WARDANI'"
    )
    assert len(found) == 2
    assert len(set(found)) == 1


def test_a_family_card_that_changed_does_not_part_a_person(built: Landing) -> None:
    found = people_of(built, "registry", "name = 'ANGGUN VERA'") + people_of(
        built, "verification", "name = 'ANGGUN VERA'"
    )
    assert len(set(found)) == 1
    assert built.query("select family_card_no from population.person where person_id = %s", found[0]) == [
        ("3371011606099999",)
    ]


def test_lost_zeros_are_restored_and_reported(built: Landing) -> None:
    assert [value(built, "lost zero", column) for column in ("kemendagri_code", "rt", "rw", "sex")] == [
        "3371011007", "001", "001", "male",
    ]  # fmt: skip
    assert issues(built, "lost zero") == {f"{name}:code_repaired" for name in ("kemendagri_code", "rt", "rw", "sex")}


@pytest.mark.parametrize("resident", ["floats", "unseen"])
def test_what_is_no_part_of_a_code_is_taken_away_and_reported(built: Landing, resident: str) -> None:
    nik = {"floats": "3371010706950027", "unseen": "3371010706950028"}[resident]
    assert [value(built, resident, column) for column in ("nik", "sex", "rt", "kemendagri_code")] == [
        nik, "male", "001", "3371011007",
    ]  # fmt: skip
    cleaned = {f"{name}:text_cleaned" for name in ("nik", "sex", "kemendagri_code")}
    lost_zeros = {"rt:text_cleaned", "rt:code_repaired"} if resident == "floats" else set()
    assert issues(built, resident) == cleaned | lost_zeros


def test_a_code_that_lost_a_digit_as_a_number_is_missing_and_no_other_place(built: Landing) -> None:
    assert value(built, "code of a number", "kemendagri_code") is None
    assert issues(built, "code of a number") == {"kemendagri_code:malformed_area_code"}


def test_words_for_missing_are_missing(built: Landing) -> None:
    columns = ("marital_status", "religion", "birth_place", "rt")
    assert [value(built, "words", column) for column in columns] == [None] * 4
    assert issues(built, "words") == set()
    assert value(built, "no name", "name") is None
    assert issues(built, "no name") == {"name:missing_required"}


def test_a_time_without_a_zone_is_the_area_s_own_in_every_spelling(built: Landing) -> None:
    query = "select list_no, verified_at at time zone 'UTC' from staging.stg_verification where file_id = %s"
    times = built.query(query + " order by 1", built.file("times.csv")["file_id"])
    assert {str(time) for _, time in times} == {"2020-09-07 01:30:00"}
    assert len(times) == 5


def test_missing_value_codes_are_missing_and_no_issue(built: Landing) -> None:
    columns = ("marital_status", "religion", "birth_place", "address", "rt")
    assert [value(built, "missing codes", column) for column in columns] == [None] * 5
    assert issues(built, "missing codes") == set()


def test_a_code_that_is_not_listed_is_missing_with_an_issue(built: Landing) -> None:
    assert value(built, "unknown code", "marital_status") is None
    assert issues(built, "unknown code") == {"marital_status:unknown_code"}


def test_a_surface_is_read_with_a_point_or_a_comma_and_never_guessed(built: Landing) -> None:
    area = "select sls_code, surface_km2::float8 from staging.stg_area where {} order by sls_code"
    assert built.query(area.format(f"file_id = {built.file('new.csv')['file_id']}")) == [
        ("3371010002000100", 0.025),
        ("3371010002000200", 0.015),
        ("3371010003000100", None),
    ]
    assert built.query(area.format("sls_code = '3371010002000900'")) == [("3371010002000900", None)]
    query = "select record_no, rule, severity from population.record_issue where column_name = 'surface_km2'"
    assert set(built.query(query)) == {(3, "unparsable_number", "warning")}


def test_an_area_code_of_the_other_system_is_an_issue(built: Landing) -> None:
    assert issues(built, "other system") == {"kemendagri_code:area_code_of_other_system"}


def test_an_area_code_that_nobody_knows_is_an_issue(built: Landing) -> None:
    assert issues(built, "unknown place") == {"kemendagri_code:unknown_area_code"}


def placed(built: Landing, line: int) -> tuple[list[Any], list[Any]]:
    """Issues of a line of the population list, and where its person counts."""
    query = (
        "select column_name, rule, severity from population.record_issue where feed = 'verification' and record_no = %s"
    )
    place = (
        "select sls_code, village_code, area_code from population.person"
        " join population.person_record using (person_id)"
        " where feed = 'verification' and record_no = %s and file_id = %s"
    )
    return built.query(query, line), built.query(place, line, built.file("dp.csv")["file_id"])


def test_an_area_code_of_another_vintage_is_brought_to_its_successor(built: Landing) -> None:
    assert placed(built, 4) == (
        [("sls_code", "area_code_of_other_vintage", "warning")],
        [("3371010003000100", "3371010003", "3371010003")],
    )


def test_an_area_code_without_a_certain_successor_counts_in_the_area_that_is_certain(built: Landing) -> None:
    assert placed(built, 3) == (
        [("sls_code", "area_code_without_successor", "error")],
        [(None, "3371010002", "3371010002")],
    )


def test_a_work_area_that_comes_twice_has_one_target_and_renames_nothing(built: Landing) -> None:
    query = "select sls_code, regency_name, target_households from staging.work_area order by 1"
    assert built.query(query) == [
        ("3371010002000100", "KOTA MAGELANG", 32),
        ("3371010002000200", "KOTA MAGELANG", 34),
        ("3371010003000100", "KOTA MAGELANG", 30),
    ]
    query = "select record_no, rule, column_name from population.record_issue where feed = 'area' and file_id = %s"
    assert sorted(built.query(query, built.file("new (1).csv")["file_id"])) == [
        (1, "area_name_differs", "regency_name"),
        (1, "natural_key_twice", None),
    ]


def test_an_interview_that_is_sent_again_counts_once(built: Landing) -> None:
    query = "select count(*), count(*) filter (where is_latest) from staging.stg_interview_person"
    assert built.query(query) == [(3, 1)]
    [person] = set(people_of(built, "interview_person", "true"))
    assert built.query("select count_status from population.person where person_id = %s", person) == [
        ("counted_confirmed",)
    ]


def test_a_file_after_its_phase_is_loaded_and_flagged(built: Landing) -> None:
    file = built.file("late.csv")
    assert file["status"] == "loaded"
    query = "select rule from population.record_issue where file_id = %s"
    assert ("late_file",) in built.query(query, file["file_id"])
    assert len(people_of(built, "verification", "name = 'RINI'")) == 1


def test_a_cell_that_looks_like_a_formula_is_kept_and_neutral_when_exported(built: Landing) -> None:
    for column, given in (
        ("name", "nama_lengkap"),
        ("birth_place", "tmpt_lhr"),
        ("address", "alamat"),
        ("occupation", "jenis_pkrjn"),
    ):
        kept = value(built, "formula", column)
        assert kept == RESIDENTS["formula"][given]
        assert neutral(kept) == f"'{kept}"
    assert issues(built, "formula") == set()

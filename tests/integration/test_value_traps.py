"""Values that look good and are not: one small drop goes from land to link, and each test looks at one of them.

What becomes of each is stated in docs/traps.md; files that are broken as such are in test_traps.py.
"""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from satu import build, ledger, pipeline, settings, warehouse
from satu.build import Part
from satu.export.data import neutral
from satu.ledger import runs
from support import Landing

VILLAGE = "JAWA TENGAH,KOTA MAGELANG,MAGELANG SELATAN"
AREA_COLUMNS = "nama_provinsi,nama_kabkota,nama_kecamatan,nama_kelurahan,kode_kemendagri"
AREA = f"""kode_sls,nama_sls,{AREA_COLUMNS},zona,target_kk,target_penduduk,vintage,luas_km2
3371010002000100,RT 001 RW 001,{VILLAGE},MAGERSARI,33.71.01.1007,1,32,,%s,0.0250
3371010002000200,RT 002 RW 001,{VILLAGE},MAGERSARI,33.71.01.1007,1,34,,%s,"0,0150"
3371010003000100,RT 001 RW 002,{VILLAGE},REJOWINANGUN,33.71.01.1003,1,30,,%s,"1.250,5"
"""
GONE = f"3371010002000900,RT 009 RW 001,{VILLAGE},MAGERSARI,33.71.01.1007,1,12,,2019S2,0\n"
RENUMBERED = "3371010003000500"  # what 3371010003000100 was before
TWICE = "3371010002000200,RT 002 RW 001,JAWA TENGAH,KOTA SOLO,MAGELANG SELATAN,MAGERSARI,33.71.01.1007,1,99,,2020S1,\n"
# Residents of the registry by the trap that they are in; the rest is as in PLAIN, with a name and card of their own.
PLAIN = {
    "no_kk": "", "nama_lengkap": "", "tmpt_lhr": "MAGELANG", "tgl_lhr": "1995-06-07", "jk": "1",
    "shdk": "4", "stat_kwn": "1", "agama": "1", "pddk_akh": "5", "jenis_pkrjn": "GURU", "alamat": "JL. MAHENDRA",
    "no_rt": "001", "no_rw": "001", "kode_wilayah": "33.71.01.1007", "semester": "2019S2",
}  # fmt: skip
RESIDENTS: dict[str, dict[str, str]] = {
    "good": {"nik": "3371015806880001", "nama_lengkap": "ANGGUN VERA", "tgl_lhr": "1988-06-18", "jk": "2"},
    "slashed": {"nik": "3371010706950001", "tgl_lhr": "07/06/1995"},
    "slashed without zeros": {"nik": "3371010706950011", "tgl_lhr": "7/6/1995"},
    "month name": {"nik": "3371010706950002", "tgl_lhr": "07 Juni 1995"},
    "short month": {"nik": "3371010708950003", "tgl_lhr": "7 Agt 1995"},
    "serial": {"nik": "3371010706950004", "tgl_lhr": "34857"},
    "dashed": {"nik": "3371010706950021", "tgl_lhr": "07-06-1995"},
    "dotted": {"nik": "3371010706950022", "tgl_lhr": "07.06.1995"},
    "with a time": {"nik": "3371010706950023", "tgl_lhr": "1995-06-07 00:00:00"},
    "english month": {"nik": "3371010706950024", "tgl_lhr": "7-Jun-1995"},
    "without signs": {"nik": "3371010706950025", "tgl_lhr": "19950607"},
    "midnight elsewhere": {"nik": "3371010706950026", "tgl_lhr": "1995-06-06T17:00:00Z"},
    "floats": {"nik": "3371010706950027.0", "jk": "1.0", "no_rt": "1.0", "kode_wilayah": "3371011007.0"},
    "unseen": {"nik": "'3371010706950028\u200b", "jk": "1\u00a0", "kode_wilayah": "33.71.01.1007\t"},
    "code of a number": {"nik": "3371010706950029", "kode_wilayah": "33.7"},
    "words": {"nik": "3371010706950030", "stat_kwn": "NULL", "agama": "#N/A", "tmpt_lhr": "tidak ada", "no_rt": "nan"},
    "no name": {"nik": "3371010706950031", "nama_lengkap": "NULL"},
    "impossible day": {"nik": "3371010706950005", "tgl_lhr": "31/02/1995"},
    "month first": {"nik": "3371010706950006", "tgl_lhr": "06/25/1995"},
    "two-digit year": {"nik": "3371010706950007", "tgl_lhr": "07/06/95"},
    "nik date": {"nik": "3371010806950008"},
    "nik sex": {"nik": "3371014706950009"},
    "serial 0000": {"nik": "3371010706950000"},
    "day 35": {"nik": "3371013506950001"},
    "15 digits": {"nik": "337101070695001"},
    "none": {"nik": "9999999999999995"},
    "none through a float": {"nik": "9999999999999996"},
    "refused": {"nik": "9999999999999994"},
    "shared a": {
        "nik": "3371010101800001",
        "nama_lengkap": "SITI",
        "tgl_lhr": "1980-01-01",
        "no_kk": "3371011606090825",
    },
    "shared b": {
        "nik": "3371010101800001",
        "nama_lengkap": "WAWAN",
        "tgl_lhr": "1962-11-23",
        "no_kk": "3371011606090826",
    },
    "other system": {"nik": "3371010706950012", "kode_wilayah": "3371010002"},
    "unknown place": {"nik": "3371010706950013", "kode_wilayah": "33.71.09.1099"},
    "lost zero": {"nik": "3371010706950014", "kode_wilayah": "33.71.1.1007", "no_rt": "1", "no_rw": "01", "jk": "01"},
    "missing codes": {
        "nik": "3371010706950015",
        "stat_kwn": "98",
        "agama": "99",
        "tmpt_lhr": "-",
        "alamat": "N/A",
        "no_rt": "0",
    },
    "unknown code": {"nik": "3371010706950016", "stat_kwn": "7"},
    "formula": {
        "nik": "3371010706950017",
        "nama_lengkap": '=HYPERLINK("x")',
        "tmpt_lhr": "@SUM(A1)",
        "alamat": "+62",
        "jenis_pkrjn": "-GURU",
    },
    "two niks": {
        "nik": "3371010203750001",
        "nama_lengkap": "KUSUMA WARDANI",
        "tgl_lhr": "1975-03-02",
        "no_kk": "3371011606090827",
    },
}
VERIFICATION = "kode_sls,no_dp,no_kk,nik,nama,jk,tgl_lahir,sumber,status,id_petugas,waktu,catatan"
MORNING = "PS1,2020-09-07T08"
HERE = "DUKCAPIL,ADA_SESUAI_KK"
FIELD = f"""{VERIFICATION}
3371010002000100,1,3371011606099999,3371015806880001,ANGGUN VERA,2,1988-06-18,{HERE},{MORNING}:00:00+07:00,
3371010002000100,2,3371011606090827,3371010203750002,KUSUMA WARDANI,1,1975-03-02,{HERE},{MORNING}:10:00+07:00,
3371010002000900,3,,,TONO,1,,BARU,BARU_BELUM_TERCATAT,{MORNING}:20:00+07:00,
{RENUMBERED},4,,,TUTI,2,,BARU,BARU_BELUM_TERCATAT,{MORNING}:30:00+07:00,
3371010002000100,5,3371011606090828,3371014511810001,RATIH PALUPI,2,1981-11-05,{HERE},{MORNING}:40:00+07:00,
3371010002000100,6,3371011606090828,,RATIH PALUPI,2,1981-11-05,{HERE},{MORNING}:50:00+07:00,
"""
TIMES = f"""{VERIFICATION}
3371010002000100,11,,,SRI,2,1988-06-18,BARU,BARU_BELUM_TERCATAT,PS1,2020-09-07 08:30:00,
3371010002000100,12,,,DWI,1,1975-03-02,BARU,BARU_BELUM_TERCATAT,PS1,2020-09-07 08:30:00+07,
3371010002000100,13,,,TRI,2,1975-03-02,BARU,BARU_BELUM_TERCATAT,PS1,07/09/2020 08.30,
3371010002000100,14,,,EKO,1,1975-03-02,BARU,BARU_BELUM_TERCATAT,PS1,07-09-2020 08:30:00 WIB,
3371010002000100,15,,,YUNI,2,1975-03-02,BARU,BARU_BELUM_TERCATAT,PS1,7 September 2020 10.30 WIT,
"""
LATE = f"""{VERIFICATION}
3371010002000200,9,,,RINI,2,,BARU,BARU_PINDAH_MASUK,PS1,2020-09-30T08:00:00+07:00,
"""
OFFICER = "id_petugas,nama,peran,kode_sls,mulai,selesai\nPS1,OFFICER,PS,3371010002000100,2020-09-01,2020-09-30\n"
RETURN = """id_wawancara,kode_sls,no_kk,id_petugas,mode,mulai,selesai,hasil
C1,3371010003000100,,PS1,WAWANCARA,2020-09-23T08:14:00+07:00,2020-09-23T08:16:03+07:00,LENGKAP
"""
MEMBER = """id_wawancara,no_urut,nik,nama,hub,jk,tgl_lahir,ada_di_alamat
C1,1,,PARDI,1,1,1966-07-06,1
"""
ASN = "nip,nik,nama,instansi,kode_kabkota"


def registry_file() -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["nik", *PLAIN], lineterminator="\n")
    writer.writeheader()
    for number, values in enumerate(RESIDENTS.values()):
        own = {"no_kk": f"33710116060907{number:02}", "nama_lengkap": f"WARGA {chr(ord('A') + number) * 6}"}
        writer.writerow({**PLAIN, **own, **values})
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def built() -> Iterator[Landing]:
    """The warehouse after one drop: staging, links, people and issues; dbt runs once before linkage and once after."""
    folder = Path(tempfile.mkdtemp(prefix="satu-test-"))
    folder.chmod(0o711)
    made = settings.load(home=folder, landing_url=str(folder / "landing"))
    warehouse.url(made)
    ledger.migrate(made)
    landing = Landing(made, folder / "landing")
    old = AREA.replace("3371010003000100", RENUMBERED) % (("2019S2",) * 3)
    landing.drop("area", "old.csv", (old + GONE).encode(), period="2019-08-01")
    new = AREA % (("2020S1",) * 3)
    landing.drop("area", "new.csv", new.encode(), period="2020-02-01")
    landing.drop("area", "new (1).csv", (new.splitlines()[0] + "\n" + TWICE).encode(), period="2020-02-01")
    landing.drop("officer", "officer.csv", OFFICER.encode(), period="2020-09-01")
    landing.drop("registry", "dkb.csv", registry_file(), period="2019-12-31")
    landing.drop("verification", "dp.csv", FIELD.encode(), period="2020-09-07")
    landing.drop("verification", "times.csv", TIMES.encode(), period="2020-09-07")
    landing.drop("verification", "late.csv", LATE.encode(), period="2020-10-15")
    for period in ("2020-09-23", "2020-09-24"):  # sent twice, then once more with the supervisor's approval
        for name in ("c1.csv", "c1_again.csv")[: 2 if period == "2020-09-23" else 1]:
            blank = "\n" if name == "c1_again.csv" else ""
            landing.drop("interview_household", name, (RETURN + blank).encode(), period=period)
            landing.drop("interview_person", name, (MEMBER + blank).encode(), period=period)
    rounded = "".join(f"{number},33710107069500{number:02}0"[:-2] + "0,A,B,3371\n" for number in range(10, 35))
    landing.drop("asn", "excel.csv", f"{ASN}\n{rounded}".encode())
    assert set(landing.load()) == {"loaded"}
    run_id = runs.start(made)
    build.build_part(made, run_id, Part.RECORDS)
    pipeline.link(made, run_id)
    people = ["--select", "+record_issue", "+person", "--exclude", "selector:before_linkage"]
    assert build._dbt(made, "run", *people, "--vars", '{"as_of": ""}') == 0
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

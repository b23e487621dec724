"""What becomes of a file at its first delivery: loaded or refused; records read = loaded + rejected, always."""

import gzip

import pytest
from asn_files import (
    GOOD,
    HEADER,
    OTHER,
    SAME_RECORDS,
    TOTALS,
    archive,
    asn,
    expect_loaded,
    expect_refused,
    json_lines,
    names,
)

from satu import pipeline
from satu.errors import WrongUsage
from support import Landing


@pytest.mark.parametrize("name", SAME_RECORDS)
def test_every_format_and_dialect_gives_the_same_records(landing: Landing, name: str) -> None:
    landing.drop("asn", name, SAME_RECORDS[name])
    assert landing.load() == {"loaded": 1}
    rows = landing.query("select nip, nik, nama, instansi, kode_kabkota, _record_no from raw.asn order by _record_no")
    assert rows == [(*GOOD.split(","), 1), (*OTHER.split(","), 2)]
    expect_loaded(landing, name, 2)


DAMAGE = {
    "too few fields": (b"198806182010012000,3371015806880001\n", "2 fields; expected 5"),
    "too many fields": (f"{GOOD},9,9\n".encode(), "7 fields; expected 5"),
    "NUL byte": (GOOD.replace("ANGGUN", "ANG\x00GUN").encode() + b"\n", "holds a NUL byte"),
    "broken UTF-8": (GOOD.encode().replace(b"ANGGUN", b"ANG\xff\xfeUN") + b"\n", "not UTF-8"),
    "COPY's end of data": (b"\\.\n", "1 fields; expected 5"),
    "unclosed quote": (GOOD.replace("ANGGUN", '"ANGGUN').encode() + b"\n", "a quote is not closed"),
    "text after a quote": (GOOD.replace("ANGGUN VERA", '"ANGGUN" VERA').encode() + b"\n", "a quote"),
    "very long line": (b"x" * 2_000_000 + b"\n", "longer than 1,048,576 bytes"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_damaged_line_is_quarantined_and_the_rest_loads(landing: Landing, kind: str) -> None:
    line, reason = DAMAGE[kind]
    landing.drop("control_total", "damaged.csv", asn(GOOD, header=TOTALS) + line + f"{OTHER}\n".encode())
    assert landing.load() == {"loaded": 1}
    expect_loaded(landing, "damaged.csv", 3, rejected=1)
    [(record_no, line_no, raw, why)] = landing.query("select record_no, line_no, raw, reason from ops.rejected_record")
    assert (record_no, line_no) == (2, 3)
    assert reason in why
    assert line.rstrip().startswith(bytes(raw))
    assert [row[0] for row in landing.query("select _record_no from raw.control_total order by 1")] == [1, 3]


def test_quotes_inside_a_field_are_kept(landing: Landing) -> None:
    landing.drop("asn", "quotes.csv", asn(GOOD.replace("ANGGUN VERA", 'ANGGUN "VERA"')))
    assert landing.load() == {"loaded": 1}
    assert names(landing) == ['ANGGUN "VERA"']


def test_an_unclosed_quote_takes_no_neighbour_with_it(landing: Landing) -> None:
    lines = [GOOD, GOOD.replace("ANGGUN", '"BUDI'), OTHER, GOOD.replace("VERA", 'CITRA"'), OTHER]
    landing.drop("asn", "quotes.csv", asn(*lines))
    landing.load()
    expect_loaded(landing, "quotes.csv", 5, rejected=1)
    assert len(names(landing)) == 4


def test_a_person_called_total_is_no_footer(landing: Landing) -> None:
    header = "nama,nip,nik,instansi,kode_kabkota"
    line = "TOTAL SETIAWAN,198806182010012000,3371015806880001,SETDA,3371"
    landing.drop("asn", "total.csv", asn(line, header=header))
    landing.load()
    assert names(landing) == ["TOTAL SETIAWAN"]


@pytest.mark.parametrize("name", ["value.csv", "value.jsonl"])
def test_a_line_end_inside_a_value_is_kept(landing: Landing, name: str) -> None:
    row = GOOD.replace("ANGGUN VERA", "ANGGUN\rVERA")
    quoted = GOOD.replace("ANGGUN VERA", '"ANGGUN\rVERA"')
    landing.drop("asn", name, json_lines(row, OTHER) if name.endswith("jsonl") else asn(quoted, OTHER))
    assert landing.load() == {"loaded": 1}
    assert names(landing) == ["ANGGUN\rVERA", "AGUS"]


def test_damaged_json_lines_are_quarantined(landing: Landing) -> None:
    content = json_lines(GOOD) + b'\n{"nip": \n[1]\n{"nip": "1"}\n' + json_lines(OTHER)
    landing.drop("asn", "damaged.jsonl", content)
    assert landing.load() == {"loaded": 1}
    expect_loaded(landing, "damaged.jsonl", 5, rejected=3)
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


REFUSED = {
    "empty.csv": (b"", "the file is empty"),
    "missing_column.csv": (asn(GOOD[:-5], header="nip,nik,nama,instansi"), "lacks the required columns kode_kabkota"),
    "no_header.csv": (asn(OTHER, header=GOOD), "no header"),
    "twice.csv": (asn(f"{GOOD},1", header=f"{HEADER},NIK"), "has the column nik twice"),
    "rounded.csv": (asn(GOOD.replace("3371015806880001", "3.37102E+15")), "rounded number"),
    "text.xlsx": (b"no workbook", "not a readable XLSX"),
    "text.zip": (b"no archive", "not a readable zip"),
    "text.parquet": (b"no table", "not a readable Parquet"),
    "broken.csv.gz": (gzip.compress(asn(GOOD) * 1000)[:-20], "packed file is damaged"),
    "headless.zip": (archive(("a.csv", asn(GOOD)))[1:], "beginning of the archive is missing"),
    "outside.zip": (archive(("../evil.csv", b"x")), "outside itself"),
    "bomb.csv.gz": (gzip.compress(HEADER.encode() + b"\n" + b"0" * 40_000_000), "unpacks to more than"),
    "notes.docx": (b"x", "unknown kind of file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_taken_in_is_refused_with_its_reason(landing: Landing, name: str) -> None:
    content, reason = REFUSED[name]
    landing.drop("asn", name, content)
    landing.load()
    expect_refused(landing, name, reason)
    assert names(landing) == []


def test_a_file_at_no_slot_is_refused_and_names_that_are_not_files_yet_are_left(landing: Landing) -> None:
    for name in ("good.csv", "half.csv.part", ".hidden.csv", "_state.csv"):
        landing.drop("asn", name, asn(GOOD))
    landing.drop("unknown_feed", "x.csv", b"x")
    landing.drop("asn", "wrong_day.csv", b"x", period="2020-13-45")
    landing.load()
    assert landing.query("select file_name, status from ops.file order by 1") == [
        ("good.csv", "loaded"),
        ("wrong_day.csv", "refused"),
        ("x.csv", "refused"),
    ]


def test_no_record_is_written_to_any_log(
    landing: Landing, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    line, _ = DAMAGE["too many fields"]
    landing.drop("asn", "damaged.csv", asn(GOOD) + line)
    landing.load()
    output = capfd.readouterr()
    assert "ANGGUN" not in caplog.text + output.out + output.err + str(landing.file("damaged.csv")["findings"])


def test_a_landing_place_that_is_not_there_is_no_quiet_day(landing: Landing) -> None:
    nowhere = landing.settings.model_copy(update={"landing_url": str(landing.root / "typo")})
    with pytest.raises(WrongUsage, match="is not a folder"):
        pipeline.sweep(nowhere)

"""What becomes of files: loaded, refused, superseded, duplicate; records read = loaded + rejected, always."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest
import xlsxwriter

from satu import pipeline
from satu.errors import WrongUsage
from satu.ledger import queries
from support import Landing

Asn = Callable[..., bytes]
GOOD = "198806182010012000,3371015806880001,ANGGUN VERA,SETDA,3371"
OTHER = "198702182010011001,3371021802870001,AGUS,DINKES,3371"
HEADER = "nip,nik,nama,instansi,kode_kabkota"


def names(landing: Landing) -> list[str]:
    return [row[0] for row in landing.query("select nama from raw.asn order by _file_id, _record_no")]


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return packed.getvalue()


def workbook(rows: list[list[object]]) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return packed.getvalue()


def parquet(rows: list[str]) -> bytes:
    packed = io.BytesIO()
    pl.read_csv("\n".join([HEADER, *rows]).encode(), infer_schema=False).write_parquet(packed)
    return packed.getvalue()


def json_lines(rows: list[str]) -> bytes:
    return "\n".join(json.dumps(dict(zip(HEADER.split(","), row.split(","), strict=True))) for row in rows).encode()


CONTENTS = {
    "plain.csv": f"{HEADER}\n{GOOD}\n{OTHER}\n".encode(),
    "semicolon.csv": f"{HEADER}\n{GOOD}\n{OTHER}\n".replace(",", ";").encode(),
    "bar.csv": f"{HEADER}\n{GOOD}\n{OTHER}\n".replace(",", "|").encode(),
    "tab.csv": f"{HEADER}\n{GOOD}\n{OTHER}\n".replace(",", "\t").encode(),
    "crlf.csv": f"{HEADER}\r\n{GOOD}\r\n{OTHER}\r\n".encode(),
    "cr.csv": f"{HEADER}\r{GOOD}\r{OTHER}\r".encode(),
    "bom.csv": f"{HEADER}\n{GOOD}\n{OTHER}\n".encode("utf-8-sig"),
    "utf16.csv": f"{HEADER}\n{GOOD}\n{OTHER}\n".encode("utf-16"),
    "no_end.csv": f"{HEADER}\n{GOOD}\n{OTHER}".encode(),
    "aliases.csv": f"N I P,N.I.K,Nama,INSTANSI,Kode Kabkota\n{GOOD}\n{OTHER}\n".encode(),
    "unknown_column.csv": f"{HEADER},catatan\n{GOOD},x\n{OTHER},y\n".encode(),
    "title_rows.csv": f"Daftar ASN\n\n{HEADER}\n(1),(2),(3),(4),(5)\n{GOOD}\n{OTHER}\nJumlah,2,,,\n".encode(),
    "quoted.csv": f'{HEADER}\n"{GOOD.replace(",", chr(34) + "," + chr(34))}"\n{OTHER}\n'.encode(),
    "blank_lines.csv": f"{HEADER}\n{GOOD}\n\n{OTHER}\n\n".encode(),
    "packed.csv.gz": gzip.compress(f"{HEADER}\n{GOOD}\n{OTHER}\n".encode()),
    "archive.zip": zipped(
        a__csv=f"{HEADER}\n{GOOD}\n".encode(), b__csv=f"{HEADER}\n{OTHER}\n".replace(",", ";").encode()
    ),
    "book.xlsx": workbook([HEADER.split(","), GOOD.split(","), OTHER.split(",")]),
    "lines.jsonl": json_lines([GOOD, OTHER]),
    "table.parquet": parquet([GOOD, OTHER]),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_every_format_and_dialect_gives_the_same_records(landing: Landing, name: str) -> None:
    landing.drop("asn", name, CONTENTS[name])
    assert landing.load() == {"loaded": 1}
    rows = landing.query("select nip, nik, nama, instansi, kode_kabkota, _record_no from raw.asn order by _record_no")
    assert rows == [(*GOOD.split(","), 1), (*OTHER.split(","), 2)]
    file = landing.file(name)
    assert (file["records_read"], file["records_loaded"], file["records_rejected"]) == (2, 2, 0)


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
def test_a_damaged_line_is_kept_aside_and_the_rest_loads(landing: Landing, kind: str) -> None:
    line, reason = DAMAGE[kind]
    header = "kode_wilayah,indikator,nilai,tanggal,sumber"  # a feed that is UTF-8 only
    landing.drop("control_total", "damaged.csv", f"{header}\n{GOOD}\n".encode() + line + f"{OTHER}\n".encode())
    assert landing.load() == {"loaded": 1}
    file = landing.file("damaged.csv")
    assert (file["records_read"], file["records_loaded"], file["records_rejected"]) == (3, 2, 1)
    [(record_no, line_no, raw, why)] = landing.query("select record_no, line_no, raw, reason from ops.rejected_record")
    assert (record_no, line_no) == (2, 3)
    assert reason in why
    assert line.rstrip().startswith(bytes(raw))
    assert [row[0] for row in landing.query("select _record_no from raw.control_total order by 1")] == [1, 3]


def test_quotes_inside_a_field_are_kept(landing: Landing) -> None:
    quoted = GOOD.replace("ANGGUN VERA", 'ANGGUN "VERA"')
    landing.drop("asn", "quotes.csv", f"{HEADER}\n{quoted}\n".encode())
    assert landing.load() == {"loaded": 1}
    assert names(landing) == ['ANGGUN "VERA"']


def test_an_unclosed_quote_takes_no_neighbour_with_it(landing: Landing) -> None:
    lines = [GOOD, GOOD.replace("ANGGUN", '"BUDI'), OTHER, GOOD.replace("VERA", 'CITRA"'), OTHER]
    landing.drop("asn", "quotes.csv", "\n".join([HEADER, *lines, ""]).encode())
    landing.load()
    assert landing.file("quotes.csv")["records_read"] == 5
    assert landing.file("quotes.csv")["records_rejected"] == 1
    assert len(names(landing)) == 4


def test_a_person_called_total_is_no_footer(landing: Landing) -> None:
    header = "nama,nip,nik,instansi,kode_kabkota"
    landing.drop(
        "asn", "total.csv", f"{header}\nTOTAL SETIAWAN,198806182010012000,3371015806880001,SETDA,3371\n".encode()
    )
    landing.load()
    assert names(landing) == ["TOTAL SETIAWAN"]


@pytest.mark.parametrize("name", ["value.csv", "value.jsonl"])
def test_a_line_end_inside_a_value_is_kept(landing: Landing, name: str) -> None:
    row = GOOD.replace("ANGGUN VERA", "ANGGUN\rVERA")
    text = f"{HEADER}\n{row.replace('ANGGUN', chr(34) + 'ANGGUN').replace('VERA', 'VERA' + chr(34))}\n{OTHER}\n"
    landing.drop("asn", name, json_lines([row, OTHER]) if name.endswith("jsonl") else text.encode())
    assert landing.load() == {"loaded": 1}
    assert names(landing) == ["ANGGUN\rVERA", "AGUS"]


def test_damaged_json_lines_are_kept_aside(landing: Landing) -> None:
    content = json_lines([GOOD]) + b'\n{"nip": \n[1]\n{"nip": "1"}\n' + json_lines([OTHER])
    landing.drop("asn", "damaged.jsonl", content)
    assert landing.load() == {"loaded": 1}
    assert landing.file("damaged.jsonl")["records_rejected"] == 3
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


REFUSED = {
    "empty.csv": (b"", "the file is empty"),
    "missing_column.csv": (f"nip,nik,nama,instansi\n{GOOD[:-5]}\n".encode(), "lacks the required columns kode_kabkota"),
    "no_header.csv": (f"{GOOD}\n{OTHER}\n".encode(), "no header"),
    "twice.csv": (f"{HEADER},NIK\n{GOOD},1\n".encode(), "names the column nik twice"),
    "rounded.csv": (f"{HEADER}\n{GOOD.replace('3371015806880001', '3.37102E+15')}\n".encode(), "rounded number"),
    "text.xlsx": (b"no workbook", "no readable XLSX"),
    "text.zip": (b"no archive", "no readable zip"),
    "text.parquet": (b"no table", "no readable Parquet"),
    "broken.csv.gz": (gzip.compress(f"{HEADER}\n{GOOD}\n".encode() * 1000)[:-20], "packed file is damaged"),
    "headless.zip": (zipped(a__csv=f"{HEADER}\n{GOOD}\n".encode())[1:], "lacks its beginning"),
    "outside.zip": (zipped(**{"../evil__csv": b"x"}), "outside itself"),
    "bomb.csv.gz": (gzip.compress(HEADER.encode() + b"\n" + b"0" * 40_000_000), "unpacks to more than"),
    "notes.docx": (b"x", "no known kind of file"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_taken_in_is_refused_with_its_reason(landing: Landing, name: str) -> None:
    content, reason = REFUSED[name]
    landing.drop("asn", name, content)
    landing.load()
    file = landing.file(name)
    assert file["status"] == "refused"
    assert reason in file["reason"]
    assert names(landing) == []


def test_a_file_at_no_slot_is_refused_and_names_that_are_not_files_yet_are_left(landing: Landing, asn: Asn) -> None:
    landing.drop("asn", "good.csv", asn(GOOD))
    landing.drop("asn", "half.csv.part", asn(GOOD))
    landing.drop("asn", ".hidden.csv", asn(GOOD))
    landing.drop("asn", "_state.csv", asn(GOOD))
    landing.drop("unknown_feed", "x.csv", b"x")
    landing.drop("asn", "wrong_day.csv", b"x", period="2020-13-45")
    landing.load()
    assert landing.query("select file_name, status from ops.file order by 1") == [
        ("good.csv", "loaded"),
        ("wrong_day.csv", "refused"),
        ("x.csv", "refused"),
    ]


def statuses(landing: Landing) -> dict[str, str]:
    """What the newest delivery of each name is."""
    query = "select distinct on (file_name) file_name, status from ops.file order by file_name, file_id desc"
    return dict(landing.query(query))


def test_the_same_bytes_are_loaded_once_under_whatever_name(landing: Landing, asn: Asn) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.drop("asn", "b.csv", asn(GOOD))
    assert landing.load() == {"loaded": 1, "duplicate": 1}
    landing.drop("asn", "a.csv", asn(GOOD))  # written again: a new time, the same bytes
    landing.drop("asn", "b.csv", asn(GOOD))
    assert landing.load() == {}
    assert names(landing) == ["ANGGUN VERA"]


def test_a_duplicate_stands_for_itself_when_its_twin_is_corrected(landing: Landing, asn: Asn) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.drop("asn", "b.csv", asn(GOOD))
    landing.load()
    twin = next(name for name, status in statuses(landing).items() if status == "loaded")
    landing.drop("asn", twin, asn(OTHER))
    landing.load()
    assert statuses(landing) == {"a.csv": "loaded", "b.csv": "loaded"}
    standing = "select nama from raw.asn join ops.file on file_id = _file_id where status = 'loaded' order by 1"
    assert landing.query(standing) == [("AGUS",), ("ANGGUN VERA",)]


def test_a_correction_to_the_bytes_of_another_file_takes_the_old_version_back(landing: Landing, asn: Asn) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.drop("asn", "b.csv", asn(OTHER))
    landing.load()
    landing.drop("asn", "a.csv", asn(OTHER))
    landing.load()
    assert landing.query("select file_name, status from ops.file order by file_id") == [
        ("a.csv", "superseded"),
        ("b.csv", "loaded"),
        ("a.csv", "duplicate"),
    ]


def test_a_twin_of_a_file_that_was_refused_is_loaded(landing: Landing, asn: Asn) -> None:
    first = landing.drop("asn", "a.csv", asn(GOOD))
    landing.drop("asn", "b.csv", asn(GOOD))
    waiting = pipeline.sweep(landing.settings)
    first.unlink()
    assert pipeline.load_files(landing.settings, waiting) == {"refused": 1, "loaded": 1}
    assert names(landing) == ["ANGGUN VERA"]


def test_a_version_that_comes_back_stands_again(landing: Landing, asn: Asn) -> None:
    for content in (asn(GOOD), asn(OTHER), asn(GOOD)):
        landing.drop("asn", "a.csv", content)
        landing.load()
    assert landing.query("select status, superseded_by from ops.file order by file_id") == [
        ("superseded", landing.file("a.csv")["file_id"] - 1),
        ("superseded", landing.file("a.csv")["file_id"]),
        ("loaded", None),
    ]


def test_other_bytes_under_the_same_name_supersede(landing: Landing, asn: Asn) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.load()
    old = landing.file("a.csv")
    landing.drop("asn", "a.csv", asn(GOOD, OTHER))
    landing.load()
    new = landing.file("a.csv")
    assert new["status"] == "loaded"
    assert landing.query("select status, superseded_by from ops.file where file_id = %s", old["file_id"]) == [
        ("superseded", new["file_id"])
    ]


def test_two_loaders_at_once_load_each_file_once(landing: Landing, asn: Asn) -> None:
    for number in range(20):
        landing.drop("asn", f"{number}.csv", asn(GOOD.replace("ANGGUN", f"A{number}")))
    waiting = pipeline.sweep(landing.settings)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda _: pipeline.load_files(landing.settings, waiting), range(2)))
    assert sum(outcome.get("loaded", 0) for outcome in outcomes) == 20
    assert len(names(landing)) == 20


def test_a_file_that_changed_after_it_was_listed_waits_for_the_next_sweep(landing: Landing, asn: Asn) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    waiting = pipeline.sweep(landing.settings)
    landing.drop("asn", "a.csv", asn(GOOD, OTHER))
    assert pipeline.load_files(landing.settings, waiting) == {"refused": 1}
    assert landing.load() == {"loaded": 1}
    assert len(names(landing)) == 2


def test_a_file_that_went_away_is_taken_when_it_comes_back(landing: Landing, asn: Asn) -> None:
    path = landing.drop("asn", "a.csv", asn(GOOD))
    waiting = pipeline.sweep(landing.settings)
    aside = path.rename(path.parent.parent / "aside.part")
    assert pipeline.load_files(landing.settings, waiting) == {"refused": 1}
    assert "went away" in landing.file("a.csv")["reason"]
    aside.rename(path)
    assert landing.load() == {"loaded": 1}


def test_no_record_is_written_to_any_log(
    landing: Landing, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    line, _ = DAMAGE["too many fields"]
    landing.drop("asn", "damaged.csv", f"{HEADER}\n{GOOD}\n".encode() + line)
    landing.load()
    output = capfd.readouterr()
    assert "ANGGUN" not in caplog.text + output.out + output.err + landing.file("damaged.csv")["findings"].__str__()


def test_a_header_alone_takes_a_file_back(landing: Landing, asn: Asn) -> None:
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.load()
    landing.drop("asn", "a.csv", asn())
    assert landing.load() == {"loaded": 1}
    assert landing.query("select status, records_loaded from ops.file order by file_id") == [
        ("superseded", 1),
        ("loaded", 0),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "".join(f"{line},\n" for line in (HEADER.rstrip(","), GOOD + ",", OTHER + ","))[:-1] + "\n"),
        ("a.csv", f"{HEADER}\n{GOOD},,\n{OTHER},,\n"),
        ("a.csv", f"{HEADER}\n{GOOD.replace(',', ';')}\n"),
        ("a.jsonl", '{"nip": ["198806182010012000"]}\n{"nip": ["2"]}\n'),
        ("a.jsonl", "\n \n"),
        ("a.csv", ""),
    ],
    ids=["one delimiter more", "two more", "another delimiter", "nested", "blank lines", "nothing"],
)
def test_a_redelivery_of_which_nothing_loads_is_refused_and_the_former_stays(
    landing: Landing, asn: Asn, name: str, content: str
) -> None:
    good = {"nip": "1", "nik": "3371015806880001", "nama": "AGUS", "instansi": "SETDA", "kode_kabkota": "3371"}
    former = asn(GOOD, OTHER) if name.endswith("csv") else f"{json.dumps(good)}\n".encode()
    landing.drop("asn", name, former)
    landing.load()
    before = names(landing)
    assert before
    landing.drop("asn", name, content.encode())
    assert landing.load() == {"refused": 1}
    assert landing.query("select status from ops.file order by file_id") == [("loaded",), ("refused",)]
    assert names(landing) == before
    assert landing.query("select count(*) from ops.rejected_record") == [(0,)]
    assert landing.load() == {}


def test_a_first_delivery_of_which_nothing_loads_is_refused_with_the_first_reason(landing: Landing) -> None:
    landing.drop("asn", "a.csv", f"{HEADER}\n{GOOD},,\n{OTHER},,\n".encode())
    assert landing.load() == {"refused": 1}
    assert "none of its 2 records can be loaded (line 2: 7 fields" in landing.file("a.csv")["reason"]


def test_a_refused_file_is_settled_by_its_correction(landing: Landing, asn: Asn) -> None:
    landing.drop("asn", "a.csv", b"")
    landing.load()
    landing.drop("asn", "a.csv", asn(GOOD))
    landing.load()
    assert queries.files(landing.settings, queries.FileStatus.REFUSED) == []
    assert landing.query("select status, superseded_by is null from ops.file order by file_id") == [
        ("refused", False),
        ("loaded", True),
    ]


def test_a_landing_place_that_is_not_there_is_no_quiet_day(landing: Landing) -> None:
    nowhere = landing.settings.model_copy(update={"landing_url": str(landing.root / "typo")})
    with pytest.raises(WrongUsage, match="is no folder"):
        pipeline.sweep(nowhere)

"""Hostile and broken files: each kind has one outcome, which docs/traps.md states. See also test_load.py.

Values that are read later, in the build, are in test_value_traps.py.
"""

import errno
import gzip
import io
import json
import os
import resource
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from satu import landing_place, pipeline
from satu.load import loader
from satu.load.formats.workbook_process import sheets_as_csv
from support import Landing

HEADER = "nip,nik,nama,instansi,kode_kabkota"
GOOD = "198806182010012000,3371015806880001,ANGGUN VERA,SETDA,3371"
OTHER = "198702182010011001,3371021802870001,AGUS,DINKES,3371"
QUOTED = GOOD.replace("ANGGUN VERA", '"ANGGUN\nVERA"')
PLAIN = f"{HEADER}\n{GOOD}\n{OTHER}\n".encode()
TOTALS = "kode_wilayah,indikator,nilai,tanggal,sumber"  # a feed that is UTF-8 only
Book = Callable[[xlsxwriter.Workbook], None]


def names(landing: Landing) -> list[str]:
    return [row[0] for row in landing.query("select nama from raw.asn order by _file_id, _record_no")]


def niks(landing: Landing) -> list[str]:
    return [row[0] for row in landing.query("select nik from raw.asn order by _file_id, _record_no")]


def expect_loaded(landing: Landing, name: str, read: int, rejected: int = 0) -> dict[str, Any]:
    file = landing.file(name)
    assert (file["status"], file["records_read"], file["records_rejected"]) == ("loaded", read, rejected)
    return file


def expect_refused(landing: Landing, name: str, reason: str) -> None:
    file = landing.file(name)
    assert file["status"] == "refused"
    assert reason in file["reason"]


def workbook(fill: Book) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed) as book:
        fill(book)
    return packed.getvalue()


def sheet_of(*rows: list[Any], formats: dict[int, str] | None = None) -> Book:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                style = book.add_format({"num_format": formats[column]}) if formats and column in formats else None
                sheet.write(number, column, value, style)

    return fill


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    return made


def nameless() -> zipfile.ZipInfo:
    made = entry("a.csv")
    made.filename = ""
    return made


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for member, content in members:
            made.writestr(member, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


# Text: encodings, line ends, quotes, sizes


def test_utf_16_is_read_in_either_byte_order(landing: Landing) -> None:
    for name, encoding, mark in (("le.csv", "utf-16-le", b"\xff\xfe"), ("be.csv", "utf-16-be", b"\xfe\xff")):
        landing.drop("asn", name, mark + PLAIN.decode().replace("AGUS", f"AGÚS {name}").encode(encoding))
    assert landing.load() == {"loaded": 2}
    assert sorted(names(landing)) == ["AGÚS be.csv", "AGÚS le.csv", "ANGGUN VERA", "ANGGUN VERA"]


def test_a_utf_16_text_that_breaks_off_is_refused(landing: Landing) -> None:
    landing.drop("asn", "half.csv", PLAIN.decode().encode("utf-16")[:-1])
    landing.load()
    expect_refused(landing, "half.csv", "not utf-16 throughout")


def test_windows_1252_is_read_where_the_contract_declares_it(landing: Landing) -> None:
    landing.drop("asn", "old.csv", PLAIN.decode().replace("AGUS", "JOSÉ").encode("windows-1252"))
    assert landing.load() == {"loaded": 1}
    assert names(landing) == ["ANGGUN VERA", "JOSÉ"]


def test_windows_1252_far_down_and_beside_utf_8_is_read(landing: Landing) -> None:
    many = f"{GOOD}\n" * 6000  # the first letter that is not ASCII lies beyond the part that is looked at first
    late = OTHER.replace("AGUS", "JOSÉ")
    content = f"\ufeff{HEADER}\n{many}{late}\n".encode() + f"{late}\n".encode("windows-1252")
    landing.drop("asn", "late.csv", content)
    assert landing.load() == {"loaded": 1}
    assert names(landing)[-2:] == ["JOSÉ", "JOSÉ"]


def test_windows_1252_elsewhere_is_kept_aside(landing: Landing) -> None:
    landing.drop("control_total", "old.csv", f"{TOTALS}\n{OTHER.replace('AGUS', 'JOSÉ')}\n{GOOD}\n".encode("latin-1"))
    landing.load()
    expect_loaded(landing, "old.csv", 2, rejected=1)


def test_mixed_line_ends_are_read(landing: Landing) -> None:
    landing.drop("asn", "mixed.csv", f"{HEADER}\r\n{GOOD}\n{OTHER}\r\n".encode())
    assert landing.load() == {"loaded": 1}
    assert landing.query("select kode_kabkota from raw.asn") == [("3371",), ("3371",)]


def test_carriage_returns_alone_end_lines_in_a_file_of_many_blocks(landing: Landing) -> None:
    landing.drop("asn", "cr.csv", f"{HEADER}\r{(GOOD + chr(13)) * 40_000}".encode())
    assert landing.load() == {"loaded": 1}
    expect_loaded(landing, "cr.csv", 40_000)


def test_a_quoted_line_end_belongs_to_the_value(landing: Landing) -> None:
    landing.drop(
        "asn",
        "lines.csv",
        f"{HEADER}\n{QUOTED}\n{OTHER}\n".encode(),
    )
    landing.load()
    expect_loaded(landing, "lines.csv", 2)
    assert names(landing) == ["ANGGUN\nVERA", "AGUS"]


def test_a_quoted_line_end_in_the_first_column_belongs_to_the_value(landing: Landing) -> None:
    header = "nama,nip,nik,instansi,kode_kabkota"
    text = f'{header}\n"ANGGUN\nVERA",198806182010012000,,SETDA,3371\n"A\nB,C,D,E,F",198702182010011001,,DINKES,3371\n'
    landing.drop("asn", "a.csv", text.encode())
    landing.load()
    expect_loaded(landing, "a.csv", 2)
    assert names(landing) == ["ANGGUN\nVERA", "A\nB,C,D,E,F"]


def test_lines_after_a_quote_that_never_closes_are_recovered(landing: Landing) -> None:
    many = "".join(f"{OTHER}\n" for _ in range(30_000))
    landing.drop("asn", "open.csv", f"{HEADER}\n{GOOD.replace('ANGGUN', chr(34) + 'ANGGUN')}\n{many}".encode())
    landing.load()
    expect_loaded(landing, "open.csv", 30_001, rejected=1)
    assert landing.query("select record_no, line_no from ops.rejected_record") == [(1, 2)]


def test_a_line_of_10_mb_is_kept_aside_with_its_beginning(landing: Landing) -> None:
    landing.drop("asn", "long.csv", f"{HEADER}\n{GOOD}\n{'x,' * 5_000_000}\n{OTHER}\n".encode())
    landing.load()
    expect_loaded(landing, "long.csv", 3, rejected=1)
    [(length, reason)] = landing.query("select length(raw), reason from ops.rejected_record")
    assert length == 1 << 16
    assert "longer than 1,048,576 bytes" in reason


def test_a_line_of_10_mb_is_kept_aside_in_utf_16_too(landing: Landing) -> None:
    """Fields as many as there should be: nothing but its length is wrong."""
    long = OTHER.replace("AGUS", "x" * 10_000_000)
    landing.drop("asn", "long.csv", f"{HEADER}\n{GOOD}\n{long}\n{OTHER}\n".encode("utf-16"))
    landing.load()
    expect_loaded(landing, "long.csv", 3, rejected=1)
    assert landing.query("select reason from ops.rejected_record") == [("longer than 1,048,576 bytes",)]


def test_a_field_of_200_kb_is_a_value_whatever_else_the_file_holds(landing: Landing) -> None:
    long = GOOD.replace("ANGGUN VERA", "A" * 200_000)
    landing.drop("asn", "long.csv", f"{HEADER}\n{long}\n{OTHER.replace('AGUS', chr(34) + 'AGUS' + chr(34))}\n".encode())
    landing.load()
    expect_loaded(landing, "long.csv", 2)


def test_5000_columns_are_read_and_the_unknown_ones_kept_out(landing: Landing) -> None:
    more = ",".join(f"kolom_{number}" for number in range(4995))
    landing.drop("asn", "wide.csv", f"{HEADER},{more}\n{GOOD}{',1' * 4995}\n{OTHER}{',' * 4995}\n".encode())
    landing.load()
    file = expect_loaded(landing, "wide.csv", 2)
    assert "unknown columns kept out" in file["findings"]
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


# Headers


def test_a_header_alone_without_a_line_end_loads_no_record(landing: Landing) -> None:
    landing.drop("asn", "header.csv", HEADER.encode())
    landing.load()
    expect_loaded(landing, "header.csv", 0)


def test_a_header_on_line_9_is_found_and_what_is_above_reported(landing: Landing) -> None:
    title = "PEMERINTAH KOTA MAGELANG\n\nDaftar ASN\nper 1 Maret 2020\n\n;;;;\nRahasia\n\n"
    landing.drop("asn", "title.csv", title.encode() + f"{HEADER}\n(1),(2),(3),(4),(5)\n{GOOD}\nJumlah,7,,,\n".encode())
    landing.load()
    findings = expect_loaded(landing, "title.csv", 1)["findings"]
    assert findings.split("; ") == [
        "8 lines above the header skipped",
        "row of column numbers under the header skipped",
        "footer in line 12 skipped",
        "footer in line 12 says 7, but 1 records were read",
    ]


@pytest.mark.parametrize(
    "name", ["empty.csv", "empty.jsonl", "empty.xlsx", "empty.parquet", "empty.zip", "empty.csv.gz"]
)
def test_an_empty_file_of_any_kind_is_refused(landing: Landing, name: str) -> None:
    landing.drop("asn", name, b"")
    landing.load()
    expect_refused(landing, name, "the file is empty")


def test_a_rounded_identifier_across_two_blocks_refuses_the_file(landing: Landing) -> None:
    """Text is read in blocks that end at multiples of 256 KiB, wherever in a line that is."""
    header = "id_pes,kode_sls,no_urut,nik,nama,jk,tgl_lahir,umur,status,tanggal\n"
    record = "1,3371010002000100,1,{},{},1,2000-01-01,20,PENDUDUK,2020-10-01\n"
    filled, rounded = record.format("", "x" * 4000) * 64, record.format("3.37E+15", "x")
    room = (1 << 18) - len(header) - len(filled) - rounded.index("+")
    text = header + filled + record.format("", "x" * (room - len(record.format("", "")))) + rounded
    assert text.encode()[(1 << 18) - 1 :].startswith(b"E+15")
    landing.drop("pes_person", "a.csv", text.encode())
    landing.load()
    expect_refused(landing, "a.csv", "rounded number")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("damage", ["", "1{d}2\n"], ids=["clean", "damaged"])
def test_lines_of_delimiters_alone_are_no_records(landing: Landing, delimiter: str, damage: str) -> None:
    """Spreadsheets write them for rows that were emptied."""
    empty = delimiter * 4 + "\n"
    text = f"{HEADER}\n{empty}{GOOD}\n{empty}{damage.format(d=delimiter)}{empty * 3}Jumlah,1\n{empty}  "
    landing.drop("asn", "a.csv", text.replace(",", delimiter).encode())
    landing.load()
    file = expect_loaded(landing, "a.csv", 1 + bool(damage), rejected=int(bool(damage)))
    assert names(landing) == ["ANGGUN VERA"]
    assert "lines of delimiters alone skipped" in file["findings"]
    assert "footer" in file["findings"]


@pytest.mark.parametrize("ends", ["", "\n", "\n  ", "\n\n \n", "\n,,,, ", "\r,,,,\r"])
def test_a_footer_is_no_record_however_the_file_ends(landing: Landing, ends: str) -> None:
    plain = PLAIN.replace(b"\n", b"\r") if "\r" in ends else PLAIN
    landing.drop("asn", "a.csv", plain + b"Jumlah,2,,," + ends.encode())
    landing.load()
    assert "footer in line 4 skipped" in expect_loaded(landing, "a.csv", 2)["findings"]


LABELS = "Nomor Induk Pegawai,Nomor Induk Kependudukan,Nama Lengkap,Instansi,Kode Kab/Kota"
AMONG = {
    "header": ([HEADER, GOOD, HEADER.upper(), OTHER], "header repeated in line 3 skipped"),
    "alias": ([HEADER, GOOD, "N I P,N.I.K,NAMA,INSTANSI,KODE KABKOTA", OTHER], "header repeated in line 3 skipped"),
    "labels": ([HEADER, LABELS, GOOD, OTHER], "row of labels in line 2 skipped"),
    "tags": ([HEADER, "#id+nip,#id+nik,#name,#org,#adm2+code", GOOD, OTHER], "row of tags in line 2 skipped"),
    "numbers": ([HEADER, "1,2,3,4,5", GOOD, OTHER], "row of column numbers under the header skipped"),
    "numbers lower": ([HEADER, GOOD, "1,2,3,4,5", OTHER], "row of column numbers in line 3 skipped"),
    "sub-totals": (
        [HEADER, GOOD, "Sub Jumlah,1,,,", OTHER, "Sub Total,1,,,", "Jumlah,2,,,"],
        "sub-total in line 3 skipped; footer in lines 5, 6 skipped",
    ),
    "wrong sub-total": (
        [HEADER, GOOD, "Jumlah SETDA,,,7,", OTHER],
        "sub-total in line 3 skipped; footer in line 3 says 7, but 1 records were read",
    ),
    "foot": (
        [HEADER, GOOD, OTHER, "Jumlah,2,,,", "Sumber: BKPSDM,,,,"],
        "note in line 5 skipped; footer in line 4 skipped",
    ),
    "bare foot": ([HEADER, GOOD, OTHER, "Catatan: rahasia"], "note in line 4 skipped"),
    "bytes of a mark": ([HEADER, GOOD, "\ufeff" + HEADER, OTHER], "header repeated in line 3 skipped"),
    "mark on a record": ([HEADER, GOOD, "\ufeff" + OTHER], None),
}
"""Lines, and what the file's findings say of those that are no records."""
WRITERS: dict[str, Callable[[list[list[str]]], bytes]] = {
    "csv": lambda rows: "".join(",".join(row) + "\n" for row in rows).encode(),
    "csv.gz": lambda rows: b"".join(gzip.compress((",".join(row) + "\n").encode()) for row in rows),
    "xlsx": lambda rows: workbook(sheet_of(*rows)),
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("among", AMONG)
def test_what_stands_among_records_and_is_none_is_skipped_and_reported(landing: Landing, kind: str, among: str) -> None:
    lines, findings = AMONG[among]
    width = 5 if kind == "xlsx" else 0  # a sheet has as many cells in each row
    landing.drop(
        "asn", f"a.{kind}", WRITERS[kind]([(line + "," * width).split(",")[: width or None] for line in lines])
    )
    landing.load()
    assert expect_loaded(landing, f"a.{kind}", 2)["findings"] == findings
    assert landing.query("select nama, _record_no from raw.asn order by 2") == [("ANGGUN VERA", 1), ("AGUS", 2)]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_what_stands_among_records_and_is_none_is_skipped_in_tables_too(landing: Landing, kind: str) -> None:
    lines = [GOOD, HEADER, "Sub Jumlah,1,,,", OTHER, "Jumlah,2,,,", "Sumber: BKPSDM,,,,"]
    columns = dict(zip(HEADER.split(","), zip(*(line.split(",") for line in lines), strict=True), strict=True))
    packed = io.BytesIO()
    pq.write_table(pa.table(columns), packed)
    json_lines = "\n".join(
        json.dumps(dict(zip(columns, row, strict=True))) for row in zip(*columns.values(), strict=True)
    )
    landing.drop("asn", f"a.{kind}", packed.getvalue() if kind == "parquet" else json_lines.encode())
    landing.load()
    findings = expect_loaded(landing, f"a.{kind}", 2)["findings"]
    for said in ("header repeated", "sub-total", "footer", "note"):
        assert f"{said} in line" in findings
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


def test_a_record_that_lost_most_of_its_values_is_quarantined_and_none_with_a_key_is(landing: Landing) -> None:
    """What is not known for what it is may have been a record: it is kept with its reason."""
    lines = [HEADER, GOOD, ",,ANGGUN,,", "Bagian Umum,,,,", "198702182010011001,,,,", ",3371015806880001,RINI,DINKES,"]
    landing.drop("asn", "a.csv", "\n".join(lines).encode())
    landing.load()
    expect_loaded(landing, "a.csv", 5, rejected=2)
    rejected = landing.query("select line_no, reason from ops.rejected_record order by 1")
    assert [line_no for line_no, _ in rejected] == [3, 4]
    assert all("no record: no natural key (nip)" in reason for _, reason in rejected)


def test_the_sum_of_a_column_is_checked(landing: Landing) -> None:
    rows = "".join(f"3371,{what},{count},2020-09-30,BPS\n" for what, count in (("PENDUDUK", 600), ("KK", 200)))
    for name, total in (("right.csv", 800), ("wrong.csv", 810)):
        landing.drop("control_total", name, f"{TOTALS}\n{rows}Jumlah,,{total},,\n".encode())
    landing.load()
    assert expect_loaded(landing, "right.csv", 2)["findings"] == "footer in line 4 skipped"
    assert "footer in line 4 says 810" in expect_loaded(landing, "wrong.csv", 2)["findings"]


def test_a_header_again_in_another_order_refuses_the_file(landing: Landing) -> None:
    landing.drop("asn", "a.csv", f"{HEADER}\n{GOOD}\nnik,nip,nama,instansi,kode_kabkota\n{OTHER}\n".encode())
    landing.load()
    expect_refused(landing, "a.csv", "the header comes again with its columns in another order")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_line_end_in_a_name_of_the_header_is_none_of_the_name(landing: Landing, kind: str) -> None:
    header = ["nip", "nik\u200b", "na\nma", "instansi", "kode\r\nkab kota"]
    quoted = ",".join(f'"{name}"' for name in header)
    text = f"Daftar ASN\n{quoted}\n{GOOD}\n{OTHER}\n".encode()
    rows = workbook(sheet_of(["Daftar ASN"], header, GOOD.split(","), OTHER.split(",")))
    landing.drop("asn", f"a.{kind}", text if kind == "csv" else rows)
    landing.load()
    assert expect_loaded(landing, f"a.{kind}", 2)["findings"] == "1 lines above the header skipped"


def test_a_text_that_breaks_off_in_its_last_value_says_so(landing: Landing) -> None:
    landing.drop("asn", "whole.csv", PLAIN[:-1])
    landing.drop("asn", "cut.csv", PLAIN[:-3])
    landing.load()
    assert expect_loaded(landing, "whole.csv", 2)["findings"] is None
    assert "it may be cut off" in expect_loaded(landing, "cut.csv", 2)["findings"]


OBJECT = json.dumps(dict(zip(HEADER.split(","), GOOD.split(","), strict=True)))
NO_LINES = {
    "array": (f"[{OBJECT}, {OBJECT}]", "one array"),
    "array of lines": (f"[\n{OBJECT},\n{OBJECT}\n]", "one array"),
    "pretty": (json.dumps(json.loads(OBJECT), indent=1), "objects over several lines"),
    "no line ends": (OBJECT * 3, "several objects in one line"),
}


@pytest.mark.parametrize("form", NO_LINES)
def test_json_that_is_not_an_object_a_line_is_refused(landing: Landing, form: str) -> None:
    content, reason = NO_LINES[form]
    landing.drop("asn", "a.jsonl", content.encode())
    landing.load()
    expect_refused(landing, "a.jsonl", f"it holds {reason}; expected JSON lines")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_json_lines_with_commas_and_marks_are_read(landing: Landing, encoding: str) -> None:
    landing.drop("asn", "a.jsonl", f"{OBJECT},\n{OBJECT.replace('ANGGUN', 'AGÚS')}".encode(encoding))
    landing.load()
    assert names(landing) == ["ANGGUN VERA", "AGÚS VERA"]


def test_a_json_object_that_names_a_column_twice_is_quarantined_and_nan_is_missing(landing: Landing) -> None:
    twice = [OBJECT[:-1] + f', "{name}": ""' + "}" for name in ("nama", "NAMA")]
    lines = [
        *twice,
        OBJECT.replace('"SETDA"', "NaN"),
        OBJECT.replace('"3371"', "3371.0"),
        OBJECT.replace('"SETDA"', "Infinity"),
    ]
    landing.drop("asn", "a.jsonl", "\n".join(lines).encode())
    landing.load()
    expect_loaded(landing, "a.jsonl", 5, rejected=3)
    assert landing.query("select instansi, kode_kabkota from raw.asn order by _record_no") == [
        (None, "3371"),
        ("SETDA", "3371"),
    ]
    reasons = [reason for (reason,) in landing.query("select reason from ops.rejected_record order by record_no")]
    assert reasons == ["names the column nama twice; expected each column once"] * 2 + [
        "holds Infinity, which is no number"
    ]


# Workbooks and tables


def test_the_sheet_with_the_records_is_read_and_the_others_are_reported(landing: Landing) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet().write(0, 0, "Catatan")
        sheet = book.add_worksheet()
        for number, line in enumerate((HEADER, GOOD, ",,,,", OTHER)):
            sheet.write_row(number, 0, line.split(","))
        book.add_worksheet().write(0, 0, "Rekap")

    landing.drop("asn", "three.xlsx", workbook(fill))
    landing.load()
    file = expect_loaded(landing, "three.xlsx", 2)
    assert file["findings"] == "sheets not read: number 1, 3"
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


def test_records_in_several_sheets_are_refused(landing: Landing) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for line in (GOOD, OTHER, OTHER):
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEADER.split(","))
            sheet.write_row(1, 0, line.split(","))

    landing.drop("asn", "three.xlsx", workbook(fill))
    landing.load()
    expect_refused(landing, "three.xlsx", "sheets 1, 2, 3 of the workbook have the feed's columns")
    assert names(landing) == []


def test_of_a_formula_the_value_is_taken(landing: Landing) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER.split(","))
        sheet.write_row(1, 0, GOOD.split(","))
        sheet.write_formula(1, 2, '=UPPER("anggun")', None, "ANGGUN")
        sheet.write_formula(1, 3, "=NA()", None, "#N/A")

    landing.drop("asn", "formula.xlsx", workbook(fill))
    landing.load()
    assert landing.query("select nama, instansi from raw.asn") == [("ANGGUN", None)]


def test_dates_of_a_workbook_come_as_dates_or_as_serials(landing: Landing) -> None:
    rows = [TOTALS.split(","), ["3371", "PENDUDUK", 6129, date(2020, 9, 30), "A"], ["3371", "KK", 1864, 44104, "B"]]
    landing.drop("control_total", "dates.xlsx", workbook(sheet_of(*rows, formats={3: "dd/mm/yyyy"})))
    landing.load()
    assert landing.query("select nilai, tanggal from raw.control_total order by 1") == [
        ("1864", "2020-09-30"),
        ("6129", "2020-09-30"),
    ]
    plain = [*rows[:1], ["3371", "KK", 1864, 44104, "B"]]
    landing.drop("control_total", "serial.xlsx", workbook(sheet_of(*plain)))
    landing.load()
    assert landing.query("select tanggal from raw.control_total where sumber = 'B' order by 1") == [
        ("2020-09-30",),
        ("44104",),
    ]


def test_niks_as_numbers_keep_their_digits(landing: Landing) -> None:
    rows = [HEADER.split(","), ["1", 3371015806880001, "A", "B", 3371], ["2", 9999999999999995, "A", "B", 3371]]
    landing.drop("asn", "numbers.xlsx", workbook(sheet_of(*rows)))
    landing.load()
    assert niks(landing) == ["3371015806880001", "9999999999999996"]  # the sentinel is told by its first digits


@pytest.mark.parametrize("value", [9171010101900001, 198806182010012001])
def test_a_number_with_more_digits_than_numbers_hold_refuses_the_file(landing: Landing, value: int) -> None:
    landing.drop("asn", "rounded.xlsx", workbook(sheet_of(HEADER.split(","), ["1", value, "A", "B", "3371"])))
    landing.load()
    expect_refused(landing, "rounded.xlsx", "rounded number")


def test_a_rounded_identifier_refuses_json_lines_and_parquet_too(landing: Landing) -> None:
    landing.drop("asn", "r.jsonl", b'{"nip":"1","nik":"3,37E+15","nama":"A","instansi":"B","kode_kabkota":"3371"}\n')
    landing.drop("asn", "r.parquet", parquet(nik=pa.array(["3.37102E+15"])))
    landing.load()
    for name in ("r.jsonl", "r.parquet"):
        expect_refused(landing, name, "rounded number")


def parquet(**columns: "pa.Array[Any]") -> bytes:
    given = {name: columns.get(name, pa.array(["1"])) for name in HEADER.split(",")}
    packed = io.BytesIO()
    pq.write_table(pa.table(given), packed)
    return packed.getvalue()


def test_numbers_and_times_of_a_parquet_file_become_what_they_stand_for(landing: Landing) -> None:
    table = {"nik": pa.array([3371015806880001.0]), "nama": pa.array([datetime(1995, 6, 7)])}  # noqa: DTZ001
    landing.drop("asn", "typed.parquet", parquet(**table))
    landing.load()
    assert landing.query("select nik, nama from raw.asn") == [("3371015806880001", "1995-06-07")]


def test_a_parquet_number_too_narrow_for_its_digits_refuses_the_file(landing: Landing) -> None:
    landing.drop("asn", "a.parquet", parquet(nik=pa.array([3371015806880001.0], pa.float32())))
    landing.load()
    expect_refused(landing, "a.parquet", "rounded number")


def test_parquet_decimals_and_times_of_a_zone_become_what_they_stand_for(landing: Landing) -> None:
    midnight = pa.array([datetime(2020, 3, 1, tzinfo=UTC)], pa.timestamp("us", "Asia/Jakarta"))
    landing.drop("asn", "a.parquet", parquet(nik=pa.array([Decimal("3371015806880001.00")]), instansi=midnight))
    landing.load()
    expect_loaded(landing, "a.parquet", 1)
    assert landing.query("select nik, instansi from raw.asn") == [("3371015806880001", "2020-03-01T07:00:00+07:00")]


def test_parquet_times_out_of_any_calendar_refuse_the_file_alone(landing: Landing) -> None:
    for number, unit in enumerate(("us", "ms")):
        landing.drop("asn", f"{number}.parquet", parquet(nama=pa.array([2**62], pa.timestamp(unit))))
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 2}
    expect_refused(landing, "0.parquet", "the Parquet file is damaged")


def test_json_lines_of_ever_new_columns_take_no_memory(landing: Landing) -> None:
    good = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    lines = [json.dumps(good | {f"k{number}_{more}": 1 for more in range(8)}) for number in range(3000)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    landing.drop("asn", "a.jsonl", "\n".join(lines).encode())
    landing.load()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 2**10
    assert expect_loaded(landing, "a.jsonl", 3000)["findings"] == "unknown columns kept out: 1000 or more"


def test_a_reader_of_workbooks_that_is_killed_is_no_fault_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(sheet_of(HEADER.split(","), *[GOOD.split(",")] * 60_000)))
    with path.open("rb") as packed:
        sheets = sheets_as_csv(packed)
        next(sheets)
        [reader] = [
            each for each in psutil.Process().children() if "satu.load.formats.workbook_process" in each.cmdline()
        ]
        reader.kill()
        with pytest.raises(InterruptedError):
            list(sheets)


@pytest.mark.parametrize("column", [pa.array([["A"]]), pa.array([b"\xff"])], ids=["nested", "binary"])
def test_a_parquet_column_that_is_no_text_refuses_the_file(landing: Landing, column: "pa.Array[Any]") -> None:
    landing.drop("asn", "odd.parquet", parquet(nama=column))
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, "odd.parquet", "something else than text")


# Archives


ARCHIVES = {
    "zip_in_zip.zip": (archive(("inner.zip", archive(("a.csv", PLAIN)))), "ends in '.zip'; expected only .csv"),
    "absolute.zip": (archive(("/etc/a.csv", PLAIN)), "outside itself"),
    "backslash.zip": (archive(("..\\..\\a.csv", PLAIN)), "outside itself"),
    "deep.zip": (archive(("a.csv", PLAIN), ("x/../../a.csv", PLAIN)), "outside itself"),
    "link.zip": (archive((entry("a.csv", stat.S_IFLNK | 0o777), b"/etc/passwd")), "holds a link"),
    "bomb.zip": (archive(("a.csv", HEADER.encode() + b"\n" + b"0" * 40_000_000)), "unpacks to more than"),
    "nameless.zip": (archive((nameless(), PLAIN)), "ends in ''; expected only .csv"),
    "none.zip": (archive(), "has 0 files"),
    "empty_members.zip": (archive(("a.csv", b""), ("b.csv", b"")), "all members of the archive are empty"),
    "many.zip": (archive(*((f"{number}.csv", b"") for number in range(1001))), "has 1001 files"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_that_is_no_plain_set_of_csv_files_is_refused(landing: Landing, name: str) -> None:
    content, reason = ARCHIVES[name]
    landing.drop("asn", name, content)
    landing.load()
    expect_refused(landing, name, reason)


def test_only_the_records_of_an_archive_are_read_and_each_once(landing: Landing) -> None:
    one, two = f"{HEADER}\n{GOOD}\n".encode(), f"{HEADER}\n{OTHER}\n".encode()
    hidden = [("__MACOSX/data/._a.csv", b"\x00\x05"), ("data/.DS_Store", b"x"), ("Thumbs.db", b"x")]
    packed = archive(("data/a.csv", one), *hidden, ("b.csv", b""), ("copy of a.csv", one), ("c.csv", two))
    landing.drop("asn", "a.zip", packed)
    landing.load()
    assert expect_loaded(landing, "a.zip", 2)["findings"].split("; ") == [
        "3 hidden members of the archive ignored",
        "member b.csv is empty",
        "member copy of a.csv holds the same bytes as another and was read once",
    ]
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_whose_member_comes_twice_with_other_bytes_is_refused(landing: Landing) -> None:
    landing.drop("asn", "a.zip", archive(("a.csv", PLAIN), ("a.csv", PLAIN + PLAIN)))
    landing.load()
    expect_refused(landing, "a.zip", "two members called a.csv, and they differ")


def test_what_is_said_of_a_member_names_it(landing: Landing) -> None:
    members = [(f"rt_{number}.csv", f"{HEADER}\n{GOOD}{number}\n".encode()) for number in range(3)]
    foot = ("rt_4.csv", f"{HEADER}\n{OTHER}\nJumlah,1,,,\n".encode())
    landing.drop("asn", "a.zip", archive(*members, ("3371015806880001.csv", f"{HEADER}\n1,2\n".encode()), foot))
    landing.drop("asn", "b.zip", archive(*members, ("rt_3.csv", f"{HEADER}\n1,3.37E+15,A,B,C\n".encode())))
    landing.drop("asn", "c.zip", archive(*members, ("rt_3.csv", b"x")))
    landing.load()
    assert expect_loaded(landing, "a.zip", 5, rejected=1)["findings"] == "rt_4.csv: footer in line 3 skipped"
    assert landing.query("select line_no, reason from ops.rejected_record") == [(2, "….csv: 2 fields; expected 5")]
    expect_refused(landing, "b.zip", "rt_3.csv: line 2: column nik holds a rounded number")
    expect_refused(landing, "c.zip", "rt_3.csv: no header in the first 30 lines")


def test_an_archive_with_a_password_is_refused(landing: Landing) -> None:
    packed = bytearray(archive(("a.csv", PLAIN)))
    packed[6] |= 1  # the flag in the member's own header
    packed[packed.index(b"PK\x01\x02") + 8] |= 1  # and in the list of members
    landing.drop("asn", "secret.zip", bytes(packed))
    landing.load()
    expect_refused(landing, "secret.zip", "without a password")


@pytest.mark.parametrize("name", ["damaged.zip", "damaged.csv.gz"])
def test_damage_in_the_middle_of_a_packed_file_refuses_it_alone(landing: Landing, name: str) -> None:
    lines = HEADER + "".join(f"\n{number}{GOOD}" for number in range(5000))
    packed = bytearray(archive(("a.csv", lines.encode())) if name.endswith("zip") else gzip.compress(lines.encode()))
    packed[2000:2100] = bytes(100)
    landing.drop("asn", name, bytes(packed))
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, name, "the packed file is damaged")


def test_a_file_that_fails_unforeseen_is_refused_alone(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    real = loader.members

    def failing(stream: BinaryIO, name: str, size: int) -> object:
        if name == "a.csv":
            raise LookupError("3371015806880001")
        return real(stream, name, size)

    monkeypatch.setattr(loader, "members", failing)
    landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "good.csv", PLAIN + b"\n")
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, "a.csv", "not foreseen (LookupError)")


def bomb() -> bytes:
    """A small workbook of which each of many cells holds the longest text a cell may have."""
    return workbook(sheet_of(HEADER.split(","), *[["x" * 32_767] * 5] * 2_000))


def lying(packed: bytes) -> bytes:
    """The same archive; its directory says of each member that it unpacks to one byte."""
    lied = bytearray(packed)
    position = -1
    while (position := lied.find(b"PK\x01\x02", position + 1)) >= 0:
        lied[position + 24 : position + 28] = struct.pack("<I", 1)
    return bytes(lied)


def far() -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet_of(HEADER.split(","), GOOD.split(","))(book)
        book.worksheets()[0].write(1_048_575, 16_383, "x")

    return workbook(fill)


@pytest.mark.parametrize("packed", [bomb(), far()], ids=["bomb", "far"])
def test_a_workbook_that_takes_too_much_memory_is_refused(landing: Landing, packed: bytes) -> None:
    landing.drop("asn", "large.xlsx", packed)
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, "large.xlsx", "takes more than 200 MiB")


def test_a_workbook_whose_directory_lies_about_sizes_is_refused(landing: Landing) -> None:
    landing.drop("asn", "lying.xlsx", lying(bomb()))
    landing.load()
    assert landing.file("lying.xlsx")["status"] == "refused"


def test_an_archive_whose_directory_lies_about_sizes_is_refused(landing: Landing) -> None:
    landing.drop("asn", "lying.zip", lying(archive(("a.csv", PLAIN))))
    landing.load()
    expect_refused(landing, "lying.zip", "the packed file is damaged")


OTHERS = {
    "password": (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "EncryptedPackage".encode("utf-16-le"),
        "a workbook with a password",
    ),
    "old": (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "Workbook".encode("utf-16-le"), "an old .xls workbook"),
    "page": (b"\xef\xbb\xbf<HTML><table><tr><td>nip</td></tr></table>", "a web page or XML"),
    "text": (PLAIN, "text such as CSV"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_called_a_workbook_and_is_none_is_named(landing: Landing, kind: str) -> None:
    content, reason = OTHERS[kind]
    landing.drop("asn", "a.xlsx", content)
    landing.load()
    expect_refused(landing, "a.xlsx", f"it is no readable XLSX workbook: it is {reason}")


def test_hidden_rows_and_sheets_are_read_and_reported(landing: Landing) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet_of(HEADER.split(","), GOOD.split(","), OTHER.split(","))(book)
        book.worksheets()[0].set_row(2, None, None, {"hidden": True})
        book.add_worksheet().hide()

    landing.drop("asn", "a.xlsx", workbook(fill))
    landing.load()
    assert expect_loaded(landing, "a.xlsx", 2)["findings"].split("; ") == [
        "hidden sheets: 1",
        "hidden or filtered rows are read like the others: 1",
    ]
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


def test_of_a_workbook_what_is_stored_is_read_whatever_it_shows(landing: Landing) -> None:
    """Rich text, days of either date system, a header of merged cells, and a dimension that is not true."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 3, "Angka kontrol")
        sheet.write_row(1, 0, TOTALS.split(","))
        sheet.write_row(2, 0, ["3371", "PENDUDUK", 6129])
        sheet.write_datetime(2, 3, date(2020, 9, 30), book.add_format({"num_format": "d mmm yyyy"}))
        sheet.write_rich_string(2, 4, "B", book.add_format({"bold": True}), "P", "S")

    for name, options in (("1900.xlsx", {}), ("1904.xlsx", {"date_1904": True})):
        packed = io.BytesIO()
        with xlsxwriter.Workbook(packed, options) as book:
            fill(book)
        landing.drop("control_total", name, rewritten(packed.getvalue(), b'ref="A1:E3"', b'ref="A1:A1"'))
    landing.load()
    rows = landing.query("select kode_wilayah, nilai, tanggal, sumber from raw.control_total")
    assert rows == [("3371", "6129", "2020-09-30", "BPS")] * 2


def test_days_as_numbers_of_a_workbook_that_counts_from_1904_refuse_it(landing: Landing) -> None:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, {"date_1904": True}) as book:
        sheet_of(TOTALS.split(","), ["3371", "KK", 44104, 42642, "BPS"])(book)
    landing.drop("control_total", "a.xlsx", packed.getvalue())
    landing.load()
    expect_refused(landing, "a.xlsx", "the workbook counts days from 1904 and has days as plain numbers")


def rewritten(packed: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook with other bytes in its first sheet."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as parts, zipfile.ZipFile(made, "w") as written:
        for name in parts.namelist():
            content = parts.read(name)
            assert not name.endswith("sheet1.xml") or old in content
            written.writestr(name, content.replace(old, new))
    return made.getvalue()


def repeated(length: int, records: int) -> bytes:
    """A Parquet file in which a long value stands once and stands for many."""
    value = pa.DictionaryArray.from_arrays(pa.array([0] * records, pa.int32()), pa.array(["x" * length]))
    packed = io.BytesIO()
    one = pa.array(["1"] * records).dictionary_encode()
    pq.write_table(pa.table(dict.fromkeys(HEADER.split(","), one) | {"nama": value}), packed, compression="zstd")
    return packed.getvalue()


@pytest.mark.parametrize(("length", "records"), [(200_000, 20_000), (1, 2_000_000)], ids=["values", "records"])
def test_a_parquet_file_that_becomes_far_more_than_its_size_is_refused(
    landing: Landing, length: int, records: int
) -> None:
    packed = repeated(length, records)
    assert len(packed) < 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    landing.drop("asn", "bomb.parquet", packed)
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, "bomb.parquet", "expected at most 200 times its size")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 2**10


def test_a_parquet_record_that_cannot_be_stored_is_quarantined_alone(landing: Landing) -> None:
    table = dict(zip(HEADER.split(","), zip(GOOD.split(","), OTHER.split(","), strict=True), strict=True))
    packed = io.BytesIO()
    pq.write_table(pa.table(table | {"nama": ["A\x00B", "AGUS"]}), packed)
    landing.drop("asn", "a.parquet", packed.getvalue())
    landing.load()
    expect_loaded(landing, "a.parquet", 2, rejected=1)
    assert landing.query("select line_no, reason from ops.rejected_record") == [(1, "holds a NUL byte")]


def test_a_workbook_with_damaged_insides_is_refused(landing: Landing) -> None:
    packed = bytearray(workbook(sheet_of(HEADER.split(","), GOOD.split(","))))
    [sheet] = [item for item in zipfile.ZipFile(io.BytesIO(bytes(packed))).infolist() if "sheet1.xml" in item.filename]
    start = (
        sheet.header_offset + 30 + struct.unpack("<H", packed[sheet.header_offset + 26 : sheet.header_offset + 28])[0]
    )
    packed[start : start + 40] = b"\xff" * 40
    landing.drop("asn", "broken.xlsx", bytes(packed))
    landing.load()
    expect_refused(landing, "broken.xlsx", "no readable XLSX")


# The landing place itself


@pytest.fixture
def while_read(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Let something happen between the first look at a file's bytes and the last."""

    def given(happens: Callable[[], None]) -> None:
        real = loader.members

        def members(*arguments: object) -> Iterator[object]:
            yield from real(*arguments)
            happens()

        monkeypatch.setattr(loader, "members", members)

    return given


def test_a_file_that_grows_while_it_is_read_waits_for_the_next_sweep(
    landing: Landing, while_read: Callable[[Callable[[], None]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = landing.drop("asn", "a.csv", PLAIN)
    while_read(lambda: path.write_bytes(PLAIN + f"{GOOD}\n".encode()))
    assert landing.load() == {"refused": 1}
    expect_refused(landing, "a.csv", "it changed after it was listed")
    assert names(landing) == []
    monkeypatch.undo()
    assert landing.load() == {"loaded": 1}
    assert len(names(landing)) == 3


def test_a_file_that_vanishes_while_it_is_read_is_refused(
    landing: Landing, while_read: Callable[[Callable[[], None]], None]
) -> None:
    path = landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "b.csv", f"{HEADER}\n{GOOD}\n".encode())
    waiting = pipeline.sweep(landing.settings)
    while_read(lambda: path.unlink(missing_ok=True))
    assert pipeline.load_files(landing.settings, waiting) == {"loaded": 1, "refused": 1}
    expect_refused(landing, "a.csv", "went away")
    assert names(landing) == ["ANGGUN VERA"]


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of files that may not be read; the test may run as root, whom no mode stops."""
    found: set[str] = set()
    real = landing_place.open_local

    def opened(path: str) -> BinaryIO:
        if Path(path).name in found:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(landing_place, "open_local", opened)
    return found


def test_a_file_without_permission_is_refused_once_and_stops_no_other(landing: Landing, closed: set[str]) -> None:
    landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "b.csv", f"{HEADER}\n{GOOD}\n".encode())
    closed.add("a.csv")
    assert landing.load() == {"loaded": 1}
    expect_refused(landing, "a.csv", "no permission")
    landing.load()
    assert landing.query("select file_name, status from ops.file order by 1") == [
        ("a.csv", "refused"),
        ("b.csv", "loaded"),
    ]
    closed.clear()
    assert landing.load() == {"loaded": 1}
    expect_loaded(landing, "a.csv", 2)


def test_a_file_that_loses_its_permission_after_the_sweep_is_refused(landing: Landing, closed: set[str]) -> None:
    landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "b.csv", f"{HEADER}\n{GOOD}\n".encode())
    waiting = pipeline.sweep(landing.settings)
    closed.add("a.csv")
    assert pipeline.load_files(landing.settings, waiting) == {"loaded": 1, "refused": 1}
    expect_refused(landing, "a.csv", "no permission")
    closed.clear()
    assert landing.load() == {"loaded": 1}


def test_a_folder_without_permission_is_refused_and_stops_no_other(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.drop("asn", "a.csv", PLAIN)
    landing.drop("asn", "b.csv", PLAIN, area="1671")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("area=1671"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert landing.load() == {"loaded": 1}
    landing.load()
    assert landing.query("select feed, file_name, status from ops.file order by 2") == [
        ("asn", "a.csv", "loaded"),
        ("asn", "area=1671", "refused"),
    ]
    expect_refused(landing, "area=1671", "no permission")


def test_links_in_the_landing_place_are_refused(landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.csv").write_bytes(PLAIN)
    slot = landing.drop("asn", "good.csv", PLAIN).parent
    (slot / "out.csv").symlink_to(elsewhere / "a.csv")
    (slot / "within.csv").symlink_to(slot / "good.csv")
    (slot / "folder").symlink_to(elsewhere)
    (slot / "nowhere.csv").symlink_to(elsewhere / "nothing.csv")
    for link in ("out.csv", "within.csv", "folder", "nowhere.csv"):
        os.utime(slot / link, (1_600_000_000, 1_600_000_000), follow_symlinks=False)
    assert landing.load() == {"loaded": 1}
    for link in ("out.csv", "within.csv", "folder", "nowhere.csv"):
        expect_refused(landing, link, "it is a link")
    landing.load()
    assert landing.query("select count(*) from ops.file") == [(5,)]
    (slot / "out.csv").unlink()
    landing.drop("asn", "out.csv", f"{HEADER}\n{GOOD}\n".encode())
    assert landing.load() == {"loaded": 1}

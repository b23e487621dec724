"""Hostile and broken workbooks, each with the outcome that docs/traps.md states."""

import io
import struct
import zipfile
from datetime import date
from pathlib import Path

import psutil
import pytest
import xlsxwriter
from asn_files import (
    GOOD,
    HEADER,
    OTHER,
    PLAIN,
    TOTALS,
    expect_loaded,
    expect_refused,
    names,
    sheet_of,
    with_wrong_sizes,
    workbook,
)

from satu.load.formats.workbook_process import sheets_as_csv
from support import Landing


def test_the_sheet_with_the_records_is_read_and_the_others_are_reported(landing: Landing) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet().write(0, 0, "Catatan")
        sheet_of(HEADER, GOOD, ",,,,", OTHER)(book)
        book.add_worksheet().write(0, 0, "Rekap")

    landing.drop("asn", "three.xlsx", workbook(fill))
    landing.load()
    assert expect_loaded(landing, "three.xlsx", 2)["findings"] == "sheets not read: number 1, 3"
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


def test_records_in_several_sheets_are_refused(landing: Landing) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        for line in (GOOD, OTHER, OTHER):
            sheet_of(HEADER, line)(book)

    landing.drop("asn", "three.xlsx", workbook(fill))
    landing.load()
    expect_refused(landing, "three.xlsx", "sheets 1, 2, 3 of the workbook have the feed's columns")
    assert names(landing) == []


def test_of_a_formula_the_value_is_taken(landing: Landing) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet_of(HEADER, GOOD)(book)
        [sheet] = book.worksheets()
        sheet.write_formula(1, 2, '=UPPER("anggun")', None, "ANGGUN")
        sheet.write_formula(1, 3, "=NA()", None, "#N/A")

    landing.drop("asn", "formula.xlsx", workbook(fill))
    landing.load()
    assert landing.query("select nama, instansi from raw.asn") == [("ANGGUN", None)]


def test_dates_of_a_workbook_come_as_dates_or_as_serials(landing: Landing) -> None:
    day, serial = ["3371", "PENDUDUK", 6129, date(2020, 9, 30), "A"], ["3371", "KK", 1864, 44104, "B"]
    dated = sheet_of(TOTALS, day, serial, formats={3: "dd/mm/yyyy"})
    landing.drop("control_total", "dates.xlsx", workbook(dated))
    landing.load()
    assert landing.query("select nilai, tanggal from raw.control_total order by 1") == [
        ("1864", "2020-09-30"),
        ("6129", "2020-09-30"),
    ]
    landing.drop("control_total", "serial.xlsx", workbook(sheet_of(TOTALS, serial)))
    landing.load()
    assert landing.query("select tanggal from raw.control_total where sumber = 'B' order by 1") == [
        ("2020-09-30",),
        ("44104",),
    ]


def test_niks_as_numbers_keep_their_digits(landing: Landing) -> None:
    rows = [HEADER, ["1", 3371015806880001, "A", "B", 3371], ["2", 9999999999999995, "A", "B", 3371]]
    landing.drop("asn", "numbers.xlsx", workbook(sheet_of(*rows)))
    landing.load()
    niks = landing.query("select nik from raw.asn order by _record_no")
    assert niks == [("3371015806880001",), ("9999999999999996",)]  # the first digits show that it is a sentinel


@pytest.mark.parametrize("value", [9171010101900001, 198806182010012001])
def test_a_number_with_more_digits_than_numbers_hold_refuses_the_file(landing: Landing, value: int) -> None:
    landing.drop("asn", "rounded.xlsx", workbook(sheet_of(HEADER, ["1", value, "A", "B", "3371"])))
    landing.load()
    expect_refused(landing, "rounded.xlsx", "rounded number")


def test_a_file_is_not_blamed_when_the_reader_of_workbooks_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(sheet_of(HEADER, *[GOOD] * 60_000)))
    with path.open("rb") as packed:
        sheets = sheets_as_csv(packed)
        next(sheets)
        [reader] = [
            each for each in psutil.Process().children() if "satu.load.formats.workbook_process" in each.cmdline()
        ]
        reader.kill()
        with pytest.raises(InterruptedError):
            list(sheets)


def bomb() -> bytes:
    """A small workbook of which each of many cells holds the longest text a cell may have."""
    return workbook(sheet_of(HEADER, *[["x" * 32_767] * 5] * 2_000))


def far() -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet_of(HEADER, GOOD)(book)
        book.worksheets()[0].write(1_048_575, 16_383, "x")

    return workbook(fill)


@pytest.mark.parametrize("packed", [bomb(), far()], ids=["bomb", "far"])
def test_a_workbook_that_takes_too_much_memory_is_refused(landing: Landing, packed: bytes) -> None:
    landing.drop("asn", "large.xlsx", packed)
    landing.drop("asn", "good.csv", PLAIN)
    assert landing.load() == {"loaded": 1, "refused": 1}
    expect_refused(landing, "large.xlsx", "takes more than 200 MiB")


def test_a_workbook_with_wrong_sizes_in_its_directory_is_refused(landing: Landing) -> None:
    landing.drop("asn", "wrong.xlsx", with_wrong_sizes(bomb()))
    landing.load()
    assert landing.file("wrong.xlsx")["status"] == "refused"


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
def test_a_file_that_only_has_the_name_of_a_workbook_is_refused_as_what_it_is(landing: Landing, kind: str) -> None:
    content, reason = OTHERS[kind]
    landing.drop("asn", "a.xlsx", content)
    landing.load()
    expect_refused(landing, "a.xlsx", f"it is not a readable XLSX workbook: it is {reason}")


def test_hidden_rows_and_sheets_are_read_and_reported(landing: Landing) -> None:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet_of(HEADER, GOOD, OTHER)(book)
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
        landing.drop("control_total", name, rewritten(workbook(fill, **options), b'ref="A1:E3"', b'ref="A1:A1"'))
    landing.load()
    rows = landing.query("select kode_wilayah, nilai, tanggal, sumber from raw.control_total")
    assert rows == [("3371", "6129", "2020-09-30", "BPS")] * 2


def test_days_as_numbers_of_a_workbook_that_counts_from_1904_refuse_it(landing: Landing) -> None:
    book = workbook(sheet_of(TOTALS, ["3371", "KK", 44104, 42642, "BPS"]), date_1904=True)
    landing.drop("control_total", "a.xlsx", book)
    landing.load()
    expect_refused(landing, "a.xlsx", "the workbook counts days from 1904 and has dates as plain numbers")


def rewritten(packed: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook with other bytes in its first sheet."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as parts, zipfile.ZipFile(made, "w") as written:
        for name in parts.namelist():
            content = parts.read(name)
            assert not name.endswith("sheet1.xml") or old in content
            written.writestr(name, content.replace(old, new))
    return made.getvalue()


def test_a_workbook_with_damaged_insides_is_refused(landing: Landing) -> None:
    packed = bytearray(workbook(sheet_of(HEADER, GOOD)))
    [sheet] = [item for item in zipfile.ZipFile(io.BytesIO(bytes(packed))).infolist() if "sheet1.xml" in item.filename]
    [name_length] = struct.unpack_from("<H", packed, sheet.header_offset + 26)
    start = sheet.header_offset + 30 + name_length
    packed[start : start + 40] = b"\xff" * 40
    landing.drop("asn", "broken.xlsx", bytes(packed))
    landing.load()
    expect_refused(landing, "broken.xlsx", "not a readable XLSX")

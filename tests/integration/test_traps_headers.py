"""Headers, footers and other lines that are not records, each with the outcome that docs/traps.md states."""

import gzip
from collections.abc import Callable

import pytest
from asn_files import (
    GOOD,
    HEADER,
    OTHER,
    PLAIN,
    TOTALS,
    asn,
    columns_of,
    expect_loaded,
    expect_refused,
    json_lines,
    names,
    parquet,
    sheet_of,
    workbook,
)

from support import Landing


def test_5000_columns_are_read_and_the_unknown_ones_kept_out(landing: Landing) -> None:
    more = ",".join(f"kolom_{number}" for number in range(4995))
    wide = asn(GOOD + ",1" * 4995, OTHER + "," * 4995, header=f"{HEADER},{more}")
    landing.drop("asn", "wide.csv", wide)
    landing.load()
    assert "unknown columns not loaded" in expect_loaded(landing, "wide.csv", 2)["findings"]
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


def test_a_header_alone_without_a_line_end_loads_no_record(landing: Landing) -> None:
    landing.drop("asn", "header.csv", HEADER.encode())
    landing.load()
    expect_loaded(landing, "header.csv", 0)


def test_a_header_on_line_9_is_found_and_what_is_above_reported(landing: Landing) -> None:
    title = "PEMERINTAH KOTA MAGELANG\n\nDaftar ASN\nper 1 Maret 2020\n\n;;;;\nRahasia\n\n"
    landing.drop("asn", "title.csv", title.encode() + asn("(1),(2),(3),(4),(5)", GOOD, "Jumlah,7,,,"))
    landing.load()
    findings = expect_loaded(landing, "title.csv", 1)["findings"]
    assert findings.split("; ") == [
        "8 lines above the header skipped",
        "row of column numbers under the header skipped",
        "footer in line 12 skipped",
        "footer in line 12 says 7, but 1 records were read",
    ]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "xlsx", "parquet", "zip", "csv.gz"])
def test_an_empty_file_of_any_kind_is_refused(landing: Landing, kind: str) -> None:
    landing.drop("asn", f"empty.{kind}", b"")
    landing.load()
    expect_refused(landing, f"empty.{kind}", "the file is empty")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("damage", ["", "1{d}2\n"], ids=["clean", "damaged"])
def test_lines_of_delimiters_alone_are_not_records(landing: Landing, delimiter: str, damage: str) -> None:
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
def test_a_footer_is_not_a_record_however_the_file_ends(landing: Landing, ends: str) -> None:
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
def test_lines_that_are_not_records_are_skipped_and_reported(landing: Landing, kind: str, among: str) -> None:
    lines, findings = AMONG[among]
    width = 5 if kind == "xlsx" else 0  # a sheet has as many cells in each row
    rows = [(line + "," * width).split(",")[: width or None] for line in lines]
    landing.drop("asn", f"a.{kind}", WRITERS[kind](rows))
    landing.load()
    assert expect_loaded(landing, f"a.{kind}", 2)["findings"] == findings
    assert landing.query("select nama, _record_no from raw.asn order by 2") == [("ANGGUN VERA", 1), ("AGUS", 2)]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_lines_that_are_not_records_are_skipped_in_json_lines_and_parquet_too(landing: Landing, kind: str) -> None:
    lines = (GOOD, HEADER, "Sub Jumlah,1,,,", OTHER, "Jumlah,2,,,", "Sumber: BKPSDM,,,,")
    content = parquet(columns_of(*lines)) if kind == "parquet" else json_lines(*lines)
    landing.drop("asn", f"a.{kind}", content)
    landing.load()
    findings = expect_loaded(landing, f"a.{kind}", 2)["findings"]
    for said in ("header repeated", "sub-total", "footer", "note"):
        assert f"{said} in line" in findings
    assert names(landing) == ["ANGGUN VERA", "AGUS"]


def test_a_record_without_most_of_its_values_is_quarantined_unless_it_has_a_key(landing: Landing) -> None:
    """A line of unknown kind may have been a record: it is kept with its reason."""
    damaged = [",,ANGGUN,,", "Bagian Umum,,,,", "198702182010011001,,,,", ",3371015806880001,RINI,DINKES,"]
    landing.drop("asn", "a.csv", asn(GOOD, *damaged))
    landing.load()
    expect_loaded(landing, "a.csv", 5, rejected=2)
    rejected = landing.query("select line_no, reason from ops.rejected_record order by 1")
    assert [line_no for line_no, _ in rejected] == [3, 4]
    assert all("not a record: no natural key (nip)" in reason for _, reason in rejected)


LIST = "kode_sls;no_dp;no_kk;nik;nama;jk;tgl_lahir;sumber;status;id_petugas;waktu;catatan"
CHECKED = "3371010001000100;{no};;;{name};2;30-09-2020;ONLINE;ADA_SESUAI_KK;P1;2020-09-30 10:00:00;"


@pytest.mark.parametrize("beside", ["a quoted field", "an unknown column"])
def test_lines_are_judged_alike_whatever_stands_beside_them(landing: Landing, beside: str) -> None:
    """Neither a note with two dates nor a line without its key is a record; the mark of a joined file is left out."""
    has_more = beside == "an unknown column"
    lines = [
        CHECKED.format(no=1, name="ANI" if has_more else '"ANI"'),
        "JUMLAH;1;;;;;30-09-2020;;;;2020-09-30 10:00:00;",
        "Sumber: Dukcapil;;;;;;30-09-2020;;;;2020-09-30 10:00:00;",
        "3371010001000100;;;;;;;;;;2020-09-07 08:04:55;",
        "\ufeff" + CHECKED.format(no=2, name="BUDI"),
    ]
    landing.drop("verification", "a.csv", "".join(f"{line}{';' * has_more}\n" for line in [LIST, *lines]).encode())
    landing.load()
    findings = expect_loaded(landing, "a.csv", 3, rejected=1)["findings"]
    assert "note in line 4 skipped" in findings
    assert "in line 3 skipped" in findings
    found = landing.query("select kode_sls, nama, _record_no from raw.verification order by 3")
    assert found == [("3371010001000100", "ANI", 1), ("3371010001000100", "BUDI", 3)]


def test_the_sum_of_a_column_is_checked(landing: Landing) -> None:
    rows = "3371,PENDUDUK,600,2020-09-30,BPS", "3371,KK,200,2020-09-30,BPS"
    for name, total in (("right.csv", 800), ("wrong.csv", 810)):
        landing.drop("control_total", name, asn(*rows, f"Jumlah,,{total},,", header=TOTALS))
    landing.load()
    assert expect_loaded(landing, "right.csv", 2)["findings"] == "footer in line 4 skipped"
    assert "footer in line 4 says 810" in expect_loaded(landing, "wrong.csv", 2)["findings"]


def test_a_repeated_header_in_another_order_refuses_the_file(landing: Landing) -> None:
    landing.drop("asn", "a.csv", asn(GOOD, "nik,nip,nama,instansi,kode_kabkota", OTHER))
    landing.load()
    expect_refused(landing, "a.csv", "the header is repeated with its columns in another order")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_line_ends_in_column_names_of_the_header_are_removed(landing: Landing, kind: str) -> None:
    header = ["nip", "nik\u200b", "na\nma", "instansi", "kode\r\nkab kota"]
    quoted = ",".join(f'"{name}"' for name in header)
    text = b"Daftar ASN\n" + asn(GOOD, OTHER, header=quoted)
    book = workbook(sheet_of("Daftar ASN", header, GOOD, OTHER))
    landing.drop("asn", f"a.{kind}", text if kind == "csv" else book)
    landing.load()
    assert expect_loaded(landing, f"a.{kind}", 2)["findings"] == "1 lines above the header skipped"

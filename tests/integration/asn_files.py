"""Files of the feed asn, whose records have identifiers, a name and a code: to make them, and what became of them."""

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from support import Landing

HEADER = "nip,nik,nama,instansi,kode_kabkota"
GOOD = "198806182010012000,3371015806880001,ANGGUN VERA,SETDA,3371"
OTHER = "198702182010011001,3371021802870001,AGUS,DINKES,3371"
TOTALS = "kode_wilayah,indikator,nilai,tanggal,sumber"  # of the feed control_total, which is UTF-8 only
Book = Callable[[xlsxwriter.Workbook], None]


def names(landing: Landing) -> list[str]:
    return [row[0] for row in landing.query("select nama from raw.asn order by _file_id, _record_no")]


def expect_loaded(landing: Landing, name: str, read: int, rejected: int = 0) -> dict[str, Any]:
    file = landing.file(name)
    assert (file["status"], file["records_read"], file["records_rejected"]) == ("loaded", read, rejected)
    assert file["records_loaded"] == read - rejected
    return file


def expect_refused(landing: Landing, name: str, reason: str) -> None:
    file = landing.file(name)
    assert file["status"] == "refused"
    assert reason in file["reason"]


def asn(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join([header, *lines, ""]).encode()


PLAIN = asn(GOOD, OTHER)


def columns_of(*lines: str) -> dict[str, tuple[str, ...]]:
    return dict(zip(HEADER.split(","), zip(*(line.split(",") for line in lines), strict=True), strict=True))


def json_lines(*lines: str) -> bytes:
    return "\n".join(json.dumps(dict(zip(HEADER.split(","), line.split(","), strict=True))) for line in lines).encode()


def parquet(columns: Mapping[str, Any], compression: str = "snappy") -> bytes:
    packed = io.BytesIO()
    pq.write_table(pa.table(columns), packed, compression=compression)
    return packed.getvalue()


def parquet_of_polars(*lines: str) -> bytes:
    packed = io.BytesIO()
    pl.DataFrame(columns_of(*lines)).write_parquet(packed)
    return packed.getvalue()


def workbook(fill: Book, **options: bool) -> bytes:
    packed = io.BytesIO()
    with xlsxwriter.Workbook(packed, options) as book:
        fill(book)
    return packed.getvalue()


def sheet_of(*rows: str | list[Any], formats: Mapping[int, str] | None = None) -> Book:
    """A sheet of lines, or of lists of cells; formats are those of numbers, by column."""

    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        styles = {column: book.add_format({"num_format": given}) for column, given in (formats or {}).items()}
        for number, row in enumerate(rows):
            for column, value in enumerate(row.split(",") if isinstance(row, str) else row):
                sheet.write(number, column, value, styles.get(column))

    return fill


def archive(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for member, content in members:
            made.writestr(member, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def with_wrong_sizes(packed: bytes) -> bytes:
    """The same archive; its directory says of each member that it unpacks to one byte."""
    changed = bytearray(packed)
    position = -1
    while (position := changed.find(b"PK\x01\x02", position + 1)) >= 0:
        changed[position + 24 : position + 28] = struct.pack("<I", 1)
    return bytes(changed)


SAME_RECORDS = {
    "plain.csv": PLAIN,
    "semicolon.csv": PLAIN.replace(b",", b";"),
    "bar.csv": PLAIN.replace(b",", b"|"),
    "tab.csv": PLAIN.replace(b",", b"\t"),
    "crlf.csv": PLAIN.replace(b"\n", b"\r\n"),
    "cr.csv": PLAIN.replace(b"\n", b"\r"),
    "bom.csv": PLAIN.decode().encode("utf-8-sig"),
    "utf16.csv": PLAIN.decode().encode("utf-16"),
    "no_end.csv": PLAIN[:-1],
    "aliases.csv": asn(GOOD, OTHER, header="N I P,N.I.K,Nama,INSTANSI,Kode Kabkota"),
    "unknown_column.csv": asn(f"{GOOD},x", f"{OTHER},y", header=f"{HEADER},catatan"),
    "title_rows.csv": b"Daftar ASN\n\n" + asn("(1),(2),(3),(4),(5)", GOOD, OTHER, "Jumlah,2,,,"),
    "quoted.csv": asn('"' + GOOD.replace(",", '","') + '"', OTHER),
    "blank_lines.csv": asn(GOOD, "", OTHER, ""),
    "packed.csv.gz": gzip.compress(PLAIN),
    "archive.zip": archive(("a.csv", asn(GOOD)), ("b.csv", asn(OTHER).replace(b",", b";"))),
    "book.xlsx": workbook(sheet_of(HEADER, GOOD, OTHER)),
    "lines.jsonl": json_lines(GOOD, OTHER),
    "table.parquet": parquet_of_polars(GOOD, OTHER),
}
"""Name ↦ content: files of every format and dialect with the same two records."""

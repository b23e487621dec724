"""One workbook for people in offices: the tables that they ask for, with headings in both languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from satu.export.data import Exported
from satu.export.site.words import LANGUAGES, NOISE, OF_NOBODY, Language
from satu.export.source import ReleaseInfo

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format

LEFT_OUT = ("characteristic_by_age_sex", "indicator_metadata", "variable_metadata", "release_info")
"""Too long for a sheet that people scroll, or in the notes."""
LONGEST_NAME = 31  # of a sheet, by Excel
_AREA = "area_level"
_NOTES = (
    NOISE,
    "An empty cell has no value; the column beside it, which ends in _status, says why.",
    "Codes of areas are texts, so that no digit of them is lost. Work areas (SLS) are in the CSV files only.",
)


def write_workbook(info: ReleaseInfo, exported: list[Exported], data: Path, target: Path) -> None:
    """Write `target` from the Parquet files of the tables in `data`: notes, then a sheet a table.

    Codes are texts and numbers are numbers; the heading stays in sight and has filters; nothing is a formula.
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        _write_notes(book, info, bold, wrapped)
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for table in exported:
            if table.name not in LEFT_OUT:
                _write_sheet(book, table, data / f"{table.file}.parquet", bold, day)


def _write_notes(book: "xlsxwriter.Workbook", info: ReleaseInfo, bold: "Format", wrapped: "Format") -> None:
    sheet = book.add_worksheet("Catatan - Notes")
    sheet.set_column(0, 1, 70)
    languages = [Language(code) for code in LANGUAGES]
    sheet.write_row(0, 0, [f"{each.text('Population census of')} {info.area_name.title()}" for each in languages], bold)
    sheet.write_row(
        1, 0, [f"{each.text('Release')} {info.release_id}, {each.moment(info.created_at)}" for each in languages]
    )
    notes = [*([OF_NOBODY] if info.is_simulated else []), *_NOTES]
    for at, note in enumerate(notes, start=2):
        sheet.write_row(at, 0, [each.text(note) for each in languages], wrapped)


def _write_sheet(book: "xlsxwriter.Workbook", table: Exported, source: Path, bold: "Format", day: "Format") -> None:
    sheet = book.add_worksheet(table.name[:LONGEST_NAME])
    names = [name for name in table.columns if name != "release_id"]
    headings = [" / ".join(dict.fromkeys(Language(code).heading(name) for code in LANGUAGES)) for name in names]
    sheet.set_column(0, len(names) - 1, 16)
    sheet.set_row(0, 48)
    sheet.write_row(0, 0, headings, bold)
    sheet.write_row(1, 0, names)
    sheet.freeze_panes(2, 0)
    last = 1
    for last, row in enumerate(_rows(source, names), start=2):
        for column, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, str):
                sheet.write_string(last, column, value)
            elif isinstance(value, bool | int | float):
                sheet.write(last, column, value)
            elif hasattr(value, "hour"):
                sheet.write_string(last, column, value.isoformat())
            else:
                sheet.write_datetime(last, column, value, day)
    sheet.autofilter(1, 0, max(last, 2), len(names) - 1)


def _rows(source: Path, names: list[str]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a file by columns; work areas are left out, for there are thousands."""
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(source).iter_batches(columns=names):
        columns = [column.to_pylist() for column in batch.columns]
        levels = columns[names.index(_AREA)] if _AREA in names else [None] * batch.num_rows
        yield from (row for level, *row in zip(levels, *columns, strict=True) if level != "sls")

"""Files that are no delimited text, turned into one: XLSX sheets, JSON lines, Parquet tables."""

import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from satu.contracts import Contract, normalised
from satu.errors import BadInput
from satu.load.lines import lines
from satu.load.records import SCIENTIFIC_NUMBER, Reading, ScientificIdentifier, csv_line
from satu.load.text import HEADER_WITHIN_LINES

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITER = ","
MAX_XLSX_BYTES = 256 * 2**20
_EXACT = 2**53


def xlsx_as_text(stream: BinaryIO, contract: Contract, reading: Reading) -> BinaryIO:
    """Return the sheet with the records as CSV: whole numbers without a fraction, dates as yyyy-mm-dd.

    That is the one sheet with the feed's columns; without any it is the first. Other sheets that hold something are
    reported.

    Raises:
        BadInput: it is no readable workbook, unpacks to too much, or has records in several sheets.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    from satu.load.containers import check_workbook

    packed = io.BytesIO(stream.read())
    check_workbook(packed, MAX_XLSX_BYTES)
    try:
        book = CalamineWorkbook.from_filelike(packed)
        filled = {}
        for number in range(len(book.sheet_names)):
            if rows := book.get_sheet_by_index(number).to_python():
                filled[number + 1] = rows
    except CalamineError:
        raise BadInput("it is no readable XLSX workbook; expected one with the records in one sheet") from None
    with_records = [number for number, rows in filled.items() if _has_header(rows, contract)]
    if len(with_records) > 1:
        raise BadInput(
            f"sheets {', '.join(map(str, with_records))} of the workbook have the feed's columns; expected the records"
            " in one sheet. Send each sheet as a file of its own"
        )
    chosen = filled.pop(next(iter(with_records or filled), 0), [])
    if filled:
        reading.findings.append(f"sheets not read: number {', '.join(map(str, filled))}")
    return io.BytesIO(b"".join(_sheet_line([_cell(value) for value in row]) for row in chosen))


def _has_header(rows: list[list[Any]], contract: Contract) -> bool:
    return any(
        contract.required_columns <= {contract.column_of_header.get(normalised(str(value))) for value in row}
        for row in rows[:HEADER_WITHIN_LINES]
    )


def _sheet_line(cells: list[str]) -> bytes:
    return csv_line(cells, DELIMITER) if any(cells) else b"\n"


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        # Beyond 2^53 the last digits are the format's, not the writer's; a sentinel is told by its first ones.
        digits = str(int(value))
        return digits if abs(value) < _EXACT or digits.startswith("999999") else f"{value:.14E}"
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return value.date().isoformat()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else str(value)


def json_records(stream: BinaryIO, contract: Contract, reading: Reading) -> Iterator[bytes]:
    """Yield each good JSON object as a CSV line of the contract's columns and its `record_no`."""
    columns = [column.name for column in contract.columns]
    unknown: set[str] = set()
    for line_no, line in enumerate(lines(iter(lambda: stream.read(1 << 20), b"")), 1):
        if not line.strip():
            continue
        reading.record_no += 1
        try:
            found = _columns_of(json.loads(line), contract, unknown)
            for column in contract.identifier_columns:
                if SCIENTIFIC_NUMBER.fullmatch(found.get(column, "").strip()):
                    raise ScientificIdentifier(column, line_no)
            yield csv_line([found.get(column, "") for column in columns] + [str(reading.record_no)], DELIMITER)
        except (ValueError, RecursionError) as error:
            reason = str(error) if isinstance(error, _NotARecord) else "is no JSON object"
            reading.rejects.add(reading.record_no, line_no, line, reason)
    if unknown:
        reading.findings.append(f"unknown columns kept out: {len(unknown)}")


class _NotARecord(ValueError):
    pass


def _columns_of(item: object, contract: Contract, unknown: set[str]) -> dict[str, str]:
    if not isinstance(item, dict):
        raise _NotARecord("is JSON, but no object")
    found: dict[str, str] = {}
    for name, value in item.items():
        column = contract.column_of_header.get(normalised(name))
        if column is None:
            unknown.add(name)
        elif isinstance(value, dict | list):
            raise _NotARecord(f"column {column} holds a nested value; expected text or a number")
        else:
            found[column] = _cell(value)
    if missing := contract.required_columns - found.keys():
        raise _NotARecord(f"lacks the required columns {', '.join(sorted(missing))}")
    if any("\x00" in value for value in found.values()):
        raise _NotARecord("holds a NUL byte")
    return found


def parquet_blocks(stream: BinaryIO, contract: Contract, reading: Reading) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Yield (columns, CSV block) for each batch of records.

    Raises:
        BadInput: it is no Parquet file, lacks a required column, or holds what is no text, number or date.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.ParquetFile(stream)
    except (pa.ArrowInvalid, OSError):
        raise BadInput("it is no readable Parquet file. Send it again") from None
    columns = {name: contract.column_of_header.get(normalised(name)) for name in table.schema_arrow.names}
    known = {name: column for name, column in columns.items() if column}
    if missing := contract.required_columns - set(known.values()):
        raise BadInput(f"the Parquet file lacks the required columns {', '.join(sorted(missing))}")
    if len(known) < len(columns):
        reading.findings.append(f"unknown columns kept out: {len(columns) - len(known)}")
    if len(set(known.values())) < len(known):
        raise BadInput("the Parquet file names a column twice; expected each column once")
    try:
        for batch in table.iter_batches(columns=list(known)):
            yield tuple(known.values()), _csv_block(batch.rename_columns(list(known.values())), contract)
    except (pa.ArrowException, OSError):
        raise BadInput(
            "the Parquet file is damaged, or a column holds something else than text, numbers or dates. Export it again"
        ) from None


def _csv_block(batch: "pa.RecordBatch", contract: Contract) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    texts = pa.RecordBatch.from_arrays([_as_text(column) for column in batch.columns], names=batch.schema.names)
    for column in set(contract.identifier_columns) & set(texts.schema.names):
        if pc.any(pc.match_substring_regex(texts[column], r"^\s*\d[.,]?\d*[Ee]\+\d+\s*$")).as_py():
            raise BadInput(
                f"column {column} holds a rounded number such as 3,37E+15; expected all 16 digits. Export again with"
                " the column as text"
            )
    block = io.BytesIO()
    csv.write_csv(texts, block, csv.WriteOptions(include_header=False))
    return block.getvalue()


def _as_text(column: "pa.Array[Any]") -> "pa.Array[Any]":
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    elif not pa.types.is_floating(column.type):
        return column.cast(pa.string())
    return pa.array(
        [None if value is None or value != value else _cell(value) for value in column.to_pylist()], pa.string()
    )

"""Files that are no delimited text, turned into one: XLSX sheets, JSON lines, Parquet tables."""

import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO

from satu.contracts import Contract, normalised
from satu.errors import BadInput
from satu.load.lines import lines
from satu.load.records import Reading, csv_line

if TYPE_CHECKING:
    import pyarrow as pa

DELIMITER = ","
MAX_XLSX_BYTES = 256 * 2**20


def xlsx_as_text(stream: BinaryIO) -> BinaryIO:
    """Return the first sheet as CSV: whole numbers without a fraction, dates as yyyy-mm-dd.

    Raises:
        BadInput: it is no readable workbook, or unpacks to too much.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    from satu.load.containers import check_workbook

    packed = io.BytesIO(stream.read())
    check_workbook(packed, MAX_XLSX_BYTES)
    try:
        rows = CalamineWorkbook.from_filelike(packed).get_sheet_by_index(0).to_python()
    except CalamineError:
        raise BadInput("it is no readable XLSX workbook; expected one with the records in its first sheet") from None
    return io.BytesIO(b"".join(csv_line([_cell(value) for value in row], DELIMITER) for row in rows))


def _cell(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
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
        BadInput: it is no Parquet file or lacks a required column.
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
    for batch in table.iter_batches(columns=list(known)):
        yield tuple(known.values()), _csv_block(batch)


def _csv_block(batch: "pa.RecordBatch") -> bytes:
    import pyarrow as pa
    from pyarrow import csv

    texts = pa.RecordBatch.from_arrays([column.cast(pa.string()) for column in batch.columns], names=batch.schema.names)
    block = io.BytesIO()
    csv.write_csv(texts, block, csv.WriteOptions(include_header=False))
    return block.getvalue()

"""What has to come of a generated file: read as it was written, or refused; each record loaded or rejected."""

import contextlib
import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from generated_files import Written
from satu.errors import BadInput
from satu.load.containers import members
from satu.load.formats.jsonl import json_records
from satu.load.formats.parquet import parquet_blocks
from satu.load.formats.workbook_process import DELIMITER
from satu.load.formats.xlsx import text_of
from satu.load.records import Reading, ScientificIdentifier
from satu.load.rejects import Rejects
from satu.load.text import Text

Property = Callable[[Written, int], None]


@dataclass
class Read:
    """What reading made of a file: (record number, values by column), and (record number, bytes, reason)."""

    read: int
    loaded: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    rejected: list[tuple[int, bytes, str]] = field(default_factory=list)


def hold_written(file: Written, block_size: int) -> None:
    """What is read is what was written."""
    check(file, read(file, block_size))


def hold_mangled(file: Written, block_size: int) -> None:
    """Mangled bytes are refused, or each record is loaded or rejected."""
    with contextlib.suppress(BadInput, ScientificIdentifier):
        check_numbers(read(file, block_size))


def check(file: Written, result: Read) -> None:
    """Hold what was read against what was written."""
    check_numbers(result)
    sure = [row for number, row in enumerate(file.rows) if number not in file.unsure]
    whole = Counter(row.values for row in sure if not row.damage)
    found = Counter(tuple(values.get(name, "") for name in file.columns) for _, values in result.loaded)
    assert not whole - found, "a good record was not loaded as it was written"
    if not file.unsure:
        records = [row for row in file.rows if row.damage != "blank"]
        good = [(number, row.values) for number, row in enumerate(records, 1) if not row.damage]
        assert good == [(n, tuple(values.get(name, "") for name in file.columns)) for n, values in result.loaded]


def check_numbers(result: Read) -> None:
    """Hold that each record was loaded or rejected, once."""
    assert result.read == len(result.loaded) + len(result.rejected)
    numbers = [number for number, _ in result.loaded] + [number for number, *_ in result.rejected]
    assert sorted(numbers) == list(range(1, result.read + 1))


def read(file: Written, block_size: int = 1 << 20) -> Read:
    """Read a file record by record as the loader does, with a parser in PostgreSQL's place.

    Raises:
        BadInput: the file is refused.
    """
    with Rejects(0) as rejects:
        reading = Reading(frozenset(file.contract.identifier_columns), rejects)
        result = Read(0)
        for member in members(io.BytesIO(file.content), file.name, len(file.content)):
            if member.kind == "parquet":
                for header, block in parquet_blocks(member.stream, len(file.content), file.contract, reading):
                    for record in reading.good_records([block], header):
                        *values, number = _fields(record.decode(), DELIMITER)[0]
                        names = [str(name) for name in header.columns]
                        result.loaded.append((int(number), dict(zip(names, values, strict=True))))
                continue
            columns: tuple[str, ...] = tuple(column.name for column in file.contract.columns)
            with text_of(member, file.contract, reading) as stream:
                delimiter = DELIMITER
                if member.kind == "jsonl":
                    records = json_records(stream, file.contract, reading)
                else:
                    text = Text(stream, file.contract)
                    columns, delimiter = tuple(c for c in text.header.columns if c), text.header.delimiter
                    records = reading.good_records(_cut(b"".join(text.blocks()), block_size), text.header)
                for block in records:
                    for *values, number in _fields(block.decode(), delimiter):
                        result.loaded.append((int(number), dict(zip(columns, values, strict=True))))
        result.read = reading.record_no
        for line in b"".join(rejects.blocks()).decode().splitlines():
            _, number, _, raw, reason = line.split("\t")
            result.rejected.append((int(number), bytes.fromhex(raw[3:]), reason))
    return result


def _cut(text: bytes, size: int) -> list[bytes]:
    """Cut a text into blocks; the first holds a whole line, by which its line ends are known."""
    first = max(size, text.find(b"\n") + 1 or text.find(b"\r") + 1)
    return [text[:first], *(text[at : at + size] for at in range(first, len(text), size))]


def _fields(text: str, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))

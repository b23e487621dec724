"""JSON lines as blocks of CSV."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import BinaryIO

from satu.contracts import Contract, normalised
from satu.errors import BadInput
from satu.load.formats.workbook_process import DELIMITER, cell_text
from satu.load.lines import MAX_RECORD_BYTES, Batch, batches
from satu.load.records import SCIENTIFIC, SCIENTIFIC_NUMBER, Reading, ScientificIdentifier, csv_line
from satu.load.shape import Shape
from satu.load.text import utf8_blocks

_MOST_UNKNOWN = 1000
_JSON_ARRAY = re.compile(rb"\s*\[\s*\{")
_JSON_PRETTY = re.compile(rb'\s*\{[ \t]*\r?\n\s*"')
_JSON_NULL = re.compile(rb":\s*null")
# Values whose text the columnar reader may change: fractions, exponents, true and false, nested values.
_JSON_VALUE_NEEDS_A_LOOK = re.compile(rb":\s*(?:true|false|[\[{]|-?\d+[.eE])")


def json_records(stream: BinaryIO, contract: Contract, reading: Reading) -> Iterator[bytes]:
    """Yield the good JSON objects as blocks of CSV lines of the contract's columns and their `record_no`."""
    unknown: set[str] = set()
    blocks = utf8_blocks(stream, contract)
    head = next(blocks, b"")
    _expect_lines(head)
    shape = Shape(contract, [column.name for column in contract.columns])
    for batch in batches(chain([head], blocks)):
        objects = [line for line in batch.lines if line.strip()]
        if (block := _json_block(objects, shape, contract, reading.record_no, unknown)) is not None:
            reading.record_no += len(objects)
            yield block
        else:
            yield from _json_one_by_one(batch, shape, contract, reading, unknown)
    reading.end_member()
    if unknown:
        reading.report([f"unknown columns not loaded: {len(unknown)}{' or more' * (len(unknown) == _MOST_UNKNOWN)}"])


def _expect_lines(head: bytes) -> None:
    """Raise BadInput for JSON without one object per line: its records cannot be separated."""
    found = "one array" if _JSON_ARRAY.match(head) else "objects over several lines" if _JSON_PRETTY.match(head) else ""
    with suppress(ValueError, RecursionError):
        text = head.decode("utf-8", "ignore")
        _, end = json.JSONDecoder().raw_decode(text, len(text) - len(text.lstrip()))
        found = found or ("several objects in one line" if text[end:].lstrip(" \t,").startswith("{") else "")
    if found:
        raise BadInput(f"it holds {found}; expected JSON lines, one object per line. Export it again in this form")


def _json_block(
    objects: list[bytes], shape: Shape, contract: Contract, records_before: int, unknown: set[str]
) -> bytes | None:
    """Return the CSV lines of objects with only text and whole numbers; none if one needs a closer look."""
    import polars as pl

    text = b"\n".join(objects)
    if not objects or _JSON_VALUE_NEEDS_A_LOOK.search(text):
        return None
    # Unusual escapes, and identifiers as rounded numbers. Single bytes first: they are found faster than two.
    if (b"\\" in text and (b"\\u" in text or b"\\r" in text)) or (
        b"+" in text and any(mark in text for mark in SCIENTIFIC)
    ):
        return None
    try:
        keys = list(json.loads(objects[0]))
        frame = pl.read_ndjson(text, schema=dict.fromkeys(keys, pl.String))
    except (ValueError, TypeError, RecursionError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    # Every object has exactly the keys of the first one, each once.
    if frame.height != len(objects) or text.count(b'":') != len(objects) * len(keys):
        return None
    missing = sum(frame.null_count().row(0))
    if missing and missing != len(_JSON_NULL.findall(text)):
        return None
    column_of = {name: contract.column_of_header.get(normalised(name)) for name in keys}
    known = {name: column for name, column in column_of.items() if column}
    if len(set(known.values())) < len(known) or not contract.required_columns <= set(known.values()):
        return None
    frame = frame.select(pl.col(name).alias(column) for name, column in known.items())
    if not shape.are_surely_records(frame):
        return None
    _note_unknown(unknown, [name for name, column in column_of.items() if column is None])
    columns = [pl.col(c.name) if c.name in frame.columns else pl.lit(None).alias(c.name) for c in contract.columns]
    numbered = frame.with_row_index("_record_no", records_before + 1).select(*columns, "_record_no")
    # An empty text is a missing value, as everywhere.
    given = pl.when(pl.col(pl.String) != "").then(pl.col(pl.String))
    return numbered.with_columns(given).write_csv(include_header=False, separator=DELIMITER).encode()


def _json_one_by_one(
    batch: Batch, shape: Shape, contract: Contract, reading: Reading, unknown: set[str]
) -> Iterator[bytes]:
    columns = [column.name for column in contract.columns]
    for line_no, line in enumerate(batch.lines, batch.first_line_no):
        if not line.strip():
            continue
        try:
            found = _columns_of(_json_of(line), contract, unknown)
        except (ValueError, RecursionError) as error:
            reading.count(shape, ())
            reason = str(error) if isinstance(error, _NotARecord) else "is not a JSON object"
            reading.rejects.add(reading.record_no, line_no, line, reading.of_member(reason))
            continue
        values = [found.get(column, "") for column in columns]
        if kind := shape.furniture(values, is_first=False):
            reading.skip(line_no, kind, values)
            continue
        reading.count(shape, values)
        for column in contract.identifier_columns:
            if SCIENTIFIC_NUMBER.fullmatch(found.get(column, "").strip()):
                raise ScientificIdentifier(column, line_no)
        if why := shape.why_no_record(values, is_first=False):
            reading.rejects.add(reading.record_no, line_no, line, reading.of_member(why))
            continue
        yield csv_line([*values, str(reading.record_no)], DELIMITER)


class _Object(list[tuple[str, object]]):
    """A JSON object as pairs, because a name may occur twice."""


def _json_of(line: bytes) -> object:
    if len(line) > MAX_RECORD_BYTES:
        raise _NotARecord(f"longer than {MAX_RECORD_BYTES:,} bytes")
    text = line.rstrip().removesuffix(b",")  # of an array split into lines
    return json.loads(text, object_pairs_hook=_Object, parse_constant=_constant)


def _constant(name: str) -> None:
    """Read NaN as a missing value, as writers use it."""
    if name != "NaN":
        raise _NotARecord(f"holds {name}, which is not a number")


def _note_unknown(unknown: set[str], names: list[str]) -> None:
    """Collect the names of unknown columns, up to a limit, so that their memory is bounded."""
    unknown.update(names[: _MOST_UNKNOWN - len(unknown)])


class _NotARecord(ValueError):
    pass


def _columns_of(item: object, contract: Contract, unknown: set[str]) -> dict[str, str]:
    if not isinstance(item, _Object):
        raise _NotARecord("is JSON, but not an object")
    found: dict[str, str] = {}
    for name, value in item:
        column = contract.column_of_header.get(normalised(name))
        if column is None:
            _note_unknown(unknown, [name])
        elif column in found:
            raise _NotARecord(f"names the column {column} twice; expected each column once")
        elif isinstance(value, list):
            raise _NotARecord(f"column {column} has a nested value; expected text or a number")
        else:
            found[column] = cell_text(value)
    if missing := contract.required_columns - found.keys():
        raise _NotARecord(f"lacks the required columns {', '.join(sorted(missing))}")
    if any("\x00" in value for value in found.values()):
        raise _NotARecord("holds a NUL byte")
    if any("\ud800" <= sign <= "\udfff" for value in found.values() if not value.isascii() for sign in value):
        raise _NotARecord("has half a character (a lone surrogate)")
    return found

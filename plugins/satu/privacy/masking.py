"""Rejected lines for people: masked by the contract's classes, or in full for corrections."""

import csv
import io
import os
import re
from pathlib import Path

from satu.contracts import Contract
from satu.scratch import new_file

MASK = "•••"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_ANYTHING = re.compile(r"[^\t !-/:-@\[-`{-~]+")
"""What is neither a space nor punctuation of ASCII: letters and digits of any script, and marks upon them."""
_SHORT_NUMBER = re.compile(r"[0-9]{1,3}")


def clear(raw: bytes) -> str:
    """Return the original line; bytes that are not UTF-8 and control characters are escaped."""
    text = raw.decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def masked(raw: bytes, contract: Contract, delimiter: str | None, columns: tuple[str | None, ...]) -> str:
    """Return a line with all possibly personal values masked.

    A line that was rejected may be shifted: a name or a number may be in the column of another thing. So of a line that
    has as many values as the file has columns, a value is shown where its column is public and it is one of the codes
    or words for "missing" that the contract lists for it, or a number of up to three digits. Of any other line only
    spaces and punctuation are shown.
    """
    text = _CONTROL.sub("�", raw.decode("utf-8", "replace"))
    values = _split(text, delimiter) if delimiter else None
    if values is None or len(values) != len(columns):
        return _ANYTHING.sub(MASK, text)
    harmless = {
        column.name: {*column.customProperties.codes, *column.customProperties.missing, ""}
        for column in contract.columns
        if column.classification == "public"
    }
    shown = [
        value
        if not value or (column in harmless and (value in harmless[column] or _SHORT_NUMBER.fullmatch(value)))
        else MASK
        for value, column in zip(values, columns, strict=True)
    ]
    return _line(shown, delimiter or ",")


def write(path: Path, lines: list[bytes], delimiter: str | None, columns: tuple[str | None, ...]) -> None:
    """Write a header (none without columns) and raw lines to a new file that only its owner may read.

    Raises:
        WrongUsage: the file exists, or cannot be created.
    """
    names = [column or f"kept_out_{number}" for number, column in enumerate(columns, 1)]
    head = [_line(names, delimiter or ",").encode()] if names else []
    with os.fdopen(new_file(path), "wb") as out:
        out.writelines(line + b"\n" for line in [*head, *lines])


def _split(text: str, delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _line(values: list[str], delimiter: str) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="").writerow(values)
    return line.getvalue()

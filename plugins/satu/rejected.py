"""Rejected lines as people may see them: masked by the contract's classes, or whole for who corrects them."""

import csv
import io
import os
import re
from pathlib import Path

from satu.contracts import Contract
from satu.errors import WrongUsage

MASK = "•••"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LETTERS = re.compile(r"[^\W\d_]+")
_DIGITS = re.compile(r"\d(?:[\s./-]?\d){5,}")


def clear(raw: bytes) -> str:
    """Return a line as it came; bytes that are no UTF-8 and signs that steer a terminal are written out."""
    text = raw.decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def masked(raw: bytes, contract: Contract, delimiter: str | None, columns: tuple[str | None, ...]) -> str:
    """Return a line with its personal values masked.

    A line that can be split into the file's columns keeps what the contract calls public. Of any other, all letters and
    all runs of six or more digits are masked, also where a space, dot, slash or dash stands between the digits.
    """
    text = _CONTROL.sub("�", raw.decode("utf-8", "replace"))
    values = _split(text, delimiter) if delimiter else None
    if values is None or len(values) != len(columns):
        return _DIGITS.sub(MASK, _LETTERS.sub(MASK, text))
    public = {column.name for column in contract.columns if column.classification == "public"}
    kept = [value if column in public or not value else MASK for value, column in zip(values, columns, strict=True)]
    return _line(kept, delimiter or ",")


def write(path: Path, lines: list[bytes], delimiter: str | None, columns: tuple[str | None, ...]) -> None:
    """Write a header (none without columns) and raw lines to a new file that only its owner may read.

    Raises:
        WrongUsage: the file is there already, or cannot be made.
    """
    names = [column or f"kept_out_{number}" for number, column in enumerate(columns, 1)]
    head = [_line(names, delimiter or ",").encode()] if names else []
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise WrongUsage(f"{path} exists already; expected a new file. Choose another name") from None
    except OSError as error:
        raise WrongUsage(f"{path} cannot be written ({error.strerror}); expected a place for a new file") from None
    with os.fdopen(descriptor, "wb") as out:
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

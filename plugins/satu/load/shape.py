"""The form of a feed's records, and of lines between them that are not records: by content, not by position.

Exports are concatenated, opened in spreadsheets and printed: a header is repeated, labels or tags follow it, groups
have sums, a table has a footer of several lines. A line with the feed's natural key is a record, whatever else it has.
Other lines are skipped if their kind is recognised; the rest are damaged records.
"""

import re
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING

from psycopg import sql

from satu.contracts import Column, Contract, normalised
from satu.errors import BadInput

if TYPE_CHECKING:
    import polars as pl

_LONG = 8
"""Minimum bytes of a value beginning with a digit that identifies a record: a person's number, a code, a date."""
_UNSEEN = re.compile(r"[\s'\"=\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]+")
_TOTAL = re.compile(r"\W*(?:(?:sub|grand)[\s-]*)?(?:jumlah|jml|total)\b", re.IGNORECASE)
_NOTE = re.compile(
    r"\W*(?:sumber|source|catatan|keterangan|ket|notes?|nb|dicetak|tanggal cetak|printed|mengetahui|halaman|page"
    r"|data per)\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"#[a-z]", re.IGNORECASE)
_NUMBER = re.compile(r"-?\d{1,9}(?:[.,]\d{1,3})*\s*%?")
_NUMBER_OF_COLUMN = re.compile(r"[(\[]?(\d{1,3})[)\].]?(?:\s*=.*)?")
_FEWEST_NUMBERS = 3
_DIGITS = {"nip": range(16, 20)}
"""Digits of a person's number: one may be missing, one too many, or a float's .0 at the end."""
_DIGITS_OF_OTHERS = range(14, 18)
_DATE = re.compile(r"\d{1,4}[-/. ]+\w+[-/. ]+\d{1,4}\b")


class Furniture(Enum):
    """Kinds of lines that are not records; the value is the text in a finding."""

    HEADER = "header repeated"
    LABELS = "row of labels"
    NUMBERS = "row of column numbers"
    TAGS = "row of tags"
    TOTAL = "footer"
    SUBTOTAL = "sub-total"
    NOTE = "note"


class Shape:
    """The form of a feed's records in a file with `columns` (none: a field that is not loaded)."""

    def __init__(self, contract: Contract, columns: Sequence[str | None]) -> None:
        by_name = {column.name: column for column in contract.columns}
        self._contract = contract
        self._columns = tuple(columns)
        self._known = [(at, by_name[name]) for at, name in enumerate(columns) if name]
        self._telling = [(at, column.name) for at, column in self._known if _tells(column)]
        self._telling_at = tuple(at for at, _ in self._telling)
        self.summed = tuple(
            at for at, column in self._known if column.logicalType in ("integer", "number") and not column.primaryKey
        )
        """Columns whose sum a total may state."""
        self._tokens = [(at, column.name) for at, column in self._known if column.primaryKey and _is_token(column)]

    def is_surely_record(self, values: Sequence[bytes]) -> bool:
        """Return whether it is a record without further checks: two values, or one besides its own id, are long."""
        found = False
        for at in self._telling_at:
            value = values[at]
            if len(value) >= _LONG and b"0" <= value[:1] <= b"9":
                if found:
                    return True
                found = True
        return found and any(
            len(values[at]) >= _LONG and not values[at].isalpha() and b" " not in values[at] for at, _ in self._tokens
        )

    def are_surely_records(self, frame: "pl.DataFrame") -> bool:
        """Return whether `is_surely_record` holds for all rows of texts under the contract's column names."""
        import polars as pl

        long = [
            pl.col(name).str.len_bytes().ge(_LONG) & pl.col(name).str.contains("^[0-9]")
            for _, name in self._telling
            if name in frame.columns
        ]
        tokens = [
            pl.col(name).str.len_bytes().ge(_LONG) & pl.col(name).str.contains("^[^ ]*[0-9][^ ]*$")
            for _, name in self._tokens
            if name in frame.columns
        ]
        found = pl.sum_horizontal(pl.lit(0), *long)
        is_sure = found.ge(2) | (found.ge(1) & pl.any_horizontal(pl.lit(value=False), *tokens))
        return bool(frame.select(is_sure.fill_null(value=False).all()).item())

    def surely_record_in_sql(self) -> sql.Composable:
        """Return `is_surely_record` as a condition of COPY; false or null if not a record."""
        long = [
            sql.SQL("(octet_length({0}) >= {1} and {0} collate \"C\" between '0' and ':')").format(
                sql.Identifier(name), sql.Literal(_LONG)
            )
            for _, name in self._telling
        ]
        tokens = [
            sql.SQL("(octet_length({0}) >= {1} and {0} ~ '[0-9]' and {0} !~ ' ')").format(
                sql.Identifier(name), sql.Literal(_LONG)
            )
            for _, name in self._tokens
        ]
        pairs = [
            sql.SQL("{} and ({})").format(first, sql.SQL(" or ").join(others))
            for number, first in enumerate(long)
            if (others := long[number + 1 :] + tokens)
        ]
        return sql.SQL(" or ").join(pairs) if pairs else sql.SQL("false")

    def furniture(self, values: Sequence[str], *, is_first: bool) -> Furniture | None:
        """Return the kind of a line that is not a record; none if it may be one.

        `is_first`: it follows the header and is not damaged; labels are recognised only there.

        Raises:
            BadInput: the header is repeated with its columns in another order.
        """
        given = [value for value in map(visible, values) if value]
        if not given:
            return None
        if self._is_header(values, given):
            return Furniture.HEADER
        if all(map(_TAG.match, given)):
            return Furniture.TAGS
        if is_row_of_numbers(given):
            return Furniture.NUMBERS
        if self.has_key(values):
            return None
        few = len(given) <= max(2, len(self._contract.required_columns) // 2)
        words = [value for value in given if not _NUMBER.fullmatch(value)]
        if any(map(_TOTAL.match, given)) and (few or len(words) == 1):
            return Furniture.TOTAL
        if _NOTE.match(given[0]) and (few or not self._formed(values)):
            return Furniture.NOTE
        if len(words) <= 1 < len(given) and len(given) >= _FEWEST_NUMBERS and not self._formed(values):
            return Furniture.TOTAL
        if is_first and 2 * len(given) >= len(self._known) and not self._formed(values) and not _has_digit(values):
            return Furniture.LABELS
        return None

    def why_no_record(self, values: Sequence[str], *, is_first: bool) -> str | None:
        """Return why a line with the right number of fields cannot be a record; none if it can."""
        if self.has_key(values):
            return None
        required = [at for at, column in self._known if column.required]
        filled = sum(visible(values[at]) not in ("", "-") for at in required)
        formed = self._formed(values)
        key = ", ".join(self._contract.natural_key)
        if 2 * filled < len(required):
            return f"not a record: no natural key ({key}), and {filled} of {len(required)} required values"
        if not formed and (is_first or not _has_digit(values)):
            return f"not a record: no natural key ({key}), and no value in the form of its column"
        return None

    def _is_header(self, values: Sequence[str], given: list[str]) -> bool:
        names = [self._contract.column_of_header.get(normalised(value)) for value in values]
        found = {name for name in names if name}
        if len(found) < min(2, len(given)) or 2 * len(found) < len(given) or self.has_key(values):
            return False
        in_place = {name for name, column in zip(names, self._columns, strict=False) if name and name == column}
        if found != in_place and found >= self._contract.required_columns:
            raise BadInput(
                "the header is repeated with its columns in another order; expected one header per file. Send the"
                " parts as separate files"
            )
        return found == in_place

    def has_key(self, values: Sequence[str]) -> bool:
        """Return whether each value of the natural key has its form: such a line is a record, whatever else it has."""
        keys = [(at, column) for at, column in self._known if column.primaryKey]
        return all(at < len(values) and _has_form(visible(values[at]), column, is_key=True) for at, column in keys)

    def _formed(self, values: Sequence[str]) -> int:
        """Count the values that have the form of their column, for columns with a telling form."""
        return sum(at < len(values) and _has_form(visible(values[at]), column) for at, column in self._known)


def is_row_of_numbers(given: Sequence[str]) -> bool:
    """Return whether the values that are not empty number the columns: (1) (2) (3) or 1 2 3."""
    numbers = [found.group(1) for value in given if (found := _NUMBER_OF_COLUMN.fullmatch(value.strip()))]
    if len(numbers) < len(given) or not given:
        return False
    counted = list(map(int, numbers))
    if all(value.strip().startswith("(") for value in given):
        return True
    return len(given) >= _FEWEST_NUMBERS and counted == list(range(1, len(given) + 1))


def numbers_in(values: Sequence[str]) -> list[int]:
    """Return the whole numbers among values, without thousands separators."""
    return [int(digits) for value in values if (digits := re.sub(r"[.,\s]", "", value)).isdecimal()]


def _has_digit(values: Sequence[str]) -> bool:
    return any(character.isdigit() for value in values for character in value)


def visible(value: str) -> str:
    """Return the visible characters of a value."""
    return _UNSEEN.sub(" ", value).strip()


def _tells(column: Column) -> bool:
    is_code = column.name.startswith("kode_")
    return column.classification == "identifier" or is_code or column.logicalType in ("date", "timestamp")


def _is_token(column: Column) -> bool:
    """Return whether it is an id other than a person's number: letters and digits without a space."""
    return column.name.startswith(("id_", "no_")) and column.logicalType == "string" and not _tells(column)


def _has_form(value: str, column: Column, *, is_key: bool = False) -> bool:
    if not value:
        return False
    codes = column.customProperties.codes
    digits = sum(character.isdigit() for character in value)
    if codes:
        return value.upper().lstrip("0") in codes or value.upper() in codes
    if column.classification == "identifier":
        return value[0].isdigit() and digits in _DIGITS.get(column.name, _DIGITS_OF_OTHERS)
    if column.name.startswith("kode_"):
        return digits >= 4 and not any(map(str.isalpha, value))
    if column.logicalType in ("date", "timestamp"):
        return bool(_DATE.match(value)) or (digits == len(value) and digits in (5, 8))
    if not is_key:
        return False  # a small number or a text is not conclusive
    if column.logicalType == "integer":
        return value.removesuffix(".0").isdecimal()
    if _is_token(column):
        return digits > 0 and " " not in value
    return not _TOTAL.match(value) and not _NOTE.match(value)

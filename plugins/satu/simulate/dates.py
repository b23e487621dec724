"""Dates and times as the exports print them; every function takes and returns text columns, empty for missing."""

from __future__ import annotations

import polars as pl

_MONTHS = (
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
)
_SHORT = ("Jan", "Feb", "Mrt", "Apr", "Mei", "Jun", "Jul", "Agt", "Sep", "Okt", "Nov", "Des")


def slashed(iso: str) -> pl.Expr:
    """`1995-06-07` becomes `07/06/1995`."""
    whole = pl.col(iso)
    day = pl.concat_str(whole.str.slice(8, 2), whole.str.slice(5, 2), whole.str.slice(0, 4), separator="/")
    return pl.when(whole == "").then(pl.lit("")).otherwise(day)


def worded(iso: str, short: pl.Expr) -> pl.Expr:
    """`1995-06-07` becomes `07 Juni 1995`, or `7 Jun 1995` where `short` is true."""
    whole, month = pl.col(iso), pl.col(iso).str.slice(5, 2)
    numbers = [f"{n:02d}" for n in range(1, 13)]
    long_form = pl.concat_str(
        whole.str.slice(8, 2), month.replace_strict(numbers, _MONTHS, default=""), whole.str.slice(0, 4), separator=" "
    )
    short_form = pl.concat_str(
        whole.str.slice(8, 2).str.strip_chars_start("0"),
        month.replace_strict(numbers, _SHORT, default=""),
        whole.str.slice(0, 4),
        separator=" ",
    )
    return pl.when(whole == "").then(pl.lit("")).when(short).then(short_form).otherwise(long_form)


def zoned(day: pl.Expr, second: pl.Expr) -> pl.Expr:
    """ISO 8601 with the offset of WIB, from days into 2020 and the second of the day."""
    return pl.format("{}+07:00", _moment(day, second).dt.to_string("%Y-%m-%dT%H:%M:%S"))


def local(day: pl.Expr, second: pl.Expr) -> pl.Expr:
    """`dd/mm/yyyy HH:MM:SS` in the area's own time."""
    return _moment(day, second).dt.to_string("%d/%m/%Y %H:%M:%S")


def iso_day(day: int) -> str:
    """ISO date of a day into 2020, 0 being 1 January."""
    return str(pl.select(pl.date(2020, 1, 1) + pl.duration(days=day)).item())


def _moment(day: pl.Expr, second: pl.Expr) -> pl.Expr:
    return pl.datetime(2020, 1, 1) + pl.duration(days=day, seconds=second)

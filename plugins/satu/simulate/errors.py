"""Errors in the records of a person: every feed records people independently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from satu.simulate import mistakes

if TYPE_CHECKING:
    from satu.simulate.areas import Bools, Floats, Ints

Objects = npt.NDArray[np.object_]
DEFAULT_DAYS = ("01-01", "07-01", "12-31")
"""The date recorded when only the year is known."""
SENTINELS = ("9999999999999995", "9999999999999996", "9999999999999999", "9999999999999994")
_OLD_SPELLING_ENDED = 1960
"""People born earlier may have names in the spelling before 1972."""


@dataclass(frozen=True)
class Rates:
    """Shares of the records of one feed that carry an error; every one is of records, not of persons."""

    nik_missing: float = 0.03
    nik_sentinel: float = 0.005
    nik_digit: float = 0.007
    nik_relative: float = 0.0015
    nik_sibling: float = 0.001
    """Share of those with an elder sibling on the card: the line above was copied."""
    nik_excel: float = 0.0
    card_digit: float = 0.0
    """Of households, not of persons: a family card number has one of its digits wrong."""
    line_twice: float = 0.0
    """Share of returns, or of a list's lines: somebody is recorded twice."""
    name: float = 0.06
    name_old_spelling: float = 0.03
    """Of those born before 1960."""
    name_nickname: float = 0.003
    name_order: float = 0.002
    name_alias: float = 0.001
    name_father: float = 0.0015
    name_address: float = 0.004
    name_missing: float = 0.0003
    title: float = 0.5
    birth_swapped: float = 0.005
    birth_digit: float = 0.007
    birth_default: float = 0.002
    birth_missing: float = 0.007
    birth_impossible: float = 0.0003
    sex: float = 0.003

    def times(self, factor: float) -> Rates:
        """Multiply every error; titles are style, not error, and stay."""
        return replace(self, **{f: min(1.0, v * factor) for f, v in vars(self).items() if f != "title"})


REGISTRY = Rates(
    nik_missing=0.0,
    nik_sentinel=0.0,
    nik_digit=0.0007,
    nik_relative=0.0002,
    nik_sibling=0.0,
    name=0.02,
    name_nickname=0.0,
    name_order=0.0005,
    name_alias=0.0005,
    name_father=0.0005,
    name_address=0.0002,
    name_missing=0.0,
    title=0.1,
    birth_missing=0.001,
    birth_swapped=0.001,
    birth_digit=0.001,
    birth_default=0.0,
)
ONLINE = Rates(nik_missing=0.03, line_twice=0.004)
# The list is printed with NIKs, so fewer are missing than on a form that people fill in themselves.
VERIFICATION = Rates(nik_missing=0.015, nik_sentinel=0.003, line_twice=0.001)
INTERVIEW = Rates(nik_missing=0.03, nik_excel=0.002, card_digit=0.01, line_twice=0.004)
SURVEY = Rates(nik_missing=0.20, nik_excel=0.004)
_AGAIN = Rates(nik_missing=0.4, name=0.35, birth_digit=0.02)
"""Changes in the second line of a person: an identical line would be noticed."""


def written_twice(members: pl.DataFrame, rates: Rates, rng: np.random.Generator, within: str) -> pl.DataFrame:
    """Repeat one member of some returns on an additional last line; adds `again`, true for these lines.

    `members` needs no_urut (1, 2, …) and the return's id in column `within`, whose order the rows keep.
    """
    returns = members[within].unique(maintain_order=True)
    chosen = returns.filter(pl.Series(rng.random(len(returns)) < rates.line_twice))
    draw = pl.Series(rng.random(members.height))
    lines = members.with_columns(again=pl.lit(value=False))
    again = (
        lines.with_columns(draw=draw, lines=pl.len().cast(pl.Int64).over(within))
        .filter(pl.col(within).is_in(chosen.implode()) & (pl.col("draw") == pl.col("draw").min().over(within)))
        .with_columns(no_urut=pl.col("lines") + 1, again=pl.lit(value=True))
    )
    return pl.concat([lines, again.select(lines.columns)]).sort(within, "no_urut", maintain_order=True)


def record(people: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> pl.DataFrame:
    """Record people with errors: adds text columns r_nik, r_name, r_birth (ISO or empty) and integer r_sex.

    `people` needs nik, nik2, relative_nik, sibling_nik, name, title, birth, sex and age; one row a record. Rows with a
    true `again`, if there is such a column, are somebody's second lines.
    """
    again = people["again"].to_numpy() if "again" in people.columns else np.zeros(people.height, dtype=np.bool_)
    sex = people["sex"].to_numpy().copy()
    wrong = rng.random(len(sex)) < rates.sex
    sex[wrong] = 3 - sex[wrong]
    return people.with_columns(
        pl.Series("r_nik", _niks(people, rates, again, rng), dtype=pl.String),
        pl.Series("r_name", _names(people, rates, again, rng), dtype=pl.String),
        pl.Series("r_birth", _births(people, rates, again, rng), dtype=pl.String),
        pl.Series("r_sex", sex),
    )


def cards(numbers: pl.Series, rates: Rates, rng: np.random.Generator) -> pl.Series:
    """Return family card numbers, some with a wrong digit."""
    written = _texts(numbers)
    for i in _hit(rates.card_digit, written, rng):
        written[i] = _another_digit(str(written[i]), rng)
    return pl.Series(written, dtype=pl.String)


def _niks(people: pl.DataFrame, rates: Rates, again: Bools, rng: np.random.Generator) -> Objects:
    nik = _texts(people["nik"])
    second = people["nik2"].to_numpy()
    use_second = (rng.random(len(nik)) < 0.5) & (people["nik2"].fill_null("").to_numpy() != "")
    nik[use_second] = second[use_second]
    for i in _hit(rates.nik_digit, nik, rng):
        nik[i] = _another_digit(str(nik[i]), rng)
    for copied, rate in (("relative_nik", rates.nik_relative), ("sibling_nik", rates.nik_sibling)):
        other = people[copied].to_numpy()
        for i in _hit(rate, nik, rng):
            nik[i] = other[i] or nik[i]
    for i in _hit(rates.nik_excel, nik, rng):
        nik[i] = f"{str(nik[i])[:15]}0"
    for i in _hit(np.where(again, _AGAIN.nik_missing, rates.nik_missing), nik, rng):
        nik[i] = ("", "", "", "-", "N/A", "0")[rng.integers(6)]
    for i in _hit(rates.nik_sentinel, nik, rng):
        nik[i] = SENTINELS[_sentinel(int(people["age"][int(i)]), rng)]
    return nik


def _sentinel(age: int, rng: np.random.Generator) -> int:
    rare = rng.random()
    return 2 if rare < 0.05 else 3 if rare < 0.25 else int(age >= 17)


def _another_digit(text: str, rng: np.random.Generator) -> str:
    if not text:
        return text
    at = int(rng.integers(len(text)))
    return text[:at] + str((int(text[at]) + int(rng.integers(1, 10))) % 10) + text[at + 1 :]


def _names(people: pl.DataFrame, rates: Rates, again: Bools, rng: np.random.Generator) -> Objects:
    name = _texts(people["name"])
    _rephrase(name, people, rates, rng)
    title = _texts(people["title"])
    for i in np.flatnonzero((title != "") & (rng.random(len(name)) < rates.title)):
        name[i] = f"{name[i]}, {title[i]}" if str(title[i]).startswith("S.") else f"{title[i]} {name[i]}"
    for i in _hit(np.where(again, _AGAIN.name, rates.name), name, rng):
        name[i] = mistakes.mistaken(str(name[i]), rng)
    for i in _hit(rates.name_missing, name, rng):
        name[i] = mistakes.no_name(rng)
    return name


def _rephrase(name: Objects, people: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> None:
    """Replace some names by variants: not slips, but other spellings or forms of a name."""
    sex, age = people["sex"].to_numpy(), people["age"].to_numpy()
    old = people["birth"].dt.year().to_numpy() < _OLD_SPELLING_ENDED
    for i in _hit(np.where(old, rates.name_old_spelling, 0), name, rng):
        name[i] = mistakes.old_spelling(str(name[i]), rng)
    for i in _hit(rates.name_nickname, name, rng):
        name[i] = mistakes.nickname(str(name[i]), rng)
    for i in _hit(rates.name_order, name, rng):
        name[i] = mistakes.reordered(str(name[i]), rng)
    for i in _hit(rates.name_alias, name, rng):
        name[i] = mistakes.known_as(str(name[i]), rng)
    for i in _hit(rates.name_father, name, rng):
        name[i] = mistakes.child_of(str(name[i]), int(sex[i]), rng)
    for i in _hit(rates.name_address, name, rng):
        name[i] = mistakes.addressed(str(name[i]), int(sex[i]), int(age[i]), rng)


def _births(people: pl.DataFrame, rates: Rates, again: Bools, rng: np.random.Generator) -> Objects:
    birth = _texts(people["birth"].dt.to_string("%Y-%m-%d"))
    for i in _hit(rates.birth_swapped, birth, rng):
        year, month, day = str(birth[i]).split("-")
        birth[i] = f"{year}-{day}-{month}" if int(day) <= 12 else birth[i]
    for i in _hit(np.where(again, _AGAIN.birth_digit, rates.birth_digit), birth, rng):
        birth[i] = _shifted(str(birth[i]), rng)
    grown = people["age"].to_numpy() >= 1
    for i in _hit(np.where(grown, rates.birth_default, 0), birth, rng):
        birth[i] = f"{str(birth[i])[:4]}-{DEFAULT_DAYS[int(rng.integers(len(DEFAULT_DAYS)))]}"
    for i in _hit(rates.birth_impossible, birth, rng):
        birth[i] = f"{str(birth[i])[:4]}-02-30"
    for i in _hit(rates.birth_missing, birth, rng):
        birth[i] = ""
    return birth


def _shifted(text: str, rng: np.random.Generator) -> str:
    """One digit off in the year or the day, never into the future."""
    born = date.fromisoformat(text)
    if rng.random() < 0.5:
        return born.replace(year=born.year - (1, 2, 10)[int(rng.integers(3))], day=min(born.day, 28)).isoformat()
    return born.replace(day=born.day % 28 + 1 if born.day < 28 else 27, year=born.year).isoformat()


def _texts(column: pl.Series) -> Objects:
    return column.fill_null("").to_numpy().astype(object)


def _hit(rate: float | Floats, values: Objects, rng: np.random.Generator) -> Ints:
    """Rows that get this error, by one rate or one a row; a value that is missing already cannot."""
    return np.flatnonzero((rng.random(len(values)) < rate) & (values != ""))

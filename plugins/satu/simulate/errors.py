"""What goes wrong when a person is written down once more: every feed records people independently."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from satu.simulate.areas import Ints

Objects = npt.NDArray[np.object_]
SENTINELS = ("9999999999999995", "9999999999999996", "9999999999999999", "9999999999999994")
_ABBREVIATIONS = {
    "MUHAMMAD": ("MUH.", "M.", "MOCH.", "MOH.", "MOHAMMAD", "MUHAMAD"),
    "AHMAD": ("ACHMAD", "AKHMAD", "A."),
    "ABDUL": ("ABD.", "ABDUL"),
    "SITI": ("ST.", "SITTI"),
    "NUR": ("NOOR", "NUUR"),
    "YUSUF": ("YUSUP", "JUSUF"),
    "FATIMAH": ("FATIMA",),
    "AGUS": ("AGOES",),
}
_SOUNDS = (("Y", "J"), ("U", "OE"), ("F", "P"), ("I", "Y"), ("D", "DH"), ("K", "Q"), ("S", "SY"), ("H", ""))


@dataclass(frozen=True)
class Rates:
    """Shares of the records of one feed that carry an error; every one is of records, not of persons."""

    nik_missing: float = 0.03
    nik_sentinel: float = 0.005
    nik_digit: float = 0.007
    nik_relative: float = 0.0015
    nik_excel: float = 0.0
    card_digit: float = 0.0
    """Of households, not of persons: a family card number has one of its digits wrong."""
    name: float = 0.06
    title: float = 0.5
    birth_swapped: float = 0.005
    birth_digit: float = 0.007
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
    name=0.02,
    title=0.1,
    birth_missing=0.001,
    birth_swapped=0.001,
    birth_digit=0.001,
)
ONLINE = Rates(nik_missing=0.03)
# The list comes printed with NIKs, so fewer are missing than on a form that people fill in themselves.
VERIFICATION = Rates(nik_missing=0.015, nik_sentinel=0.003)
INTERVIEW = Rates(nik_missing=0.03, nik_excel=0.002, card_digit=0.01)
SURVEY = Rates(nik_missing=0.20, nik_excel=0.004)


def record(people: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> pl.DataFrame:
    """Write people down with errors: adds text columns r_nik, r_name, r_birth (ISO or empty) and integer r_sex.

    `people` needs nik, nik2, relative_nik, name, birth, sex and age; one row a record.
    """
    sex = people["sex"].to_numpy().copy()
    wrong = rng.random(len(sex)) < rates.sex
    sex[wrong] = 3 - sex[wrong]
    return people.with_columns(
        pl.Series("r_nik", _niks(people, rates, rng), dtype=pl.String),
        pl.Series("r_name", _names(people, rates, rng), dtype=pl.String),
        pl.Series("r_birth", _births(people, rates, rng), dtype=pl.String),
        pl.Series("r_sex", sex),
    )


def cards(numbers: pl.Series, rates: Rates, rng: np.random.Generator) -> pl.Series:
    """Write family card numbers down once more, some with a digit wrong."""
    written = _texts(numbers)
    for i in _hit(rates.card_digit, written, rng):
        written[i] = _another_digit(str(written[i]), rng)
    return pl.Series(written, dtype=pl.String)


def _niks(people: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> Objects:
    nik = _texts(people["nik"])
    second = people["nik2"].to_numpy()
    use_second = (rng.random(len(nik)) < 0.5) & (people["nik2"].fill_null("").to_numpy() != "")
    nik[use_second] = second[use_second]
    for i in _hit(rates.nik_digit, nik, rng):
        nik[i] = _another_digit(str(nik[i]), rng)
    relative = people["relative_nik"].to_numpy()
    for i in _hit(rates.nik_relative, nik, rng):
        nik[i] = relative[i] or nik[i]
    for i in _hit(rates.nik_excel, nik, rng):
        nik[i] = f"{str(nik[i])[:15]}0"
    for i in _hit(rates.nik_missing, nik, rng):
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


def _names(people: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> Objects:
    name = _texts(people["name"])
    title = _texts(people["title"])
    for i in np.flatnonzero((title != "") & (rng.random(len(name)) < rates.title)):
        name[i] = f"{name[i]}, {title[i]}" if str(title[i]).startswith("S.") else f"{title[i]} {name[i]}"
    for i in _hit(rates.name, name, rng):
        name[i] = _MISTAKES[rng.integers(len(_MISTAKES))](str(name[i]), rng)
    return name


def _abbreviated(name: str, rng: np.random.Generator) -> str:
    words = name.split(" ")
    for at, word in enumerate(words):
        if word in _ABBREVIATIONS:
            short = _ABBREVIATIONS[word]
            return " ".join([*words[:at], short[int(rng.integers(len(short)))], *words[at + 1 :]])
    return f"{' '.join(words[:-1])} {words[-1][0]}." if len(words) > 1 else _transposed(name, rng)


def _transposed(name: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(max(1, len(name) - 1)))
    return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + name[at + 2 :]


def _respelled(name: str, rng: np.random.Generator) -> str:
    start = int(rng.integers(len(_SOUNDS)))
    for old, new in _SOUNDS[start:] + _SOUNDS[:start]:
        if old in name[1:]:
            return name[0] + name[1:].replace(old, new, 1)
    return _transposed(name, rng)


def _spaced(name: str, rng: np.random.Generator) -> str:
    if " " in name:
        return name.replace(" ", ("", "  ")[int(rng.integers(2))], 1)
    at = int(rng.integers(1, max(2, len(name))))
    return f"{name[:at]} {name[at:]}"


def _shortened(name: str, rng: np.random.Generator) -> str:
    return name.rsplit(" ", 1)[0] if " " in name else _doubled(name, rng)


def _doubled(name: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(len(name)))
    return name[: at + 1] + name[at:]


_MISTAKES: tuple[Callable[[str, np.random.Generator], str], ...] = (
    _abbreviated,
    _transposed,
    _respelled,
    _spaced,
    _shortened,
    _doubled,
)


def _births(people: pl.DataFrame, rates: Rates, rng: np.random.Generator) -> Objects:
    birth = _texts(people["birth"].dt.to_string("%Y-%m-%d"))
    for i in _hit(rates.birth_swapped, birth, rng):
        year, month, day = str(birth[i]).split("-")
        birth[i] = f"{year}-{day}-{month}" if int(day) <= 12 else birth[i]
    for i in _hit(rates.birth_digit, birth, rng):
        birth[i] = _shifted(str(birth[i]), rng)
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


def _hit(rate: float, values: Objects, rng: np.random.Generator) -> Ints:
    """Rows that get this error; a value that is missing already cannot."""
    return np.flatnonzero((rng.random(len(values)) < rate) & (values != ""))

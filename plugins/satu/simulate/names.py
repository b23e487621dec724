"""Indonesian personal names by sex, cohort and region; titles are added only where a name gets recorded.

The commonest words are those of names.csv; the many rarer ones are the lists of Faker's locale id_ID.
"""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl
from faker.providers.person.id_ID import Provider

if TYPE_CHECKING:
    from satu.simulate.areas import Ints

# Groups of first names by city and sex: those born before 1998, those born later.
_GROUPS = {
    ("3371", 1): (("male_java", "male_muslim"), ("male_new", "male_muslim", "male_java")),
    ("3371", 2): (("female_java", "female_muslim"), ("female_new", "female_muslim", "female_java")),
    ("1671", 1): (("male_muslim", "male_sumatra", "male_java"), ("male_new", "male_muslim", "male_sumatra")),
    ("1671", 2): (
        ("female_muslim", "female_sumatra", "female_java"),
        ("female_new", "female_muslim", "female_sumatra"),
    ),
}


# Share of one-word and of two-word names by birth cohort: before 1960, before 1990, later.
_WORDS = np.array([[0.34, 0.56], [0.10, 0.62], [0.03, 0.45]])


def draw_names(city: str, sex: Ints, birth_year: Ints, family: Ints, rng: np.random.Generator) -> pl.Series:
    """Draw a name per person; arrays of shape (people,), `sex` 1 or 2. A third of a family shares its last word."""
    n = len(sex)
    words_of = _read_words()
    first, middle = np.empty(n, dtype=object), np.empty(n, dtype=object)
    for code in (1, 2):
        for recent, groups in enumerate(_GROUPS[city, code]):
            rarer = Provider.first_names_male if code == 1 else Provider.first_names_female
            pool = _joined([word for group in groups for word in words_of[group]], rarer)
            rows = np.flatnonzero((sex == code) & ((birth_year >= 1998) == bool(recent)))
            first[rows], middle[rows] = _pick(pool, len(rows), rng, 12.0), _pick(pool, len(rows), rng, 40.0)
    last = _last_words(words_of, sex, family, rng)
    cohort = np.digitize(birth_year, [1960, 1990])
    draw, single, double = rng.random(n), _WORDS[cohort, 0], _WORDS[cohort].sum(axis=1)
    words = pl.DataFrame(
        {"first": first, "middle": middle, "last": last},
        schema_overrides=dict.fromkeys(("first", "middle", "last"), pl.String),
    )
    words = words.with_columns(
        middle=pl.when(pl.Series(draw >= double)).then("middle"), last=pl.when(pl.Series(draw >= single)).then("last")
    )
    return words.select(name=pl.concat_str("first", "middle", "last", separator=" ", ignore_nulls=True))["name"]


def _last_words(
    words_of: dict[str, list[str]], sex: Ints, family: Ints, rng: np.random.Generator
) -> npt.NDArray[np.object_]:
    any_sex = _joined(words_of["last"], Provider.last_names_male)
    women = _joined(words_of["last_female"] + any_sex, Provider.last_names_female)
    own = np.where(sex == 1, _pick(any_sex, len(sex), rng, 30.0), _pick(women, len(sex), rng, 30.0))
    shared = _pick(any_sex, int(family.max(initial=0)) + 1, rng, 30.0)[family]
    return np.where(rng.random(len(sex)) < 0.33, shared, own)


def _joined(words: list[str], rarer: tuple[str, ...]) -> list[str]:
    """Put Faker's words behind ours, each once, in capitals."""
    return list(dict.fromkeys([*words, *(word.upper() for word in rarer)]))


def _pick(pool: list[str], size: int, rng: np.random.Generator, flatness: float) -> npt.NDArray[np.object_]:
    """Draw words by rank (1 / (rank + flatness)): common names repeat, as in a real registry."""
    weight = 1.0 / (np.arange(len(pool)) + flatness)
    order = np.array(pool, dtype=object)
    return order[rng.choice(len(pool), size=size, p=weight / weight.sum())]


def _read_words() -> dict[str, list[str]]:
    lines = (files(__package__) / "names.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {row["group"]: row["words"].split() for row in rows}

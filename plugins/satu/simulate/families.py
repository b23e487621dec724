"""Families as they form: couples, their births, grown children who bring a spouse, old parents, relatives, lodgers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate.pyramid import density

if TYPE_CHECKING:
    from satu.simulate.areas import Bools, Floats, Ints

CENSUS_DAY = date(2020, 9, 30)
CENSUS = 18_535  # days from 1970-01-01 to 2020-09-30
SLOTS = 17
HEAD, WIFE, CHILD, LAST_CHILD, IN_LAW, GRANDCHILD, PARENT, OTHER_PARENT, SIBLING, RELATIVE, OUTSIDER = (
    0, 1, 2, 7, 8, 9, 12, 13, 14, 15, 16,
)  # fmt: skip
"""Places of a family. The child in the first place is the eldest at home; the spouse and children of that child have
the places IN_LAW and GRANDCHILD and the two after it."""
NEVER, MARRIED, UNREGISTERED, DIVORCED, WIDOWED = 1, 2, 3, 4, 5
"""Registry codes of marital status."""
MAN, WOMAN = 1, 2
# Registry relationship codes of the places.
_SHDK = np.array([1, 3, 4, 4, 4, 4, 4, 4, 5, 6, 6, 6, 7, 7, 9, 9, 11])
_PARENT_IN_LAW, _WORKER = 8, 10
_YOUNGEST_PARENT, _OLDEST_MOTHER = 17.5, 46.0
_TWINS = 0.012
_DEFAULT_DAYS = ((1, 1), (7, 1), (12, 31))
"""Months and days recorded for an unknown birthday."""

# Curves: ages and the share at them, straight in between.
_HEADS = {
    MAN: ([17, 20, 25, 30, 40, 50, 60, 70, 80], [0.01, 0.05, 0.30, 0.62, 0.88, 0.93, 0.93, 0.86, 0.72]),
    WOMAN: ([17, 20, 25, 30, 40, 50, 60, 70, 80], [0.01, 0.03, 0.04, 0.05, 0.09, 0.16, 0.26, 0.36, 0.34]),
}
"""Share of men and of women who head a family."""
_COUPLES = ([18, 21, 25, 30, 40, 50, 60, 70, 80, 90], [0.10, 0.40, 0.70, 0.88, 0.94, 0.94, 0.91, 0.82, 0.66, 0.45])
"""Share of the male heads with a wife."""
_NEVER_MARRIED = {
    MAN: ([20, 30, 40, 50, 60, 70], [0.995, 0.85, 0.45, 0.18, 0.06, 0.03]),
    WOMAN: ([20, 30, 40, 50, 60, 70], [0.99, 0.72, 0.30, 0.12, 0.05, 0.03]),
}
_STILL_SINGLE = ([20, 30, 40, 50], [0.998, 0.94, 0.80, 0.68])
"""Of the grown children at home without a spouse."""
_WIDOWED = ([25, 40, 50, 60, 70, 80], [0.05, 0.25, 0.50, 0.75, 0.90, 0.97])
"""Of those who were married and have no spouse any more; the others are divorced."""
_AT_HOME = ([17, 19, 22, 25, 28, 32, 37, 45, 60], [0.985, 0.93, 0.82, 0.64, 0.47, 0.32, 0.20, 0.12, 0.05])
_BRINGS_A_SPOUSE = ([19, 23, 28, 35, 50], [0.04, 0.18, 0.30, 0.30, 0.20])
_WITH_PARENT = ([20, 25, 35, 45, 55, 65, 75], [0.02, 0.06, 0.11, 0.15, 0.14, 0.06, 0.0])
_CHILDREN = ([20, 35, 50, 65, 80], [2.2, 2.4, 2.8, 3.6, 4.4])
"""Children of a woman of this age, in the end."""


def draw_families(size: int, share: Floats, rng: np.random.Generator) -> pl.DataFrame:
    """Draw families as they are on the census day if nobody moves or dies; one row a person, heads first.

    Columns: family, slot (place in the family), shdk, sex, birth, age, marital, twin_no, die. `share` is the target
    by sex and age group; the ages of the heads follow it.
    """
    age = np.full((size, SLOTS), -1.0)
    sex = np.where(rng.random((size, SLOTS)) < 0.512, MAN, WOMAN)
    marital = np.full((size, SLOTS), NEVER)
    age[:, HEAD], sex[:, HEAD] = _heads(size, share, rng)
    _add_wives(age, sex, marital, rng)
    _add_children(age, sex, marital, rng)
    _add_grandchildren(age, sex, marital, rng)
    _add_parents(age, sex, marital, rng)
    shdk = np.tile(_SHDK, (size, 1))
    _add_others(age, sex, marital, shdk, rng)
    by_marriage = (age[:, WIFE] >= 0) & (rng.random(size) < 0.3)
    shdk[by_marriage, PARENT : OTHER_PARENT + 1] = _PARENT_IN_LAW
    return _flatten(np.minimum(age, 99.0), sex, marital, shdk, rng)


def _curve(points: tuple[list[int], list[float]], age: Floats) -> Floats:
    return np.asarray(np.interp(age, *points), dtype=np.float64)


def _heads(size: int, share: Floats, rng: np.random.Generator) -> tuple[Floats, Ints]:
    year = np.arange(17, 97)
    middle: Floats = year.astype(np.float64) + 0.5
    weight = np.concatenate([density(share[sex - 1], middle) * _curve(_HEADS[sex], middle) for sex in (MAN, WOMAN)])
    drawn = rng.choice(len(weight), size=size, p=weight / weight.sum())
    return np.maximum(year[drawn % len(year)] + rng.random(size), 17.05), np.where(drawn < len(year), MAN, WOMAN)


def _add_wives(age: Floats, sex: Ints, marital: Ints, rng: np.random.Generator) -> None:
    head, size = age[:, HEAD], len(age)
    couple = (sex[:, HEAD] == MAN) & (rng.random(size) < _curve(_COUPLES, head))
    gap = np.clip(rng.normal(3.3, 4.0, size), -8.0, 22.0)
    age[:, WIFE] = np.where(couple, np.maximum(head - gap, np.minimum(18 + 4 * rng.random(size), head)), -1.0)
    sex[:, WIFE] = WOMAN
    unregistered = rng.random(size) < 0.03
    marital[:, WIFE] = np.where(unregistered, UNREGISTERED, MARRIED)
    alone = _alone(head, sex[:, HEAD], _NEVER_MARRIED, rng)
    away = (alone >= DIVORCED) & (head < 60) & (rng.random(size) < 0.25)  # works elsewhere
    marital[:, HEAD] = np.where(couple, marital[:, WIFE], np.where(away, MARRIED, alone))


def _alone(age: Floats, sex: Ints, never: dict[int, tuple[list[int], list[float]]], rng: np.random.Generator) -> Ints:
    """Draw the marital status of people who live without a spouse."""
    draw = rng.random(len(age))
    single = np.where(sex == MAN, _curve(never[MAN], age), _curve(never[WOMAN], age))
    widowed = rng.random(len(age)) < _curve(_WIDOWED, age) * np.where(sex == MAN, 0.8, 1.0)
    return np.where((draw < single) | (age < 19), NEVER, np.where(widowed, WIDOWED, DIVORCED))


def _births(mother: Floats, father: Floats, most: int, rng: np.random.Generator) -> Floats:
    """Ages of up to `most` children, eldest first, -1 for none; `mother` is -1 without one. Shape (families, most)."""
    size = len(mother)
    wanted = np.where(rng.random(size) < 0.06, 0, 1 + rng.poisson(np.maximum(_curve(_CHILDREN, mother) - 1, 0.1)))
    first = np.clip(rng.normal(np.where(mother > 55, 22.5, 24.0), 4.2), _YOUNGEST_PARENT, 40.0)
    interval = 1.2 + rng.gamma(2.0, 1.4, (size, most - 1))
    at_birth = first[:, None] + np.concatenate([np.zeros((size, 1)), interval.cumsum(axis=1)], axis=1)
    age = mother[:, None] - at_birth
    twins = (rng.random(size) < _TWINS) & (wanted > 1)
    age[twins, 1] = age[twins, 0]
    too_young = age > (father - _YOUNGEST_PARENT)[:, None]
    none = (age < 0) | (at_birth > _OLDEST_MOTHER) | (np.arange(most) >= wanted[:, None]) | too_young
    age[none] = -1.0
    return np.asarray(age, dtype=np.float64)


def _add_children(age: Floats, sex: Ints, marital: Ints, rng: np.random.Generator) -> None:
    """Children of the couple or of a head who was married, and of few mothers who were not; grown ones mostly left."""
    head, wife, size = age[:, HEAD], age[:, WIFE], len(age)
    ever = marital[:, HEAD] != NEVER
    woman = sex[:, HEAD] == WOMAN
    unmarried = woman & ~ever & (head < 45) & (rng.random(size) < 0.04)
    single = (ever & (rng.random(size) < np.where(woman, 0.85, 0.5))) | unmarried
    mother = np.where(wife >= 0, wife, np.where(single, np.where(woman, head, head - 3), -1.0))
    child = _births(mother, head, LAST_CHILD - CHILD + 1, rng)
    left = rng.random(child.shape) > _curve(_AT_HOME, child)
    child[left] = -1.0
    age[:, CHILD : LAST_CHILD + 1] = -np.sort(-child, axis=1)
    for slot in range(CHILD, LAST_CHILD + 1):
        marital[:, slot] = _alone(age[:, slot], sex[:, slot], {MAN: _STILL_SINGLE, WOMAN: _STILL_SINGLE}, rng)


def _add_grandchildren(age: Floats, sex: Ints, marital: Ints, rng: np.random.Generator) -> None:
    """Let the eldest child at home bring a spouse or be a parent alone; few children live with their grandparents."""
    eldest, size = age[:, CHILD], len(age)
    married = (eldest >= 19) & (rng.random(size) < _curve(_BRINGS_A_SPOUSE, eldest))
    sex[:, IN_LAW] = MAN + WOMAN - sex[:, CHILD]
    older = np.where(sex[:, IN_LAW] == MAN, 1.0, -1.0) * rng.normal(3.0, 3.0, size)
    age[:, IN_LAW] = np.where(married, np.maximum(eldest + older, 18 + 3 * rng.random(size)), -1.0)
    marital[married, CHILD], marital[married, IN_LAW] = MARRIED, MARRIED
    daughter = sex[:, CHILD] == WOMAN
    alone = ~married & (marital[:, CHILD] >= DIVORCED) & daughter
    mother = np.where(daughter, eldest, age[:, IN_LAW])
    father = np.where(daughter, np.where(married, age[:, IN_LAW], 200.0), eldest)
    grandchild = _births(np.where(married | alone, mother, -1.0), father, 3, rng)
    left = (age[:, HEAD] > 52) & ~married & ~alone & (rng.random(size) < 0.04)
    grandchild[left, 0] = rng.uniform(1, np.minimum(16, age[left, HEAD] - 38))
    grandchild[grandchild > 22] = -1.0
    age[:, GRANDCHILD : GRANDCHILD + 3] = grandchild


def _add_parents(age: Floats, sex: Ints, marital: Ints, rng: np.random.Generator) -> None:
    size = len(age)
    couple = np.maximum(age[:, HEAD], age[:, WIFE])
    parent = couple + np.clip(rng.normal(27.5, 5.5, size), _YOUNGEST_PARENT + 1, 44.0)
    present = (parent < 97) & (rng.random(size) < _curve(_WITH_PARENT, age[:, HEAD]))
    sex[:, PARENT] = np.where(rng.random(size) < 0.75, WOMAN, MAN)
    sex[:, OTHER_PARENT] = MAN + WOMAN - sex[:, PARENT]
    both = present & (rng.random(size) < np.where(parent < 75, 0.35, 0.12))
    gap = np.where(sex[:, PARENT] == WOMAN, 4.0, -4.0) + rng.normal(0, 2, size)
    age[:, PARENT] = np.where(present, parent, -1.0)
    age[:, OTHER_PARENT] = np.where(both, np.clip(parent + gap, couple + _YOUNGEST_PARENT, 98.0), -1.0)
    widowed = np.where(rng.random(size) < 0.9, WIDOWED, DIVORCED)
    marital[:, PARENT] = np.where(both, MARRIED, widowed)
    marital[:, OTHER_PARENT] = MARRIED


def _add_others(age: Floats, sex: Ints, marital: Ints, shdk: Ints, rng: np.random.Generator) -> None:
    head, size = age[:, HEAD], len(age)
    couple = age[:, WIFE] >= 0
    share = np.where(couple, 0.03, np.where(head < 30, 0.30, 0.12)) * (head < 60)
    sibling = np.clip(head + rng.normal(-3, 5, size), 8.0, None)
    age[:, SIBLING] = np.where(rng.random(size) < share, sibling, -1.0)
    kin = np.where(rng.random(size) < 0.7, rng.uniform(4, 30, size), rng.uniform(30, 78, size))
    age[:, RELATIVE] = np.where(rng.random(size) < 0.04, kin, -1.0)
    draw = rng.random(size)
    worker = couple & (draw < 0.009)
    age[:, OUTSIDER] = np.where(worker | (draw > 0.988), rng.uniform(18, np.where(worker, 55, 40), size), -1.0)
    sex[worker & (rng.random(size) < 0.9), OUTSIDER] = WOMAN
    shdk[worker, OUTSIDER] = _WORKER
    for slot in (SIBLING, RELATIVE, OUTSIDER):
        marital[:, slot] = _alone(age[:, slot], sex[:, slot], _NEVER_MARRIED, rng)


def _flatten(age: Floats, sex: Ints, marital: Ints, shdk: Ints, rng: np.random.Generator) -> pl.DataFrame:
    family, slot = np.nonzero(age >= 0)
    told = age[family, slot]
    child = (slot > CHILD) & (slot <= LAST_CHILD) | (slot > GRANDCHILD) & (slot < PARENT)
    twin = child & (np.abs(told - np.roll(told, 1)) < 1 / 365)
    either = twin | np.append(twin[1:], [False])
    born = CENSUS - np.floor(_rounded(told, either, rng) * 365.25).astype(np.int64)
    born = _without_birthday(born, told, rng)
    born[twin] = born[np.flatnonzero(twin) - 1]
    people = pl.DataFrame(
        {"family": family, "slot": slot, "shdk": shdk[family, slot], "sex": sex[family, slot]}
        | {"birth": born.astype(np.int32), "marital": marital[family, slot]}
    )
    return people.with_columns(
        pl.col("birth").cast(pl.Date),
        twin_no=pl.Series(2 * twin + np.append(twin[1:], [False])),
        die=pl.Series(rng.random(len(born))),
    ).with_columns(age=_completed_years(pl.col("birth")))


def _completed_years(birth: pl.Expr) -> pl.Expr:
    before = (birth.dt.month() < 10) | ((birth.dt.month() == 9) & (birth.dt.day() <= 30))
    return (CENSUS_DAY.year - birth.dt.year() - (~before).cast(pl.Int32)).cast(pl.Int64)


def _rounded(age: Floats, twin: Bools, rng: np.random.Generator) -> Floats:
    """Round some ages to five years: those who had no document when their birth year was put down."""
    guessed = ~twin & (rng.random(len(age)) < np.interp(age, [24, 25, 45, 65, 80], [0.0, 0.012, 0.03, 0.08, 0.12]))
    year = np.floor(age)
    return np.where(guessed, age - year + 5 * np.round(year / 5), age)


def _without_birthday(born: Ints, age: Floats, rng: np.random.Generator) -> Ints:
    """For many older people only the year of birth was known at registration; the year is kept."""
    unknown = rng.random(len(born)) < np.select([age >= 50, age >= 25], [0.05, 0.015], 0.0)
    years = born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    month, day = np.array(_DEFAULT_DAYS)[rng.choice(3, size=len(born), p=[0.35, 0.25, 0.4])].T
    default = (years * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
    return np.where(unknown, default, born)

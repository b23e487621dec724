"""Education by age and generation; relatives resemble each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate import families as f

if TYPE_CHECKING:
    from satu.simulate.areas import Floats, Ints

SOME_PRIMARY, UPPER_SECONDARY = 2, 5
# Per cent of a generation that end with each level, from none to doctorate; an urban population.
_BORN = (1935, 1955, 1975, 1995)
_LEVELS = np.array(
    [
        [22.0, 25.0, 30.0, 9.5, 10.0, 0.2, 0.9, 2.0, 0.35, 0.05],
        [6.0, 14.0, 33.0, 15.0, 22.0, 1.0, 2.5, 5.7, 0.7, 0.1],
        [1.2, 3.5, 18.0, 18.0, 40.0, 1.0, 4.5, 12.0, 1.6, 0.2],
        [0.4, 1.0, 5.0, 14.0, 50.0, 1.0, 5.5, 21.3, 1.6, 0.2],
    ]
)
_ENDS = np.array([0.0, 7.0, 12.3, 15.3, 18.3, 20.0, 21.0, 22.8, 25.6, 31.0])
"""Usual age at the end of each level; nobody is more than 0.8 years earlier."""
_STAGES = (2, 3, 4, 5, 8, 9)
"""Levels on the way to a higher one: nobody passes a diploma to become a bachelor."""
_ALIKE = 0.62
"""Share of the variance of schooling that families have in common, as a correlation of relatives."""
_SINCE_EXTRACT = 0.75  # years
_OLD_ENTRY = 0.25
"""Share of the registry's entries that were last brought up to date one to eight years before the extract."""


def with_education(people: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Add school (the level that the person will reach), education (reached by now) and education_listed.

    The registry (education_listed) has what was reached by the extract, for some only what was reached years before.
    """
    family, slot = people["family"].to_numpy(), people["slot"].to_numpy()
    days = people["birth"].to_numpy().astype(np.int64)
    age = (f.CENSUS - days) / 365.25
    common = rng.normal(size=int(family.max()) + 1)[family]
    own = rng.normal(size=len(family))
    score = np.where(slot == f.OUTSIDER, own - 0.3, _ALIKE**0.5 * common + (1 - _ALIKE) ** 0.5 * own)
    born = 2020.75 - age
    score = score + np.where(people["sex"].to_numpy() == f.WOMAN, np.interp(born, [1950, 1985], [-0.35, 0.08]), 0.0)
    school = _level(born, score)
    delay = np.clip(rng.normal(0.1, 0.5, len(age)), -0.8, 2.5)
    years = np.where(rng.random(len(age)) < _OLD_ENTRY, rng.uniform(1.0, 8.0, len(age)), 0.0)
    listed = age - _SINCE_EXTRACT - years
    return people.with_columns(
        school=pl.Series(school),
        education=pl.Series(_reached(school, age, delay)),
        education_listed=pl.Series(_reached(school, listed, delay)),
    )


def _level(born: Floats, score: Floats) -> Ints:
    """Turn a standard normal score into the level with that rank in the generation."""
    rank = 100.0 / (1.0 + np.exp(-1.702 * score))  # the logistic curve close to the normal distribution
    level = np.ones(len(rank), dtype=np.int64)
    for below in _LEVELS.cumsum(axis=1)[:, :-1].T:
        level += rank > np.interp(born, _BORN, below)
    return level


def _reached(school: Ints, age: Floats, delay: Floats) -> Ints:
    reached = np.ones(len(age), dtype=np.int64)
    for stage in _STAGES:
        reached[(school >= stage) & (age >= _ENDS[stage - 1] + delay)] = stage
    reached = np.where((reached >= 8) & (school < 8), UPPER_SECONDARY, reached)
    reached = np.where(age >= _ENDS[school - 1] + delay, school, np.minimum(reached, school))
    started = (age >= _ENDS[1]) & (school >= SOME_PRIMARY)
    return np.where(started, np.maximum(reached, SOME_PRIMARY), np.where(age < 5, 1, np.minimum(reached, 2)))

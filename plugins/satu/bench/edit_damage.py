"""Damage to true answers: values taken away at random and not at random, and planted contradictions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from satu.bench.edit_contradictions import plant
from satu.bench.edit_truth import HOUSING, VARIABLES, City

Floats = npt.NDArray[np.float64]
AT_RANDOM, NOT_AT_RANDOM = 0.05, 0.05
"""Shares of the values that are taken away, by chance alone, and more often of the old and in some villages."""
_MOST = 0.6
WITH_NIK = 0.975
"""Share of the people whose answers have a NIK; what it encodes is as in the simulation."""


@dataclass(frozen=True)
class Damaged:
    """Answers as a form would have them.

    stated: as people of the City. homes: as homes of the City. planted: person_id, household_id, kind, field, one row a
    person with a contradiction; field is the answer that was made wrong.
    """

    stated: pl.DataFrame
    homes: pl.DataFrame
    planted: pl.DataFrame


def damage(city: City, seed: int) -> Damaged:
    """Damage a city; equal arguments give equal damage."""
    rng = np.random.default_rng([seed, 17])
    people = _with_lost_niks(city.people, rng)
    chance = _chance(people, rng)
    stated = people.with_columns(_blanked(people, name, chance, rng) for name in VARIABLES)
    stated, planted = plant(stated, rng)
    stated = stated.with_columns(
        birth_date=pl.when(pl.col("age").is_not_null() | pl.col("is_born_later")).then("birth_date")
    )
    eldest = people.select("household_id", chance=pl.Series(chance)).unique("household_id", keep="first")
    of_home = city.homes.join(eldest, on="household_id", how="left", maintain_order="left")["chance"].to_numpy()
    homes = city.homes.with_columns(_blanked(city.homes, name, of_home, rng) for name in HOUSING)
    return Damaged(stated, homes, planted)


def _with_lost_niks(people: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Take NIKs away, so that WITH_NIK of the people have one."""
    lost = pl.Series(rng.random(people.height) > WITH_NIK / people["has_nik"].to_numpy().mean())
    return people.with_columns(
        has_nik=pl.col("has_nik") & ~lost,
        **{name: pl.when(~lost).then(name) for name in ("nik_sex", "nik_age", "is_nik_of_regency")},
    )


def _chance(people: pl.DataFrame, rng: np.random.Generator) -> Floats:
    """Return how probably each value of a person is missing, not at random; the mean is NOT_AT_RANDOM."""
    village = people["sls_code"].str.slice(0, 10).rank("dense").to_numpy() - 1
    of_village = rng.lognormal(0.0, 0.5, int(village.max()) + 1)[village]
    age = people["age"].to_numpy()
    odds = of_village * np.interp(age, [0, 15, 25, 60, 80], [0.6, 0.7, 1.1, 1.1, 2.5])
    return np.asarray(np.minimum(odds * NOT_AT_RANDOM / odds.mean(), _MOST), dtype=np.float64)


def _blanked(frame: pl.DataFrame, name: str, chance: Floats, rng: np.random.Generator) -> pl.Expr:
    lost = (rng.random(frame.height) < AT_RANDOM) | (rng.random(frame.height) < chance)
    return pl.when(~pl.Series(lost)).then(pl.col(name)).alias(name)

"""The ages and sexes of the census of 2020, and families chosen so that their members have them."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars as pl

    from satu.simulate.areas import Floats, Ints

_GROUP, _GROUPS = 5, 16
_SAMPLE = 40_000  # families that the weights are computed from
_STEPS, _LONGEST_STEP, _FLATTEST = 40, 0.5, 1e-8
_SPARE = 1.004  # a few families more than needed: the last ones are dropped


def target(men_per_women: float) -> Floats:
    """Return the share of residents by sex and five-year age group, shape (2, 16); the last group is 75 and over."""
    lines = (files(__package__) / "pyramid.csv").read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    share = np.array([(float(row["men"]), float(row["women"])) for row in rows]).T
    wanted = np.array([men_per_women, 1.0]) / (men_per_women + 1.0)
    return np.asarray(share * (wanted / share.sum(axis=1))[:, None], dtype=np.float64)


def density(share: Floats, age: Floats) -> Floats:
    """Return the share of people of one sex per year of age, a smooth curve; `share` has shape (16,)."""
    middle = np.append(np.arange(_GROUPS - 1) * _GROUP + _GROUP / 2, [79.0, 85.0, 92.0, 100.0])
    height = np.append(share[:-1] / _GROUP, share[-1] / _GROUP * np.array([0.5, 0.23, 0.06, 0.0]))
    return np.asarray(np.interp(age, middle, height), dtype=np.float64)


def choose(people: pl.DataFrame, residents: int, share: Floats, rng: np.random.Generator) -> Ints:
    """Return the families to keep, in random order: about `residents` residents with the ages and sexes of `share`.

    `people` needs family (0, 1, …), age, sex and is_resident. A family's chance is the product of one factor for each
    member, a smooth function of age and sex; the factors are found by Newton's method (calibration by exponential
    weights, Deville & Särndal 1992). The choice is systematic along the ages of the heads.
    """
    living = people.filter("is_resident")
    family, age = living["family"].to_numpy(), living["age"].to_numpy().astype(np.float64) + 0.5
    woman = living["sex"].to_numpy() - 1
    families = int(people["family"].to_numpy()[-1]) + 1
    factors = _factors(family, age, woman, min(families, _SAMPLE), share)
    weight = np.exp(np.bincount(family, (factors[_knots(age, woman)] * _hats(age)).sum(axis=0), families))
    size = np.bincount(family, minlength=families)
    chance = np.minimum(1.0, weight * _scale(weight, size, residents * _SPARE))
    oldest = np.argsort(people.group_by("family", maintain_order=True).first()["age"].to_numpy(), kind="stable")
    passed = np.floor(np.cumsum(chance[oldest]) + rng.random())
    chosen = oldest[np.diff(passed, prepend=0.0) >= 1]
    return np.asarray(rng.permutation(chosen), dtype=np.int64)


def _factors(family: Ints, age: Floats, woman: Ints, families: int, share: Floats) -> Floats:
    """Logarithms of the factors at the middle of each age group, men then women; shape (32,)."""
    some = family < families
    family, knots, hats = family[some], _knots(age[some], woman[some]), _hats(age[some])
    group = woman[some] * _GROUPS + np.minimum(age[some] // _GROUP, _GROUPS - 1).astype(np.int64)
    cells = 2 * _GROUPS
    counts = _table(family, group, np.ones(len(group)), families, cells)
    slopes = sum(_table(family, knots[side], hats[side], families, cells) for side in (0, 1))
    factors, wanted = np.zeros(cells), share.ravel()
    for _ in range(_STEPS):
        weight = np.exp(slopes @ factors)
        weight /= (counts.T @ weight).sum()
        gap = wanted - counts.T @ weight
        if np.abs(gap).max() < _FLATTEST:
            break
        jacobian = (counts.T * weight) @ slopes
        step = np.linalg.lstsq(jacobian, gap, rcond=1e-6)[0]
        factors = factors + step * min(1.0, _LONGEST_STEP / max(np.abs(step).max(), 1e-12))
    return factors


def _table(family: Ints, column: Ints, value: Floats, families: int, columns: int) -> Floats:
    flat = np.bincount(family * columns + column, value, families * columns)
    return np.asarray(flat.reshape(families, columns), dtype=np.float64)


def _position(age: Floats) -> Floats:
    return np.asarray(np.clip(age / _GROUP - 0.5, 0.0, _GROUPS - 1.001), dtype=np.float64)


def _knots(age: Floats, woman: Ints) -> Ints:
    """Cells whose middles are on either side of each age; shape (2, people)."""
    first = _position(age).astype(np.int64) + woman * _GROUPS
    return np.stack([first, first + 1])


def _hats(age: Floats) -> Floats:
    """How near each of the two middles is, between 0 and 1; shape (2, people)."""
    second = _position(age) % 1.0
    return np.stack([1.0 - second, second])


def _scale(weight: Floats, size: Ints, residents: float) -> float:
    """Return the factor on the weights that makes the expected number of residents right; no chance is above 1."""
    scale = residents / float(weight @ size)
    for _ in range(30):
        scale *= residents / float(np.minimum(1.0, weight * scale) @ size)
    return scale

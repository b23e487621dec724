"""The dwellings of the groups that live together: tenure, electricity, water, toilet and floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate.answers import unanswered

if TYPE_CHECKING:
    from satu.simulate.answers import Silence
    from satu.simulate.areas import Areas, Floats, Ints

QUESTIONS = {
    "p_milik": "tenure",
    "p_listrik": "electricity",
    "p_air": "water",
    "p_wc": "toilet",
    "p_lantai": "floor",
}
CATEGORIES = {
    "tenure": ("owned", "rented", "rent_free", "employer_provided", "other"),
    "electricity": ("grid_metered", "grid_unmetered", "off_grid", "none"),
    "water": (
        "bottled",
        "piped",
        "borehole",
        "protected_well",
        "unprotected_well",
        "spring",
        "surface",
        "rain",
        "other",
    ),
    "toilet": ("private", "shared", "public", "none"),
    "floor": ("stone_or_ceramic", "parquet_or_vinyl", "tile", "wood", "cement", "bamboo", "earth", "other"),
}
"""The answers in the order of their codes, from 1."""
# Shares of the answers in poor and in well-off households (education of the head, and age); other cases lie between.
_SHARES = {
    "3371": {
        "electricity": ((84, 15.4, 0.3, 0.3), (98.5, 1.5, 0, 0)),
        "water": ((15, 38, 20, 20, 3, 3.5, 0, 0, 0.5), (52, 36, 8, 3.5, 0, 0.5, 0, 0, 0)),
        "toilet": ((72, 15, 11, 2), (98, 1.5, 0.4, 0.1)),
        "floor": ((48, 1, 22, 0.5, 26, 0.3, 2, 0.2), (84, 3, 11, 0.2, 1.8, 0, 0, 0)),
    },
    "1671": {
        "electricity": ((80, 18.5, 0.7, 0.8), (98, 2, 0, 0)),
        "water": ((25, 48, 8, 8, 4, 0, 4, 2.5, 0.5), (60, 36, 2.5, 1, 0, 0, 0, 0.5, 0)),
        "toilet": ((76, 12, 7, 5), (98, 1.5, 0.4, 0.1)),
        "floor": ((36, 1, 14, 22, 25, 0.3, 1.5, 0.2), (82, 3, 8, 3, 4, 0, 0, 0)),
    },
}


def furnish(people: pl.DataFrame, areas: Areas, rng: np.random.Generator) -> pl.DataFrame:
    """Return one row a dwelling group with residents: hh, home, and the five codes as integers."""
    heads = people.filter("is_head").sort("hh")
    n, age = heads.height, heads["age"].to_numpy()
    wealth = (heads["education"].to_numpy() - 2) / 6 + np.clip((age - 25) / 100, 0, 0.3) + rng.normal(0, 0.25, n)
    wealth = np.clip(wealth, 0.0, 1.0)
    codes = {"tenure": _tenure(heads, wealth, areas.city.code, rng)}
    for question, shares in _SHARES[areas.city.code].items():
        codes[question] = _mixed(np.array(shares, dtype=np.float64), wealth, rng)
    return heads.select("hh", "home").with_columns(pl.Series(name, code) for name, code in codes.items())


def _tenure(heads: pl.DataFrame, wealth: Floats, city: str, rng: np.random.Generator) -> Ints:
    age, months = heads["age"].to_numpy(), heads["months_of_stay"].to_numpy()
    owned = np.clip(0.30 + 0.010 * (age - 22) + 0.15 * wealth, 0.08, 0.93) * np.where(months < 24, 0.35, 1.0)
    owned = owned * np.where(heads["alone"].to_numpy(), 0.3, 1.0) * (1.0 if city == "3371" else 1.05)
    free = np.where(age < 45, 0.45, 0.55)
    draw = rng.random(len(age))
    other = rng.choice([4, 5], size=len(age), p=[0.8, 0.2])
    rented = rng.random(len(age)) >= free
    return np.where(draw < np.minimum(owned, 0.94), 1, np.where(rng.random(len(age)) < 0.05, other, 3 - rented))


def _mixed(shares: Floats, wealth: Floats, rng: np.random.Generator) -> Ints:
    poor, rich = shares / shares.sum(axis=1, keepdims=True)
    bounds = (poor + wealth[:, None] * (rich - poor)).cumsum(axis=1)[:, :-1]
    return np.asarray((rng.random(len(wealth))[:, None] >= bounds).sum(axis=1) + 1, dtype=np.int64)


def described(homes: pl.DataFrame, groups: pl.Series, silence: Silence, rng: np.random.Generator) -> list[pl.Series]:
    """Return the five columns of an export for `groups` (hh), as texts; empty for a group that has no home."""
    found = pl.DataFrame({"hh": groups}).join(homes, on="hh", how="left", maintain_order="left")
    columns = []
    for export, question in QUESTIONS.items():
        texts = found[question].cast(pl.String).fill_null("").to_numpy().astype(object)
        missing = (rng.random(len(texts)) < silence.housing) & (texts != "")
        texts[missing] = unanswered(int(missing.sum()), rng, worded=False)
        columns.append(pl.Series(export, texts, dtype=pl.String))
    return columns

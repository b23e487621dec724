"""Enumerators of a simulated city: each has a pace and habits, and some invent visits.

Officers who invent visits hide it as the literature on curbstoning describes: some areas are really visited, some
absences are known from hearsay and recorded correctly, and nothing is exaggerated. The signs are less time, rounder
times, fewer newcomers and fewer refusals than neighbours have (Bredl, Storfinger & Menold 2013, "A Literature Review of
Methods to Detect Fabricated Survey Data").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from satu.simulate.areas import Areas, Bools, Floats, Ints

SLS_PER_OFFICER = 5
_REALLY_VISITED = 1  # of the five: the first, where a supervisor would look
_FIVE_MINUTES = 300


@dataclass(frozen=True)
class Officers:
    """One entry an enumerator, in the order of their numbers; the usual factor is 1."""

    pace: Floats
    """Time that a visit takes."""
    rounding: Floats
    """Share of times recorded as full five minutes."""
    reluctance: Floats
    """Households that refuse or are not met."""
    haste: Floats
    """Time that an invented visit takes, of a real one; 1 where nothing is invented."""
    invented_rounding: Floats
    """As `rounding`, where visits are invented."""
    fabricates: Bools

    def invents(self, sls: Ints) -> Bools:
        """Return for each SLS whether its visits are invented."""
        return self.fabricates[sls // SLS_PER_OFFICER] & (sls % SLS_PER_OFFICER >= _REALLY_VISITED)

    def time_taken(self, sls: Ints) -> Floats:
        """Return the factor on the time that each visit takes, by its SLS."""
        of = sls // SLS_PER_OFFICER
        return self.pace[of] * np.where(self.invents(sls), self.haste[of], 1.0)

    def put_down(self, second: Ints, sls: Ints, draw: Floats) -> Ints:
        """Return the recorded times of day, in seconds: some rounded to full five minutes."""
        of = sls // SLS_PER_OFFICER
        share = np.where(self.invents(sls), self.invented_rounding[of], self.rounding[of])
        return np.where(draw < share, second // _FIVE_MINUTES * _FIVE_MINUTES, second)


def engage(areas: Areas, fabricators: int, rng: np.random.Generator, habits: np.random.Generator) -> Officers:
    """Draw the enumerators; as many as `fabricators` of those with all their five SLS invent visits."""
    whole = len(areas.weight) // SLS_PER_OFFICER
    size = -(-len(areas.weight) // SLS_PER_OFFICER)
    fabricates = np.zeros(size, dtype=np.bool_)
    fabricates[rng.choice(whole, size=min(fabricators, whole), replace=False)] = True
    rounds = habits.random(size) < 0.25
    return Officers(
        pace=habits.lognormal(0.0, 0.22, size),
        rounding=np.where(rounds, habits.uniform(0.08, 0.45, size), habits.uniform(0.0, 0.03, size)),
        reluctance=np.minimum(habits.lognormal(0.0, 0.35, size), 3.0),
        haste=np.where(fabricates, habits.uniform(0.3, 0.5, size), 1.0),
        invented_rounding=habits.uniform(0.25, 0.6, size),
        fabricates=fabricates,
    )


def officer_of(sls: pl.Expr) -> pl.Expr:
    """Return the number of the enumerator of an SLS; five neighbouring SLS share one."""
    return sls // SLS_PER_OFFICER


def officer_id(city: str, officer: pl.Expr) -> pl.Expr:
    """Format an enumerator as `PS` + city + five digits."""
    return pl.format("PS{}{}", pl.lit(city), officer.cast(pl.String).str.zfill(5))

"""Babies recorded before they have a name: BY NY and the mother's name, twins with a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import numpy as np

_SHARE, _FADING_DAYS = 0.6, 45
"""Share of newborns without a name, and the days after which it is smaller by a factor of e."""
_FORMS = ("BY NY {}", "BY. NY. {}", "BAYI NY {}", "BAYI {}")


def unnamed(people: pl.DataFrame, day: pl.Expr, rng: np.random.Generator) -> pl.DataFrame:
    """Replace the names of some babies by the entry used before they have a name.

    `people` needs name, birth, sex, mother_name and twin_no; `day` is the day of recording, as days into 2020.
    """
    n = people.height
    old = day - (pl.col("birth") - pl.date(2020, 1, 1)).dt.total_days()
    chosen = (old >= 0) & (pl.Series(rng.random(n)) < _SHARE * (old / -_FADING_DAYS).exp())
    form = pl.Series(rng.integers(0, len(_FORMS), n))
    of_mother = pl.coalesce(
        pl.when(form == number).then(pl.format(text, "mother_name")) for number, text in enumerate(_FORMS)
    )
    baby = pl.coalesce(
        of_mother,
        pl.format("BAYI {}", pl.when(pl.col("sex") == 1).then(pl.lit("LAKI-LAKI")).otherwise(pl.lit("PEREMPUAN"))),
    )
    numbered = pl.when(pl.col("twin_no") > 0).then(pl.format("{} {}", baby, "twin_no")).otherwise(baby)
    return people.with_columns(name=pl.when(chosen).then(numbered).otherwise("name"))

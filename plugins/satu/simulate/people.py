"""The true population: families with cards, homes and events between the registry extract and 30 September 2020."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate import families as f
from satu.simulate.characteristics import characterise
from satu.simulate.events import change
from satu.simulate.identifiers import add_identifiers
from satu.simulate.names import draw_names
from satu.simulate.pyramid import choose, target
from satu.simulate.relations import relate

if TYPE_CHECKING:
    from satu.simulate.areas import Areas, Ints

_SURPLUS, _FAMILY, _LEAST = 1.35, 3.3, 8_000
"""Families drawn for each one that is kept, people in a family, and the families drawn for the smallest city."""

_NEIGHBOURHOOD = 5  # neighbouring SLS


def populate(areas: Areas, residents: int, rng: np.random.Generator) -> pl.DataFrame:
    """Choose families so that `residents` people live in the city on 30 September 2020; one row a person.

    Columns: true_id, family, slot (place in the family), shdk, sex, birth, age, name, title, mother_name, twin_no (1
    and 2 of twins, else 0), nik, nik2, nik2_on, relative_nik, sibling_nik, kk, kk_now, card and home (row of the SLS,
    -1 outside the city), hh (dwelling group, -1 none), alone (not with the family), parted, fate, day (days into 2020
    of the event), is_resident, in_registry, relationship (to the head on the census day), is_head, marital (in the
    extract) and marital_now, widowed_on (day, null), the columns of `characterise`, and reticence: how much more
    often than usual the person's answers are missing.
    """
    share = target(areas.city.men_per_women)
    size = max(_LEAST, int(residents / _FAMILY * _SURPLUS))
    people = f.draw_families(size, share, rng)
    people = change(people, areas, size, rng)
    people = _kept(people, choose(people, residents, share, rng), residents)
    people = relate(_grouped(people)).with_columns(true_id=pl.int_range(1, pl.len() + 1))
    people = people.with_columns(
        draw_names(
            areas.city.code,
            people["sex"].to_numpy(),
            people["birth"].dt.year().to_numpy().astype(np.int64),
            people["family"].to_numpy(),
            rng,
        )
    )
    people = _with_mothers(_namesakes(people, rng))
    people = add_identifiers(people, areas, rng)
    return _with_reticence(characterise(people, areas.city, rng), len(areas.weight), rng)


def _kept(people: pl.DataFrame, chosen: Ints, residents: int) -> pl.DataFrame:
    """Keep the chosen families in their order, with numbers from 0, until `residents` people live in the city."""
    order = pl.DataFrame({"family": chosen, "number": np.arange(len(chosen))})
    people = (
        people.join(order, on="family", how="inner")
        .sort("number", "slot")
        .with_columns(family=pl.col("number"))
        .drop("number")
    )
    reached = people["is_resident"].cast(pl.Int64).cum_sum()
    last = int(people["family"].to_numpy()[min(int((reached < residents).sum()), people.height - 1)])
    return people.filter(pl.col("family") <= last)


def _grouped(people: pl.DataFrame) -> pl.DataFrame:
    """Give numbers to the dwelling groups: people of one family at one home; those away stay with the family's home."""
    place = pl.when(pl.col("home") >= 0).then("home").otherwise("family_home")
    return people.with_columns(
        hh=pl.when(place >= 0).then(pl.col("family") * 100_000 + place).otherwise(-1),
        alone=(pl.col("home") >= 0) & (pl.col("home") != pl.col("family_home")),
    )


def _namesakes(people: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Let some relatives share a whole name, but twins of one sex only the first word of theirs."""
    before = pl.col("name").shift(1)
    same = (pl.col("family") == pl.col("family").shift(1)) & (pl.col("sex") == pl.col("sex").shift(1))
    lucky = pl.Series(rng.random(people.height) < 0.006)
    first = pl.concat_str(before.str.split(" ").list.first(), pl.col("name").str.split(" ").list.last(), separator=" ")
    twin = pl.col("twin_no") == 2
    # Twins would have exactly the same name: no parents do that, and nobody could distinguish it from a repeated line.
    return people.with_columns(
        name=pl.when(same & twin & (first != before))
        .then(first)
        .when(same & lucky & ~twin)
        .then(before)
        .otherwise("name")
    )


def _with_mothers(people: pl.DataFrame) -> pl.DataFrame:
    """Add mother_name, null where there is none.

    That is the woman at the head of the family or beside it; of grandchildren, the grown daughter or the son's wife.
    """
    mothers = [
        pl.when((pl.col("sex") == f.WOMAN) & pl.col("slot").is_in(places))
        .then("name")
        .drop_nulls()
        .last()
        .over("family")
        for places in ([f.HEAD, f.WIFE], [f.CHILD, f.IN_LAW])
    ]
    grandchild = pl.col("slot").is_between(f.GRANDCHILD, f.PARENT - 1)
    return people.with_columns(mother_name=pl.when(grandchild).then(mothers[1]).otherwise(mothers[0]))


def _with_reticence(people: pl.DataFrame, areas: int, rng: np.random.Generator) -> pl.DataFrame:
    """Questions stay unanswered more often for the old and in some neighbourhoods; the average is about 1."""
    place = rng.lognormal(-0.1, 0.4, areas // _NEIGHBOURHOOD + 1)[people["home"].clip(0).to_numpy() // _NEIGHBOURHOOD]
    old = np.where(people["age"].to_numpy() >= 65, 1.8, 0.95)
    return people.with_columns(reticence=pl.Series(place * old))

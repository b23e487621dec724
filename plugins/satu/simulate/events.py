"""What happened to families and people between the registry extract and the census day: moves, births, deaths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate import families as f
from satu.simulate.relations import ADULT, partners

if TYPE_CHECKING:
    from satu.simulate.areas import Areas, Bools, Ints

OUTSIDE = -1
_NEW_YEAR = 18_262  # days from 1970-01-01 to 2020-01-01
_PARTING = 0.01
"""Share of couples who parted since the extract; the woman leaves, and most of the younger children with her."""
_LEAVES, _MOVES, _JOINS = 0.045, 0.051, 0.0055
"""Shares of the unmarried from 17 to 44 years who leave the city, or move within it, alone; of everybody but the
heads, who joined the family in 2020."""


def change(people: pl.DataFrame, areas: Areas, families: int, rng: np.random.Generator) -> pl.DataFrame:
    """Add card, home, family_home, fate, day, parted, is_resident, in_registry, marital_now and widowed_on."""
    return _after_losses(_change(_settle(people, areas, families, rng), areas, rng))


def _settle(people: pl.DataFrame, areas: Areas, families: int, rng: np.random.Generator) -> pl.DataFrame:
    """Give every family a card and a home; 8.7 % of people do not live where their card says, most as a family."""
    card = rng.choice(len(areas.weight), size=families, p=areas.weight)
    other = rng.choice(len(areas.weight), size=families, p=areas.weight)
    kind = rng.choice(np.arange(1, 6), size=families, p=np.array([0.041, 0.009, 0.011, 0.025, 0.011]) / 0.097)
    kind = np.where(rng.spawn(1)[0].random(families) < 0.097 * areas.turnover[card], kind, 0)
    fate = np.array(["resident", "resident", "moved_out", "lives_elsewhere", "card_elsewhere", "moved_in"])[kind]
    home = np.where(kind == 1, other, np.where((kind == 2) | (kind == 3), OUTSIDE, card))
    card = np.where((kind == 4) | (kind == 5), OUTSIDE, card)
    of = people["family"].to_numpy()
    return people.with_columns(
        card=pl.Series(card[of]),
        home=pl.Series(home[of]),
        family_home=pl.Series(home[of]),
        fate=pl.Series(fate[of]),
        day=pl.Series(rng.integers(0, 235, families)[of]),
    )


def _change(people: pl.DataFrame, areas: Areas, rng: np.random.Generator) -> pl.DataFrame:
    """Births, deaths and moves of single people; a family's own fate stays unless something happened to the person."""
    n, age = people.height, people["age"].to_numpy()
    draw, fate = rng.random(n), people["fate"].to_numpy().astype(object)
    card, home = people["card"].to_numpy().copy(), people["home"].to_numpy().copy()
    day, in_city = rng.integers(0, 240, n), home >= 0
    settled, head = in_city & (card >= 0), people["slot"].to_numpy() == f.HEAD
    settles = draw / areas.turnover[np.maximum(card, 0)]  # compared with a rate: smaller where people come and go
    single = settled & (age >= ADULT) & (age < 45) & ~head & ~_is_married(people)
    leaves, moves = single & (settles < _LEAVES), single & (settles >= _LEAVES) & (settles < _LEAVES + _MOVES)
    fate[leaves] = np.where(rng.random(int(leaves.sum())) < 0.7, "lives_elsewhere", "moved_out")
    home[leaves] = OUTSIDE
    home[moves] = rng.choice(len(areas.weight), size=int(moves.sum()), p=areas.weight)
    joins = settled & ~head & (settles >= _LEAVES + _MOVES) & (settles < _LEAVES + _MOVES + _JOINS)
    fate[joins], card[joins] = "moved_in", OUTSIDE
    unregistered = settled & (draw >= 0.9965)
    fate[unregistered], card[unregistered] = "unregistered", OUTSIDE
    born = in_city & (people["birth"].to_numpy().astype(np.int64) >= _NEW_YEAR) & (fate != "unregistered")
    dies = in_city & (card >= 0) & (people["die"].to_numpy() < np.clip(np.exp(0.085 * age) * 8e-5, 0, 0.25))
    parted, place = _partings(people, (fate == "resident") & in_city & ~dies, areas, rng)
    home[parted] = place[parted]
    dies &= ~_would_orphan(people, home, dies)
    fate[dies], home[dies] = "died", OUTSIDE
    fate[born], card[born] = "born", OUTSIDE
    home = np.where(born & (home < 0), people["family_home"].to_numpy(), home)
    family_day = people["day"].to_numpy()
    event = np.where((fate == "moved_out") | (fate == "moved_in"), family_day, day)
    return people.with_columns(
        pl.Series("fate", fate, dtype=pl.String),
        pl.Series("card", card),
        pl.Series("home", home),
        pl.Series("day", event),
        pl.Series("parted", parted),
        is_resident=pl.Series(home >= 0),
        in_registry=pl.Series(card >= 0),
    )


def _is_married(people: pl.DataFrame) -> Bools:
    return np.isin(people["marital"].to_numpy(), [f.MARRIED, f.UNREGISTERED])


def _partings(people: pl.DataFrame, at_home: Bools, areas: Areas, rng: np.random.Generator) -> tuple[Bools, Ints]:
    """Return who leaves a couple that parts, the wife and three of five children under 17, and their new home."""
    family, slot = people["family"].to_numpy(), people["slot"].to_numpy()
    families = int(family.max()) + 1
    place = rng.choice(len(areas.weight), size=families, p=areas.weight)[family]
    at_home = at_home & (people["home"].to_numpy() == people["family_home"].to_numpy())
    at_home &= people["family_home"].to_numpy() != place
    wife = (slot == f.WIFE) & at_home & (people["age"].to_numpy() >= ADULT)
    parting = (rng.random(families) < _PARTING) & (np.bincount(family[wife], minlength=families) > 0)
    child = (people["shdk"].to_numpy() == 4) & (people["age"].to_numpy() < ADULT) & (rng.random(people.height) < 0.6)
    return np.asarray(parting[family] & (wife | child & at_home), dtype=np.bool_), place


def _would_orphan(people: pl.DataFrame, home: Ints, dies: Bools) -> Bools:
    """Return the people of families and places where only children would be left; nobody dies there."""
    family, adult = people["family"].to_numpy(), people["age"].to_numpy() >= ADULT
    families = int(family.max()) + 1
    at_home = (home >= 0) & (home == people["family_home"].to_numpy())
    adults = np.bincount(family[at_home & adult & ~dies], minlength=families)
    children = np.bincount(family[at_home & ~adult & ~dies], minlength=families)
    return np.asarray(((adults == 0) & (children > 0))[family], dtype=np.bool_)


def _after_losses(people: pl.DataFrame) -> pl.DataFrame:
    """Add the marital status on the census day, after deaths and partings, and the day of the spouse's death."""
    partner = partners(people)
    has = (partner >= 0) & _is_married(people)
    died, day = (people["fate"] == "died").to_numpy(), people["day"].to_numpy()
    widowed = has & died[partner] & ~died
    parted = people["parted"].to_numpy()
    left = has & (parted | parted[partner]) & (people["slot"].to_numpy() <= f.WIFE)
    now = np.where(left, f.DIVORCED, np.where(widowed, f.WIDOWED, people["marital"].to_numpy()))
    return people.with_columns(
        marital_now=pl.Series(now), widowed_on=pl.when(pl.Series(widowed)).then(pl.Series(day[partner]))
    )

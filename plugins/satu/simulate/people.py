"""The true population: families with cards, homes and events between the registry extract and 30 September 2020."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate.identifiers import add_identifiers
from satu.simulate.names import draw_names

if TYPE_CHECKING:
    from satu.simulate.areas import Areas, Bools, Floats, Ints

CENSUS_DAY = date(2020, 9, 30)
_NEW_YEAR = 18_262  # days from 1970-01-01 to 2020-01-01
_CENSUS = 18_535  # days from 1970-01-01 to 2020-09-30
_SLOTS = 10
_CHILDREN = slice(2, 7)
_HEAD, _WIFE, _CHILD, _GROWN = 1, 3, 4, 17
# Registry relationship codes of the slots: head, spouse (wife), five children, parent, grandchild, other.
_SHDK = np.array([1, 3, 4, 4, 4, 4, 4, 7, 6, 9])
_SURPLUS = 1.12
_DEFAULT_DAYS = ((1, 1), (7, 1), (12, 31))
"""Months and days recorded for an unknown birthday."""
_PARTING = 0.01
"""Share of couples who parted since the extract; the woman leaves, and most of the younger children with her."""

OUTSIDE = -1


def populate(areas: Areas, residents: int, rng: np.random.Generator) -> pl.DataFrame:
    """Draw families until `residents` people live in the city on 30 September 2020; one row a person.

    Columns: true_id, family, shdk, sex, birth, age, name, title, mother_name, twin_no (1 and 2 of twins, else 0), nik,
    nik2, nik2_on, relative_nik, sibling_nik, kk, kk_now, card and home (row of the SLS, -1 outside the city), hh
    (dwelling group, -1 none), alone (not with the family), parted, fate, day (days into 2020 of the event),
    is_resident, in_registry, religion, marital, education, lama (months at the address).
    """
    families = int(residents / 3.0 * _SURPLUS) + 30
    people = _members(families, rng)
    people = _settle(people, areas, families, rng)
    people = _change(people, areas, rng)
    reached = people["is_resident"].cast(pl.Int64).cum_sum()
    last = int(people["family"].to_numpy()[int((reached < residents).sum())])
    people = people.filter(pl.col("family") <= last).with_columns(true_id=pl.int_range(1, pl.len() + 1))
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
    return _traits(people, rng)


def _members(families: int, rng: np.random.Generator) -> pl.DataFrame:
    """Draw ages (years on the census day, fractional) slot by slot and keep the slots that exist."""
    low = rng.choice([20, 30, 40, 50, 60, 70], size=families, p=[0.10, 0.24, 0.27, 0.22, 0.12, 0.05])
    head = low + rng.uniform(0, 10, families) + np.where(low == 70, rng.exponential(5, families), 0)
    age = np.full((families, _SLOTS), -1.0)
    age[:, 0] = head
    married = rng.random(families) < np.where(head < 60, 0.80, 0.55)
    age[:, 1] = np.where(married, np.maximum(18, head - rng.normal(3, 3.5, families)), -1)
    mother = np.where(married, age[:, 1], head - 1)
    age[:, _CHILDREN] = _children(mother, married, rng)
    age[:, 7] = np.where((head < 60) & (rng.random(families) < 0.09), head + rng.uniform(20, 34, families), -1)
    age[:, 8] = np.where((head > 52) & (rng.random(families) < 0.16), rng.uniform(0, 12, families), -1)
    age[:, 9] = np.where(rng.random(families) < 0.06, rng.uniform(12, 60, families), -1)
    sex = np.where(rng.random((families, _SLOTS)) < 0.512, 1, 2)
    sex[:, 0] = np.where(married | (rng.random(families) < 0.5), 1, 2)
    sex[:, 1] = 2
    return _flatten(np.minimum(age, 99.0), sex, rng)


def _children(mother: Floats, married: Bools, rng: np.random.Generator) -> Floats:
    """Ages of up to five children, shape (families, 5); grown children mostly have cards of their own."""
    wanted = np.minimum(rng.poisson(np.where(married, 2.1, 1.0)), 5)
    age = mother[:, None] - rng.uniform(19, 39, (len(mother), 5))
    leaves = (age > 24) & (rng.random(age.shape) > np.clip((38 - age) / 22, 0, 0.7))
    age[(age < 0) | leaves | (np.arange(5)[None, :] >= wanted[:, None])] = -1.0
    twins = (rng.random(len(mother)) < 0.012) & (age[:, 0] >= 0)
    age[twins, 1] = age[twins, 0]
    return age


def _flatten(age: Floats, sex: Ints, rng: np.random.Generator) -> pl.DataFrame:
    family, slot = np.nonzero(age >= 0)
    born = _CENSUS - np.floor(age[family, slot] * 365.25).astype(np.int64)
    born = _without_birthday(born, age[family, slot], rng)
    number = np.arange(len(born))
    twin = (slot == 3) & (np.roll(slot, 1) == 2) & (np.abs(born - np.roll(born, 1)) < 2)
    born[twin] = born[number[twin] - 1]
    gender = sex[family, slot]
    shdk = np.where((slot == 1) & (gender == 1), 2, _SHDK[slot])
    return pl.DataFrame({"family": family, "shdk": shdk, "sex": gender, "birth": born.astype(np.int32)}).with_columns(
        pl.col("birth").cast(pl.Date),
        age=pl.Series((_CENSUS - born) // 365.25).cast(pl.Int64),
        twin_no=pl.Series(2 * twin + np.append(twin[1:], [False])),
        die=pl.Series(rng.random(len(born))),
    )


def _without_birthday(born: Ints, age: Floats, rng: np.random.Generator) -> Ints:
    """For many older people only the year of birth was known at registration; the year is kept."""
    unknown = rng.random(len(born)) < np.select([age >= 50, age >= 25], [0.05, 0.015], 0.0)
    years = born.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    month, day = np.array(_DEFAULT_DAYS)[rng.choice(3, size=len(born), p=[0.35, 0.25, 0.4])].T
    default = (years * 12 + month - 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
    return np.where(unknown, default, born)


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
    settled = in_city & (card >= 0)
    grown, head = (age >= 17) & (age < 45), people["shdk"].to_numpy() == 1
    settles = draw / areas.turnover[np.maximum(card, 0)]  # compared with a rate: smaller where people come and go
    single = settled & grown & ~head
    leaves, moves = single & (settles < 0.022), single & (settles >= 0.022) & (settles < 0.047)
    fate[leaves] = np.where(rng.random(int(leaves.sum())) < 0.7, "lives_elsewhere", "moved_out")
    home[leaves] = OUTSIDE
    home[moves] = rng.choice(len(areas.weight), size=int(moves.sum()), p=areas.weight)
    joins = settled & ~head & (settles >= 0.047) & (settles < 0.052)
    fate[joins], card[joins] = "moved_in", OUTSIDE
    unregistered = settled & (draw >= 0.9965)
    fate[unregistered], card[unregistered] = "unregistered", OUTSIDE
    dies = in_city & (card >= 0) & (people["die"].to_numpy() < np.clip(np.exp(0.085 * age) * 8e-5, 0, 0.25))
    fate[dies], home[dies] = "died", OUTSIDE
    born = in_city & (people["birth"].to_numpy().astype(np.int64) >= _NEW_YEAR) & (fate != "unregistered")
    fate[born], card[born] = "born", OUTSIDE
    parted = (fate == "resident") & (home >= 0) & (home == people["family_home"].to_numpy()) & _partings(people, rng)
    family = people["family"].to_numpy()
    home[parted] = rng.choice(len(areas.weight), size=int(family.max()) + 1, p=areas.weight)[family[parted]]
    family_day = people["day"].to_numpy()
    event = np.where((fate == "moved_out") | (fate == "moved_in"), family_day, day)
    return _grouped(
        people.with_columns(
            pl.Series("fate", fate, dtype=pl.String),
            pl.Series("card", card),
            pl.Series("home", home),
            pl.Series("day", event),
            pl.Series("parted", parted),
            is_resident=pl.Series(home >= 0),
            in_registry=pl.Series(card >= 0),
        )
    )


def _partings(people: pl.DataFrame, rng: np.random.Generator) -> Bools:
    """Return who leaves a couple that parts: the wife, and three of five children under 17."""
    family, shdk = people["family"].to_numpy(), people["shdk"].to_numpy()
    parting = rng.random(int(family.max()) + 1)[family] < _PARTING
    child = (shdk == _CHILD) & (people["age"].to_numpy() < _GROWN) & (rng.random(people.height) < 0.6)
    return np.asarray(parting & ((shdk == _WIFE) | child), dtype=np.bool_)


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
    """Add mother_name: the woman at the head of the family or beside it, null where there is none."""
    is_mother = (pl.col("sex") == 2) & pl.col("shdk").is_in([_HEAD, _WIFE])
    mother = pl.when(is_mother).then("name").drop_nulls().last().over("family")
    return people.with_columns(mother_name=mother)


def _traits(people: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Characteristics that the forms ask for; religion is a family's, the rest a person's."""
    n, age, sex = people.height, people["age"].to_numpy(), people["sex"].to_numpy()
    shdk = people["shdk"].to_numpy()
    families = int(people["family"].to_numpy().max()) + 1
    religion = rng.choice(np.arange(1, 7), size=families, p=[0.88, 0.06, 0.04, 0.003, 0.015, 0.002])
    partnered = (shdk == 1) | (shdk == 2) | (shdk == 3)
    widowed = np.where(rng.random(n) < 0.3, 4, 5)
    has_spouse = np.isin(people["family"].to_numpy(), people["family"].to_numpy()[(shdk == 2) | (shdk == 3)])
    marital = np.where(partnered & has_spouse, 2, np.where((shdk == 1) & (age > 27) | (age > 60), widowed, 1))
    schooling = np.clip((age - 5) // 3, 1, np.where(age < 60, 6, 3)) + rng.integers(-1, 4, n)
    education = np.clip(np.where(age < 7, 1, schooling), 1, np.where(age < 24, 5, 10))
    titles = np.array(["", "H.", "HJ.", "S.PD", "S.E.", "DRS.", "IR.", "DR."])
    pilgrim, graduate = (age > 42) & (rng.random(n) < 0.09), (age > 23) & (education >= 8)
    degree = np.where(rng.random(n) < 0.4, rng.choice(np.arange(3, 8), size=n, p=[0.4, 0.3, 0.14, 0.1, 0.06]), 0)
    return people.with_columns(
        religion=pl.Series(religion[people["family"].to_numpy()]),
        marital=pl.Series(marital),
        education=pl.Series(education),
        lama=pl.Series(np.minimum(rng.integers(1, 400, n), age * 12 + 3)),
        title=pl.Series(titles[np.where(pilgrim, sex, np.where(graduate, degree, 0))]),
    )

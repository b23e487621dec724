"""What the questionnaire asks beyond age and sex, of a whole family or of each person, by age, sex and family."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from satu.simulate import families as f
from satu.simulate.origins import ETHNICITIES, FAMILIES_FROM_ELSEWHERE, OTHER_PLACES, RELIGIONS, spoken
from satu.simulate.schooling import with_education
from satu.simulate.work import with_work

if TYPE_CHECKING:
    from satu.simulate.areas import Bools, City, Ints

Texts = npt.NDArray[np.str_]
_MIXED = {"3371": 0.3, "1671": 0.12}
"""Share of couples where the wife's ethnic group is drawn at random."""
_FOREIGN = 0.08
"""Of the adults whom the registry does not know."""
_MONTH = 30.4375
_CENSUS_INTO_YEAR = 273  # days into 2020


def characterise(people: pl.DataFrame, city: City, rng: np.random.Generator) -> pl.DataFrame:
    """Add the characteristics of people.

    ethnicity, religion (code), language, education and education_listed (codes now and in the registry), activity,
    job, employment, months_of_stay, birth_place, is_foreign and title; education and the like as in their modules.
    """
    people = _descent(people, city, rng)
    people = people.with_columns(language=pl.Series(spoken(people, city.code, rng), dtype=pl.String))
    people = with_work(with_education(people, rng), rng)
    people = people.with_columns(months_of_stay=pl.Series(_months(people, rng)))
    foreign = (people["fate"] == "unregistered").to_numpy() & (people["age"].to_numpy() >= 20)
    foreign &= rng.random(people.height) < _FOREIGN
    people = people.with_columns(is_foreign=pl.Series(foreign))
    return people.with_columns(
        birth_place=pl.Series(_birth_places(people, city, rng), dtype=pl.String),
        title=pl.Series(_titles(people, rng), dtype=pl.String),
    )


def _descent(people: pl.DataFrame, city: City, rng: np.random.Generator) -> pl.DataFrame:
    """Ethnic group and religion: the father's for his children, mostly the same for husband and wife."""
    family, slot = people["family"].to_numpy(), people["slot"].to_numpy()
    families, names = int(family.max()) + 1, list(ETHNICITIES[city.code])
    share = np.array(list(ETHNICITIES[city.code].values()))
    drawn = rng.choice(len(names), size=(3, families), p=share / share.sum())
    fathers, mixed = drawn[0], rng.random((2, families)) < _MIXED[city.code]
    wives, in_laws = np.where(mixed[0], drawn[1], fathers), np.where(mixed[1], drawn[2], fathers)
    own = rng.choice(len(names), size=people.height, p=share / share.sum())
    eldest_is_woman = np.zeros(families, dtype=np.bool_)
    eldest_is_woman[family[(slot == f.CHILD) & (people["sex"].to_numpy() == f.WOMAN)]] = True
    by_in_law = (slot >= f.GRANDCHILD) & (slot < f.PARENT) & eldest_is_woman[family]
    of_wife = (slot == f.WIFE) | (people["shdk"].to_numpy() == 8)
    ethnic = np.select(
        [slot == f.OUTSIDER, of_wife, (slot == f.IN_LAW) | by_in_law],
        [own, wives[family], in_laws[family]],
        fathers[family],
    )
    return people.with_columns(
        ethnicity=pl.Series(np.array(names)[ethnic]),
        religion=pl.Series(_religions(np.array(names), fathers, ethnic, family, slot, rng)),
    )


def _religions(names: Texts, fathers: Ints, ethnic: Ints, family: Ints, slot: Ints, rng: np.random.Generator) -> Ints:
    """Give a family one religion, by the ethnic group of its head; lodgers and a few spouses have their own."""
    religion = np.zeros(len(fathers), dtype=np.int64)
    own = np.zeros(len(family), dtype=np.int64)
    for number, name in enumerate(names):
        shares = np.array(RELIGIONS.get(str(name), RELIGIONS["other"]))
        for of, into in ((fathers, religion), (ethnic, own)):
            rows = np.flatnonzero(of == number)
            into[rows] = rng.choice(np.arange(1, 8), size=len(rows), p=shares / shares.sum())
    differs = rng.random(len(family)) < np.select([slot == f.OUTSIDER, slot == f.WIFE], [1.0, 1 / 120], 0.0)
    return np.where(differs, own, religion[family])


def _months(people: pl.DataFrame, rng: np.random.Generator) -> Ints:
    """Months at the address: since birth, since the family came, since marriage, or since a move in 2020."""
    n, family, slot = people.height, people["family"].to_numpy(), people["slot"].to_numpy()
    families = int(family.max()) + 1
    days = (pl.lit(f.CENSUS_DAY) - pl.col("birth")).dt.total_days()
    age = (people.select(days).to_series().to_numpy() / _MONTH).astype(np.int64)
    native = rng.random(families) < 0.3
    came = rng.exponential(13 * 12, families)
    fates = people["fate"].to_numpy()
    came = np.where(_any(family, (fates == "card_elsewhere") & (slot == f.HEAD), families), 0.25 * came, came)
    native &= ~_any(family, (fates == "card_elsewhere") & (slot == f.HEAD), families)
    grown = np.maximum(age - 19 * 12, 1)
    married = np.minimum(grown, rng.exponential(14 * 12, n))
    later = np.where(slot == f.OUTSIDER, rng.exponential(24, n), rng.exponential(60, n))
    family_came = came[family]
    always = np.where(native[family], age, family_came)
    since = np.select(
        [
            (slot == f.HEAD) & ~native[family],
            slot == f.WIFE,
            (slot == f.IN_LAW) | (slot == f.OUTSIDER) | (slot == f.RELATIVE),
            (slot == f.PARENT) | (slot == f.OTHER_PARENT),
        ],
        [
            np.minimum(grown, family_came),
            np.where(native[family], married, np.minimum(family_came, grown)),
            later,
            always,
        ],
        always,
    )
    moved = (people["alone"].to_numpy() | (fates == "moved_in")) & people["is_resident"].to_numpy()
    lately = np.maximum(_CENSUS_INTO_YEAR - people["day"].to_numpy(), 0) // 31
    return np.asarray(np.minimum(np.where(moved, lately, since.astype(np.int64)), age), dtype=np.int64)


def _any(family: Ints, rows: Bools, families: int) -> Bools:
    return np.asarray(np.bincount(family[rows], minlength=families) > 0, dtype=np.bool_)


def _birth_places(people: pl.DataFrame, city: City, rng: np.random.Generator) -> Texts:
    """Place of birth: the city, or elsewhere, often where the family came from; a NIK from elsewhere tells of it."""
    n, family = people.height, people["family"].to_numpy()
    names, share = (
        np.array(list(OTHER_PLACES[city.code])),
        np.array(list(OTHER_PLACES[city.code].values()), dtype=float),
    )
    drawn = names[rng.choice(len(names), size=n, p=share / share.sum())]
    origin = names[rng.choice(len(names), size=int(family.max()) + 1, p=share / share.sum())]
    slot = people["slot"].to_numpy()
    elsewhere = (people["nik"].str.slice(0, 4) != city.code).fill_null(value=False).to_numpy()
    head_elsewhere = _any(family, elsewhere & (slot == f.HEAD), len(origin))
    came = rng.spawn(1)[0].random(len(origin)) < np.where(head_elsewhere, 0.9, FAMILIES_FROM_ELSEWHERE[city.code])
    here = np.select(
        [
            people["months_of_stay"].to_numpy() >= people["age"].to_numpy() * 12,
            elsewhere,
            came[family] & (slot == f.HEAD),
            came[family],
            slot == f.WIFE,
            (slot == f.IN_LAW) | (slot == f.OUTSIDER),
        ],
        [0.97, 0.07, 0.06, 0.20, 0.82, 0.60],
        0.94,
    )
    draw = rng.random(n)
    away = np.where(rng.random(n) < 0.5, origin[family], drawn)
    abroad = np.array(["SINGAPURA", "KUALA LUMPUR", "SHANGHAI", "AMSTERDAM"])[rng.integers(0, 4, n)]
    return np.where(people["is_foreign"].to_numpy(), abroad, np.where(draw < here, city.birthplace, away))


def _titles(people: pl.DataFrame, rng: np.random.Generator) -> Texts:
    n, age, sex = people.height, people["age"].to_numpy(), people["sex"].to_numpy()
    titles = np.array(["", "H.", "HJ.", "S.PD", "S.E.", "DRS.", "IR.", "DR."])
    pilgrim = (age > 42) & (rng.random(n) < 0.09) & (people["religion"].to_numpy() == 1)
    graduate = (age > 23) & (people["education"].to_numpy() >= 8)
    degree = np.where(rng.random(n) < 0.4, rng.choice(np.arange(3, 8), size=n, p=[0.4, 0.3, 0.14, 0.1, 0.06]), 0)
    return titles[np.where(pilgrim, sex, np.where(graduate, degree, 0))]

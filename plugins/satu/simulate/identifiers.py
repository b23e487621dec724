"""NIK and family card numbers by the registry's rules, with the errors of real registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    from satu.simulate.areas import Areas, Ints

_ANOTHER_CARD, _SAME_CARD = 0.0005, 0.003
"""Shares of people with a second NIK, by the card that it is on."""
_REGION_ONLY = 0.6
_CHILD = 4
_OWN_CARD = 0.5
"""Share of people who moved alone within the city and got their own family card."""


def add_identifiers(people: pl.DataFrame, areas: Areas, rng: np.random.Generator) -> pl.DataFrame:
    """Add nik, nik2, nik2_on, relative_nik, sibling_nik, kk (in the extract) and kk_now (in September 2020).

    NIK: region of first registration (6), day + 40 for women, month and year of birth (6), serial (4). 1.5 % encode
    another birth date than the true one, because a NIK is never reissued after a correction. nik2 is a second NIK of a
    few people, nik2_on whether it is on the `same` family card or on another.
    """
    n = people.height
    region, far = _regions(people, areas, rng), rng.choice(np.array(areas.city.nik_regions, dtype=np.int64), size=n)
    # Twins are registered together, so that their serials follow each other.
    region = np.where(people["twin_no"].to_numpy() == 2, np.roll(region, 1), region)
    births = [_coded_births(people, rng), _coded_births(people, rng)]
    numbers = _numbered(np.concatenate([region, far]), np.concatenate(births), rng)
    nik, nik2 = numbers[:n], numbers[n:]
    draw = rng.random(n)
    same_card = (draw >= _ANOTHER_CARD) & (draw < _ANOTHER_CARD + _SAME_CARD)
    _reissue(nik, nik2, np.flatnonzero(same_card), areas, rng)
    none = (people["fate"] == "unregistered").to_numpy() | (
        (people["fate"] == "born").to_numpy() & (rng.random(n) < 0.3)
    )
    people = people.with_columns(
        nik=pl.when(pl.Series(~none)).then(pl.Series(nik)),
        nik2=pl.when(pl.Series((same_card | (draw < _ANOTHER_CARD)) & ~none)).then(pl.Series(nik2)),
        nik2_on=pl.when(pl.Series(same_card)).then(pl.lit("same")).otherwise(pl.lit("other")),
    ).with_columns(
        relative_nik=pl.col("nik").shift(1).over("family").fill_null(pl.col("nik").shift(-1).over("family")),
        sibling_nik=pl.when(pl.col("shdk") == _CHILD).then(pl.col("nik").shift(1).over("family", "shdk")),
    )
    return _with_cards(people, areas, rng)


def _reissue(nik: list[str], nik2: list[str], rows: Ints, areas: Areas, rng: np.random.Generator) -> None:
    """Let the second NIK of `rows` differ in the region only, or in the serial too; never a number of somebody else."""
    used = set(nik) | set(nik2)
    for row in rows.tolist():
        if rng.random() < _REGION_ONLY:
            regions = [areas.city.nik_regions[i] for i in rng.permutation(len(areas.city.nik_regions))]
            wanted = [region + nik[row][6:] for region in regions]
        else:
            wanted = [f"{nik2[row][:12]}{serial:04d}" for serial in rng.permutation(np.arange(2, 40))]
        nik2[row] = next((number for number in wanted if number not in used), nik2[row])
        used.add(nik2[row])


def _regions(people: pl.DataFrame, areas: Areas, rng: np.random.Generator) -> Ints:
    """Six-digit region of first registration: mostly a kecamatan of the city, elsewhere for the rest."""
    own = (areas.kelurahan["kode_kemendagri"].str.replace_all(".", "", literal=True).str.slice(0, 6)).to_numpy()
    card = people["card"].to_numpy()
    here = own[areas.kelurahan_of[np.maximum(card, 0)]].astype(np.int64)
    near = rng.choice(np.unique(own).astype(np.int64), size=len(card))
    far = rng.choice(np.array([int(r) for r in areas.city.nik_regions]), size=len(card))
    draw = rng.random(len(card))
    from_far = np.where((card >= 0) | (people["fate"] == "born").to_numpy(), 0.12, 0.8)
    return np.where(draw < from_far, far, np.where(draw < from_far + 0.2, near, here))


def _coded_births(people: pl.DataFrame, rng: np.random.Generator) -> Ints:
    """DDMMYY as a number, day + 40 for women; shape (people,)."""
    n = people.height
    off = np.where(rng.random(n) < 0.015, rng.integers(1, 400, n) * rng.choice([-1, 1], size=n), 0)
    code = people.select(birth=pl.col("birth") + pl.duration(days=pl.lit(pl.Series(off)))).select(
        day=pl.col("birth").dt.day().cast(pl.Int64),
        month=pl.col("birth").dt.month().cast(pl.Int64),
        year=pl.col("birth").dt.year().cast(pl.Int64) % 100,
    )
    sex = people["sex"].to_numpy()
    coded = np.where(rng.random(n) < 0.001, 3 - sex, sex)
    day = code["day"].to_numpy() + np.where(coded == 2, 40, 0)
    return np.asarray(day * 10_000 + code["month"].to_numpy() * 100 + code["year"].to_numpy(), dtype=np.int64)


def _numbered(region: Ints, birth: Ints, rng: np.random.Generator) -> list[str]:
    """Give serials to equal prefixes, from 0001 in order; now and then two people get the same serial."""
    frame = pl.DataFrame({"prefix": region * 1_000_000 + birth}).with_columns(
        serial=pl.int_range(1, pl.len() + 1).over("prefix")
    )
    clash = (frame["serial"].to_numpy() > 1) & (rng.random(frame.height) < 0.002)
    serial = frame["serial"].to_numpy() - clash
    return frame.select(
        nik=pl.col("prefix").cast(pl.String).str.zfill(12) + pl.Series(serial).cast(pl.String).str.zfill(4)
    )["nik"].to_list()


def _with_cards(people: pl.DataFrame, areas: Areas, rng: np.random.Generator) -> pl.DataFrame:
    """Family card numbers: region, day of recording, serial; 3 % of families got a new one since the extract."""
    family = people["family"].to_numpy()
    families = int(family.max()) + 1
    first = people.group_by("family", maintain_order=True).first()
    region = np.zeros(families, dtype=np.int64)
    region[first["family"].to_numpy()] = _regions(first, areas, rng)
    old = _cards(region, 2006, 14 * 365, rng)
    new = _cards(region, 2020, 250, rng)
    moved = np.zeros(families, dtype=np.bool_)
    moved[family[(people["fate"] == "moved_in").to_numpy() & (people["shdk"] == 1).to_numpy()]] = True
    now = np.where((rng.random(families) < 0.03) | moved, new, old)
    return _with_split_cards(people.with_columns(kk=pl.Series(old[family]), kk_now=pl.Series(now[family])), region, rng)


def _with_split_cards(people: pl.DataFrame, region: Ints, rng: np.random.Generator) -> pl.DataFrame:
    """Give people who left a family within the city their own card: all who parted, half of those who moved."""
    parts = people.filter("alone").unique("hh", keep="first", maintain_order=True).select("hh", "family", "parted")
    number = _cards(region[parts["family"].to_numpy()], 2020, 250, rng, first_serial=5001)
    has_own = parts["parted"] | pl.Series(rng.random(parts.height) < _OWN_CARD)
    own = parts.select("hh", own_kk=pl.when(has_own).then(pl.Series(number)))
    return (
        people.join(own, on="hh", how="left", maintain_order="left")
        .with_columns(kk_now=pl.coalesce("own_kk", "kk_now"))
        .drop("own_kk")
    )


def _cards(region: Ints, year: int, days: int, rng: np.random.Generator, first_serial: int = 1) -> npt.NDArray[np.str_]:
    day = np.datetime64(f"{year}-01-01") + rng.integers(0, days, len(region)).astype("timedelta64[D]")
    frame = pl.DataFrame({"region": region, "day": day}).with_columns(pl.col("day").dt.strftime("%d%m%y"))
    frame = frame.with_columns(serial=first_serial + pl.int_range(pl.len()).over("region", "day"))
    card = pl.format("{}{}{}", pl.col("region").cast(pl.String), "day", pl.col("serial").cast(pl.String).str.zfill(4))
    return np.asarray(frame.select(card=card)["card"].to_list())

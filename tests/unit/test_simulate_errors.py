"""How people are written down in a simulated city: each error at its rate, none without it, and a truth beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from satu.simulate import mistakes
from satu.simulate.areas import CITIES, Areas, lay_out
from satu.simulate.babies import unnamed
from satu.simulate.errors import INTERVIEW, ONLINE, Rates, record, written_twice
from satu.simulate.people import populate
from satu.simulate.registry import registered

NOTHING = replace(Rates().times(0), title=0.0)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def about(share: float, size: int) -> object:
    """A share as it comes out of so many draws, give or take four standard deviations."""
    return pytest.approx(share, abs=4 * (share * (1 - share) / size) ** 0.5)


@pytest.fixture(scope="module")
def areas() -> Areas:
    return lay_out(CITIES["3371"], 0.25, rng())


@pytest.fixture(scope="module")
def people(areas: Areas) -> pl.DataFrame:
    return populate(areas, 30_000, rng())


@pytest.fixture(scope="module")
def listed(people: pl.DataFrame, areas: Areas) -> pl.DataFrame:
    return registered(people, areas, rng())


def test_names_are_as_many_as_in_a_real_city(people: pl.DataFrame) -> None:
    first = people["name"].str.split(" ").list.first()
    assert first.n_unique() > 800
    assert people["name"].n_unique() / people.height > 0.6
    assert first.value_counts()["count"].max() > 100  # and the common ones are common


def test_some_have_two_niks_on_one_card(people: pl.DataFrame, listed: pl.DataFrame) -> None:
    lines = listed.group_by("true_id", "listed_kk").agg(
        pl.len(), pl.col("nik"), pl.col("name"), pl.col("sls").n_unique()
    )
    twice = lines.filter(pl.col("len") > 1)
    assert twice.height / lines.height == about(0.003, lines.height)
    assert set(twice["len"]) == {2}
    assert set(twice["sls"]) == {1}
    first, second = twice["nik"].list.get(0), twice["nik"].list.get(1)
    assert (first != second).all()
    assert (first.str.slice(6) == second.str.slice(6)).mean() == about(0.6, twice.height)
    longer = twice["name"].list.get(1).str.len_chars() > twice["name"].list.get(0).str.len_chars()
    assert longer.mean() == about(0.2, twice.height)
    numbers = pl.concat([people.select("true_id", "nik"), people.select("true_id", nik="nik2")]).drop_nulls()
    owners = numbers.group_by("nik").agg(pl.col("true_id").n_unique())
    assert (owners["true_id"] > 1).mean() < 0.003  # what the registry gave to two people by mistake


def test_many_old_people_have_a_birthday_that_stands_for_none(people: pl.DataFrame) -> None:
    day, age = people["birth"].dt.to_string("%m-%d"), people["age"]
    default = day.is_in(["01-01", "07-01", "12-31"])
    old = age >= 50
    assert default.filter(old).mean() == about(0.05 + 3 / 365, old.sum())
    assert default.filter(age < 25).mean() == about(3 / 365, (age < 25).sum())
    born = people["birth"].dt.to_string("%d%m%y")
    told = people["nik"].str.slice(6, 6)
    assert (told == born).filter(old & (people["sex"] == 1)).mean() > 0.97


def test_couples_part_and_each_has_a_card(people: pl.DataFrame) -> None:
    parted = people.filter("parted")
    wives = people.filter((pl.col("shdk") == 3) & (pl.col("fate") == "resident") & pl.col("is_resident"))
    assert wives["parted"].mean() == about(0.01, wives.height)
    assert set(parted["shdk"]) == {3, 4}
    groups = parted.group_by("hh").agg(pl.col("kk_now").n_unique(), pl.col("home").n_unique(), pl.col("kk").n_unique())
    assert {*groups["kk_now"], *groups["home"], *groups["kk"]} == {1}
    left = people.filter(~pl.col("parted")).group_by("family").agg(left=pl.col("kk_now").first())
    moved = parted.filter("alone").join(left, on="family")
    assert moved.height > 10
    assert (moved["kk_now"] != moved["left"]).all()


def test_babies_have_no_name_at_first(people: pl.DataFrame) -> None:
    born, mother, twin = date(2020, 8, 20), ["SITI AMINAH", None], [1, 2]
    babies = pl.DataFrame({"name": "A", "birth": born, "sex": [1, 2], "mother_name": mother, "twin_no": twin})
    many = pl.concat([babies] * 500)
    on_the_day = unnamed(many, pl.lit(232), rng())["name"]
    assert (on_the_day != "A").mean() == about(0.6, 1000)
    assert set(on_the_day) == {
        "A", "BY NY SITI AMINAH 1", "BY. NY. SITI AMINAH 1", "BAYI NY SITI AMINAH 1", "BAYI SITI AMINAH 1",
        "BAYI PEREMPUAN 2",
    }  # fmt: skip
    assert (unnamed(many, pl.lit(232 + 45), rng())["name"] != "A").mean() == about(0.6 / 2.718, 1000)
    assert set(unnamed(many, pl.lit(231), rng())["name"]) == {"A"}  # not born yet
    grown = people.filter(pl.col("birth") < date(2018, 1, 1))
    assert unnamed(grown, pl.lit(250), rng())["name"].equals(grown["name"])
    twins = people.filter(pl.col("twin_no") > 0)
    assert twins.group_by("family", "birth").agg(pl.col("twin_no").sort())["twin_no"].to_list().count([1, 2]) > 20


@pytest.mark.parametrize(("rates", "within"), [(ONLINE, "hh"), (INTERVIEW, "family")])
def test_a_return_lists_somebody_twice(people: pl.DataFrame, rates: Rates, within: str) -> None:
    members = people.sort(within).with_columns(no_urut=pl.int_range(1, pl.len() + 1).over(within))
    lines = written_twice(members, rates, rng(), within)
    again, returns = lines.filter("again"), members[within].n_unique()
    assert again.height / returns == about(0.004, returns)
    assert again[within].n_unique() == again.height
    assert lines.filter(~pl.col("again")).drop("again").equals(members)
    size = members.group_by(within).len()
    told = again.join(size, on=within).join(members, on=[within, "true_id"], how="semi")
    assert (told["no_urut"] == told["len"] + 1).sum() == again.height


def test_a_second_line_differs_from_the_first(people: pl.DataFrame) -> None:
    some = people.filter(pl.col("nik").is_not_null() & pl.col("nik2").is_null())
    told = record(some.with_columns(again=pl.lit(value=True)), NOTHING, rng())
    assert (told["r_nik"].str.len_chars() < 16).mean() == about(0.4, some.height)
    assert 0.33 < (told["r_name"] != told["name"]).mean() < 0.36  # transposing two equal letters changes nothing


NAMES = {
    "name_old_spelling": (pl.col("birth").dt.year() < 1960, 0.65),
    "name_nickname": (pl.col("birth").is_not_null(), 0.75),
    "name_order": (pl.col("name").str.contains(" "), 0.99),
    "name_alias": (pl.col("birth").is_not_null(), 1.0),
    "name_father": (pl.col("birth").is_not_null(), 1.0),
    "name_address": (pl.col("birth").is_not_null(), 1.0),
    "name_missing": (pl.col("birth").is_not_null(), 1.0),
}


@pytest.mark.parametrize("kind", NAMES)
def test_names_are_written_in_other_ways(people: pl.DataFrame, kind: str) -> None:
    eligible, least = NAMES[kind]
    told = record(people, replace(NOTHING, **{kind: 0.2}), rng()).with_columns(
        changed=pl.col("r_name") != pl.col("name")
    )
    assert not told.filter(~eligible)["changed"].any()
    share = told.filter(eligible)["changed"].mean()
    assert 0.2 * least * 0.9 < share < 0.22
    kept = record(people, NOTHING, rng())
    assert kept["r_name"].equals(kept["name"].alias("r_name"))


def test_what_the_other_ways_look_like() -> None:
    assert {mistakes.old_spelling("COKRO JOYO SUNYOTO", rng(seed)) for seed in range(20)} == {
        "TJOKRO DJOJO SOENJOTO",
        "COKRO JOYO SOENYOTO",
    }
    assert {mistakes.nickname("SUGIYONO", rng(seed)) for seed in range(5)} == {"YONO"}
    assert {mistakes.nickname("SRI WAHYUNI", rng(seed)) for seed in range(40)} == {"SRI", "YUNI", "SRI WAHYUNI"}
    assert {mistakes.reordered("SIOE LIONG LIM", rng(seed)) for seed in range(20)} == {
        "LIM SIOE LIONG",
        "LIM, SIOE LIONG",
    }
    assert mistakes.reordered("SLAMET", rng()) == "SLAMET"
    assert {mistakes.addressed("A", sex, 40, rng(s)).split(" ")[0] for sex in (1, 2) for s in range(40)} == {
        "TN.", "BPK", "BAPAK", "SDR.", "PAK", "NY", "NY.", "IBU", "SDRI.", "BU",
    }  # fmt: skip
    assert mistakes.child_of("SITI", 2, rng()).startswith("SITI BINTI ")


def test_a_childs_nik_is_copied_from_the_line_above(people: pl.DataFrame) -> None:
    told = record(people, replace(NOTHING, nik_sibling=0.5), rng())
    copied = told.filter((pl.col("r_nik") != pl.col("nik")) & pl.col("nik2").is_null())
    younger = people.filter(pl.col("sibling_nik").is_not_null())
    assert set(copied["shdk"]) == {4}
    assert copied.height / younger.height == pytest.approx(0.5, abs=0.03)
    owner = copied.join(people.select(r_nik="nik", owner="family"), on="r_nik")
    assert (owner["owner"] == owner["family"]).mean() > 0.99


def test_a_day_that_is_not_known_is_the_first_or_last_of_a_year(people: pl.DataFrame) -> None:
    told = record(people, replace(NOTHING, birth_default=0.5), rng())
    changed = told.filter(pl.col("r_birth") != pl.col("birth").dt.to_string("%Y-%m-%d"))
    assert set(changed["r_birth"].str.slice(5)) == {"01-01", "07-01", "12-31"}
    assert (changed["r_birth"].str.slice(0, 4).cast(pl.Int32) == changed["birth"].dt.year()).all()
    assert changed["age"].min() >= 1
    grown = people.filter(pl.col("age") >= 1).height
    assert changed.height / grown == pytest.approx(0.5, abs=0.03)

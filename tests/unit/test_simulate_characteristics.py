"""The simulated truth is a believable city: every household and person of it passes the edit rules."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from satu.contracts import load_contracts
from satu.simulate import simulate

if TYPE_CHECKING:
    from satu.simulate import Simulated

ROOT = Path(__file__).resolve().parents[2]
SCALE = 0.3
LEAST_AGES = {
    "primary": 11, "lower_secondary": 14, "upper_secondary": 17, "diploma_1_2": 19, "diploma_3": 19, "bachelor": 20,
    "master": 22, "doctorate": 25,
}  # fmt: skip
MARRIED = pl.col("marital_status") == "married"


@pytest.fixture(scope="module", params=["3371", "1671"])
def drop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Three tenths of Kota Magelang and a fiftieth of Kota Palembang, 33 to 36 thousand residents each."""
    scale = {"3371": SCALE, "1671": 0.02}[request.param]
    return simulate(tmp_path_factory.mktemp(request.param), city=request.param, scale=scale)


@pytest.fixture(scope="module")
def people(drop: Simulated) -> pl.DataFrame:
    """Residents, with age, age in months and the age and sex of their head."""
    person = pl.read_parquet(drop.truth / "person.parquet").filter("is_resident")
    born = pl.col("birth_date")
    birthday = (born.dt.month() < 10) & ((born.dt.month() < 9) | (born.dt.day() <= 30))
    person = person.with_columns(
        age=date(2020, 9, 30).year - born.dt.year() - (~birthday).cast(pl.Int32),
        months=(2020 - born.dt.year()) * 12 + 9 - born.dt.month(),
    )
    heads = person.filter(pl.col("relationship") == "head").select(
        "household", head_age="age", head_sex="sex", head_marital="marital_status"
    )
    return person.join(heads, on="household", how="left", maintain_order="left")


def having(people: pl.DataFrame, *relationships: str) -> pl.DataFrame:
    found = people.filter(pl.col("relationship").is_in(relationships))
    assert found.height > 20
    return found


def test_every_household_has_one_head_who_is_grown(people: pl.DataFrame) -> None:
    heads = people.group_by("household").agg((pl.col("relationship") == "head").sum().alias("heads"), pl.len())
    assert set(heads["heads"]) == {1}
    assert people["head_age"].min() >= 17
    alone = people.join(heads.filter(pl.col("len") == 1), on="household", how="semi")
    assert set(alone["relationship"]) == {"head"}


def test_a_spouse_is_one_of_the_other_sex_and_both_are_married(people: pl.DataFrame) -> None:
    spouses = having(people, "spouse")
    assert spouses["household"].is_unique().all()
    assert (spouses["sex"] != spouses["head_sex"]).all()
    assert spouses.select(MARRIED & (pl.col("head_marital") == "married")).to_series().all()
    assert (spouses["age"] - spouses["head_age"]).abs().max() < 49
    assert 2 < (spouses["head_age"] - spouses["age"]).mean() < 5


def test_generations_are_years_apart(people: pl.DataFrame) -> None:
    children = having(people, "child")
    gap = children["head_age"] - children["age"]
    assert gap.min() >= 12
    assert (gap < 15).mean() < 0.001
    mothers = having(people, "head", "spouse").filter(pl.col("sex") == 2).select("household", mother_age="age")
    births = children.join(mothers, on="household").select(pl.col("mother_age") - pl.col("age")).to_series()
    assert births.min() >= 12
    assert births.max() <= 54
    parents = having(people, "parent")
    assert (parents["age"] - parents["head_age"]).min() >= 12
    grandchildren = having(people, "grandchild")
    assert (grandchildren["head_age"] - grandchildren["age"]).min() >= 26
    assert grandchildren["head_age"].min() >= 34
    by_marriage = having(people, "child_in_law")
    assert by_marriage["age"].min() >= 15
    assert (by_marriage["marital_status"] != "never_married").all()


def test_nobody_marries_as_a_child(people: pl.DataFrame) -> None:
    assert set(people.filter(pl.col("age") < 16)["marital_status"]) == {"never_married"}
    widowed = people.group_by(old=pl.col("age") >= 65).agg((pl.col("marital_status") == "widowed").mean())
    shares = dict(widowed.iter_rows())
    assert shares[True] > 0.2 > 0.05 > shares[False]


def test_schooling_follows_the_age(people: pl.DataFrame) -> None:
    for level, least in LEAST_AGES.items():
        assert people.filter(pl.col("education") == level)["age"].min() >= least, level
    assert set(people.filter(pl.col("age") < 5)["education"]) == {"none"}
    ranks = {name: rank for rank, name in enumerate(["none", "some_primary", *LEAST_AGES])}
    couple = having(people, "spouse").join(
        having(people, "head").select("household", head_education="education"), on="household"
    )
    both = couple.select(pl.col("education", "head_education").replace_strict(ranks, return_dtype=pl.Int64))
    assert both.select(pl.corr("education", "head_education")).item() > 0.4


def test_only_who_works_has_a_job(people: pl.DataFrame) -> None:
    small = pl.col("age") < 5
    assert people.filter(small)["activity"].null_count() == people.filter(small).height
    assert people.filter(~small)["activity"].null_count() == 0
    works = pl.col("activity") == "working"
    assert people.filter(works)["age"].min() >= 10
    assert people.filter(works & (pl.col("age") < 15)).height / people.filter(pl.col("age") < 15).height < 0.01
    for column in ("occupation", "employment_status"):
        assert people.filter(works)[column].null_count() == 0
        assert people.filter(~works.fill_null(value=False))[column].drop_nulls().is_empty()
    with (ROOT / "dbt_project" / "seeds" / "answer_category.csv").open() as seed:
        groups = {row["category"] for row in csv.DictReader(seed) if row["variable"] == "occupation"}
    assert set(people["occupation"].drop_nulls()) == groups - {"not_working"}
    grown = people.filter(pl.col("age").is_between(25, 54)).group_by("sex").agg(works.mean())
    men, women = (dict(grown.iter_rows())[sex] for sex in (1, 2))
    assert men > 0.9 > 0.7 > women > 0.4


def test_nobody_stays_longer_than_they_live(people: pl.DataFrame) -> None:
    assert (people["months_of_stay"] <= people["months"] + 1).all()
    assert people["months_of_stay"].min() >= 0
    assert 0.2 < (people["months_of_stay"] >= people["months"] - 1).mean() < 0.5


def test_relatives_share_religion_and_mostly_the_ethnic_group(people: pl.DataFrame) -> None:
    heads = having(people, "head").select("household", head_religion="religion", head_ethnicity="ethnicity")
    couples = having(people, "spouse").join(heads, on="household")
    assert (couples["religion"] == couples["head_religion"]).mean() > 0.98
    assert 0.85 < (couples["ethnicity"] == couples["head_ethnicity"]).mean() < 0.99
    young, old = (people.filter(pl.col("age").is_between(*ages)) for ages in ((5, 20), (50, 99)))
    assert (young["language"] == "indonesian").mean() > 1.3 * (old["language"] == "indonesian").mean()


def test_foreigners_have_no_number_of_a_citizen(drop: Simulated) -> None:
    person = pl.read_parquet(drop.truth / "person.parquet")
    foreign = person.filter(pl.col("citizenship") == "foreign")
    assert 0 < foreign.height < person.height / 1000
    assert foreign["nik"].null_count() == foreign.height


def stated_categories(feed: str) -> dict[str, set[str]]:
    columns = load_contracts(ROOT / "contracts")[feed].columns
    return {column.businessName: set(column.customProperties.codes.values()) for column in columns}


def test_the_truth_is_complete_and_in_the_words_of_the_contracts(drop: Simulated, people: pl.DataFrame) -> None:
    asked = ("relationship", "religion", "education", "marital_status", "activity", "employment_status", "citizenship")
    categories = stated_categories("online_person")
    for column in asked:
        assert set(people[column].drop_nulls()) <= categories[column], column
    for column in ("relationship", "religion", "ethnicity", "language", "education", "marital_status", "birth_place"):
        assert people[column].null_count() == 0, column
    homes = pl.read_parquet(drop.truth / "household.parquet")
    assert set(homes["household"]) == set(people["household"])
    assert homes["household"].is_unique().all()
    categories = stated_categories("online_household")
    for column in ("tenure", "electricity", "water", "toilet", "floor"):
        assert homes[column].null_count() == 0
        assert set(homes[column]) <= categories[column], column
    places = people.group_by("household").agg(pl.col("kode_sls").n_unique(), pl.col("kode_sls").first().alias("at"))
    assert set(places["kode_sls"]) == {1}
    assert homes.join(places, on="household").select((pl.col("kode_sls") == pl.col("at")).all()).item()
    away = pl.read_parquet(drop.truth / "person.parquet").filter(~pl.col("is_resident"))
    assert away["household"].null_count() == away["relationship"].null_count() == away.height


def test_ages_and_sexes_are_those_of_the_census(people: pl.DataFrame) -> None:
    age, men = people["age"].to_numpy(), (people["sex"] == 1).to_numpy()
    assert (age < 15).mean() == pytest.approx(0.2333, abs=0.006)
    assert (age >= 65).mean() == pytest.approx(0.0595, abs=0.004)
    assert 97 < 100 * men.sum() / (~men).sum() < 108
    year = people["birth_date"].dt.year().to_numpy()
    bounds, shares = [1900, 1946, 1965, 1981, 1997, 2013, 2021], [0.0187, 0.1156, 0.2188, 0.2587, 0.2794, 0.1088]
    assert np.histogram(year, bounds)[0] / len(year) == pytest.approx(np.array(shares), abs=0.006)
    assert un_index(age, men) < 20
    middle = (age >= 23) & (age <= 62)
    assert 103 < 500 * np.isin(age[middle] % 5, [0]).mean() < 117


def un_index(age: np.ndarray, men: np.ndarray) -> float:
    """The age-sex accuracy index of the United Nations, as dbt_project/macros/age_quality.sql has it."""
    counts = [np.histogram(age[group], range(0, 85, 5))[0].astype(float) for group in (men, ~men)]
    ratio = 100 * counts[0][1:15] / counts[1][1:15]
    ages = [np.abs(200 * c[2:14] / (c[1:13] + c[3:15]) - 100).mean() for c in counts]
    return float(3 * np.abs(np.diff(ratio)).mean() + sum(ages) - (3500 / len(age) ** 0.5 - 3.5))


def test_households_are_of_every_kind(people: pl.DataFrame) -> None:
    sizes = people.group_by("household").len()["len"]
    assert 3.1 < sizes.mean() < 3.9
    assert 0.07 < (sizes == 1).mean() < 0.18
    assert sizes.max() <= 15
    kinds = dict(people["relationship"].value_counts(normalize=True).iter_rows())
    assert set(kinds) == {
        "head", "spouse", "child", "child_in_law", "grandchild", "parent", "domestic_worker", "other",
    }  # fmt: skip
    assert 0.35 < kinds["child"] < 0.45
    assert kinds["grandchild"] + kinds["parent"] + kinds["child_in_law"] > 0.05

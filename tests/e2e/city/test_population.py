"""Who the published tables say lives here, held against the people that the simulator drew."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest

from support import Published

REFERENCE = date(2020, 9, 30)
SEX = {1: "male", 2: "female"}


@pytest.fixture(scope="module")
def residents(published: Published) -> pl.DataFrame:
    """The true residents with their completed years, computed another way than in the warehouse."""
    people = pl.read_parquet(published.truth / "person.parquet").filter("is_resident")
    born = pl.col("birth_date")
    had_birthday = born.dt.to_string("%m%d") <= f"{REFERENCE:%m%d}"
    age = REFERENCE.year - born.dt.year() - 1 + had_birthday.cast(pl.Int32)
    return people.with_columns(age=age, sex=pl.col("sex").replace_strict(SEX))


def differing(found: Mapping[Any, int], expected: Mapping[Any, int]) -> int:
    """How many are in another cell than they should be, cells that are withheld left out."""
    shown = {key: count for key, count in found.items() if count is not None}
    return sum(abs(count - expected.get(key, 0)) for key, count in shown.items())


def test_ages_and_sexes_are_those_of_the_people(published: Published, residents: pl.DataFrame) -> None:
    first_age = pl.min_horizontal(pl.col("age") // 5 * 5, 75)
    expected = {(sex, first): n for sex, first, n in residents.group_by("sex", first_age).len().iter_rows()}
    found = published.rows(
        "select sex, age_group, person_count from published.population_by_age_sex"
        " where area_level = 'regency' and 'total' not in (sex, age_group)"
    )
    known = {(sex, int(group[:2])): count for sex, group, count in found if group != "unknown"}
    assert known.keys() == expected.keys()
    assert differing(known, expected) <= 0.03 * residents.height


def test_single_ages_are_those_of_the_people(published: Published, residents: pl.DataFrame) -> None:
    expected = {(sex, age): n for sex, age, n in residents.group_by("sex", "age").len().iter_rows()}
    exact = {
        (sex, age): count
        for sex, age, count in published.rows(
            "select sex, case when age > 100 then 100 else age end, sum(person_count)::int"
            " from population.person_count_by_age"
            " where area_level = 'regency' group by 1, 2"
        )
    }
    assert differing(exact, expected) <= 0.04 * residents.height
    shown = {
        (sex, age): count
        for sex, age, count in published.rows(
            "select sex, age, person_count from published.population_by_single_age where sex <> 'total'"
        )
    }
    assert shown.keys() == exact.keys()
    assert all(abs(count - exact[cell]) <= 4 for cell, count in shown.items() if count is not None)


def test_indicators_are_those_of_the_people(published: Published, residents: pl.DataFrame) -> None:
    def percent(part: pl.Expr, whole: pl.Expr) -> float:
        return 100 * residents.filter(part).height / residents.filter(whole).height

    age = pl.col("age")
    young, working, old = age < 15, age.is_between(15, 64), age >= 65
    [found] = published.rows(
        "select sex_ratio, young_person_percent, old_person_percent, young_dependency_ratio, old_dependency_ratio,"
        " total_dependency_ratio, population_density from published.population_indicator where area_level = 'regency'"
    )
    expected = (
        percent(pl.col("sex") == "male", pl.col("sex") == "female"),
        percent(young, age >= 0),
        percent(old, age >= 0),
        percent(young, working),
        percent(old, working),
        percent(young | old, working),
    )
    assert [float(value) for value in found[:6]] == pytest.approx(expected, rel=0.02)
    assert found[6] is None  # nobody delivers the surface of these work areas


def test_households_are_those_of_the_people(published: Published, residents: pl.DataFrame) -> None:
    true = residents.group_by("kode_sls", "kk").agg(size=pl.len().clip(upper_bound=6))
    expected = dict(true.group_by("size").len().iter_rows())
    found = {
        int(group[0]): count
        for group, count in published.rows(
            "select size_group, household_count from published.household_by_size"
            " where area_level = 'regency' and size_group <> 'total'"
        )
    }
    assert found.keys() == expected.keys()
    # A family that parted has two cards, of which the sources know one or both; published cells are off by up to 3.
    assert sum(found.values()) == pytest.approx(true.height, rel=0.015)
    assert differing(found, expected) <= 0.03 * true.height
    [(mean,)] = published.rows(
        "select average_household_size from published.population_indicator where area_level = 'regency'"
    )
    assert float(mean) == pytest.approx(residents.height / true.height, rel=0.015)


def test_heads_are_the_households(published: Published) -> None:
    [(heads, households)] = published.rows(
        "select sum(household_count), (select household_count from published.population_indicator"
        " where area_level = 'regency') from published.household_by_head"
        " where area_level = 'regency' and 'total' not in (head_sex, head_age_group)"
    )
    assert 0.98 * households <= heads <= 1.02 * households


def test_every_rate_says_what_it_is(published: Published) -> None:
    rates = published.rows(
        "select table_name, column_name from information_schema.columns where table_schema = 'published'"
        " and column_name ~ '_(percent|ratio|index|density|size)$'"
    )
    told = published.rows(
        "select dataset_id, variable_name from published.indicator_metadata"
        " where length(definition) > 10 and unit <> '' and computation <> '' and intended_use <> ''"
    )
    assert len(rates) > 20
    assert sorted(told) == sorted(rates)

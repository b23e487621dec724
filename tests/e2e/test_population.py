"""Who the published tables say lives here, held against the people that the simulator drew."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
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
        "select sex, age_group, person_count from published.population_by_age_sex where area_level = 'regency'"
    )
    known = {(sex, int(group[:2])): count for sex, group, count in found if group != "unknown"}
    assert known.keys() == expected.keys()
    assert differing(known, expected) <= 0.03 * residents.height


def test_single_ages_are_those_of_the_people_and_agree_with_the_groups(
    published: Published, residents: pl.DataFrame
) -> None:
    expected = {(sex, age): n for sex, age, n in residents.group_by("sex", "age").len().iter_rows()}
    found = {
        (sex, age): count
        for sex, age, count in published.rows("select sex, age, person_count from published.population_by_single_age")
    }
    assert differing(found, expected) <= 0.04 * residents.height
    assert sum(filter(None, found.values())) >= 0.97 * residents.height
    by_group = published.rows(
        "select sex, age_group, person_count from published.population_by_age_sex where area_level = 'regency'"
    )
    for sex, group, count in by_group:
        ages = [] if group == "unknown" else range(int(group[:2]), int(group[:2]) + 5 if group != "75+" else 101)
        parts = [found[sex, age] for age in ages if (sex, age) in found]
        if parts and None not in parts:
            assert sum(parts) == count, (sex, group)


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
            "select size_group, household_count from published.household_by_size where area_level = 'regency'"
        )
    }
    assert found.keys() == expected.keys()
    assert sum(found.values()) == pytest.approx(true.height, rel=0.01)
    assert differing(found, expected) <= 0.03 * true.height
    [(mean,)] = published.rows(
        "select average_household_size from published.population_indicator where area_level = 'regency'"
    )
    assert float(mean) == pytest.approx(residents.height / true.height, rel=0.01)


def test_heads_are_the_households(published: Published) -> None:
    [(heads, households)] = published.rows(
        "select sum(household_count), (select household_count from published.population_indicator"
        " where area_level = 'regency') from published.household_by_head where area_level = 'regency'"
    )
    assert 0.98 * households <= heads <= households


def test_no_small_count_comes_out_of_what_is_published(published: Published) -> None:
    """A withheld cell is known where some combination of known sums holds it alone: linear algebra finds it."""
    totals = {
        area: sums
        for area, *sums in published.rows(
            "select area_code, person_count, male_person_count, female_person_count, young_person_count,"
            " working_age_person_count, old_person_count from published.population_indicator"
        )
    }
    sexes = {
        (area, sex): count
        for area, sex, count in published.rows("select area_code, sex, person_count from published.age_quality")
    }
    cells: dict[str, list[tuple[str, str, bool]]] = {}
    for area, sex, group, is_small in published.rows(
        "select area_code, sex, age_group, mart.person_count < 5 from published.population_by_age_sex as shown"
        " inner join population.population_by_age_sex as mart using (area_level, area_code, sex, age_group)"
        " left join published.coverage_estimate as estimate using (area_level, area_code, sex, age_group)"
        " where shown.is_suppressed and estimate.counted_person_count is null"
    ):
        cells.setdefault(area, []).append((sex, group, is_small))
    assert sum(is_small for withheld in cells.values() for *_, is_small in withheld) > 20
    for area, withheld in cells.items():
        in_sum = [
            [1.0 for _ in withheld],
            *([float(sex == wanted) for sex, *_ in withheld] for wanted in ("male", "female")),
            *([float(part(group) == wanted) for _, group, _ in withheld] for wanted in ("young", "working_age", "old")),
            *([float(sex == wanted) for sex, *_ in withheld] for wanted in ("male", "female")),
        ]
        told = [*totals[area], sexes.get((area, "male")), sexes.get((area, "female"))]
        known = np.array([row for row, total in zip(in_sum, told, strict=True) if total is not None])
        for number, (sex, group, is_small) in enumerate(withheld):
            alone = np.eye(len(withheld))[number]
            is_known = np.linalg.matrix_rank(np.vstack([known, alone])) == np.linalg.matrix_rank(known)
            assert not (is_small and is_known), (area, sex, group)


def part(group: str) -> str:
    """The broad age group of a five-year one."""
    first = 999 if group == "unknown" else int(group[:2])
    return "young" if first < 15 else "working_age" if first < 65 else "old" if first < 999 else "unknown"


@pytest.mark.parametrize("view", ["household_by_size", "household_by_head"])
def test_no_withheld_households_stand_alone(published: Published, view: str) -> None:
    areas = published.rows(f"select count(*) filter (where is_suppressed) from published.{view} group by area_code")
    assert any(withheld > 1 for (withheld,) in areas)
    assert (1,) not in areas


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


def test_the_page_shows_what_the_views_say(published: Published) -> None:
    from satu.export.page import number

    page = (published.settings.releases_dir / str(published.outcome.release_id) / "index.html").read_text()
    sections = dict(re.findall(r'<h2 id="(\w+)">.*?</h2>(.*?)</section>', page, re.DOTALL))
    for view, query in (
        ("population_indicator", "select sex_ratio, total_dependency_ratio from published.population_indicator"),
        ("age_quality", "select whipple_index, myers_blended_index from published.age_quality where sex = 'total'"),
    ):
        area = "and" if "where" in query else "where"
        for row in published.rows(f"{query} {area} area_level in ('regency', 'district')"):
            assert all(f"<td>{number(value)}</td>" in sections[view] for value in row), view

"""What `satu bench edit` computes from answers, and how it damages them."""

import polars as pl
import pytest

from satu.bench.edit_damage import damage
from satu.bench.edit_households import pairs
from satu.bench.edit_measures import distance, wald
from satu.bench.edit_truth import VARIABLES, true_city


def test_the_distance_of_distributions_is_half_the_sum_of_differences() -> None:
    assert distance(pl.Series(["a", "a", "b", None]), pl.Series(["a", "b", "b", "c"])) == pytest.approx(0.5)


def test_a_shift_is_rejected_and_an_exchange_is_not() -> None:
    true = pl.Series(["a", "b", "c"] * 100)
    assert wald(pl.Series(["b", "a", "c"] * 100), true) == pytest.approx(1.0)
    assert wald(pl.Series(["a", "a", "c"] * 100), true) < 0.01
    assert wald(true, true) == 1.0


def test_pairs_are_of_residents_who_are_counted() -> None:
    found = pl.DataFrame({"person_id": [1, 2, 3, 4], "household_id": [1, 1, 1, 4], "true_id": [11, 12, 13, 14]})
    people = pl.DataFrame(
        {"true_id": [11, 12, 13, 14, 15], "household": [7, 7, 8, 7, 7], "is_resident": [True, True, True, True, True]}
    )
    assert pairs(found, people) == (3, 3, 1)


def test_damage_takes_values_away_and_plants_one_contradiction_a_household() -> None:
    city = true_city(0.02, 1)
    damaged = damage(city, 1)
    assert damaged.stated.equals(damage(city, 1).stated)
    missing = [1 - damaged.stated[name].count() / city.people[name].count() for name in VARIABLES]
    assert 0.08 < sum(missing) / len(missing) < 0.12
    planted = damaged.planted
    assert planted.height == round(0.01 * city.people.height) == planted["household_id"].n_unique()
    for person, field in planted.select("person_id", "field").iter_rows():
        is_planted = pl.col("person_id") == person
        stated, true = (frame.filter(is_planted)[field][0] for frame in (damaged.stated, city.people))
        assert stated != true

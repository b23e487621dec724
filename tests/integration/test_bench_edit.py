"""`satu bench edit` with one small city, and what it computes."""

import polars as pl
import pytest

from satu import settings
from satu.bench.edit import bench_edit, by_variable
from satu.bench.edit_truth import VARIABLES

pytestmark = pytest.mark.long


def test_a_city_is_damaged_and_edited() -> None:
    said: list[str] = []
    found = bench_edit(settings.load(), 1, 0.02, said.append)
    assert found.contradictions["recall"] > 0.8
    assert found.contradictions["precision"] > 0.5
    assert 0 <= found.changed_right_values < 0.02
    assert 0 < found.fields_per_failure < 3
    assert list(found.distance) == list(found.accuracy) == list(VARIABLES)
    assert all(0 <= share <= 1 for shares in found.distance.values() for share in shares.values())
    assert all((found.accuracy[name]["satu"] or 0) > 0.9 for name in ("sex", "age", "citizenship"))
    assert 0 < found.wald_passed <= 1
    assert min(found.households.values()) > 0.5
    assert 1 <= found.donor_uses_most <= 5
    assert found.seeds == 1
    assert found.seconds > 0
    assert pl.DataFrame(by_variable(found)).height == len(VARIABLES)
    assert any(line.startswith("seed 1: 2,431 people") for line in said)

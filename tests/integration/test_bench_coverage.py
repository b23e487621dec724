"""`satu bench coverage` with two cities, each in a database of its own on one server."""

import pytest

from satu import settings
from satu.bench.coverage import bench_coverage

pytestmark = pytest.mark.long


def test_two_cities_are_estimated() -> None:
    said: list[str] = []
    found = bench_coverage(settings.load(), 2, said.append)
    assert (found.simulations, found.seeds, found.intervals_covering) == (2, [1, 2], 2)
    assert 0 <= found.honest_alarms <= 2
    assert 1 <= found.fabricator_first <= 2
    assert sorted(line.split(":")[0] for line in said if " estimated " in line) == ["seed 1", "seed 2"]

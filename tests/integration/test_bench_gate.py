"""`satu bench gate` with one kind of mistake, in a database of its own."""

import pytest

from satu import settings
from satu.bench.gate import bench_gate

pytestmark = pytest.mark.long


def test_a_village_that_is_missing_is_caught() -> None:
    said: list[str] = []
    found = bench_gate(settings.load(), 0, ["village missing from one feed"], said.append)
    assert found.planted == {"village missing from one feed": ["completeness.shortfall_score"]}
    assert (found.honest_releases, found.false_alarms, found.alarms) == (0, 0, {})
    assert said == ["village missing from one feed: completeness.shortfall_score"]

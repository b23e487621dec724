"""What `satu bench whole` computes from its measurements."""

import re
from itertools import pairwise

import pytest

from satu.bench.growth_plot import growth_svg
from satu.bench.whole import Size, exponents, percentile


def _size(records: int, seconds: dict[str, float], models: dict[str, float]) -> Size:
    return Size(1.0, records // 3, records, 1, seconds, models, 100, 100)


def test_an_exponent_is_the_slope_between_logarithms() -> None:
    sizes = [
        _size(1_000, {"load": 1.0, "gate": 2.0}, {"person": 1.0, "area": 0.1}),
        _size(10_000, {"load": 10.0, "gate": 2.0}, {"person": 100.0, "area": 0.2}),
    ]
    assert exponents(sizes) == {"load": 1.0, "gate": 0.0, "person": 2.0, "whole": pytest.approx(0.6)}


def test_one_size_has_no_exponents() -> None:
    assert exponents([_size(1_000, {"load": 1.0}, {})]) == {}


@pytest.mark.parametrize(
    ("values", "percent", "found"),
    [([], 95, 0.0), ([7.0], 95, 7.0), (list(range(1, 101)), 95, 95), ([3.0, 1.0, 2.0], 50, 2.0)],
)
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: list[float], percent: float, found: float) -> None:
    assert percentile(values, percent) == found


def test_the_picture_has_a_line_for_each_stage_that_rises_with_the_seconds() -> None:
    sizes = [_size(1_000, {"load": 1.0, "gate": 2.0}, {}), _size(100_000, {"load": 50.0, "gate": 2.0}, {})]
    lines = re.findall(r'<polyline points="([^"]+)"', growth_svg(sizes))
    heights = [[float(point.split(",")[1]) for point in line.split()] for line in lines]
    assert len(lines) == 3
    assert [all(b < a for a, b in pairwise(line)) for line in heights] == [True, False, True]

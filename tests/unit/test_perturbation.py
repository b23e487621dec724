"""The table of noise: what docs/disclosure.md says of it."""

import numpy as np
import pytest
import yaml
from scipy.optimize import fsolve

from satu import settings

PROJECT = yaml.safe_load((settings.load().project_dir / "dbt_project" / "dbt_project.yml").read_text())
TABLE: dict[int, dict[int, int]] = PROJECT["vars"]["perturbation"]
THRESHOLD: int = PROJECT["vars"]["disclosure_threshold"]


def moments(shares: dict[int, int]) -> tuple[float, float]:
    """Mean and variance of a noise, times 256 people."""
    return sum(v * n for v, n in shares.items()), sum(v * v * n for v, n in shares.items())


def most_entropy(count: int) -> dict[int, float]:
    """The distribution of most entropy with mean 0, variance min(3, count - 1), from max(-4, 1 - count) to 4."""
    values = np.arange(max(-4, 1 - count), 5)

    def weights(parameters: np.ndarray) -> np.ndarray:
        found = np.exp(parameters[0] * values + parameters[1] * values**2)
        return found / found.sum()

    def misses(parameters: np.ndarray) -> list[float]:
        found = weights(parameters)
        return [float(found @ values), float(found @ values**2 - min(3, count - 1))]

    return dict(zip(values.tolist(), (256 * weights(fsolve(misses, [0.0, -0.2]))).tolist(), strict=True))


@pytest.mark.parametrize("count", TABLE)
def test_noise_favours_nobody_and_keeps_its_bounds(count: int) -> None:
    shares = TABLE[count]
    mean, square = moments(shares)
    assert sum(shares.values()) == 256
    assert mean == 0
    assert square / 256 == pytest.approx(min(3, count - 1), abs=0.05)
    assert max(shares) <= 4
    assert min(shares) >= max(-4, 1 - count)  # somebody stays somebody: 0 is told of nobody only


@pytest.mark.parametrize("count", TABLE)
def test_noise_is_that_of_most_entropy(count: int) -> None:
    expected = most_entropy(count)
    assert {noise: TABLE[count].get(noise, 0) for noise in expected} == pytest.approx(expected, abs=1.5)


def test_every_count_from_two_on_has_its_noise() -> None:
    assert list(TABLE) == [2, 3, 4, 5]
    assert max(TABLE) == THRESHOLD

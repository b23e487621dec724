"""Decisions of reviewers that cannot all be true."""

import pytest

from satu.link.review import contradicted

SAME, DIFFERENT = True, False


@pytest.mark.parametrize(
    ("decisions", "overruled"),
    [
        ([], []),
        ([(1, 2, SAME), (2, 3, SAME), (4, 5, DIFFERENT)], []),
        ([(1, 3, DIFFERENT), (2, 3, SAME), (1, 2, SAME)], [2]),
        ([(1, 2, SAME), (2, 3, SAME), (1, 3, DIFFERENT)], [2]),
        ([(1, 2, SAME), (3, 4, SAME), (2, 4, DIFFERENT), (1, 5, SAME), (5, 3, SAME)], [4]),
        (
            [(1, 9, DIFFERENT), (1, 2, SAME), (2, 3, SAME), (9, 8, SAME), (8, 3, SAME), (8, 7, SAME), (7, 1, SAME)],
            [4, 6],
        ),
    ],
)
def test_what_stands_first_holds(decisions: list[tuple[int, int, bool]], overruled: list[int]) -> None:
    assert contradicted(decisions) == overruled


def test_a_long_chain_is_followed() -> None:
    chain = [(n, n + 1, SAME) for n in range(20_000)]
    assert contradicted([*chain, (0, 20_000, DIFFERENT)]) == [20_000]
    assert contradicted([(0, 20_000, DIFFERENT), *chain]) == [20_000]

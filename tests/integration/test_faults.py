"""Kill -9 in the middle of a load: run again, nothing is missing and nothing is there twice."""

import pytest

from soak.load import VICTIMS, arena, soak


@pytest.mark.parametrize("rounds", [len(VICTIMS), pytest.param(2 * len(VICTIMS), marks=pytest.mark.long)])
def test_a_killed_load_ends_as_an_undisturbed_one_when_it_is_run_again(rounds: int) -> None:
    with arena() as place:
        tally = soak(place, rounds=rounds, seed=7)
    assert (tally.rounds, tally.lost, tally.doubled) == (rounds, 0, 0)

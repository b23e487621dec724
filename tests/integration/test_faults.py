"""Kill -9 in the middle of a load: run again, nothing is missing and nothing is there twice."""

from soak.load import VICTIMS, arena, soak


def test_a_killed_load_ends_as_an_undisturbed_one_when_it_is_run_again() -> None:
    with arena() as place:
        tally = soak(place, rounds=2 * len(VICTIMS), seed=7)
    assert (tally.rounds, tally.lost, tally.doubled) == (2 * len(VICTIMS), 0, 0)

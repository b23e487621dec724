"""`make soak-release` in short: analysts read while releases change and the publisher is killed."""

import sys

import pytest

from soak.release import soak

pytestmark = pytest.mark.long


def test_every_statement_sees_one_release_whatever_is_killed() -> None:
    tally = soak(rounds=8, readers=5, seed=7)
    sys.stdout.write(f"{tally}\n")
    assert (tally.releases, tally.readers, tally.torn, tally.failed) == (8, 5, 0, 0)
    assert tally.reads > 0
    assert tally.kills > 0


def test_the_order_that_was_tried_first_would_be_seen() -> None:
    """The pointer moves with the attachment, and open transactions follow it: their plans do not know the partition."""
    tally = soak(rounds=8, readers=5, seed=7, fault="order")
    assert tally.torn > 0
    assert tally.failed == 0

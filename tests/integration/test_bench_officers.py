"""`officer_anomaly` on one city with a fabricating officer and one without; the whole measure is a bench of its own."""

import pytest

from satu import settings
from satu.bench.officers import Officers, measure_officers

pytestmark = pytest.mark.long


def test_the_fabricator_of_a_city_is_first_and_the_honest_raise_no_alarm() -> None:
    said: list[str] = []
    assert measure_officers(settings.load(), [101], said.append) == (1, 0)
    assert len(said) == 2


def test_first_is_who_has_more_points_than_all_others() -> None:
    assert Officers(highest=7.0, fabricator=7.1, signals=0).is_fabricator_first
    assert not Officers(highest=7.0, fabricator=7.0, signals=0).is_fabricator_first
    assert not Officers(highest=7.0, fabricator=None, signals=0).is_fabricator_first

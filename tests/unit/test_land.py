"""Where a file may be in the landing place."""

from datetime import UTC, date, datetime, timedelta

import pytest

from satu import contracts, settings
from satu.land import Slot, find_slot

CONTRACTS = contracts.load_contracts(settings.load().project_dir / "contracts")


def _in_days(count: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=count)


@pytest.mark.parametrize("period", [date(2010, 1, 1), date(2019, 12, 31), 0, 1])
def test_a_period_that_can_be_is_taken(period: date | int) -> None:
    day = _in_days(period) if isinstance(period, int) else period
    assert find_slot(f"outreach/area=3371/period={day}/x.csv", CONTRACTS) == Slot("outreach", "3371", day)


@pytest.mark.parametrize("period", ["2202-09-10", "1020-10-03", "0020-09-10", "2009-12-31", 2])
def test_a_period_that_cannot_be_is_refused_with_what_was_expected(period: str | int) -> None:
    day = _in_days(period) if isinstance(period, int) else period
    with pytest.raises(ValueError, match=rf"period={day} is out of range; expected a day from 2010-01-01 to tomorrow"):
        find_slot(f"verification/area=3371/period={day}/x.csv", CONTRACTS)

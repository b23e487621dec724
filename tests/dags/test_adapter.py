"""What a task lets out: a verdict on whether to try again, and never a record."""

import os
import traceback

import pytest

from satu.errors import Blocked, RetryableError
from satu.orchestration.tasks import UnexpectedError, batches, call
from satu.settings import Settings

pytestmark = pytest.mark.usefixtures("dag_bag")

NIK = "3371014506950001"


def test_hands_over_settings_and_arguments() -> None:
    def step(settings: Settings, value: int) -> tuple[str, int]:
        return type(settings).__name__, value

    assert call(step, 7) == ("Settings", 7)


def test_permanent_error_is_not_tried_again() -> None:
    from airflow.sdk.exceptions import AirflowFailException

    def step(_settings: Settings) -> None:
        raise Blocked("2 critical checks failed")

    with pytest.raises(AirflowFailException, match="2 critical checks failed"):
        call(step)


def test_retryable_error_stays_one() -> None:
    def step(_settings: Settings) -> None:
        raise RetryableError("no connection")

    with pytest.raises(RetryableError, match="no connection"):
        call(step)


def test_foreign_error_shows_its_place_and_hides_its_text() -> None:
    def step(_settings: Settings) -> None:
        try:
            int(f"x{NIK}")
        except ValueError as error:
            raise KeyError(NIK) from error

    with pytest.raises(UnexpectedError) as caught:
        call(step)
    shown = "".join(traceback.format_exception(caught.value))
    assert NIK not in shown
    assert "builtins.KeyError" in str(caught.value)
    assert f"{__file__}:" in str(caught.value)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("files", [0, 1, 5, 5000])
def test_batches_are_few_and_hold_every_file_once(files: int) -> None:
    dealt = batches(list(range(files)))
    assert sorted(file_id for batch in dealt for file_id in batch) == list(range(files))
    assert len(dealt) <= 2 * (os.cpu_count() or 1)
    assert all(dealt)

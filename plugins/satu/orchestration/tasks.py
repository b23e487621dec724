"""Between Airflow's tasks and the pipeline: settings in, errors translated, personal values kept out of the logs."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from satu import settings as satu_settings
from satu import warehouse
from satu.errors import BuildFailed, PermanentError, SatuError, place_of
from satu.settings import Settings

_MOST_BATCHES = 1024  # Airflow maps a task over no more values
_METADATA_KEPT = timedelta(days=90)

P = ParamSpec("P")
R = TypeVar("R")


class UnexpectedError(Exception):
    """Something failed that Satu did not foresee; names the error's type and place, never its text."""


def call(step: Callable[Concatenate[Settings, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a pipeline function with the settings of this moment.

    Raises:
        AirflowFailException: for a `PermanentError`, so that Airflow does not try again.
        SatuError: as it is, when trying again may help.
        UnexpectedError: for anything else. The text of a foreign error can quote a record, so it is withheld.
    """
    from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

    failure: Exception
    try:
        return step(satu_settings.load(), *args, **kwargs)
    except AirflowSkipException:
        raise
    except PermanentError as error:
        failure = AirflowFailException(str(error))
    except SatuError as error:
        failure = type(error)(str(error))
    except Exception as error:
        told = warehouse.while_working(error)
        failure = told or UnexpectedError(place_of(error))
        if isinstance(told, PermanentError):
            failure = AirflowFailException(str(told))
    raise failure  # outside of `except`, so that no log follows the chain to the original text


def batches(file_ids: list[int]) -> list[list[int]]:
    """Deal file ids out to twice as many batches as there are cores, so that a long one does not hold up the rest."""
    count = min(2 * (os.cpu_count() or 1), _MOST_BATCHES, len(file_ids))
    return [file_ids[start::count] for start in range(count)]


def skip(reason: str) -> None:
    """End the task, and with it what follows, as skipped.

    Raises:
        AirflowSkipException: always.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    raise AirflowSkipException(reason)


def trim_metadata(_settings: Settings) -> None:
    """Delete what Airflow itself remembers of runs older than 90 days.

    Airflow's own command does it. A task is not given the metadata database, only the asynchronous form of its
    address is left in the environment; the command gets it from there.

    Raises:
        BuildFailed: the command failed.
    """
    address = os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"].replace("+psycopg_async:", "+psycopg:")
    before = (datetime.now(UTC) - _METADATA_KEPT).isoformat()
    command = ["db", "clean", "--clean-before-timestamp", before, "--skip-archive", "--yes"]
    done = subprocess.run(
        [sys.executable, "-m", "airflow", *command],
        env=os.environ | {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise BuildFailed(f"`airflow db clean` ended with code {done.returncode}; its output is above in this log")

"""Adapter between Airflow's tasks and the pipeline: loads settings, translates errors, keeps records out of logs."""

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
    """An unexpected error; names its type and place, never its text."""


def call(step: Callable[Concatenate[Settings, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a pipeline function with the current settings.

    Raises:
        AirflowFailException: for a `PermanentError`, so that Airflow does not try again.
        SatuError: unchanged, when a retry may help.
        UnexpectedError: for anything else. The text of another library's error can quote a record, so it is withheld.
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
        known = warehouse.statement_error(error)
        failure = known or UnexpectedError(place_of(error))
        if isinstance(known, PermanentError):
            failure = AirflowFailException(str(known))
    raise failure  # outside `except`, so that no log shows the text of the original error


def batches(file_ids: list[int]) -> list[list[int]]:
    """Split file ids into twice as many batches as there are cores, so that a slow batch does not delay the rest."""
    count = min(2 * (os.cpu_count() or 1), _MOST_BATCHES, len(file_ids))
    return [file_ids[start::count] for start in range(count)]


def skip(reason: str) -> None:
    """End the task as skipped, and with it the tasks after it.

    Raises:
        AirflowSkipException: always.
    """
    from airflow.sdk.exceptions import AirflowSkipException

    raise AirflowSkipException(reason)


def trim_metadata(_settings: Settings) -> None:
    """Delete runs older than 90 days from Airflow's metadata database.

    This calls Airflow's own command. A task has no access to the metadata database; only the asynchronous form of its
    URL is in the environment, and the command gets it from there.

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

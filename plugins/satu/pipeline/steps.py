"""The steps of a run, one per stage and with its name. Commands and DAGs call nothing else."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache, partial, wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from psycopg import sql

from satu import build, ledger, scratch, warehouse
from satu.build import Part
from satu.contracts import Contract, load_contracts
from satu.errors import RetryableError
from satu.ledger import queries, runs
from satu.pipeline.lock import alone, is_taken
from satu.privacy.retention import enforce_retention
from satu.settings import Settings
from satu.warehouse import trouble

if TYPE_CHECKING:
    from satu.land import Landed
    from satu.privacy.erasure import Erased, Request


P = ParamSpec("P")
R = TypeVar("R")


def prepare(settings: Settings) -> None:
    """Update the warehouse's schema, roles, views and raw tables; quick when they are up to date."""
    from satu.load import ensure_raw_tables
    from satu.release import bring_views_up_to_date

    scratch.clean(settings.home)
    if not ledger.is_current(settings):
        ledger.migrate(settings)
        bring_views_up_to_date(settings)
    with warehouse.connect(settings, warehouse.LOADER, autocommit=True) as connection:
        ensure_raw_tables(connection, contracts_of(settings))


def sweep(settings: Settings) -> list[int]:
    """Stage land: list the landing place; return the ids of the files that wait to be loaded."""
    return land(settings).waiting


def land(settings: Settings) -> "Landed":
    """Stage land: list the landing place."""
    from satu.land import list_landed

    prepare(settings)
    return list_landed(settings, contracts_of(settings))


def load_files(
    settings: Settings, file_ids: list[int], progress: Callable[[int], None] = lambda _: None
) -> dict[str, int]:
    """Stage load: return how many files were loaded and refused."""
    from satu.load import load_landed

    return dict(load_landed(settings, contracts_of(settings), file_ids, progress))


def freshness(settings: Settings) -> list[queries.Row]:
    """Return each feed's newest period and whether it is late by its cadence."""
    return queries.freshness(settings, contracts_of(settings))


def has_changes(settings: Settings, as_of: date | None = None) -> bool:
    """Return whether loaded files, clerical decisions or rules have changed since the current release.

    Before the first release: whether enough data are loaded to make one.
    """
    from satu.release import is_released

    prepare(settings)
    return not missing_feeds(settings) and not is_released(settings, as_of)


def missing_feeds(settings: Settings) -> list[str]:
    """Return the feeds that the first release needs and that have no loaded record; none once there is a release."""
    from satu.gate import needed_feeds

    if current_release(settings):
        return []
    loaded = {row["feed"] for row in queries.status(settings)["feeds"] if row["records_loaded"]}
    return [feed for feed in needed_feeds(settings) if feed not in loaded]


def needs_a_run(settings: Settings) -> bool:
    """Return whether a new run is needed: for changed files or rules that no release, active or refused run has.

    A run that was killed or lost its server does not count: it has to be repeated.
    """
    from satu.release import is_dealt_with

    return has_changes(settings) and not is_taken(settings) and not is_dealt_with(settings)


def open_run(settings: Settings, as_of: date | None = None) -> str:
    """Return the newest run if it waits at its gate and nothing has changed, else a new run."""
    found = runs.waiting(settings)
    if found and found[1] == as_of and is_built(settings, found[0]):
        return found[0]
    return runs.start(settings, as_of)


def is_built(settings: Settings, run_id: str) -> bool:
    """Return whether a run waits at its gate and a new build from the current files would change nothing."""
    from satu.release import is_built_from_now

    found = runs.waiting(settings)
    return found is not None and found[0] == run_id and is_built_from_now(settings, run_id)


def _step(step: Callable[Concatenate[Settings, str, P], R]) -> Callable[Concatenate[Settings, str, P], R]:
    """Wrap a step of a run: it holds the lock and accepts only the newest run, not yet released."""

    @alone
    @wraps(step)
    def guarded(settings: Settings, run_id: str, /, *args: P.args, **kwargs: P.kwargs) -> R:
        runs.expect_open(settings, run_id)
        try:
            return step(settings, run_id, *args, **kwargs)
        except Exception as error:
            if not isinstance(error, RetryableError) and trouble.retryable(settings, error) is None:
                runs.note_failure(settings, run_id)
            raise

    return guarded


@_step
def build_before_link(settings: Settings, run_id: str) -> None:
    """Stage build, first part: typed records."""
    from satu.build import build_part

    if not is_built(settings, run_id):
        runs.reopen(settings, run_id)
        build_part(settings, run_id, Part.RECORDS)


@_step
def link(settings: Settings, run_id: str) -> None:
    """Stage link: every record gets a person."""
    from satu.link import link_records

    if not is_built(settings, run_id):
        runs.reopen(settings, run_id)
        link_records(settings, run_id)


@_step
def build_after_link(settings: Settings, run_id: str) -> None:
    """Stage build, second part: people, marts and the candidate of the next release."""
    from satu.build import build_part

    if not is_built(settings, run_id):
        runs.reopen(settings, run_id)
        build_part(settings, run_id, Part.PEOPLE)


@_step
def gate(settings: Settings, run_id: str, *, may_ask: bool = False) -> str:
    """Stage gate: check the run against all checks that a release needs; return the verdict.

    With `may_ask` the verdict `needs_approval` is returned instead of raised, for a caller that then asks a person.

    Raises:
        Blocked: a critical check failed, a warning waits for a person, or a person rejected the run.
    """
    from satu.gate import run_checks

    return runs.let_pass(settings, run_id, run_checks(settings, run_id).verdict, may_ask=may_ask)


def release(settings: Settings, run_id: str) -> str:
    """Stage release: publish the run and return the release id; nothing is written if it was published before.

    Somebody may have published it with `satu approve` while Airflow waited, or this task was killed after publishing.
    """
    return runs.released_as(settings, run_id) or _publish(settings, run_id)


@_step
def _publish(settings: Settings, run_id: str) -> str:
    from satu.release import publish

    return publish(settings, run_id).release_id


def export(settings: Settings, release_id: str) -> str:
    """Stage export: write pages and files of the release; return their folder."""
    from satu.export import export_release

    return str(export_release(settings, release_id))


@alone
def forget(settings: Settings, request: "Request") -> "Erased":
    """Erase a person; holds the lock, so that no run reads the tables meanwhile."""
    from satu.privacy.erasure import forget as erase

    scratch.clean(settings.home)  # the temporary files of a killed linkage
    return erase(settings, contracts_of(settings), partial(build.described, settings), request)


def maintain(settings: Settings) -> None:
    """Delete data past their retention, and refresh the planner's statistics of loaded tables."""
    enforce_retention(settings, contracts_of(settings))

    with warehouse.connect(settings, warehouse.LOADER, autocommit=True) as connection:
        for feed in contracts_of(settings):
            connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", feed)))


def watch(settings: Settings, today: date | None = None) -> None:
    """Raise RetryableError if a daily feed has stopped while its phase is open on a day, by default today."""
    from satu.gate import expect_no_silence

    expect_no_silence(settings, today)


def prune(settings: Settings) -> list[str]:
    """Drop the tables and export folders of releases that the policy does not keep; return their ids."""
    from satu.release import prune as drop_old_releases

    return drop_old_releases(settings)


def current_release(settings: Settings) -> str | None:
    """Return the current release."""
    with warehouse.connect(settings, warehouse.LOADER) as connection:
        row = connection.execute("select release_id from ops.release_pointer").fetchone()
    return row[0] if row else None


@lru_cache(maxsize=4)
def contracts_of(settings: Settings) -> dict[str, Contract]:
    """Return the contracts of a project, by feed."""
    return load_contracts(settings.project_dir / "contracts")

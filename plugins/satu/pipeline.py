"""The whole way of a row: calls the stages one after the other. Commands and DAGs call nothing else."""

import secrets
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from satu import ledger, rejected, reports, runs, scratch, warehouse
from satu.build import Part
from satu.contracts import Contract, load_contracts
from satu.errors import RetryableError, WrongUsage
from satu.lock import alone, is_taken
from satu.outcome import NOT_YET, Outcome, Reporter, Stage, ended
from satu.processing import enforce_retention
from satu.settings import Settings
from satu.warehouse import trouble

if TYPE_CHECKING:
    from satu.forget import Erased, Request
    from satu.land import Landed
    from satu.load.text import Header


P = ParamSpec("P")
R = TypeVar("R")


def prepare(settings: Settings) -> None:
    """Bring the warehouse's schema, roles, views and raw tables up to date; quick when they are."""
    from satu.load import ensure_raw_tables
    from satu.release import bring_views_up_to_date

    scratch.clean(settings.home)
    if not ledger.is_current(settings):
        ledger.migrate(settings)
        bring_views_up_to_date(settings)
    with warehouse.connect(settings, warehouse.LOADER, autocommit=True) as connection:
        ensure_raw_tables(connection, _contracts(settings))


def sweep(settings: Settings) -> list[int]:
    """Stage land: list the landing place; return the ids of the files that wait to be loaded."""
    return _land(settings).waiting


def _land(settings: Settings) -> "Landed":
    from satu.land import land

    prepare(settings)
    return land(settings, _contracts(settings))


def load_files(
    settings: Settings, file_ids: list[int], progress: Callable[[int], None] = lambda _: None
) -> dict[str, int]:
    """Stage load: return how many files were loaded and refused."""
    from satu.load import load

    return dict(load(settings, _contracts(settings), file_ids, progress))


def rejected_lines(settings: Settings, file_id: int, *, clear: bool = False) -> list[reports.Row]:
    """Return the rejected records of a file with their lines, personal values masked unless `clear`."""
    contract, header = _header(settings, file_id)
    delimiter, columns = (header.delimiter, header.columns) if header else (None, ())
    rows = reports.raw_rejects(settings, file_id)
    for row in rows:
        if row["raw"] is None:
            continue  # erased, or past its days
        raw = bytes(row["raw"])
        row["raw"] = rejected.clear(raw) if clear else rejected.masked(raw, contract, delimiter, columns)
    return rows


def write_rejected(settings: Settings, file_id: int, out: Path) -> tuple[int, int]:
    """Write the rejected lines of a file under its header; return how many, and how many are not kept (whole) any more.

    Raises:
        WrongUsage: `out` is there already, nothing was rejected, or the header cannot be read any more.
    """
    from satu.load.rejects import KEPT_RAW_BYTES

    _, header = _header(settings, file_id)
    file = reports.loaded_file(settings, file_id)
    if header is None and not file["file_name"].lower().endswith(".jsonl"):
        raise WrongUsage(
            f"the header of file {file_id} cannot be read: the landing place no longer has it as it was loaded,"
            f" at {file['uri']}"
        )
    rows = reports.raw_rejects(settings, file_id)
    if not rows:
        raise WrongUsage(f"file {file_id} has no rejected records")
    whole = [bytes(row["raw"]) for row in rows if row["raw"] is not None and len(row["raw"]) < KEPT_RAW_BYTES]
    rejected.write(out, whole, header.delimiter if header else None, header.columns if header else ())
    return len(whole), len(rows) - len(whole)


def freshness(settings: Settings) -> list[reports.Row]:
    """Return each feed's newest period, held against its cadence."""
    return reports.freshness(settings, _contracts(settings))


def _header(settings: Settings, file_id: int) -> "tuple[Contract, Header | None]":
    from satu.load.again import header_of

    file = reports.loaded_file(settings, file_id)
    contract = _contracts(settings)[file["feed"]]
    return contract, header_of(contract, file["uri"], file["file_name"], (file["bytes"], file["modified"]))


def has_news(settings: Settings, as_of: date | None = None) -> bool:
    """Tell whether the current release does not hold all loaded files and clerical decisions under today's rules.

    Before the first release: whether enough is loaded to make one.
    """
    from satu.release import is_released

    prepare(settings)
    return not missing_feeds(settings) and not is_released(settings, as_of)


def missing_feeds(settings: Settings) -> list[str]:
    """Return the feeds of which a first release needs a record and none is loaded; none once there is a release."""
    from satu.gate import needed_feeds

    if _current_release(settings):
        return []
    loaded = {row["feed"] for row in reports.status(settings)["feeds"] if row["records_loaded"]}
    return [feed for feed in needed_feeds(settings) if feed not in loaded]


def needs_a_run(settings: Settings) -> bool:
    """Tell whether loaded files or changed rules are in no release, and no run builds, waits or was refused with them.

    A run that was killed, or that failed because a server was not there, does not count: it needs another one.
    """
    from satu.release import is_dealt_with

    return has_news(settings) and not is_taken(settings) and not is_dealt_with(settings)


def start_run(settings: Settings, as_of: date | None = None) -> str:
    """Write a new run to the ledger and return its id: the time and a few random letters."""
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"
    runs.start(settings, run_id, as_of)
    return run_id


def open_run(settings: Settings, as_of: date | None = None) -> str:
    """Return the run to go on with: the newest where it waits at its gate and nothing has changed, or a new one."""
    found = runs.waiting(settings)
    if found and found[1] == as_of and is_built(settings, found[0]):
        return found[0]
    return start_run(settings, as_of)


def is_built(settings: Settings, run_id: str) -> bool:
    """Tell whether a run waits at its gate and building it again, from the files of now, would change nothing."""
    from satu.release import is_built_from_now

    found = runs.waiting(settings)
    return found is not None and found[0] == run_id and is_built_from_now(settings, run_id)


def _step(step: Callable[Concatenate[Settings, str, P], R]) -> Callable[Concatenate[Settings, str, P], R]:
    """Make a step of one run: alone on the warehouse, on the newest run only, never on a released one."""

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
    from satu.build import build

    if not is_built(settings, run_id):
        runs.reopen(settings, run_id)
        build(settings, run_id, Part.RECORDS)


@_step
def link(settings: Settings, run_id: str) -> None:
    """Stage link: every record gets its person."""
    from satu import link as stage

    if not is_built(settings, run_id):
        runs.reopen(settings, run_id)
        stage.link(settings, run_id)


@_step
def build_after_link(settings: Settings, run_id: str) -> None:
    """Stage build, second part: people, marts and the candidate of the next release."""
    from satu.build import build

    if not is_built(settings, run_id):
        runs.reopen(settings, run_id)
        build(settings, run_id, Part.PEOPLE)


@_step
def gate(settings: Settings, run_id: str, *, may_ask: bool = False) -> str:
    """Stage gate: let pass what every check on the release's list allows; return the verdict.

    With `may_ask` the verdict `needs_approval` is returned too, for somebody who then asks a person.

    Raises:
        Blocked: a critical check failed, a warning waits for a person, or a person rejected the run.
    """
    from satu import gate as stage

    return let_pass(settings, run_id, stage.gate(settings, run_id).verdict, may_ask=may_ask)


def let_pass(settings: Settings, run_id: str, verdict: str, *, may_ask: bool = False) -> str:
    """Note a verdict and return it, if the run may go on with it; raises as `gate`."""
    runs.note(settings, run_id, verdict)
    if not (may_ask and verdict == "needs_approval"):
        runs.refuse(run_id, verdict)
    return verdict


def release(settings: Settings, run_id: str) -> str:
    """Stage release: return the id of the release that the run became; nothing is written if it became one before.

    Somebody may have published it with `satu approve` while Airflow waited, or this task was killed when it was done.
    """
    return runs.released_as(settings, run_id) or _publish(settings, run_id)


@_step
def _publish(settings: Settings, run_id: str) -> str:
    from satu import release as stage

    return stage.release(settings, run_id).release_id


def export(settings: Settings, release_id: str) -> str:
    """Stage export: return the folder with what people open."""
    from satu import export as stage

    return str(stage.export(settings, release_id))


@alone
def forget(settings: Settings, request: "Request") -> "Erased":
    """Erase a person; no run may read the tables meanwhile."""
    from satu.forget import forget as erase

    scratch.clean(settings.home)  # the records of a linkage that was killed since
    return erase(settings, _contracts(settings), request)


def maintain(settings: Settings) -> None:
    """Delete what has passed its day of retention, and refresh the planner's statistics of what was loaded."""
    from psycopg import sql

    enforce_retention(settings, _contracts(settings))

    with warehouse.connect(settings, warehouse.LOADER, autocommit=True) as connection:
        for feed in _contracts(settings):
            connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", feed)))


def watch(settings: Settings, today: date | None = None) -> None:
    """Raise RetryableError when a daily feed has stopped while its phase is open on a day, by default that of now."""
    from satu import gate as stage

    stage.watch(settings, today)


def prune(settings: Settings) -> list[str]:
    """Drop the tables and export folders of releases that the policy does not keep; return their ids."""
    from satu import release as stage

    return stage.prune(settings)


def run(
    settings: Settings, until: Stage = Stage.EXPORT, as_of: date | None = None, reporter: Reporter | None = None
) -> Outcome:
    """Go the whole way once, in this process, as far as `until`; what is already done is not done again.

    Raises:
        Blocked: the gate said no, or a person has to approve.
    """
    report = reporter or Reporter()
    done = Outcome(seconds=report.seconds)
    with report.stage(Stage.LAND):
        landed = _land(settings)
        done.waiting = len(landed.waiting)
        done.files = {"refused": landed.refused} if landed.refused else {}
    if landed.waiting and until is not Stage.LAND:
        with report.stage(Stage.LOAD):
            loaded = load_files(settings, landed.waiting, report.loading(_bytes_of(settings, landed.waiting)))
            done.files = dict(Counter(done.files) + Counter(loaded))
    if done.files:
        report.loaded(done.files)
    if until in (Stage.LAND, Stage.LOAD):
        done.outcome = ended(done, done.waiting if until is Stage.LAND else done.files.get("loaded", 0), until)
        return done
    if has_news(settings, as_of):
        _release_news(settings, until, as_of, done, report)
        return done
    done.missing = missing_feeds(settings)
    done.outcome = ended(done, None, NOT_YET if done.missing else done.outcome)
    done.release_id = _current_release(settings)
    if done.release_id and until is Stage.EXPORT:
        export(settings, done.release_id)  # a run that was killed after its release has not written it
    return done


@alone
def _release_news(settings: Settings, until: Stage, as_of: date | None, done: Outcome, report: Reporter) -> None:
    done.run_id = open_run(settings, as_of)
    built = is_built(settings, done.run_id)
    for stage, step in _STEPS:
        if built and stage in (Stage.BUILD, Stage.LINK):
            continue
        with report.stage(stage):
            step(settings, done)
        done.outcome = stage.value
        if stage is until:
            break


def _gate(settings: Settings, done: Outcome) -> None:
    gate(settings, str(done.run_id))


def _release(settings: Settings, done: Outcome) -> None:
    done.release_id = release(settings, str(done.run_id))


def _export(settings: Settings, done: Outcome) -> None:
    done.exported_to = export(settings, str(done.release_id))


_STEPS: tuple[tuple[Stage, Callable[[Settings, Outcome], None]], ...] = (
    (Stage.BUILD, lambda settings, done: build_before_link(settings, str(done.run_id))),
    (Stage.LINK, lambda settings, done: link(settings, str(done.run_id))),
    (Stage.BUILD, lambda settings, done: build_after_link(settings, str(done.run_id))),
    (Stage.GATE, _gate),
    (Stage.RELEASE, _release),
    (Stage.EXPORT, _export),
)


def _bytes_of(settings: Settings, file_ids: list[int]) -> int:
    with warehouse.connect(settings, warehouse.LOADER) as connection:
        row = connection.execute(
            "select coalesce(sum(bytes), 0) from ops.file where file_id = any(%s)", (file_ids,)
        ).fetchone()
    return int(row[0]) if row else 0


def _current_release(settings: Settings) -> str | None:
    with warehouse.connect(settings, warehouse.LOADER) as connection:
        row = connection.execute("select release_id from ops.release_pointer").fetchone()
    return row[0] if row else None


@lru_cache(maxsize=4)
def _contracts(settings: Settings) -> dict[str, Contract]:
    return load_contracts(settings.project_dir / "contracts")

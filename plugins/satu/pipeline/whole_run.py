"""All stages once, in one process, as `satu run` does."""

from collections import Counter
from collections.abc import Callable
from datetime import date

from satu import warehouse
from satu.pipeline import steps
from satu.pipeline.lock import alone
from satu.pipeline.outcome import NOT_YET, Outcome, Reporter, Stage, ended
from satu.settings import Settings


def run(
    settings: Settings, until: Stage = Stage.EXPORT, as_of: date | None = None, reporter: Reporter | None = None
) -> Outcome:
    """Run the stages up to `until` once, in this process; completed work is not repeated.

    Raises:
        Blocked: the gate blocks the run, or a person has to approve it.
    """
    report = reporter or Reporter()
    done = Outcome(seconds=report.seconds)
    with report.stage(Stage.LAND):
        landed = steps.land(settings)
        done.waiting = len(landed.waiting)
        done.files = {"refused": landed.refused} if landed.refused else {}
    if landed.waiting and until is not Stage.LAND:
        with report.stage(Stage.LOAD):
            loaded = steps.load_files(settings, landed.waiting, report.loading(_bytes_of(settings, landed.waiting)))
            done.files = dict(Counter(done.files) + Counter(loaded))
    if done.files:
        report.loaded(done.files)
    if until in (Stage.LAND, Stage.LOAD):
        done.outcome = ended(done, done.waiting if until is Stage.LAND else done.files.get("loaded", 0), until)
        return done
    if steps.has_changes(settings, as_of):
        _release_news(settings, until, as_of, done, report)
        return done
    done.missing = steps.missing_feeds(settings)
    done.outcome = ended(done, None, NOT_YET if done.missing else done.outcome)
    done.release_id = steps.current_release(settings)
    if done.release_id and until is Stage.EXPORT:
        steps.export(settings, done.release_id)  # a run that was killed after its release has not written the export
    return done


@alone
def _release_news(settings: Settings, until: Stage, as_of: date | None, done: Outcome, report: Reporter) -> None:
    done.run_id = steps.open_run(settings, as_of)
    built = steps.is_built(settings, done.run_id)
    for stage, step in _STEPS:
        if built and stage in (Stage.BUILD, Stage.LINK):
            continue
        with report.stage(stage):
            step(settings, done)
        done.outcome = stage.value
        if stage is until:
            break


def _gate(settings: Settings, done: Outcome) -> None:
    steps.gate(settings, str(done.run_id))


def _release(settings: Settings, done: Outcome) -> None:
    done.release_id = steps.release(settings, str(done.run_id))


def _export(settings: Settings, done: Outcome) -> None:
    done.exported_to = steps.export(settings, str(done.release_id))


_STEPS: tuple[tuple[Stage, Callable[[Settings, Outcome], None]], ...] = (
    (Stage.BUILD, lambda settings, done: steps.build_before_link(settings, str(done.run_id))),
    (Stage.LINK, lambda settings, done: steps.link(settings, str(done.run_id))),
    (Stage.BUILD, lambda settings, done: steps.build_after_link(settings, str(done.run_id))),
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

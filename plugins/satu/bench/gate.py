"""`satu bench gate`: which wrong deliveries the gate detects, and how often it stops an honest campaign.

Every kind of mistake is planted into the exports of a small simulated city, which then runs through the pipeline up to
the gate, in a separate database. Caught means that a check of severity critical or warning fails. dbt tests are left
out: they check the models, for any data. A campaign is released step by step, as its phases grow.
"""

import logging
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from satu import pipeline, warehouse
from satu.bench.cities import CITY, build_models
from satu.bench.own_server import Say, own_database, own_server
from satu.ledger import runs
from satu.settings import Settings

if TYPE_CHECKING:
    from satu.bench.honest_city import City
    from satu.simulate.writing import Delivery

SCALE = 0.02
"""Share of the city's population: 2,431 residents in 17 villages."""
CAMPAIGNS = 4
STEPS = ("2020-03-20", "2020-05-31", "2020-09-09", "2020-09-20", "2020-12-31")
"""Days up to which a campaign has delivered when it is released: two of the online phase, two of the field, its end."""
LATE = (("interview_household", "2020-09-12"), ("interview_person", "2020-09-12"))
"""Deliveries that come with the last step only, by feed and day."""
KEPT = "kept"
"""Instead of checks: nothing failed, and every figure is that of the honest deliveries."""
_FAILED = """
select check_name from ops.check_result
where run_id = %s and success is not true and severity in ('critical', 'warning') order by 1
"""
_FIGURES = """
select
    array(select count(*) from population.person where is_counted group by village_code order by 1),
    (select count(*) from population.person where is_counted and sex = 'male'),
    (select count(*) from population.person where is_counted and age >= 65),
    array(
        select row(area_name, target_household_count, counted_person_count)::text
        from coverage.coverage_by_area where area_level in ('regency', 'district') order by 1
    )
"""
CAMPAIGN, HONEST = "campaign", "honest"
"""Parts that are not a kind of mistake."""
Caught = dict[str, list[str]]


@dataclass(frozen=True)
class GateBench:
    """The result of the bench."""

    planted: Caught
    """The failed checks by kind of mistake; none: it was not detected."""
    honest_releases: int
    false_alarms: int
    """Releases of honest campaigns at which a check failed."""
    alarms: Caught
    """By seed and step the checks that failed then."""


@dataclass(frozen=True)
class Found:
    """The result of one part of the bench; parts run in parallel."""

    failed: Caught
    """By kind of mistake, or by seed and step of a campaign, the checks that failed."""
    figures: tuple[Any, ...] | None = None
    """The number of people counted if no check failed on a mistake."""


def bench_gate(
    settings: Settings, campaigns: int = CAMPAIGNS, kinds: list[str] | None = None, say: Say = lambda _: None
) -> GateBench:
    """Plant `kinds` of mistakes (none: all of them) into the city of seed 1, and release honest campaigns.

    Raises:
        BuildFailed: dbt could not build a model.
    """
    planted: Caught = {}
    honest: Caught = {}
    unseen: dict[str, tuple[Any, ...]] = {}
    with own_server(settings) as server, _workers() as workers:
        pipeline.prepare(server)
        parts = {workers.submit(_part, server, what, seed): what for what, seed in _parts(campaigns, kinds)}
        for done in as_completed(parts):
            found, what = done.result(), parts[done]
            (honest if what == CAMPAIGN else planted).update(found.failed)
            if found.figures:
                unseen[what] = found.figures
            for name, checks in found.failed.items():
                say(f"{name}: {', '.join(checks) or 'no check failed'}")
        if unseen:
            right = workers.submit(_part, server, HONEST, 1).result().figures
            planted |= {kind: [KEPT] if figures == right else [] for kind, figures in unseen.items()}
    alarms = {step: checks for step, checks in sorted(honest.items()) if checks}
    return GateBench(dict(sorted(planted.items())), len(honest), len(alarms), alarms)


def _parts(campaigns: int, kinds: list[str] | None) -> list[tuple[str, int]]:
    """Return the parts to run in parallel: a campaign or a kind, and its seed."""
    from satu.bench.deliveries import CORRECTIONS, KINDS

    chosen = [*KINDS, *CORRECTIONS] if kinds is None else kinds
    return [*((CAMPAIGN, seed) for seed in range(2, campaigns + 2)), *((kind, 1) for kind in chosen)]


@contextmanager
def _workers() -> Iterator[ProcessPoolExecutor]:
    """Yield a worker for each processor; after an error none of them starts another part."""
    workers = ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), _quiet)
    try:
        yield workers
    finally:
        workers.shutdown(cancel_futures=True)


def _quiet() -> None:
    """Silence the logs of libraries after dbt has set up logging in a worker."""
    logging.disable(logging.INFO)


def _part(server: Settings, what: str, seed: int) -> Found:
    """Run one part: a campaign, the honest deliveries at once, or a kind of mistake."""
    from satu.bench.deliveries import CORRECTIONS, KINDS

    with _city(server, seed) as (given, city):
        if what == CAMPAIGN:
            return Found(_campaign(given, city, seed))
        if what in CORRECTIONS:
            _arrive(given, city.deliveries)
            _release(given, _judged(given)[0])
        kinds = KINDS | CORRECTIONS
        _arrive(given, kinds[what](city) if what in kinds else city.deliveries)
        failed = _judged(given)[1]
        return Found({what: failed}, None if failed else _figures(given))


def _campaign(given: Settings, city: "City", seed: int) -> Caught:
    """Release an honest campaign step by step; return the checks that failed by step."""
    found: Caught = {}
    former = ""
    for step in STEPS:
        _arrive(given, [one for one in city.deliveries if former < _arrival(one) <= step])
        if step == STEPS[-1]:
            _arrive(given, [_corrected(max(city.of("verification"), key=lambda one: one.frame.height))])
        run_id, failed = _judged(given)
        found[f"seed {seed}, until {step}"] = failed
        _release(given, run_id)
        former = step
    return found


def _arrival(delivery: "Delivery") -> str:
    """Return the day on which a delivery arrives: that of its folder, unless it is late."""
    return STEPS[-1] if (delivery.feed, delivery.period) in LATE else delivery.period


def _corrected(day: "Delivery") -> "Delivery":
    """Return an honest correction: a record in fifty was looked at again, one in a hundred was there twice."""
    from satu.bench.honest_city import with_frame

    number = pl.int_range(pl.len())
    again = pl.when(number % 50 == 1).then(pl.lit("ADA_SESUAI_KK")).otherwise("status")
    respelled = pl.when(number % 50 == 1).then(pl.col("nama") + "I").otherwise("nama")
    frame = day.frame.with_columns(again.alias("status"), respelled.alias("nama"))
    return with_frame(day, frame.filter(number % 100 != 2))


def _arrive(given: Settings, deliveries: "list[Delivery]") -> None:
    """Write deliveries into the landing place, as finished files."""
    from satu.simulate.writing import Drop

    landing = Path(given.landing_url)
    drop = Drop(landing, CITY, 1)
    for delivery in deliveries:
        path = landing / drop.write(delivery)
        before = path.stat().st_mtime_ns // 10**9 - 3600
        os.utime(path, (before, before))


def _judged(given: Settings) -> tuple[str, list[str]]:
    """Run the pipeline up to the gate; return the run and the failed checks."""
    from satu.gate.measure import measure
    from satu.gate.suites import load_suites

    pipeline.load_files(given, pipeline.sweep(given))
    run_id = runs.start(given)
    build_models(given, "--selector", "before_linkage")
    pipeline.link(given, run_id)
    build_models(given, "--selector", "after_linkage")
    measure(given, run_id, load_suites(given.project_dir / "expectations"))
    with warehouse.connect(given, warehouse.TRANSFORMER) as connection:
        return run_id, [row[0] for row in connection.execute(_FAILED, (run_id,))]


def _release(given: Settings, run_id: str) -> None:
    runs.note(given, run_id, "pass")
    pipeline.release(given, run_id)


def _figures(given: Settings) -> tuple[Any, ...]:
    with warehouse.connect(given, warehouse.TRANSFORMER) as connection:
        [figures] = connection.execute(_FIGURES).fetchall()
    return tuple(figures)


@contextmanager
def _city(server: Settings, seed: int) -> "Iterator[tuple[Settings, City]]":
    """Yield this worker's own database, empty, and the deliveries of a city."""
    from satu.bench.honest_city import City
    from satu.simulate import simulate

    with own_database(server) as given:
        deliveries: list[Delivery] = []
        sample = Path(given.landing_url).with_name("sample")
        made = simulate(sample, CITY, SCALE, seed, listener=deliveries.append)
        homes = pl.read_parquet(made.truth / "person.parquet").select("true_id", "kode_kelurahan")
        yield given, City(deliveries, homes)

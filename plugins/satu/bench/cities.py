"""Simulated cities: one on a server of its own, or many small ones, up to one mart, which share a server.

A city goes the way of any drop, through the same stages and models. Of many, one after the other is built on every
processor, and models that the mart does not read and tests are left out. Every worker has a database of its own, made
anew for each city from one that is migrated already, and has dbt read the project once.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, LiteralString, TypeVar

from satu import pipeline, warehouse
from satu.bench.own_server import own_database, own_server
from satu.errors import BuildFailed
from satu.ledger import runs
from satu.pipeline.outcome import Stage
from satu.settings import Settings
from satu.simulate import Simulated, simulate

T = TypeVar("T")
CITY = "3371"


@dataclass(frozen=True)
class Sample:
    """Which city: everything that the simulator is told."""

    seed: int
    scale: float
    fabricators: int = 0


@dataclass(frozen=True)
class Built:
    """A city that is built, as the measure finds it."""

    settings: Settings
    made: Simulated

    def rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        with warehouse.connect(self.settings, warehouse.TRANSFORMER) as connection:
            return connection.execute(query).fetchall()


def measure_cities(
    settings: Settings, samples: list[Sample], mart: str, measure: Callable[[Built], T]
) -> Iterator[tuple[Sample, T]]:
    """Build `mart` for each sample and yield what `measure` makes of it, in the order in which they are done.

    Raises:
        BuildFailed: dbt could not build a model.
    """
    with own_server(settings) as server:
        pipeline.prepare(server)
        with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as workers:
            waiting = {workers.submit(_measure_one, server, sample, mart, measure): sample for sample in samples}
            for done in as_completed(waiting):
                yield waiting[done], done.result()


def _measure_one(server: Settings, sample: Sample, mart: str, measure: Callable[[Built], T]) -> T:
    """Build one city in this worker's own database; the database stays until the next city."""
    with own_database(server) as given:
        place = Path(given.landing_url).parent
        made = simulate(place, CITY, sample.scale, sample.seed, fabricators=sample.fabricators)
        pipeline.load_files(given, pipeline.sweep(given))
        run_id = runs.start(given)
        build_models(given, "--select", "+person_evidence", f"+{mart},selector:before_linkage", "resource_type:seed")
        pipeline.link(given, run_id)
        build_models(given, "--select", f"+{mart}", "--exclude", "selector:before_linkage")
        return measure(Built(given, made))


@contextmanager
def simulated_city(
    settings: Settings, scale: float, seed: int, errors: float, city: str = CITY
) -> Iterator[tuple[Settings, Simulated]]:
    """Give a city that has landed in a warehouse on a server of its own.

    Another process simulates: what it holds in memory is not that of what is measured.
    """
    with own_server(settings) as given:
        with ProcessPoolExecutor(1, get_context("spawn")) as other:
            made = other.submit(simulate, given.home.parent, city, scale, seed, errors).result()
        yield given, made


def build_before_link(given: Settings) -> str:
    """Take in and type what is in the landing place; return the run's id."""
    return str(pipeline.run(given, Stage.BUILD).run_id)


def build_models(given: Settings, *selection: str) -> None:
    """Run dbt in this process, which so reads the project and imports dbt once for all its cities.

    Raises:
        BuildFailed: dbt could not build a model.
    """
    from dbt.cli.main import dbtRunner

    os.environ.update(warehouse.dbt_environment(given))
    project, own = str(given.project_dir / "dbt_project"), given.home
    command = [
        "--quiet", "build", *selection, "--exclude-resource-type", "test", "unit_test",
        "--project-dir", project, "--profiles-dir", project, "--target-path", str(own / "dbt"),
        "--log-path", str(own), "--log-level-file", "none",
    ]  # fmt: skip
    done = dbtRunner().invoke(command)
    if not done.success:
        raise BuildFailed(f"dbt could not build {' '.join(selection)} for the bench; it has said above why")

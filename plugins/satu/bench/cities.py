"""Simulated cities: one on a separate server, or many small ones on a shared server, built up to one mart.

A city is processed like any exports, by the same stages and models. Many cities are built one after the other on every
processor, without tests and without models that the mart does not read. Every worker has its own database, recreated
for each city as a copy of a migrated one, and parses the dbt project once.
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
    """One city: the arguments of the simulator."""

    seed: int
    scale: float
    fabricators: int = 0


@dataclass(frozen=True)
class Built:
    """A built city, for the measure."""

    settings: Settings
    made: Simulated

    def rows(self, query: LiteralString) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with warehouse.connect(self.settings, warehouse.TRANSFORMER) as connection:
            return connection.execute(query).fetchall()


def measure_cities(
    settings: Settings, samples: list[Sample], mart: str, measure: Callable[[Built], T]
) -> Iterator[tuple[Sample, T]]:
    """Build `mart` for each sample and yield the result of `measure`, in the order of completion.

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
    """Yield a landed city in a warehouse on a separate server.

    Another process simulates, so that its memory is not measured.
    """
    with own_server(settings) as given:
        with ProcessPoolExecutor(1, get_context("spawn")) as other:
            made = other.submit(simulate, given.home.parent, city, scale, seed, errors).result()
        yield given, made


def build_before_link(given: Settings) -> str:
    """Load and type the files of the landing place; return the run's id."""
    return str(pipeline.run(given, Stage.BUILD).run_id)


def build_models(given: Settings, *selection: str) -> None:
    """Run dbt in this process, which then imports dbt and parses the project once for all its cities.

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
        raise BuildFailed(f"dbt could not build {' '.join(selection)} for the bench; the reason is above")

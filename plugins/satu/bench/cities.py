"""Many small simulated cities, one after the other on every processor, up to one mart; they share a server.

A city goes the way of any drop, through the same stages and models; models that the mart does not read and tests are
left out. Every worker has a database of its own, made anew for each city from one that is migrated already, and has
dbt read the project once.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from satu import pipeline, warehouse
from satu.errors import BuildFailed
from satu.ledger import runs
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
    with tempfile.TemporaryDirectory(prefix="satu-bench-") as folder:
        root = Path(folder)
        root.chmod(0o711)
        server = settings.model_copy(update={"home": root / "home", "warehouse_url": None})
        server.home.mkdir(mode=0o711)
        try:
            pipeline.prepare(server)
            with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as workers:
                waiting = {workers.submit(_measure_one, server, sample, mart, measure): sample for sample in samples}
                for done in as_completed(waiting):
                    yield waiting[done], done.result()
        finally:
            warehouse.stop(server)


def _measure_one(server: Settings, sample: Sample, mart: str, measure: Callable[[Built], T]) -> T:
    """Build one city in this worker's own database; the database stays until the next city."""
    own = f"worker_{os.getpid()}"
    url = warehouse.login_url(server, warehouse.PIPELINE, own)
    with tempfile.TemporaryDirectory(prefix="city-", dir=server.home) as folder:
        made = simulate(Path(folder) / "sample", CITY, sample.scale, sample.seed, fabricators=sample.fabricators)
        update = {"home": server.home / own, "landing_url": str(made.landing), "warehouse_url": url}
        given = server.model_copy(update=update)
        given.home.mkdir(exist_ok=True)
        new_database(server, own)
        pipeline.load_files(given, pipeline.sweep(given))
        run_id = runs.start(given)
        build_models(given, "--select", "+person_evidence", f"+{mart},selector:before_linkage", "resource_type:seed")
        pipeline.link(given, run_id)
        build_models(given, "--select", f"+{mart}", "--exclude", "selector:before_linkage")
        return measure(Built(given, made))


def new_database(server: Settings, name: str) -> None:
    """Make a database again, as a copy of the migrated one."""
    admin = warehouse.parts(warehouse.admin_url(server)) | {"dbname": "postgres"}
    with psycopg.connect(make_conninfo(**admin), autocommit=True) as connection:
        database = sql.Identifier(name)
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(database))
        template = sql.Identifier(warehouse.DATABASE)
        connection.execute(sql.SQL("create database {} template {}").format(database, template))


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

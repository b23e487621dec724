"""`satu bench spark`: whether Spark computes the same tables as the warehouse, how long it takes, and what a kill does.

A simulated city is built in PostgreSQL up to the gate. Each mode of Spark then builds the same two parts from the same
inputs, and every table is compared cell by cell: in one process, on separate executors, and on executors of which one
is killed while it works.
"""

import importlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from time import perf_counter

import psutil

from satu import pipeline, warehouse
from satu.bench.own_server import Say, own_server
from satu.bench.same_figures import Comparison, compare
from satu.engines import Part, elsewhere, spark
from satu.errors import BuildFailed
from satu.pipeline.outcome import Reporter, Stage
from satu.settings import Settings

SESSION = "session"
MODES = {SESSION: "local[2]", "1 executor": "local-cluster[1,1,1024]", "2 executors": "local-cluster[2,1,1024]"}
_KILLED = "2 executors"
_EXECUTOR = "CoarseGrainedExecutorBackend"
_WORKED_SECONDS = 15.0
"""Processor time after which an executor is in the middle of its work."""
_VARIABLES = {"as_of": "", "rules": "the bench"}


@dataclass(frozen=True)
class SparkBench:
    """The result of the bench."""

    records: int
    tables_compared: int
    """Tables of one mode."""
    cells_compared: int
    """Cells of all modes."""
    cells_differing: int
    differing: dict[str, int]
    """Cells by mode and table."""
    seconds: dict[str, float]
    """Both parts of dbt by mode; postgres builds them with tests, Spark without, from files that are written first."""
    executor_killed_equal: bool
    """Whether every table is the same after an executor was killed while the second part was built."""
    executors_killed: int


def bench_spark(settings: Settings, scale: float = 1.0, say: Say = lambda _: None) -> SparkBench:
    """Build a city in each mode and compare.

    Raises:
        WrongUsage: Spark or Java is not installed.
        BuildFailed: a model could not be built.
    """
    from satu.simulate import simulate

    spark.demand()
    with _no_logs_left(), own_server(settings) as given:
        simulate(Path(given.landing_url).parent, scale=scale)
        timing = Reporter()
        pipeline.run(given, Stage.GATE, reporter=timing)
        seconds = {"postgres": round(timing.seconds[Stage.BUILD], 1)}
        with warehouse.connect(given, warehouse.TRANSFORMER) as connection:
            [(records,)] = connection.execute("select sum(records_read)::bigint from ops.file").fetchall()
        say(f"postgres: {records:,} records, {seconds['postgres']} s")
        found: dict[str, Comparison] = {}
        for mode, master in MODES.items():
            begun = perf_counter()
            with _built(given, master, tuple(Part)) as tables:
                seconds[mode] = round(perf_counter() - begun, 1)
                found[mode] = _compared(given, tables)
            say(f"{mode}: {seconds[mode]} s, {found[mode]}")
        with _executor_killed() as killed, _built(given, MODES[_KILLED], (Part.PEOPLE,)) as tables:
            after = _compared(given, tables)
        say(f"with an executor killed: {after}")
    return SparkBench(
        records,
        found[SESSION].tables,
        sum(part.cells for part in found.values()),
        sum(sum(part.differing.values()) for part in found.values()),
        {f"{mode} {table}": cells for mode, part in found.items() for table, cells in part.differing.items()},
        seconds,
        bool(killed) and not after.differing,
        len(killed),
    )


@contextmanager
def _built(given: Settings, master: str, wanted: tuple[Part, ...]) -> Iterator[dict[str, Path]]:
    """Yield the folder of each table that Spark built of the parts that are wanted."""
    on = given.model_copy(update={"spark_master": master, "spark_memory": "1g"})
    with tempfile.TemporaryDirectory(prefix="satu-spark-") as place:
        tables: dict[str, Path] = {}
        for part in wanted:
            folder = Path(place) / part.value
            elsewhere.hand_over(on, part, folder)
            built = elsewhere.run(on, part, folder, _VARIABLES, spark.TARGET, spark.session(on, folder))
            if failed := [result["unique_id"] for result in built if result["status"] != "success"]:
                raise BuildFailed(f"Spark could not build {', '.join(failed)}")
            tables |= spark.made(folder)
        yield tables


def _compared(given: Settings, tables: dict[str, Path]) -> Comparison:
    import duckdb

    relations = {table: f"read_parquet('{place}/*.parquet')" for table, place in tables.items()}
    with duckdb.connect() as connection:
        return compare(given, relations, connection)


@contextmanager
def _no_logs_left() -> Iterator[None]:
    """Remove what the executors of a local cluster write beside the programs of Spark, which no setting moves."""
    [programs] = importlib.import_module("pyspark").__path__
    place = Path(programs) / "work"
    before = set(place.glob("*"))
    try:
        yield
    finally:
        for left in set(place.glob("*")) - before:
            shutil.rmtree(left)


@contextmanager
def _executor_killed() -> Iterator[list[int]]:
    """Kill the first executor below this process that has worked for a while; yield the process ids of the killed."""
    killed: list[int] = []
    ended = Event()

    def kill() -> None:
        while not ended.wait(0.2) and not killed:
            for child in psutil.Process().children(recursive=True):
                try:
                    if _EXECUTOR in " ".join(child.cmdline()) and child.cpu_times().user > _WORKED_SECONDS:
                        child.kill()
                        killed.append(child.pid)
                        break
                except psutil.Error:
                    continue  # it ended by itself

    thread = Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()

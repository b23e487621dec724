"""`SATU_ENGINE=spark`: a city up to the gate's verdict, and every table is the one that PostgreSQL computes."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import psutil
import pytest

from satu import engines, pipeline, settings, warehouse
from satu.bench.same_figures import compare
from satu.engines import Part, exchange, parts
from satu.pipeline.outcome import Stage
from satu.settings import Settings
from satu.simulate import simulate

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def city(home: Path) -> Iterator[Settings]:
    """A city of 3,600 residents whose models Spark computed, in the second run: the driver of the first was killed."""
    made = simulate(home / "spark-drop", scale=0.03, seed=11, fabricators=1)
    given = settings.load(
        home=home / "spark-home", landing_url=str(made.landing), engine="spark", spark_master="local[2]",
        spark_memory="1g",
    )  # fmt: skip
    given.home.mkdir(mode=0o711)
    try:
        _with_a_killed_driver(given)
        pipeline.run(given, Stage.GATE)
        yield given
    finally:
        warehouse.stop(given)


def _with_a_killed_driver(given: Settings) -> None:
    """Run, and kill Spark's driver while it makes people; the run fails, and no table of the second part is there."""
    environment = {
        "SATU_HOME": str(given.home), "SATU_LANDING_URL": given.landing_url, "SATU_ENGINE": given.engine,
        "SATU_SPARK_MASTER": given.spark_master, "SATU_SPARK_MEMORY": given.spark_memory,
    }  # fmt: skip
    command = [sys.executable, "-c", "from satu.cli.main import main; main()", "run", "--until", "gate"]
    log = engines.log_file(given)
    with subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL) as run:
        while not log.exists() or "model population.person " not in log.read_text():
            assert run.poll() is None
            time.sleep(0.1)
        [driver] = [one for one in psutil.Process(run.pid).children(recursive=True) if one.name() == "java"]
        driver.kill()
    assert run.returncode not in (0, None)
    with warehouse.connect(given, warehouse.TRANSFORMER) as connection:
        made = "select count(*) from pg_class where relnamespace in ('field'::regnamespace, 'candidate'::regnamespace)"
        assert connection.execute(made).fetchall() == [(0,)]


def test_nothing_of_a_record_is_left_beside_the_warehouse(city: Settings) -> None:
    assert [path for path in (city.home / "scratch").rglob("*") if path.is_file() and path.name != ".lock"] == []
    assert not [path for path in Path.cwd().iterdir() if path.name in ("metastore_db", "derby.log", "spark-warehouse")]


def test_every_table_is_the_one_of_postgresql(city: Settings, tmp_path: Path) -> None:
    nodes = engines.manifest(city)["nodes"].values()
    tables = {
        parts.relation(node): node["config"]["materialized"]
        for node in nodes
        if node["resource_type"] in ("model", "seed") and node["config"]["materialized"] != "view"
    }
    exchange.write_parquet(city, {table: table for table in tables}, tmp_path)
    on_postgres = city.model_copy(update={"engine": "postgres"})
    for part in Part:
        results = engines.build(on_postgres, part, {"as_of": "", "rules": "another"})
        assert {result["status"] for result in results} <= {"success", "pass", "warn"}
    with duckdb.connect() as connection:
        relations = {table: f"read_parquet('{tmp_path}/{table.replace('.', '/')}.parquet')" for table in tables}
        compared = compare(city, relations, connection)
    assert compared.differing == {}
    assert compared.tables > 100
    assert compared.cells > 500_000

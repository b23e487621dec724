"""`SATU_ENGINE=spark`: a city up to the gate's verdict, and every table is the one that PostgreSQL computes."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
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
    """A city of 3,600 residents whose models Spark computed."""
    made = simulate(home / "spark-drop", scale=0.03, seed=11, fabricators=1)
    given = settings.load(
        home=home / "spark-home", landing_url=str(made.landing), engine="spark", spark_master="local[2]",
        spark_memory="1g",
    )  # fmt: skip
    given.home.mkdir(mode=0o711)
    try:
        pipeline.run(given, Stage.GATE)
        yield given
    finally:
        warehouse.stop(given)


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

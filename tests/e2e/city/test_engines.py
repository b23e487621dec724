"""The same models on another engine: every table of the city is the same on DuckDB as in PostgreSQL."""

from pathlib import Path

import duckdb

from satu.bench.same_figures import compare
from satu.engines import Part, elsewhere, manifest, parts
from support import Published

VARIABLES = {"as_of": "", "rules": "the test"}


def test_duckdb_computes_the_same_tables(published: Published, tmp_path: Path) -> None:
    city = published.settings
    found: dict[str, str] = {}
    with duckdb.connect() as connection:
        for part in Part:
            folder = tmp_path / part.value
            elsewhere.hand_over(city, part, folder)
            built = elsewhere.run(city, part, folder, VARIABLES, "duckdb", {})
            assert [result["unique_id"] for result in built if result["status"] != "success"] == []
            connection.execute(f"attach '{folder / 'satu.duckdb'}' as {part.value} (read_only)").fetchall()
            nodes = manifest(city)["nodes"]
            made = [nodes[result["unique_id"]] for result in built]
            tables = [parts.relation(node) for node in made if node["config"]["materialized"] != "view"]
            found |= {table: f"{part.value}.{table}" for table in tables}
        compared = compare(city, found, connection)
        assert compared.differing == {}
        assert compared.tables > 100
        assert compared.cells > 1_000_000
        older = {"population.person": "(from after_linkage.population.person select * replace (age + 1 as age))"}
        assert compare(city, older, connection).differing["population.person"] > 1_000

"""Households of a whole run against those of the truth, by pairs of people who live together."""

from pathlib import Path
from typing import LiteralString

import polars as pl

from satu import pipeline, warehouse
from satu.bench.cities import CITY, build_models
from satu.bench.own_server import Say, own_server
from satu.ledger import runs
from satu.settings import Settings
from satu.simulate import simulate

_RECORDS: LiteralString = """
select members.person_id, members.household_id, records.record_no,
    substring(files.uri from '[^/]+/area=[^/]+/period=[^/]+/[^/]+$') as uri
from population.household_member as members
inner join population.person_record as records on members.person_id = records.person_id
inner join ops.file as files on records.file_id = files.file_id
"""


def measure_households(settings: Settings, scale: float, seed: int, say: Say = lambda _: None) -> dict[str, float]:
    """Run a simulated city up to its households; return precision and recall of the pairs of counted residents.

    Raises:
        BuildFailed: dbt could not build a model.
    """
    with own_server(settings) as given:
        pipeline.prepare(given)
        made = simulate(Path(given.landing_url).parent, CITY, scale, seed)
        pipeline.load_files(given, pipeline.sweep(given))
        run_id = runs.start(given)
        build_models(
            given, "--select", "+person_evidence", "+household_member,selector:before_linkage", "resource_type:seed"
        )
        pipeline.link(given, run_id)
        build_models(given, "--select", "+household_member", "--exclude", "selector:before_linkage")
        said, true, right = compare(given, made.truth)
    say(f"households: {said:,} pairs said, {true:,} true, {right:,} right")
    return {"precision": right / max(said, 1), "recall": right / max(true, 1)}


def compare(given: Settings, truth: Path) -> tuple[int, int, int]:
    """Return pairs of counted residents said to live together, those who truly do, and both; `truth` is its folder."""
    with warehouse.connect(given, warehouse.TRANSFORMER) as connection:
        schema = {"person_id": pl.Int64, "household_id": pl.Int64, "record_no": pl.Int64, "uri": pl.String}
        found = pl.DataFrame(connection.execute(_RECORDS).fetchall(), schema=schema, orient="row")
    records = pl.read_parquet(truth / "record.parquet", columns=["uri", "record_no", "true_id"])
    people = pl.read_parquet(truth / "person.parquet", columns=["true_id", "household", "is_resident"])
    return pairs(found.join(records, on=["uri", "record_no"]), people)


def pairs(found: pl.DataFrame, people: pl.DataFrame) -> tuple[int, int, int]:
    """Return pairs said, true, and both, of the people who are residents by the truth.

    found: person_id, household_id, true_id, one row a record; a person is who most of their records are of.
    """
    persons = (
        found.group_by("person_id", "household_id", "true_id")
        .len()
        .sort("len", "true_id", descending=[True, False])
        .unique("person_id", keep="first", maintain_order=True)
        .join(people.filter("is_resident", pl.col("household").is_not_null()), on="true_id")
    )
    said, true, right = (
        int(persons.group_by(keys).len().select(pl.col("len") * (pl.col("len") - 1) // 2).sum().item())
        for keys in (["household_id"], ["household"], ["household_id", "household"])
    )
    return said, true, right

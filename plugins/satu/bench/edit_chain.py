"""The models of editing on given answers, without the stages before them."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, LiteralString, cast

import polars as pl
import psycopg
import yaml
from psycopg import sql

from satu import warehouse
from satu.bench.cities import build_models
from satu.bench.edit_truth import HOUSING
from satu.engines import dbt
from satu.settings import Settings

_MODELS = (
    "relationship_restated", "edit_rule", "household_member", "stated_member", "edit_failure", "edit_target",
    "deduced_member", "donor_of_*", "edited_member", "person", "value_edit",
)  # fmt: skip
_INPUTS = ("stated_person", "person_household", "stated_housing")
_NUMBERS = {"person_id": pl.Int64, "household_id": pl.Int64, "age": pl.Int64, "months_of_stay": pl.Int64}
_PEOPLE = "select * from population.person order by person_id"
_FAILURES = """
select person_id, household_id, rule, head_person_id, spouse_person_id, mother_person_id from population.edit_failure
where severity = 'hard' and not is_missing
"""
_EDITS = "select person_id, variable, flag, edited_value, donor_person_id from population.value_edit"
_HEADS = "select person_id, household_id, head_rule from population.household_member"
_HOMES = "select household_id, variable, value, donor_household_id from {}"


@dataclass(frozen=True)
class Edited:
    """What editing made of the answers.

    people: population.person, one row a person, in the order of person_id. failures: of hard rules that compare
    answers. edits: value_edit. heads: head_rule by person. homes: household_id, variable, value of the donors.
    seconds: wall clock from the first model's start to the last one's end. models: seconds by model.
    """

    people: pl.DataFrame
    failures: pl.DataFrame
    edits: pl.DataFrame
    heads: pl.DataFrame
    homes: pl.DataFrame
    donor_uses_most: int
    seconds: float
    models: dict[str, float]


def edit(given: Settings, stated: pl.DataFrame, homes: pl.DataFrame) -> Edited:
    """Edit the answers in a migrated warehouse; both frames as those of Damaged, household_id null for none.

    Raises:
        BuildFailed: dbt could not build a model.
    """
    frames = dict(zip(_INPUTS, (_people(stated), _households(stated), _homes(stated, homes)), strict=True))
    with warehouse.connect(given, warehouse.TRANSFORMER, autocommit=True) as connection:
        for name, frame in frames.items():
            _fill(given, connection, name, frame)
    build_models(given, "--select", *_MODELS)
    ran = [result for result in dbt.results(given) if result["unique_id"].startswith("model.")]
    with warehouse.connect(given, warehouse.TRANSFORMER, autocommit=True) as connection:
        people = _read(connection, sql.SQL(_PEOPLE))
        failures, edits, heads = (_read(connection, sql.SQL(query)) for query in (_FAILURES, _EDITS, _HEADS))
        tables = [sql.Identifier("population", f"donor_of_{name}") for name in HOUSING]
        given_homes = pl.concat(_read(connection, sql.SQL(_HOMES).format(table)) for table in tables)
    models = {result["unique_id"].split(".")[-1]: round(result["execution_time"], 2) for result in ran}
    uses = max(_most(edits.filter(flag="donor"), "donor_person_id"), _most(given_homes, "donor_household_id"))
    return Edited(people, failures, edits, heads, given_homes, uses, _seconds(ran), models)


def _most(given: pl.DataFrame, donor: str) -> int:
    """Return how often the donor gave who gave one answer most often."""
    most = given.group_by("variable", donor).len()["len"].max()
    return int(most) if isinstance(most, int) else 0


def _people(stated: pl.DataFrame) -> pl.DataFrame:
    """Return stated_person: everybody is counted and filled in a form."""
    return stated.with_columns(
        village_code=pl.col("sls_code").str.slice(0, 10),
        area_code=pl.col("sls_code").str.slice(0, 10),
        count_status=pl.lit("resident"),
        count_reason=pl.lit("interview"),
        is_counted=True,
        has_form=True,
        is_occupation_in_form=True,
        is_list_check_only=False,
        sources=pl.lit("registry, interview_person"),
        deciding_feed=pl.lit("interview_person"),
        is_present_in_two_areas=False,
        is_present_after_died=False,
        survivorship_version=0,
        perturbation_key=0,
    )


def _households(stated: pl.DataFrame) -> pl.DataFrame:
    return stated.select("person_id", "household_id", form_key=pl.lit("2"))


def _homes(stated: pl.DataFrame, homes: pl.DataFrame) -> pl.DataFrame:
    """Return stated_housing; all homes are asked everything."""
    schooled = stated.filter(relationship="head").group_by("household_id").agg(head_education=pl.col("education").max())
    answers = [pl.col(name).is_not_null().alias(f"is_{name}_kept") for name in HOUSING]
    asked = [pl.lit(True).alias(f"is_{name}_asked") for name in HOUSING]
    return homes.join(schooled, on="household_id", how="left").with_columns(
        *answers, *asked, is_passing=True, has_form=True
    )


def _fill(given: Settings, connection: psycopg.Connection, name: str, frame: pl.DataFrame) -> None:
    """Make table population.`name` with the columns of its model, and copy the frame's into it; others are null."""
    [path] = (given.project_dir / "dbt_project" / "models").rglob(f"{name}.yml")
    [model] = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    table = sql.Identifier("population", name)
    types = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column["name"]), sql.SQL(cast("LiteralString", column["data_type"])))
        for column in model["columns"]
    )
    with connection.transaction():
        connection.execute(sql.SQL("drop table if exists {} cascade").format(table))
        connection.execute(sql.SQL("create table {} ({})").format(table, types))
        names = [column["name"] for column in model["columns"] if column["name"] in frame.columns]
        target = sql.SQL(", ").join(map(sql.Identifier, names))
        copied = sql.SQL("copy {} ({}) from stdin with (format csv)").format(table, target)
        with connection.cursor().copy(copied) as copy:
            copy.write(frame.select(names).write_csv(include_header=False))
        connection.execute(sql.SQL("analyze {}").format(table))


def _read(connection: psycopg.Connection, query: sql.Composable) -> pl.DataFrame:
    text = BytesIO()
    copied = sql.SQL("copy ({}) to stdout with (format csv, header)").format(
        sql.SQL(query) if isinstance(query, str) else query
    )
    with connection.cursor().copy(copied) as copy:
        for part in copy:
            text.write(part)
    text.seek(0)
    frame = pl.read_csv(text, infer_schema=False)
    return frame.with_columns(
        pl.col(name).cast(_NUMBERS.get(name, pl.Int64))
        for name in frame.columns
        if name in _NUMBERS or name.endswith("_person_id")
    )


def _seconds(ran: list[dict[str, Any]]) -> float:
    times = [
        next(datetime.fromisoformat(timing[end]) for timing in result["timing"] if timing["name"] == "execute")
        for result in ran
        for end in ("started_at", "completed_at")
    ]
    return (max(times) - min(times)).total_seconds()

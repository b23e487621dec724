"""The truth behind the exports, in the categories of the warehouse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate import families as f
from satu.simulate import housing, officers
from satu.simulate.work import jobs

if TYPE_CHECKING:
    from pathlib import Path

    from satu.simulate.areas import Areas
    from satu.simulate.writing import Drop

_MARITAL = {f.NEVER: "never_married", f.MARRIED: "married", f.UNREGISTERED: "married"} | {
    f.DIVORCED: "divorced",
    f.WIDOWED: "widowed",
}
# Categories in the order of their codes, from 1.
_RELIGION = ("islam", "protestant", "catholic", "hindu", "buddhist", "confucian", "belief")
_EDUCATION = (
    "none", "some_primary", "primary", "lower_secondary", "upper_secondary", "diploma_1_2", "diploma_3", "bachelor",
    "master", "doctorate",
)  # fmt: skip
_ACTIVITY = ("working", "studying", "housekeeping", "other")
_OCCUPATION = (
    "armed_forces", "managers", "professionals", "technicians", "clerical", "service_and_sales", "agricultural",
    "craft", "machine_operators", "elementary",
)  # fmt: skip
"""The major groups of ISCO-08, from 0."""
_EMPLOYMENT = (
    "own_account", "own_account_with_unpaid_help", "employer", "employee", "casual_worker", "unpaid_family_worker",
)  # fmt: skip


def write_truth(
    truth: Path, drop: Drop, people: pl.DataFrame, homes: pl.DataFrame, areas: Areas, staff: officers.Officers
) -> int:
    """Write the files of the truth into the folder `truth`; returns the number of residents."""
    truth.mkdir(parents=True, exist_ok=True)
    person = persons(people, areas)
    person.write_parquet(truth / "person.parquet")
    households(homes, areas).write_parquet(truth / "household.parquet")
    pl.concat(drop.truth).write_parquet(truth / "record.parquet")
    pl.DataFrame(
        drop.traps, schema={"uri": pl.String, "trap": pl.String, "expected": pl.String}, orient="row"
    ).write_parquet(truth / "trap.parquet")
    fabricators = pl.DataFrame({"officer": np.flatnonzero(staff.fabricates)}, schema={"officer": pl.Int64})
    fabricators.select(id_petugas=officers.officer_id(areas.city.code, pl.col("officer"))).write_parquet(
        truth / "fabricator.parquet"
    )
    residents = person.filter("is_resident")
    by_kelurahan = residents.group_by("kode_kelurahan").len().sort("kode_kelurahan")
    summary = {
        "city": areas.city.code,
        "residents": residents.height,
        "people": person.height,
        "households": homes.height,
        "sls": len(areas.weight),
        "residents_by_kelurahan": dict(by_kelurahan.iter_rows()),
        "files": drop.files,
        "records": drop.records,
        "fates": dict(person.group_by("fate").len().sort("fate").iter_rows()),
    }
    (truth / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return residents.height


def persons(people: pl.DataFrame, areas: Areas) -> pl.DataFrame:
    """Return the table person of the truth: one row a person, resident or not."""
    codes, lives_here = areas.sls["code"], pl.col("is_resident")
    works, group = pl.col("job") >= 0, jobs()["group"].cast(pl.Int64)
    return people.select(
        "true_id",
        "sex",
        pl.col("birth").alias("birth_date"),
        pl.when(lives_here).then(codes.gather(people["home"].clip(lower_bound=0))).alias("kode_sls"),
        "is_resident",
        "fate",
        "nik",
        "nik2",
        kk="kk_now",
        household=pl.when(lives_here).then("hh"),
        relationship=pl.when(lives_here).then("relationship"),
        marital_status=pl.col("marital_now").replace_strict(_MARITAL, return_dtype=pl.String),
        religion=_named("religion", _RELIGION),
        ethnicity="ethnicity",
        language="language",
        education=_named("education", _EDUCATION),
        activity=_named("activity", _ACTIVITY),
        occupation=pl.when(works).then(pl.Series(_OCCUPATION).gather(group.gather(people["job"].clip(lower_bound=0)))),
        employment_status=_named("employment", _EMPLOYMENT),
        months_of_stay="months_of_stay",
        citizenship=pl.when("is_foreign").then(pl.lit("foreign")).otherwise(pl.lit("indonesian")),
        birth_place="birth_place",
    ).with_columns(kode_kelurahan=pl.col("kode_sls").str.slice(0, 10))


def households(homes: pl.DataFrame, areas: Areas) -> pl.DataFrame:
    """Return the table household of the truth: one row a household of residents."""
    return homes.select(
        household="hh",
        kode_sls=areas.sls["code"].gather(homes["home"]),
        **{question: _named(question, names) for question, names in housing.CATEGORIES.items()},
    )


def _named(column: str, names: tuple[str, ...]) -> pl.Expr:
    """Turn codes from 1 into categories; 0 becomes null."""
    return pl.col(column).replace_strict(
        list(range(1, len(names) + 1)), list(names), default=None, return_dtype=pl.String
    )

"""The true people and homes of a simulated city, as the tables that editing reads would have them."""

from dataclasses import dataclass

import polars as pl

from satu.simulate import draw_truth

CITY = "3371"
VARIABLES = (
    "sex", "age", "relationship", "marital_status", "religion", "ethnicity", "language", "citizenship", "birth_place",
    "months_of_stay", "education", "activity", "employment_status", "occupation",
)  # fmt: skip
"""Answers that are edited, in the order of the macro edited_variables."""
HOUSING = ("tenure", "electricity", "water", "toilet", "floor")
_BIRTHPLACE, _CENTURY_YEAR = "MAGELANG", 20
_STAYS = {12: "0-11", 60: "12-59", 120: "60-119", 240: "120-239"}
"""Months below which a stay is in a group."""


@dataclass(frozen=True)
class City:
    """People and homes; a value is null where the question is not for the person.

    people: person_id, household_id, sls_code, birth_date, has_nik, nik_sex, nik_age, is_nik_of_regency and VARIABLES,
    one row a resident.
    homes: household_id, unit_code, members and HOUSING, one row a household.
    """

    people: pl.DataFrame
    homes: pl.DataFrame


def true_city(scale: float, seed: int) -> City:
    """Return the residents of the city and their homes; `scale` multiplies its population."""
    made = draw_truth(CITY, scale, seed)
    people = made.person.filter("is_resident", pl.col("household").is_not_null())
    people = people.with_columns(
        person_id=pl.col("true_id").cast(pl.Int64),
        household_id=pl.col("true_id").min().over("household").cast(pl.Int64),
        sls_code="kode_sls",
        sex=pl.col("sex").replace_strict({1: "male", 2: "female"}, return_dtype=pl.String),
        age=completed_years(pl.col("birth_date")),
        birth_place=pl.when(pl.col("birth_place") == _BIRTHPLACE)
        .then(pl.lit("this_regency"))
        .when(pl.col("birth_place").is_not_null())
        .then(pl.lit("elsewhere")),
        months_of_stay=pl.col("months_of_stay").cast(pl.Int64),
        has_nik=pl.col("nik").is_not_null(),
        nik_sex=pl.when(pl.col("nik").str.slice(6, 1) >= "4")
        .then(pl.lit("female"))
        .when(pl.col("nik").is_not_null())
        .then(pl.lit("male")),
        nik_age=completed_years(_nik_birth_date(pl.col("nik"))),
        is_nik_of_regency=pl.col("nik").str.slice(0, 4) == CITY,
    )
    household = people.group_by("household").agg(
        pl.col("household_id").first(), pl.col("sls_code").min().alias("unit_code"), pl.len().alias("members")
    )
    homes = made.household.select("household", *HOUSING).join(household, on="household").sort("household_id")
    known = (
        "person_id",
        "household_id",
        "sls_code",
        "birth_date",
        "has_nik",
        "nik_sex",
        "nik_age",
        "is_nik_of_regency",
    )
    return City(
        people.select(*known, *VARIABLES).sort("person_id"),
        homes.select("household_id", "unit_code", "members", *HOUSING),
    )


def completed_years(birth: pl.Expr) -> pl.Expr:
    """Return the age in completed years on the reference date."""
    before = (birth.dt.month() * 100 + birth.dt.day()) > 930
    return (2020 - birth.dt.year() - before.cast(pl.Int32)).cast(pl.Int64)


def _nik_birth_date(nik: pl.Expr) -> pl.Expr:
    """Return the birth date that a NIK encodes: of two centuries the later one that is not after the census."""
    day, month, year = (nik.str.slice(start, 2).cast(pl.Int32) for start in (6, 8, 10))
    century = pl.when(year > _CENTURY_YEAR).then(1900).otherwise(2000)
    return pl.date(century + year, month, pl.when(day > 40).then(day - 40).otherwise(day))


def grouped(people: pl.DataFrame) -> pl.DataFrame:
    """Return the VARIABLES as text categories: ages in five years, stays in five groups."""
    stay = pl.lit("240 and more")
    for most, name in reversed(_STAYS.items()):
        stay = pl.when(pl.col("months_of_stay") < most).then(pl.lit(name)).otherwise(stay)
    return people.with_columns(
        age=(pl.col("age") // 5 * 5).cast(pl.String),
        months_of_stay=pl.when(pl.col("months_of_stay").is_not_null()).then(stay),
    ).with_columns(pl.col(*VARIABLES).cast(pl.String))

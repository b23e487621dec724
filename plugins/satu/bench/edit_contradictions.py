"""Contradictions as respondents and officers write them; each fails a hard edit rule that compares answers."""

from dataclasses import dataclass

import numpy as np
import polars as pl

PLANTED = 0.01
"""Share of the people who get one; in a household there is at most one."""
_AGE, _HEAD_AGE = pl.col("age"), pl.col("head_age")


@dataclass(frozen=True)
class Kind:
    """A mistake: what is true of those who may have it, the answer that becomes wrong, and its value.

    In both expressions `draw` is a random number from 0 to 1. All of `needs` are stated.
    """

    name: str
    field: str
    where: pl.Expr
    wrong: pl.Expr
    needs: tuple[str, ...] = ()


def _is(**values: str | tuple[str, ...]) -> pl.Expr:
    return pl.all_horizontal(
        pl.col(name).is_in([value] if isinstance(value, str) else value) for name, value in values.items()
    )


def _any(*values: str) -> pl.Expr:
    number = (pl.col("draw") * len(values)).floor()
    chosen = pl.lit(values[-1])
    for place, value in enumerate(values[:-1]):
        chosen = pl.when(number == place).then(pl.lit(value)).otherwise(chosen)
    return chosen


def _tens(years: pl.Expr) -> pl.Expr:
    """Round up to a decade: one wrong digit of a year of birth."""
    return ((years + 9) // 10).clip(1) * 10


_COUPLE = _is(relationship="spouse") & (pl.col("heads") == 1) & (pl.col("spouses") == 1)
_RELATED = pl.col("heads") == 1
_IDLE = ("housekeeping", "studying", "other")
KINDS = (
    Kind("educated_child", "education", _AGE.is_between(5, 13), _any("upper_secondary", "bachelor", "lower_secondary")),
    Kind("educated_infant", "education", _AGE < 5, _any("primary", "some_primary")),
    Kind("working_child", "activity", _AGE.is_between(5, 9), pl.lit("working")),
    Kind("active_infant", "activity", _AGE < 5, _any("studying", "other"), ("age",)),
    Kind("married_child", "marital_status", _AGE < 10, _any("married", "widowed")),
    Kind("stay_longer_than_age", "months_of_stay", _AGE < 60, _AGE * 12 + 13 + (pl.col("draw") * 240).cast(pl.Int64)),
    Kind(
        "idle_with_work", "activity", _is(activity="working") & (_AGE >= 10), _any("housekeeping", "studying", "other"),
        ("occupation", "employment_status"),
    ),
    Kind("idle_with_occupation", "occupation", _is(activity=_IDLE), _any("5", "9", "6")),
    Kind("idle_with_employment_status", "employment_status", _is(activity=_IDLE), _any("own_account", "employee")),
    Kind("foreign_with_nik", "citizenship", pl.col("has_nik"), pl.lit("foreign")),
    Kind("child_as_spouse", "relationship", _RELATED & _is(relationship="child") & (_AGE < 15), pl.lit("spouse")),
    Kind("spouse_never_married", "marital_status", _COUPLE, pl.lit("never_married")),
    Kind(
        "married_head_never_married", "marital_status", _is(relationship="head") & (pl.col("spouses") == 1),
        pl.lit("never_married"),
    ),
    Kind(
        "child_in_law_never_married", "marital_status", _RELATED & _is(relationship="child_in_law") & (_AGE >= 15),
        pl.lit("never_married"),
    ),
    Kind(
        "couple_of_one_sex", "sex", _COUPLE & pl.col("head_sex").is_not_null(), pl.col("head_sex"),
        ("age", "marital_status"),
    ),
    Kind("child_spouse_age", "age", _COUPLE & (_AGE >= 20), 5 + _AGE % 10),
    Kind(
        "child_older_than_head", "age", _RELATED & _is(relationship="child"), _AGE + _tens(_HEAD_AGE - _AGE + 1),
    ),
    Kind(
        "parent_younger_than_head", "age", _RELATED & _is(relationship="parent"), _AGE - _tens(_AGE - _HEAD_AGE - 11),
    ),
    Kind(
        "grandchild_near_head", "age", _RELATED & _is(relationship="grandchild"), _AGE + _tens(_HEAD_AGE - _AGE - 25),
    ),
    Kind("age_over_110", "age", _AGE.is_between(11, 40), _AGE + 100),
    Kind("born_later", "age", _AGE < 20, pl.lit(None, dtype=pl.Int64)),
    Kind(
        "child_as_head", "age", _is(relationship="head") & (pl.col("members") > 1) & (_AGE >= 20),
        4 + _AGE % 10,
    ),
)  # fmt: skip
"""Kinds of contradictions; each is drawn about as often as there are people who can have it, the rare ones first."""
_MAY_BE_NULL = ("idle_with_occupation", "idle_with_employment_status", "active_infant")


def plant(stated: pl.DataFrame, rng: np.random.Generator) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the answers with contradictions, with column is_born_later, and the planted ones (as Damaged has them)."""
    people = _around(stated).with_columns(draw=pl.Series(rng.random(stated.height)))
    chosen = _choose(people, round(PLANTED * people.height), rng)
    told = people.join(chosen.select("person_id", "kind"), on="person_id", how="left", maintain_order="left")
    told = told.with_columns(true_age="age", is_born_later=pl.col("kind").eq_missing(pl.lit("born_later")))
    for kind in KINDS:
        told = told.with_columns(
            pl.when(pl.col("kind") == kind.name).then(kind.wrong).otherwise(pl.col(kind.field)).alias(kind.field)
        )
    years = pl.when("is_born_later").then(-25).otherwise(pl.col("age") - pl.col("true_age")).fill_null(0)
    told = told.with_columns(birth_date=pl.col("birth_date").dt.offset_by(pl.format("{}y", -years)))
    return told.select(*stated.columns, "is_born_later"), chosen


def _around(stated: pl.DataFrame) -> pl.DataFrame:
    """Add heads, spouses, members and the head's age and sex, as stated."""
    head, home = pl.col("relationship") == "head", "household_id"
    return stated.with_columns(
        heads=head.sum().over(home),
        spouses=(pl.col("relationship") == "spouse").sum().over(home),
        members=pl.len().over(home),
        head_age=pl.when(head).then("age").max().over(home),
        head_sex=pl.when(head).then("sex").max().over(home),
    )


def _choose(people: pl.DataFrame, wanted: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return person_id, household_id, kind and field: the kinds as equal in number as the people allow."""
    may = {kind.name: people.filter(_candidates(kind)).select("person_id", "household_id") for kind in KINDS}
    kinds = sorted(KINDS, key=lambda kind: may[kind.name].height)
    used: set[int] = set()
    found: list[tuple[int, int, str, str]] = []
    for place, kind in enumerate(kinds):
        quota = (wanted - len(found)) // (len(kinds) - place)
        taken = 0
        rows = may[kind.name].rows()
        for row in rng.permutation(len(rows)):
            if taken == quota:
                break
            person, household = rows[row]
            if household not in used:
                used.add(household)
                found.append((person, household, kind.name, kind.field))
                taken += 1
    return pl.DataFrame(found, schema=["person_id", "household_id", "kind", "field"], orient="row")


def _candidates(kind: Kind) -> pl.Expr:
    """Return who may have the mistake: what it is about is stated, and becomes another value."""
    stated = [pl.col(name).is_not_null() for name in ("age", *kind.needs)]
    if kind.name not in _MAY_BE_NULL:
        stated.append(pl.col(kind.field).is_not_null())
    if kind.name != "born_later":
        stated.append(kind.wrong.is_not_null())
    return kind.where.fill_null(False) & pl.all_horizontal(stated) & kind.wrong.ne_missing(pl.col(kind.field))

"""What people do: studying, working and in which job, keeping house, or nothing of these."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from satu.simulate import families as f

if TYPE_CHECKING:
    from satu.simulate.areas import Bools, Floats, Ints

NOT_ASKED, WORKING, STUDYING, HOUSEKEEPING, IDLE = 0, 1, 2, 3, 4
LEAST_AGE = 5
"""Codes of activity; younger children are not asked."""
NO_JOB = -1
_OWN_ACCOUNT, _WITH_HELP, _EMPLOYER, _EMPLOYEE, _CASUAL, _UNPAID = 1, 2, 3, 4, 5, 6
_EMPLOYMENT = {
    "E": ([_EMPLOYEE, _CASUAL], [0.97, 0.03]),
    "S": ([_OWN_ACCOUNT, _WITH_HELP, _EMPLOYER, _UNPAID], [0.56, 0.26, 0.06, 0.12]),
    "C": ([_CASUAL, _OWN_ACCOUNT], [0.9, 0.1]),
}
"""Codes of employment status by kind of job: employee, own account, casual."""
_MEN = ([15, 18, 22, 26, 50, 55, 60, 65, 70, 80], [0.45, 0.70, 0.86, 0.95, 0.95, 0.88, 0.72, 0.55, 0.36, 0.10])
_WOMEN = ([15, 18, 22, 26, 50, 55, 60, 65, 70, 80], [0.35, 0.58, 0.66, 0.66, 0.66, 0.58, 0.46, 0.34, 0.20, 0.05])
"""Shares that work, of those who do not study; women are then told apart by marriage and education."""
_RETIREMENT, _OFFICER = 58, 53
_BANDS = ((1, 3), (4, 4), (5, 5), (6, 7), (8, 8), (9, 10))


@cache
def jobs() -> pl.DataFrame:
    """Return the jobs of occupations.csv: text, group, kind, men, women, least, most, registry."""
    lines = (files(__package__) / "occupations.csv").read_text("utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    return pl.DataFrame(rows).with_columns(
        pl.col("men", "women").cast(pl.Float64), pl.col("least", "most").cast(pl.Int64)
    )


def with_work(people: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Add activity, job (row of `jobs`, -1 none), employment (0 none) and has_left_work (retired).

    `people` needs age, sex, slot, is_head, marital_now, education and school (the level that they will reach).
    """
    age, sex = people["age"].to_numpy(), people["sex"].to_numpy()
    studies = _studies(people, rng)
    works = ~studies & (age >= 10) & (rng.random(len(age)) < _working_share(people))
    keeps_house = rng.random(len(age)) < np.where(sex == f.MAN, 0.12, np.where(age < 75, 0.88, 0.45))
    other = np.where(keeps_house & (age >= 12), HOUSEKEEPING, IDLE)
    activity = np.select([age < LEAST_AGE, studies, works], [NOT_ASKED, STUDYING, WORKING], other)
    job = _jobs(people, works, rng)
    retired = ~works & (age >= _RETIREMENT) & (people["education"].to_numpy() >= 5) & (rng.random(len(age)) < 0.4)
    return people.with_columns(
        activity=pl.Series(activity),
        job=pl.Series(job),
        employment=pl.Series(_employment(people, job, rng)),
        has_left_work=pl.Series(retired),
    )


def _studies(people: pl.DataFrame, rng: np.random.Generator) -> Bools:
    age = people["age"].to_numpy()
    unfinished = people["education"].to_numpy() < people["school"].to_numpy()
    share = np.interp(age, [4, 5, 6, 7, 15, 18, 23, 27, 32], [0, 0.5, 0.85, 0.99, 0.98, 0.95, 0.85, 0.4, 0.0])
    return np.asarray((age >= LEAST_AGE) & unfinished & (rng.random(len(age)) < share), dtype=np.bool_)


def _working_share(people: pl.DataFrame) -> Floats:
    age, sex, education = (people[name].to_numpy() for name in ("age", "sex", "education"))
    married = np.isin(people["marital_now"].to_numpy(), [f.MARRIED, f.UNREGISTERED])
    woman = np.interp(age, *_WOMEN) * np.where(married, 0.8, 1.2) * np.where(education >= 6, 1.3, 1.0)
    share = np.where(sex == f.MAN, np.interp(age, *_MEN), np.clip(woman, 0, 0.92))
    hired = people["shdk"].to_numpy() == 10
    return np.where(hired, 1.0, np.where(age < 15, 0.1, share))


def _jobs(people: pl.DataFrame, works: Bools, rng: np.random.Generator) -> Ints:
    """Draw a job for those who work, by sex, education and age."""
    table, n = jobs(), people.height
    age, sex, education = (people[name].to_numpy() for name in ("age", "sex", "education"))
    job = np.full(n, NO_JOB)
    text, group, kind = (table[name].to_numpy() for name in ("text", "group", "kind"))
    domestic = int(np.flatnonzero(text == "PEMBANTU RUMAH TANGGA")[0])
    for man in (True, False):
        weight = table["men" if man else "women"].to_numpy()
        for low, high in _BANDS:
            fits = (table["least"].to_numpy() <= high) & (table["most"].to_numpy() >= low)
            for young, old in ((0, 17), (18, 24), (25, 53), (54, 200)):
                rows = works & ((sex == f.MAN) == man) & (education >= low) & (education <= high)
                chosen = np.flatnonzero(rows & (age >= young) & (age <= old))
                odds = weight * fits
                odds = odds * ~((group == "0") & (old > _OFFICER)) * np.where(group == "1", min(1.0, young / 25), 1.0)
                odds = odds * np.where(kind == "S", {0: 0.8, 18: 0.6, 25: 1.0, 54: 1.6}[young], 1.0)
                odds = odds * ~((young >= 54) & (kind == "E") & (group == "4")) if high <= 4 else odds
                job[chosen] = rng.choice(len(odds), size=len(chosen), p=odds / odds.sum())
    return np.where(works & (people["shdk"].to_numpy() == 10), domestic, job)


def _employment(people: pl.DataFrame, job: Ints, rng: np.random.Generator) -> Ints:
    kind = jobs()["kind"].to_numpy()[job]
    status = np.zeros(len(job), dtype=np.int64)
    for name, (codes, shares) in _EMPLOYMENT.items():
        rows = np.flatnonzero((job != NO_JOB) & (kind == name))
        status[rows] = rng.choice(codes, size=len(rows), p=shares)
    helps = (status == _UNPAID) & people["is_head"].to_numpy()
    return np.where(helps, _WITH_HELP, status)

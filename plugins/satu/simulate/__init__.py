"""Synthetic census of a real city: exports with realistic errors, and the truth to compare with.

People, cards and numbers are drawn; area codes and names are real. Equal arguments give equal bytes in every file.
`<out>/landing` has the exports, `<out>/truth` person, household, record, trap, fabricator (parquet), summary.json.
Records with one true_id are one person, even if they are two lines (line_no) of one return (return_id).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from satu.simulate import interview, officers, online, reference, registry, survey, traps, verification
from satu.simulate.areas import CITIES, Areas, lay_out
from satu.simulate.housing import furnish
from satu.simulate.people import populate
from satu.simulate.truth import households, persons, write_truth
from satu.simulate.writing import Delivery, Drop

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

__all__ = ["Simulated", "Truth", "draw_truth", "simulate"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Simulated:
    """The result: folders, the true number of residents on 30 September 2020, files and their records."""

    landing: Path
    truth: Path
    residents: int
    files: int
    records: int


def simulate(
    out: Path,
    city: str = "3371",
    scale: float = 1.0,
    seed: int = 2020,
    errors: float = 1.0,
    fabricators: int = 0,
    progress: Progress | None = None,
    listener: Callable[[Delivery], None] = lambda _: None,
) -> Simulated:
    """Simulate the census of `city` (3371 Kota Magelang, 1671 Kota Palembang) into `out`.

    `scale` multiplies the population, `errors` every error rate of officers and forms (0: no broken lines either);
    `fabricators` officers invent most of their visits. `progress` is called with (stage, stages done, stages),
    `listener` with each delivery before it is written.
    """
    if city not in CITIES:
        message = f"no city {city!r} to simulate; known: {', '.join(CITIES)}"
        raise ValueError(message)
    run = _Run(
        Drop(out / "landing", city, seed, damaging=errors > 0, listener=listener),
        seed,
        errors,
        progress or (lambda *_: None),
    )
    run.step("people")
    areas, people, homes = _draw(city, scale, seed)
    staff = officers.engage(areas, fabricators, run.rng("fabricators"), run.rng("habits"))
    reached = _collect(run, people, homes, areas, staff)
    run.step("truth")
    for delivery in (
        reference.areas_delivery(areas, people),
        reference.officers_delivery(areas, run.rng("officers")),
        reference.asn_delivery(people, areas, run.errors, run.rng("asn")),
        reference.outreach_delivery(areas, run.rng("outreach")),
        reference.control_delivery(people, reached, areas),
    ):
        run.drop.write(delivery)
    residents = write_truth(out / "truth", run.drop, people, homes, areas, staff)
    return Simulated(run.drop.landing, out / "truth", residents, run.drop.files, sum(run.drop.records.values()))


@dataclass(frozen=True)
class Truth:
    """The tables person and household of the truth."""

    person: pl.DataFrame
    household: pl.DataFrame


def draw_truth(city: str = "3371", scale: float = 1.0, seed: int = 2020) -> Truth:
    """Return the truth that `simulate` would write with these arguments, without any files."""
    areas, people, homes = _draw(city, scale, seed)
    return Truth(persons(people, areas), households(homes, areas))


def _draw(city: str, scale: float, seed: int) -> tuple[Areas, pl.DataFrame, pl.DataFrame]:
    areas = lay_out(CITIES[city], scale, _rng(seed, "areas"))
    people = populate(areas, max(1, round(CITIES[city].residents * scale)), _rng(seed, "people"))
    return areas, people, furnish(people, areas, _rng(seed, "homes"))


def _rng(seed: int, name: str) -> np.random.Generator:
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


_STAGES = ("people", "registry", "online", "verification", "interview", "survey", "truth")


@dataclass(frozen=True)
class _Run:
    drop: Drop
    seed: int
    errors: float
    progress: Progress

    def rng(self, name: str) -> np.random.Generator:
        """Return a random stream for each part, so that a change in one part does not affect the others."""
        return _rng(self.seed, name)

    def step(self, stage: str) -> None:
        self.progress(stage, _STAGES.index(stage), len(_STAGES))


def _collect(run: _Run, people: pl.DataFrame, homes: pl.DataFrame, areas: Areas, staff: officers.Officers) -> pl.Series:
    """Run the phases in order and write their deliveries; returns the true ids reached online."""
    run.step("registry")
    listed = registry.registered(people, areas, run.rng("registered"))
    for delivery in registry.deliver(listed, areas, run.errors, run.rng("registry")):
        _note_habit(run.drop, run.drop.write(delivery), delivery)
    run.step("online")
    forms = online.take_part(people, areas, run.rng("online"))
    plain = []
    for delivery in online.deliver(forms, homes, areas, run.errors, run.rng("online files")):
        uri = run.drop.write(delivery)
        if delivery.feed == "online_person" and uri.endswith(".csv") and not delivery.damage:
            plain.append(uri)
    run.step("verification")
    checks = verification.check_lists(
        people, listed, forms.sent_people, areas, staff, run.errors, run.rng("verification")
    )
    lists = [run.drop.write(d) for d in verification.deliver(checks, areas, run.errors, run.rng("lists"))]
    run.step("interview")
    visits = interview.visit(people, forms.sent_households, areas, staff, run.rng("interview"))
    for delivery in interview.deliver(visits, homes, areas, run.errors, run.rng("interview files")):
        uri = run.drop.write(delivery)
        if f"period={interview.LATE_PERIOD}" in uri:
            run.drop.trap(uri, "phase_closed", "loaded_late")
    run.step("survey")
    counted = survey.found_by_census(checks, visits)
    for delivery in survey.deliver(people, counted, areas, run.errors, run.rng("survey")):
        run.drop.write(delivery)
    fullest = max(plain, key=lambda uri: ((run.drop.landing / uri).stat().st_size, uri))
    traps.add_file_traps(run.drop, fullest, lists[min(4, len(lists) - 1)])
    return forms.sent_people


def _note_habit(drop: Drop, uri: str, delivery: Delivery) -> None:
    if delivery.dialect.extension == "csv.gz":
        drop.trap(uri, "leading_zeros_lost_in_rt_rw", "loaded_with_issues")
    if delivery.dialect.titles:
        drop.trap(uri, "title_rows_number_row_footer", "loaded")

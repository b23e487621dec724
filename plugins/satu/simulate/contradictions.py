"""Answers that contradict each other or the age: each kind at a stated rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from satu.simulate import families as f
from satu.simulate.wording import named_jobs
from satu.simulate.work import WORKING, jobs

if TYPE_CHECKING:
    import polars as pl

    from satu.simulate.areas import Bools, Ints
    from satu.simulate.errors import Objects


@dataclass(frozen=True)
class Contradictions:
    """Shares of the members that the contradiction is possible for; the last two are of returns."""

    child_as_spouse: float = 0.0007
    parent_as_child: float = 0.01
    """A child older than the head."""
    spouse_never_married: float = 0.004
    child_married: float = 0.0005
    """Of those under 10."""
    education_too_high: float = 0.002
    """Of those under 22."""
    small_child_works: float = 0.001
    """Of those from 5 to 9."""
    job_without_work: float = 0.003
    """Of those from 10 on who do not work."""
    work_without_job: float = 0.002
    stay_longer_than_age: float = 0.002
    two_heads: float = 0.002
    no_head: float = 0.005

    def times(self, factor: float) -> Contradictions:
        """Multiply every share."""
        return replace(self, **{name: min(1.0, share * factor) for name, share in vars(self).items()})


ANSWERS = Contradictions()


def contradict(
    answers: dict[str, Objects], members: pl.DataFrame, rates: Contradictions, rng: np.random.Generator, within: str
) -> None:
    """Change some of the answers, texts by question, in place."""
    _relationships(answers["hub"], members, rates, rng, within)
    hub, age = answers["hub"], members["age"].to_numpy()

    def hit(possible: Bools, rate: float) -> Ints:
        return np.flatnonzero(possible & (rng.random(len(age)) < rate))

    answers["kawin"][hit(hub == "2", rates.spouse_never_married)] = "1"
    answers["kawin"][hit(age < 10, rates.child_married)] = "2"
    too_high = hit(age < 22, rates.education_too_high)
    codes = members["education"].to_numpy()[too_high] + rng.integers(2, 5, len(too_high))
    least = np.searchsorted([11, 14, 17], age[too_high], side="right") + 3
    answers["ijazah"][too_high] = np.minimum(np.maximum(codes, least), 9).astype(str)
    answers["kegiatan"][hit((age >= 5) & (age < 10), rates.small_child_works)] = "1"
    works = members["activity"].to_numpy() == WORKING
    extra = hit((age >= 10) & ~works, rates.job_without_work)
    answers["pekerjaan"][extra] = named_jobs(rng.integers(0, jobs().height, len(extra)), rng)
    answers["pekerjaan"][hit(works, rates.work_without_job)] = ""
    longer = hit(age < 80, rates.stay_longer_than_age)
    answers["lama_tinggal"][longer] = ((age[longer] + 1) * 12 + rng.integers(6, 240, len(longer))).astype(str)


def _relationships(
    hub: Objects, members: pl.DataFrame, rates: Contradictions, rng: np.random.Generator, within: str
) -> None:
    age, n = members["age"].to_numpy(), len(hub)
    head = hub == "1"
    returns = members[within].rank("dense").to_numpy().astype(np.int64)
    draw = rng.random(int(returns.max(initial=0)) + 1)[returns]
    child = (hub == "3") & (age >= 17) & (rng.random(n) < rates.child_as_spouse)
    parent = (hub == "6") & (rng.random(n) < rates.parent_as_child)
    hub[child], hub[parent] = "2", "3"
    hub[head & (draw < rates.no_head)] = "8"
    second = np.isin(hub, ["2", "3", "6"]) & (members["slot"].to_numpy() <= f.CHILD) & (age >= 17)
    more = second & (draw >= 1 - rates.two_heads)
    first = np.zeros(n, dtype=np.bool_)
    first[np.unique(np.where(more, returns, -1), return_index=True)[1]] = True
    hub[more & first] = "1"

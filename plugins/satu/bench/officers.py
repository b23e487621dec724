"""Whether `field.officer_anomaly` points to the officer who invents visits in simulated cities, else to nobody."""

from collections.abc import Sequence
from dataclasses import dataclass

from satu.bench.cities import Built, Sample, measure_cities
from satu.bench.own_server import Say
from satu.settings import Settings

SCALE = 0.15
"""Share of the city's population: 18,229 residents and about 31 officers, 7 to 13 in each of three districts."""
_SCORES = """
select officer_id, anomaly_score, is_signal from field.officer_anomaly
where anomaly_score is not null order by anomaly_score desc, officer_id
"""


@dataclass(frozen=True)
class Officers:
    """The mart's scores of the officers of one city."""

    highest: float
    """Most points of an officer who invents nothing."""
    fabricator: float | None
    """Points of the officer who invents visits; none where all are honest."""
    signals: int

    @property
    def is_fabricator_first(self) -> bool:
        """The officer who invents visits has more points than everybody else."""
        return self.fabricator is not None and self.fabricator > self.highest


def measure_officers(settings: Settings, seeds: Sequence[int], say: Say = lambda _: None) -> tuple[int, int]:
    """Simulate two cities a seed, one with an officer who invents most of the visits, one without.

    Returns in how many of the first that officer has the highest score, and how many of the second have a signal.
    """
    first = alarms = 0
    samples = [Sample(seed, SCALE, fabricators) for seed in seeds for fabricators in (1, 0)]
    for sample, found in measure_cities(settings, samples, "officer_anomaly", officers):
        first += found.is_fabricator_first
        if found.fabricator is None:
            alarms += found.signals > 0
            said = "nobody invents"
        else:
            said = f"who invents has {found.fabricator} points"
        say(f"seed {sample.seed}: {said}, others have {found.highest} or fewer; signals: {found.signals}")
    return first, alarms


def officers(city: Built) -> Officers:
    """Compare the scores of a city with its truth."""
    import polars as pl

    inventing = set(pl.read_parquet(city.made.truth / "fabricator.parquet")["id_petugas"])
    rows = city.rows(_SCORES)
    return Officers(
        highest=max(float(score) for officer, score, _ in rows if officer not in inventing),
        fabricator=next((float(score) for officer, score, _ in rows if officer in inventing), None),
        signals=sum(signal for _, _, signal in rows),
    )

"""`satu bench coverage`: whether the marts on coverage and officers are right, for cities with a known truth."""

from dataclasses import dataclass

from satu.bench.cities import Built, Sample, measure_cities
from satu.bench.officers import measure_officers
from satu.bench.own_server import Say
from satu.settings import Settings

SIMULATIONS = 100
OFFICER_SIMULATIONS = 10
SCALE = 0.05
"""Share of the city's population: 6,076 residents in 52 work areas, of which the survey lists 20."""
_ESTIMATE = """
select counted_person_count, estimated_person_count, estimate_lower_count, estimate_upper_count
from coverage.coverage_estimate where area_level = 'regency' and sex = 'total' and age_group = 'total'
"""


@dataclass(frozen=True)
class CoverageBench:
    """The result of the bench."""

    simulations: int
    intervals_covering: int
    """Simulations whose 95 % interval contains the true number of residents on the reference date."""
    fabricator_first: int
    """Cities in which an officer invents visits and has the highest score, of OFFICER_SIMULATIONS."""
    honest_alarms: int
    """Cities in which all officers are honest and one has a signal, of as many."""
    seeds: list[int]
    """Of the simulations; the officers' take the first of them."""


@dataclass(frozen=True)
class Interval:
    """The estimate of one city and the true value."""

    residents: int
    """The truth: residents of the city on 30 September 2020, counted or not."""
    counted: int
    estimated: int
    lower: int
    upper: int

    @property
    def is_covering(self) -> bool:
        """The interval contains the truth."""
        return self.lower <= self.residents <= self.upper


def bench_coverage(settings: Settings, simulations: int = SIMULATIONS, say: Say = lambda _: None) -> CoverageBench:
    """Count the cities, seeds 1, 2, …, whose interval contains the truth; then those with correct officer scores."""
    seeds = list(range(1, simulations + 1))
    covering = 0
    samples = [Sample(seed, SCALE) for seed in seeds]
    for sample, found in measure_cities(settings, samples, "coverage_estimate", interval):
        covering += found.is_covering
        say(
            f"seed {sample.seed}: {found.residents} residents, {found.counted} counted, estimated {found.estimated}"
            f" ({found.lower} to {found.upper}){'' if found.is_covering else ', not covering'}"
        )
    first, alarms = measure_officers(settings, seeds[:OFFICER_SIMULATIONS], say)
    return CoverageBench(simulations, covering, first, alarms, seeds)


def interval(city: Built) -> Interval:
    """Return the estimate of the whole city."""
    [(counted, estimated, lower, upper)] = city.rows(_ESTIMATE)
    return Interval(city.made.residents, counted, estimated, lower, upper)

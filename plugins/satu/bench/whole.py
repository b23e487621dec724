"""`satu bench whole`: how time, memory and disk of the whole pipeline grow with the size of a city.

Each size is a simulated city on a server of its own, taken from files to a release by the steps of `satu run`. Of the
largest one the last day's verification lists come later, as on a new day; while that day is released, readers ask the
questions of the analyst's guide.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING

import psycopg

from satu import pipeline, warehouse
from satu.bench.memory import Memory
from satu.bench.own_server import Say, own_server
from satu.bench.whole_peers import Peer, whole_peers
from satu.errors import Blocked, BuildFailed
from satu.pipeline.outcome import Reporter, Stage
from satu.settings import Settings

if TYPE_CHECKING:
    from satu.simulate import Simulated

SIZES = (0.05, 1.0, 4.0, 14.0)
"""Multiples of Kota Magelang's 121,526 residents."""
_MAGELANG, _PALEMBANG = "3371", "1671"
_FITTED_FROM = 1.0
"""Smaller cities are all overhead and say nothing of growth."""
_WORTH_SECONDS = 1.0
"""Models that take less in the largest city have no exponent."""
_READERS = 20
_QUESTION = re.compile(r"^```sql\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Size:
    """What one city took."""

    size: float
    residents: int
    records: int
    landed_mb: int
    seconds: dict[str, float]
    """By stage."""
    models: dict[str, float]
    """By dbt model; models are built at the same time, so the sum is more than the stage took."""
    peak_mb: int
    """Memory of this process and its children; the server's is not included."""
    database_mb: int


@dataclass(frozen=True)
class WholeBench:
    """The result of the bench."""

    sizes: list[Size]
    exponents: dict[str, float]
    """Growth of seconds with records, as the exponent of a power; by stage, and by model."""
    new_day_percent: float
    """One day's files on the largest city, in percent of the time for all of it."""
    new_day_seconds: dict[str, float]
    readers_p95_ms: float
    """95th percentile of the answers to 20 readers at once, while a run is judged, released and exported."""
    reads: int
    readers_failed: int
    """Readers that got an error, and stopped."""
    peers: list[Peer]
    """Other ways, on the largest city that is not larger than Magelang."""


@dataclass
class _Timing(Reporter):
    """Measures stages and, after each build, models."""

    dbt: Path
    models: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        with super().stage(name):
            yield
        if name == Stage.BUILD:
            for result in json.loads((self.dbt / "run_results.json").read_text())["results"]:
                kind, _, model = result["unique_id"].split(".", 2)
                if kind == "model":
                    self.models[model] = round(result["execution_time"], 2)


def bench_whole(settings: Settings, sizes: tuple[float, ...] = SIZES, say: Say = lambda _: None) -> WholeBench:
    """Measure each size, the smallest first, then the new day on the largest.

    Raises:
        BuildFailed: dbt could not build a model, or the gate blocked a release.
    """
    found: list[Size] = []
    peers: list[Peer] = []
    of_peers = max((size for size in sizes if size <= _FITTED_FROM), default=min(sizes))
    for size in sorted(set(sizes))[:-1]:
        with own_server(settings) as given:
            found.append(_measured(given, size, say))
            if size == of_peers:
                peers = _peers(given, found[-1], say)
    with own_server(settings) as given:
        with _held_back(given) as bring:
            found.append(_measured(given, max(sizes), say, before=bring))
        gated, published = Reporter(), Reporter()
        _run(given, gated, Stage.GATE)
        readers = _Readers(given)
        with readers:
            _run(given, published, Stage.EXPORT)
        new_day = gated.seconds | {stage: published.seconds[stage] for stage in (Stage.RELEASE, Stage.EXPORT)}
        if max(sizes) == of_peers:
            peers = _peers(given, found[-1], say)
        say(f"new day: {sum(new_day.values()):.1f} s; {len(readers.milliseconds):,} reads while it was released")
    whole = sum(found[-1].seconds.values())
    return WholeBench(
        found,
        exponents([size for size in found if size.size >= _FITTED_FROM] or found),
        round(100 * sum(new_day.values()) / whole, 1),
        new_day,
        round(percentile(readers.milliseconds, 95), 1),
        len(readers.milliseconds),
        readers.failed,
        peers,
    )


def _peers(given: Settings, size: Size, say: Say) -> list[Peer]:
    found = whole_peers(given, size.seconds)
    for peer in found:
        say(f"{peer.name} {peer.does}: {peer.seconds} s, Satu's stage {peer.satu_seconds} s")
    return found


def exponents(sizes: list[Size]) -> dict[str, float]:
    """Return the exponents of growth between sizes: the slope of log(seconds) over log(records), by least squares."""
    if len({size.records for size in sizes}) < 2:
        return {}
    largest = sizes[-1]
    models = [name for name, seconds in largest.models.items() if seconds >= _WORTH_SECONDS]
    series = {stage: [size.seconds[stage] for size in sizes] for stage in largest.seconds}
    series |= {name: [size.models.get(name, 0.0) for size in sizes] for name in sorted(models)}
    series["whole"] = [sum(size.seconds.values()) for size in sizes]
    logs = [math.log(size.records) for size in sizes]
    return {
        name: round(_slope(logs, [math.log(value) for value in values]), 2)
        for name, values in series.items()
        if all(values)
    }


def _slope(x: list[float], y: list[float]) -> float:
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True))
    return covariance / sum((a - x_mean) ** 2 for a in x)


def percentile(values: list[float], percent: float) -> float:
    """Return the smallest value that at least `percent` of the values do not exceed; 0 of no values."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1] if values else 0.0


def _measured(given: Settings, size: float, say: Say, before: "Callable[[Simulated], None]" = lambda _: None) -> Size:
    from satu.simulate import simulate
    from satu.simulate.areas import CITIES

    of_magelang = size <= 1
    share = size if of_magelang else size * CITIES[_MAGELANG].residents / CITIES[_PALEMBANG].residents
    made = simulate(Path(given.landing_url).parent, _MAGELANG if of_magelang else _PALEMBANG, share)
    before(made)
    landed = sum(path.stat().st_size for path in made.landing.rglob("*") if path.is_file())
    timing = _Timing(given.dbt_dir)
    with Memory() as memory:
        _run(given, timing, Stage.EXPORT)
    with psycopg.connect(warehouse.admin_url(given)) as connection:
        [(disk,)] = connection.execute("select pg_database_size(current_database())").fetchall()
        [(records,)] = connection.execute("select sum(records_read) from ops.file").fetchall()
    found = Size(
        size, made.residents, int(records), landed >> 20, timing.seconds, timing.models, memory.peak_mb, disk >> 20
    )
    say(
        f"{size:g} times Magelang: {found.records:,} records, {sum(found.seconds.values()):.1f} s,"
        f" {found.peak_mb:,} MB beside the server, {found.landed_mb:,} MB of files in a database of"
        f" {found.database_mb:,} MB; {json.dumps(found.seconds)}"
    )
    return found


def _run(given: Settings, timing: Reporter, until: Stage) -> None:
    try:
        pipeline.run(given, until, reporter=timing)
    except Blocked as blocked:
        raise BuildFailed(f"the gate blocked a release of simulated data: {blocked}") from None


@contextmanager
def _held_back(given: Settings) -> "Iterator[Callable[[Simulated], None]]":
    """Yield a function that takes away the files of the last day of verification; at the end they land."""
    aside = given.home / "held_back"
    taken: list[tuple[Path, Path]] = []

    def hold(made: "Simulated") -> None:
        days = sorted((made.landing / "verification").rglob("period=*"), key=lambda path: path.name)
        for file in (file for day in days if day.name == days[-1].name for file in day.iterdir()):
            aside.mkdir(exist_ok=True)
            taken.append((file, file.rename(aside / file.name)))

    yield hold
    for place, held in taken:
        held.rename(place)


class _Readers:
    """Analysts who ask the guide's questions in turn, each in a session of its own, until the end of a block."""

    def __init__(self, given: Settings) -> None:
        guide = (given.project_dir / "docs" / "analyst-guide.md").read_text(encoding="utf-8")
        self.milliseconds: list[float] = []
        self.failed = 0
        self._given = given
        self._questions = [question.encode() for question in _QUESTION.findall(guide)]
        self._ended = Event()
        self._threads = [Thread(target=self._read, args=(number,)) for number in range(_READERS)]

    def __enter__(self) -> "_Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _read(self, number: int) -> None:
        try:
            with psycopg.connect(warehouse.admin_url(self._given), autocommit=True) as connection:
                warehouse.act_as(connection, warehouse.ANALYST)
                while not self._ended.is_set():
                    question = self._questions[number % len(self._questions)]
                    number += 1
                    begun = perf_counter()
                    connection.execute(question).fetchall()
                    self.milliseconds.append(1000 * (perf_counter() - begun))
        except psycopg.Error:
            self.failed += 1  # and it reads no more

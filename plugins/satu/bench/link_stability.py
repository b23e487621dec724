"""Whether people keep their ids when the latest files of a city arrive, and in another run on the same files."""

from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from satu import warehouse
from satu.bench.cities import CITY, build_before_link, simulated_city
from satu.bench.own_server import Say
from satu.ledger import runs
from satu.link import link_records
from satu.settings import Settings
from satu.simulate import Simulated

HELD_BACK_SHARE = 0.05
LATE_FEEDS = ("verification", "interview_person", "interview_household", "online_person", "online_household")
"""The daily feeds, held back at first by period."""


@dataclass(frozen=True)
class Stability:
    """How many person ids changed."""

    on_rerun: int
    """Records with another id after a second run on the same data."""
    percent_after_news: float
    """Of the ids that were there before more files came, those of which a record then had another."""
    unexplained: int
    relinked_percent: float
    """Share of all records affected by the files that arrived."""


def measure_stability(
    settings: Settings, scale: float, seed: int, errors: float, say: Say = lambda _: None
) -> Stability:
    """Link a city without its latest files, then with them, then again."""
    with simulated_city(settings, scale, seed, errors) as (given, made):
        slots, share = latest_slots(made, HELD_BACK_SHARE)
        apart = given.home / "held-back"
        for slot in slots:
            _move(made.landing / slot, apart / slot)
        link_records(given, build_before_link(given))
        _keep(given)
        for slot in slots:
            _move(apart / slot, made.landing / slot)
        after = link_records(given, build_before_link(given))
        ids, changed, unexplained = _one_row(given, _CHANGED_AFTER_NEWS)
        _keep(given)
        link_records(given, runs.start(given))
        (on_rerun,) = _one_row(given, _CHANGED_ON_RERUN)
    relinked = 100 * after.relinked / after.records
    say(
        f"{100 * share:.1f} % of the records come later, and {relinked:.1f} % are linked again in"
        f" {sum(after.seconds.values()):.1f} seconds: {changed} of {ids:,} ids change; {on_rerun} in another run"
    )
    return Stability(on_rerun, 100 * changed / ids, unexplained, relinked)


def latest_slots(made: Simulated, share: float) -> tuple[list[Path], float]:
    """Choose the latest periods of the field and online phases until they hold a share of the person records.

    Returns their folders below the landing place, of persons and households, and the share that they do hold.
    """
    import polars as pl

    records = pl.read_parquet(made.truth / "record.parquet").select(
        "feed", period=pl.col("uri").str.extract("/period=([^/]+)")
    )
    late = records.filter(pl.col("feed").is_in(LATE_FEEDS)).group_by("period").len()
    slots: list[Path] = []
    held = 0
    for period, count in late.sort("period", descending=True).iter_rows():
        if held >= share * records.height:
            break
        held += count
        found = (Path(feed, f"area={CITY}", f"period={period}") for feed in LATE_FEEDS)
        slots += [slot for slot in found if (made.landing / slot).exists()]
    return slots, held / records.height


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def _keep(given: Settings) -> None:
    """Store the linkage's result, to compare it with the next one."""
    with warehouse.connect(given, warehouse.TRANSFORMER) as connection:
        connection.execute("drop table if exists population.kept")
        connection.execute("create table population.kept as table population.person_record")


_CHANGED_ON_RERUN = """
select count(*) from population.kept as old full join population.person_record as new using (feed, file_id, record_no)
where old.person_id is distinct from new.person_id
"""
_CHANGED_AFTER_NEWS = """
with changed as (
    select distinct old.person_id, new.person_id as new_person_id
    from population.kept as old join population.person_record as new using (feed, file_id, record_no)
    where old.person_id <> new.person_id
)
select (select count(distinct person_id) from population.kept), (select count(distinct person_id) from changed),
    (select count(*) from (table changed except select person_id, new_person_id from population.person_id_change) as x)
"""


def _one_row(given: Settings, query: LiteralString) -> tuple[int, ...]:
    with warehouse.connect(given, warehouse.TRANSFORMER) as connection:
        return connection.execute(query).fetchall()[0]

"""The publisher of the soak test: each release puts its own number into every mart."""

import random
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

import psycopg

from satu import warehouse
from satu.errors import RetryableError, WrongUsage
from satu.release import prune, views
from satu.release import publishing as stage
from satu.settings import Settings

PRUNED_EVERY = 7
NEW_COLUMN_EVERY = 20
CANDIDATE = """
create table candidate.coverage_by_area as
    select l.area_level, l.area_code, 'AREA ' || l.area_code as area_name, 0 as marker_count
    from (select 'regency' as area_level, '3371' as area_code
          union all select 'village', (3371010000 + n)::text from generate_series(1, 30) as n) as l;
create table candidate.population_by_age_sex as
    select c.area_level, c.area_code, c.area_name, sex, c.marker_count
    from candidate.coverage_by_area as c cross join (values ('male'), ('female')) as given (sex);
create table candidate.reconciliation as
    select c.area_level, c.area_code, c.area_name, feed, c.marker_count
    from candidate.coverage_by_area as c cross join (values ('registry'), ('interview_person')) as given (feed);
create table population.person (person_id bigint, is_counted boolean);
"""
_MARTS = ("coverage_by_area", "population_by_age_sex", "reconciliation")


def publisher(settings: Settings, seed: int, rounds: int, ready: Event, fault: str | None) -> None:
    """Do the rounds that are not done yet; each can be done again from any point."""
    _plant(fault)
    ready.set()
    done = settings.home / "done"
    while (number := lines(done)) < rounds:
        chance = random.Random(seed * 1_000_003 + number)  # noqa: S311 - chosen to be repeated, not to be secret
        kept = [made.release_id for made in stage.releases(settings) if made.dropped_at is None]
        try:
            if number < 2 or chance.random() < 0.7:
                deliver(settings, number)
                stage.publish(settings, f"r{number}")
            else:
                stage.rollback(settings, chance.choice(kept))
            if number % PRUNED_EVERY == PRUNED_EVERY - 1:
                prune(settings)
        except (RetryableError, WrongUsage):  # as after a run that still dropped when it was killed
            continue
        with done.open("a") as file:
            file.write(f"{number}\n")


def deliver(settings: Settings, number: int) -> None:
    """Put the number into every mart, and leave behind what gate and loader would."""
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        if number % NEW_COLUMN_EVERY == NEW_COLUMN_EVERY // 2:
            for mart in _MARTS:
                column = f"alter table candidate.{mart} add column if not exists added_{number}_count integer"
                connection.execute(column.encode())
        for mart in _MARTS:
            connection.execute(f"update candidate.{mart} set marker_count = {number}".encode())
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        connection.execute(
            "insert into ops.run (run_id, created_at, outcome) select given, clock_timestamp(), 'pass'"
            " from (values (%s)) as g (given) where not exists (select from ops.run where run_id = given)",
            (f"r{number}",),
        )
    with warehouse.connect(settings, warehouse.LOADER) as connection:
        connection.execute(
            "insert into ops.file (feed, area_code, period, uri, file_name, sha256, bytes, modified, status,"
            " loaded_at, records_read, records_loaded, records_rejected)"
            " select 'area', '3371', '2020-02-01', given, given, given, 1, '', 'loaded', created_at, 0, 0, 0"
            " from ops.run cross join (values (%(id)s)) as g (given) where run_id = %(id)s on conflict do nothing",
            {"id": f"r{number}"},
        )


def _plant(fault: str | None) -> None:
    """Publish as it was tried first, to see that this is caught: every transaction is shown what the pointer names
    (`rule`), which moves in the very transaction that attaches (`order`)."""
    if fault:
        head, _, _ = views._SHOWN_RELEASE.partition("begin\n")
        pointer = "return coalesce(pinned, (select r.release_id from ops.release_pointer as r)); end\n$$"
        views._SHOWN_RELEASE = f"{head}begin {pointer}"
    if fault == "order":
        attach, retire = stage.attach, stage._retire_current
        waiting: list[partial[None]] = []

        def attach_and_retire(connection: psycopg.Connection) -> None:
            while waiting:  # nothing, in a rollback
                waiting.pop()()
            retire(connection)

        stage.attach = lambda *given: waiting.append(partial(attach, *given))
        stage._retire_current = attach_and_retire


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0

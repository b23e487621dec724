"""Let analysts join published marts in loops while releases, rollbacks and drops happen and their publisher is killed.

Readers are processes, logged in as analysts. The publisher is a process too; at random moments it gets a kill -9, every
other time its backend on the server is ended as well (which leaves a detachment half done), and it is started again.
Each release puts its own number into every mart, so that a statement that mixes two of them, or finds none, is seen.
How long a reader waited for a lock is what the server logs of lock waits, from 10 ms on; nothing else counts as
blocking, least of all that a busy machine is slow.
`python tests/soak/release.py --rounds 100 --readers 8` prints
{"releases", "readers", "reads", "torn", "failed", "max_block_ms", "kills"} as its last line.
"""

import argparse
import json
import multiprocessing
import random
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Any

import psycopg

from satu import ledger, warehouse
from satu.errors import RetryableError, WrongUsage
from satu.release import prune, views
from satu.release import publishing as stage
from satu.settings import Settings
from satu.warehouse import embedded

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["satu.release", "satu.ledger", "psycopg"])  # a publisher starts in no time
LOGIN = "soak_analyst"
KEPT = 5
PRUNED_EVERY = 7
NEW_COLUMN_EVERY = 20
LOGGED_FROM_MS = 10
FIRST_PATIENCE_S = 3.0
THINKS_S = 0.02
"""What an analyst rests between two reads, so that the publisher gets to work on a small machine, too."""
_WAITED = re.compile(r"process (\d+) acquired \w+ on .* after ([0-9.]+) ms")

_CANDIDATE = """
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
_ROWS = 31 * 2 * 2

_OWN_VIEW = """
create view own.joined as
select c.release_id, c.marker_count, p.release_id as p_release_id, p.marker_count as p_marker_count,
    r.release_id as r_release_id, r.marker_count as r_marker_count, i.release_id as i_release_id
from published.coverage_by_area as c
inner join published.population_by_age_sex as p using (area_level, area_code)
inner join published.reconciliation as r using (area_level, area_code)
cross join published.release_info as i
"""
_JOINED = _OWN_VIEW.partition(" as\n")[2]
_READ = """
select count(*), min(given.release_id), max(given.release_id), min(given.marker_count), max(given.marker_count)
from ({joined}) as j cross join lateral (
    values (j.release_id, j.marker_count), (p_release_id, p_marker_count), (r_release_id, r_marker_count),
        (i_release_id, j.marker_count)
) as given (release_id, marker_count)
"""
_READ_MARTS = _READ.format(joined=_JOINED).encode()
_READ_OWN = _READ.format(joined="select * from own.joined").encode()


@dataclass
class Read:
    """What one reader saw."""

    backend: int = 0
    reads: int = 0
    torn: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seen: set[tuple[str, int]] = field(default_factory=set)
    """Release and the number that it put into the marts."""


@dataclass
class Tally:
    """What came of the rounds."""

    releases: int
    readers: int
    reads: int
    torn: int
    failed: int
    max_block_ms: float
    kills: int


class Reader:
    """One analyst, of one of five habits."""

    def __init__(self, url: str, number: int) -> None:
        self.habit = (self.once, self.prepared, self.in_transactions, self.repeatably, self.pinned)[number % 5]
        self.connection = psycopg.connect(url, autocommit=True)
        self.found = Read(self.connection.info.backend_pid)

    def read(self, query: bytes = _READ_MARTS, *, prepare: bool = False) -> tuple[str, int] | None:
        """Read once; note what is torn, and return release and number of what is whole."""
        row = self.connection.execute(query, prepare=prepare).fetchone()
        count, release, other_release, marker, other_marker = row or (0, None, None, None, None)
        self.found.reads += 1
        if (count, release, marker) != (4 * _ROWS, other_release, other_marker) or release is None:
            self.found.torn.append(f"{self.habit.__name__}: {row}")
            return None
        self.found.seen.add((release, marker))
        return release, marker

    def once(self) -> None:
        """Read the marts and an own view on them, each as a new statement."""
        self.read()
        self.read(_READ_OWN)

    def prepared(self) -> None:
        """Read with plans that were made before."""
        self.read(prepare=True)
        self.read(_READ_OWN, prepare=True)

    def in_transactions(self) -> None:
        """Read several times in one transaction, with plans that were made before."""
        with self.connection.transaction():
            for _ in range(5):
                self.read(prepare=True)
                sleep(THINKS_S)

    def repeatably(self) -> None:
        """Read several times by one snapshot: always the same release."""
        with self.connection.transaction():
            self.connection.execute("set transaction isolation level repeatable read")
            read = {self.read(prepare=True) for _ in range(5)}
            if len(read) > 1:
                self.found.torn.append(f"one snapshot read {read}")

    def pinned(self) -> None:
        """Pin the release that is read now and go on reading it, until it is kept no longer."""
        self.connection.execute("reset satu.release_id")
        pin = self.read()
        if pin is None:
            return
        self.connection.execute(f"set satu.release_id = '{pin[0]}'".encode())
        with suppress(psycopg.errors.ObjectNotInPrerequisiteState):
            for _ in range(20):
                read = self.read(prepare=True)
                if read != pin:
                    self.found.torn.append(f"{pin} was pinned, {read} was read")


def _reader(url: str, number: int, stop: Event, results: "Queue[Read]") -> None:
    """Read until told to stop, then hand in what was seen."""
    reader = Reader(url, number)
    while not stop.is_set():
        try:
            reader.habit()
            sleep(THINKS_S)
        except psycopg.Error as error:
            reader.found.failed.append(f"{reader.habit.__name__}: {error}")
            if reader.connection.closed:
                break
    results.put(reader.found)


def _publisher(settings: Settings, seed: int, rounds: int, ready: Event, fault: str | None) -> None:
    """Do the rounds that are not done yet; each can be done again from any point."""
    _plant(fault)
    ready.set()
    done = settings.home / "done"
    while (number := _lines(done)) < rounds:
        chance = random.Random(seed * 1_000_003 + number)  # noqa: S311 - chosen to be repeated, not to be secret
        kept = [made.release_id for made in stage.releases(settings) if made.dropped_at is None]
        try:
            if number < 2 or chance.random() < 0.7:
                _deliver(settings, number)
                stage.publish(settings, f"r{number}")
            else:
                stage.rollback(settings, chance.choice(kept))
            if number % PRUNED_EVERY == PRUNED_EVERY - 1:
                prune(settings)
        except (RetryableError, WrongUsage):  # as after a run that still dropped when it was killed
            continue
        with done.open("a") as file:
            file.write(f"{number}\n")


def _deliver(settings: Settings, number: int) -> None:
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


def soak(rounds: int, readers: int, seed: int = 2020, fault: str | None = None) -> Tally:
    """Publish `rounds` times under `readers`, with kills at moments that `seed` decides."""
    with _arena() as settings:
        before = _state(settings)
        stop: Event = FORKS.Event()
        results: Queue[Read] = FORKS.Queue()
        url = warehouse.login_url(settings, LOGIN)
        processes = [FORKS.Process(target=_reader, args=(url, n, stop, results), daemon=True) for n in range(readers)]
        for process in processes:
            process.start()
        try:
            kills = _publish_and_kill(settings, rounds, seed, fault)
        finally:
            stop.set()
            found = [results.get(timeout=60) for _ in processes]
            for process in processes:
                process.join()
        numbers = Counter(release for release, _ in set().union(*(one.seen for one in found)))
        two_faced = [f"{release} had {count} numbers" for release, count in numbers.items() if count > 1]
        lost = [f"{name} was {then}, is {now}" for name, then, now in _changed(before, _state(settings))]
        torn = [line for one in found for line in one.torn] + two_faced
        failed = [line for one in found for line in one.failed] + lost
        for line in (torn + failed)[:20]:
            sys.stdout.write(f"{line}\n")
        return Tally(
            rounds,
            readers,
            sum(one.reads for one in found),
            len(torn),
            len(failed),
            _longest_wait(settings, {one.backend for one in found}),
            kills,
        )


def _publish_and_kill(settings: Settings, rounds: int, seed: int, fault: str | None) -> int:
    chance = random.Random(seed)  # noqa: S311 - chosen to be repeated, not to be secret
    kills, patience, done = 0, FIRST_PATIENCE_S, 0
    while done < rounds:
        ready: Event = FORKS.Event()
        process = FORKS.Process(target=_publisher, args=(settings, seed, rounds, ready, fault), daemon=True)
        process.start()
        ready.wait(60)
        process.join(chance.uniform(0, patience))
        if process.is_alive():
            _kill(settings, process, end_backend=kills % 2 == 1)
            kills += 1
        elif process.exitcode:
            raise AssertionError("the publisher failed by itself; its traceback is above")
        before, done = done, _lines(settings.home / "done")
        patience *= 1.5 if done == before else 0.8  # a slow machine must get on, too
    return kills


def _kill(settings: Settings, process: BaseProcess, *, end_backend: bool) -> None:
    process.kill()
    process.join()
    if end_backend:
        with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", (warehouse.PIPELINE,)
            )


@contextmanager
def _arena() -> Iterator[Settings]:
    """A warehouse with one release, an analyst and a view of his own; everything is gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="satu-soak-"))
    home.chmod(0o711)
    settings = Settings(home=home, warehouse_url=None, keep_releases=KEPT)
    try:
        warehouse.url(settings)  # creates the database
        ledger.migrate(settings)
        with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as connection:
            for statement in (
                f"create role {LOGIN} login in role {warehouse.ANALYST}",
                f"create schema own authorization {LOGIN}",
                "alter system set log_min_messages = 'log'",
                "alter system set log_lock_waits = on",
                f"alter system set deadlock_timeout = '{LOGGED_FROM_MS}ms'",
                "select pg_reload_conf()",
            ):
                connection.execute(statement.encode())
        with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
            connection.execute(_CANDIDATE.encode())
        _deliver(settings, -1)
        stage.publish(settings, "r-1")
        with psycopg.connect(warehouse.login_url(settings, LOGIN), autocommit=True) as connection:
            connection.execute(_OWN_VIEW.encode())
        yield settings
    finally:
        warehouse.stop(settings)
        shutil.rmtree(home)


def _state(settings: Settings) -> dict[str, Any]:
    """Identity and grants of every view, whoever made it."""
    with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as connection:
        return dict(
            connection.execute(
                "select oid::regclass::text, (oid, relacl::text) from pg_class where relkind = 'v'"
                " and relnamespace in ('published'::regnamespace, 'own'::regnamespace)"
            ).fetchall()
        )


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [(name, then, after.get(name)) for name, then in before.items() if after.get(name) != then]


def _longest_wait(settings: Settings, backends: set[int]) -> float:
    """The longest that one of these backends waited for a lock; 0 where none waited for as long as is logged."""
    log = (embedded.find(settings).data.parent / "postgres.log").read_text(errors="replace")
    waits = [float(ms) for pid, ms in _WAITED.findall(log) if int(pid) in backends]
    return round(max(waits, default=0.0), 1)


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def main() -> None:
    """Soak as many rounds as asked for; exit with 1 if a read was torn, failed or was blocked for long."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=2020)
    parser.add_argument("--fault", choices=("order", "rule"), help="plant a fault that must be seen as torn")
    given = parser.parse_args()
    tally = soak(given.rounds, given.readers, given.seed, given.fault)
    sys.stdout.write(json.dumps(vars(tally)) + "\n")
    sys.exit(1 if tally.torn or tally.failed or tally.max_block_ms > 100 else 0)


if __name__ == "__main__":
    main()

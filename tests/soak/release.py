"""Let analysts join published marts in loops while releases, rollbacks and drops happen and their publisher is killed.

Readers are processes, logged in as analysts. The publisher is a process too; at random moments it gets a kill -9, every
other time its backend on the server is ended as well (which leaves a detachment half done), and it is started again.
Each release puts its own number into every mart, so that a statement that mixes two of them, or finds none, is seen.
How long a reader waited for a lock is what the server logs of lock waits, from 10 ms on; nothing else counts as
blocking, least of all that a busy machine is slow.
`make soak-release` prints
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
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from satu import ledger, warehouse
from satu.release import publishing as stage
from satu.settings import Settings
from satu.warehouse import embedded

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Event

from soak.release_publisher import CANDIDATE, deliver, lines, publisher
from soak.release_readers import OWN_VIEW, Read, read_until_stopped

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["satu.release", "satu.ledger", "psycopg"])  # a publisher starts in no time
LOGIN = "soak_analyst"
KEPT = 5
LOGGED_FROM_MS = 10
FIRST_PATIENCE_S = 3.0
_WAITED = re.compile(r"process (\d+) acquired \w+ on .* after ([0-9.]+) ms")


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


def soak(rounds: int, readers: int, seed: int = 2020, fault: str | None = None) -> Tally:
    """Publish `rounds` times under `readers`, with kills at moments that `seed` decides."""
    with _arena() as settings:
        before = _state(settings)
        stop: Event = FORKS.Event()
        results: Queue[Read] = FORKS.Queue()
        url = warehouse.login_url(settings, LOGIN)
        given = [(url, number, stop, results) for number in range(readers)]
        processes = [FORKS.Process(target=read_until_stopped, args=arguments, daemon=True) for arguments in given]
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
        process = FORKS.Process(target=publisher, args=(settings, seed, rounds, ready, fault), daemon=True)
        process.start()
        ready.wait(60)
        process.join(chance.uniform(0, patience))
        if process.is_alive():
            _kill(settings, process, end_backend=kills % 2 == 1)
            kills += 1
        elif process.exitcode:
            raise AssertionError("the publisher failed by itself; its traceback is above")
        before, done = done, lines(settings.home / "done")
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
            connection.execute(CANDIDATE.encode())
        deliver(settings, -1)
        stage.publish(settings, "r-1")
        with psycopg.connect(warehouse.login_url(settings, LOGIN), autocommit=True) as connection:
            connection.execute(OWN_VIEW.encode())
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

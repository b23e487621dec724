"""Kill the loader, its backend or the whole server at a random moment, run it again, and compare with a calm run.

Each round empties the warehouse, loads the first versions of some files, puts their corrections and the rest of a small
drop in place, starts `satu run --until load` as a process of its own, kills -9 something, and runs the command again
until it has nothing left to do. What the warehouse holds then must equal, byte for byte, what a run holds that nobody
disturbed. `make soak-load` prints {"rounds": 200, "lost": 0, "doubled": 0} as its last line.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import psutil
import psycopg
from psycopg import sql

from satu import pipeline, warehouse
from satu.contracts import load_contracts
from satu.errors import BadInput
from satu.settings import Settings
from satu.warehouse import embedded
from soak.load_drop import lay_out

VICTIMS = ("loader", "backend", "server")
_MOST_RERUNS = 10
_DONE = (0, BadInput.exit_code)  # a file of the drop is refused on purpose
_FILES = """
select replace(f.uri, {root}, ''), f.feed, f.area_code, f.period, f.file_name, f.sha256, f.bytes,
       split_part(f.modified, '/', 1), f.status, f.records_read, f.records_loaded, f.records_rejected,
       regexp_replace(f.reason, '^the same bytes as file \\d+', 'the same bytes as a file'), f.findings,
       replace(s.uri, {root}, ''), s.sha256
from ops.file f left join ops.file s on s.file_id = f.superseded_by
order by f.uri, f.sha256, f.status
"""
_REJECTS = """
select replace(f.uri, {root}, ''), f.sha256, r.record_no, r.line_no, r.raw, r.reason
from ops.rejected_record r join ops.file f using (file_id)
order by f.uri, f.sha256, r.record_no
"""
_RECORDS = """
select replace(f.uri, {root}, ''), f.sha256, r._record_no, {columns}
from {table} r left join ops.file f on f.file_id = r._file_id
order by f.uri, f.sha256, r._record_no, {columns}
"""


@dataclass
class Tally:
    """What came of the rounds."""

    rounds: int = 0
    lost: int = 0
    doubled: int = 0
    interrupted: Counter[str] = field(default_factory=Counter)
    """Rounds in which the victim was still at work when it was killed, by victim."""
    reruns: int = 0
    slowest_seconds: float = 0.0


class Arena:
    """A server, a landing place and a drop that is laid out anew for each round."""

    def __init__(self, home: Path) -> None:
        self.landing = home / "drop" / "landing"
        self.settings = Settings(home=home, landing_url=str(self.landing), warehouse_url=None)
        self.feeds = load_contracts(self.settings.project_dir / "contracts")
        self.before, self.after = lay_out(home / "drop")
        pipeline.prepare(self.settings)

    def reset(self) -> None:
        """Go back to the moment before the run: the first versions are loaded, all else has just arrived."""
        tables = sql.SQL(", ").join(sql.Identifier("raw", feed) for feed in self.feeds)
        with self._connect() as connection:
            connection.execute(sql.SQL("truncate ops.file, {} restart identity cascade").format(tables))
            connection.execute("checkpoint")  # a server that is killed has only its own round to recover
        shutil.rmtree(self.landing)
        shutil.copytree(self.before, self.landing)
        pipeline.load_files(self.settings, pipeline.sweep(self.settings))
        shutil.copytree(self.after, self.landing, dirs_exist_ok=True)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the loader: the command itself, in a process of its own."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SATU_")}
        given = {"SATU_HOME": str(self.settings.home), "SATU_LANDING_URL": self.settings.landing_url}
        return subprocess.Popen(
            [sys.executable, "-c", "from satu.cli.main import main; main()", "run", "--until", "load"],
            env=kept | given,
            cwd=self.settings.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def rerun(self) -> int:
        """Run the command until it is done; return how often it had to be started."""
        for attempt in range(1, _MOST_RERUNS + 1):
            if self.start().wait() in _DONE:
                return attempt
        raise AssertionError(f"the loader did not recover in {_MOST_RERUNS} runs")

    def dump(self) -> list[bytes]:
        """Everything that was stored, sorted; files are known by their address, not by a number of this run."""
        root = sql.Literal(str(self.landing))
        queries = [sql.SQL(_FILES).format(root=root), sql.SQL(_REJECTS).format(root=root)]
        for feed, contract in self.feeds.items():
            columns = sql.SQL(", ").join(sql.Identifier("r", column.name) for column in contract.columns)
            queries.append(sql.SQL(_RECORDS).format(root=root, columns=columns, table=sql.Identifier("raw", feed)))
        with self._connect() as connection:
            return [row for query in queries for row in _copied_out(connection, query)]

    def kill(self, victim: str, loader: "subprocess.Popen[bytes]", chance: random.Random) -> bool:
        """Kill one process with SIGKILL; tell whether it was at work."""
        if victim == "loader":
            loader.kill()
            return loader.wait() < 0
        postmaster = psutil.Process(self._postmaster_id())
        if victim == "server":
            postmaster.kill()
            postmaster.wait()
            return loader.wait() not in _DONE
        while not (backends := _backends(postmaster)):
            try:
                loader.wait(0.005)
            except subprocess.TimeoutExpired:
                continue
            return False  # it was done before it was met
        chance.choice(backends).kill()
        return loader.wait() not in _DONE

    def _postmaster_id(self) -> int:
        return int((embedded.find(self.settings).data / "postmaster.pid").read_text().split()[0])

    def _connect(self) -> "psycopg.Connection":
        return psycopg.connect(warehouse.admin_url(self.settings), autocommit=True)


@contextmanager
def arena() -> Iterator[Arena]:
    """An arena in a folder of its own; server and folder are gone at the end."""
    home = Path(tempfile.mkdtemp(prefix="satu-soak-"))
    home.chmod(0o711)
    try:
        yield Arena(home)
    finally:
        warehouse.stop(Settings(home=home, warehouse_url=None))
        shutil.rmtree(home)


def soak(place: Arena, rounds: int, seed: int = 2020) -> Tally:
    """Disturb `rounds` runs, each victim in its turn, at moments that `seed` decides."""
    expected, undisturbed = _calm_run(place)
    again, _ = _calm_run(place)
    assert again == expected, "two undisturbed runs differ: the comparison would prove nothing"
    chance = random.Random(seed)  # noqa: S311 - chosen to be repeated, not to be secret
    tally = Tally()
    for number in range(rounds):
        victim = VICTIMS[number % len(VICTIMS)]
        begun = monotonic()
        place.reset()
        loader = place.start()
        try:
            loader.wait(chance.uniform(0, undisturbed))
        except subprocess.TimeoutExpired:
            tally.interrupted[victim] += place.kill(victim, loader, chance)
        tally.reruns += place.rerun()
        _compare(tally, expected, place.dump(), f"round {number}, {victim} killed")
        tally.slowest_seconds = max(tally.slowest_seconds, monotonic() - begun)
        tally.rounds += 1
    return tally


def _calm_run(place: Arena) -> tuple[list[bytes], float]:
    place.reset()
    begun = monotonic()
    assert place.rerun() == 1, "the undisturbed run failed"
    return place.dump(), monotonic() - begun


def _compare(tally: Tally, expected: list[bytes], found: list[bytes], where: str) -> None:
    if expected == found:
        return
    lost, doubled = Counter(expected) - Counter(found), Counter(found) - Counter(expected)
    tally.lost += lost.total()
    tally.doubled += doubled.total()
    sys.stdout.write(f"{where}: {lost.total()} rows lost, {doubled.total()} too many\n")


def _copied_out(connection: "psycopg.Connection", query: sql.Composed) -> list[bytes]:
    with connection.cursor() as cursor, cursor.copy(sql.SQL("copy ({}) to stdout").format(query)) as copy:
        return b"".join(copy).splitlines(keepends=True)


def _backends(postmaster: psutil.Process) -> list[psutil.Process]:
    """The server's processes that serve the loader's login."""
    found = []
    for process in postmaster.children():
        try:
            if f" {warehouse.PIPELINE} " in " ".join(process.cmdline()):
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def main() -> None:
    """Soak as many rounds as asked for; exit with 1 if a row was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2020)
    given = parser.parse_args()
    with arena() as place:
        tally = soak(place, given.rounds, given.seed)
    interrupted = ", ".join(f"{count} x {victim}" for victim, count in sorted(tally.interrupted.items()))
    sys.stdout.write(
        f"killed at work: {interrupted}; {tally.reruns} reruns; slowest round {tally.slowest_seconds:.1f} s\n"
    )
    sys.stdout.write(json.dumps({"rounds": tally.rounds, "lost": tally.lost, "doubled": tally.doubled}) + "\n")
    sys.exit(1 if tally.lost or tally.doubled else 0)


if __name__ == "__main__":
    main()

"""Analysts who join published marts in loops, and notice what is torn."""

from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from time import sleep
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from multiprocessing.queues import Queue


THINKS_S = 0.02
"""What an analyst rests between two reads, so that the publisher gets to work on a small machine, too."""
_ROWS = 31 * 2 * 2
OWN_VIEW = """
create view own.joined as
select c.release_id, c.marker_count, p.release_id as p_release_id, p.marker_count as p_marker_count,
    r.release_id as r_release_id, r.marker_count as r_marker_count, i.release_id as i_release_id
from published.coverage_by_area as c
inner join published.population_by_age_sex as p using (area_level, area_code)
inner join published.reconciliation as r using (area_level, area_code)
cross join published.release_info as i
"""
_JOINED = OWN_VIEW.partition(" as\n")[2]
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


def read_until_stopped(url: str, number: int, stop: Event, results: "Queue[Read]") -> None:
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

"""Stage link: every record of staging.person_evidence ↦ one person_id in population.person_record.

scope      what to link: everything, or the records affected by changes
returns    lines of one return that repeat each other
rules      certain pairs, in SQL
households people without a counterpart in two lists of one household
model      likely pairs of the remaining records, by Splink; comparisons defines what it compares
clusters   pairs → people, with the rule that two lines of a return are two people
review     pairs that a person should check, and earlier decisions
ids        people → ids that stay the same from run to run
store      reading and writing, one transaction

The work runs in DuckDB in this process. A record's number r is its position in the order of (feed, file_id, record_no),
so the result depends neither on the order of the input nor on the number of threads.
"""

from dataclasses import dataclass
from time import monotonic

from satu import scratch
from satu.settings import Settings

_MEMORY = "2GB"
"""Memory limit for the tables of a run; the rest goes to the disk."""


@dataclass(frozen=True)
class LinkResult:
    """The result of one run of the linkage."""

    records: int
    relinked: int
    """How many of these were linked again: all, or those affected by changes."""
    persons: int
    records_by_rule: dict[str, int]
    """Records by their link_rule."""
    records_written: int
    """Rows of person_record that are new or differ from before; 0 when nothing changed."""
    merges: int
    splits: int
    seconds: dict[str, float]
    """Seconds by step: read, rules, model, ids, write."""


def link_records(settings: Settings, run_id: str) -> LinkResult:
    """Link the changes in staging.person_evidence, or all of it, and update population.person_record.

    Raises:
        BuildFailed: staging.person_evidence does not exist.
        RetryableError: the warehouse cannot be reached.
    """
    import duckdb

    from satu.link import clusters, households, ids, model, returns, review, rules, store

    clock = _Clock()
    with (
        scratch.folder(settings.home, "link") as spill,
        duckdb.connect(config={"temp_directory": str(spill), "memory_limit": _MEMORY}) as connection,
        store.transaction(settings) as cursor,
    ):
        connection.execute("set enable_progress_bar = false")
        connection.execute(rules.MACROS)
        kept = store.load(cursor, connection)
        clock.lap("read")
        while True:
            store.select(connection, kept)
            review.prepare(connection)
            returns.find_repeats(connection)
            rules.find_certain_pairs(connection)
            review.add_decided_pairs(connection)
            clusters.cluster(connection)
            returns.unite_lines(connection)
            clusters.cluster(connection)
            households.find_leftover_pairs(connection)
            clusters.cluster(connection)
            clock.lap("rules")
            if kept is None or not store.widen(connection):
                break
        store.drop_unread(connection)
        used = model.find_likely_pairs(connection, kept)
        clusters.cluster(connection)
        clock.lap("model")
        last_id = ids.assign(connection, store.last_given_id(cursor), run_id)
        review.collect(connection, model.REVIEW_TO)
        clock.lap("ids")
        written = store.write(cursor, connection, used, kept is not None, run_id, last_id)
        by_rule, persons = store.totals(cursor)
        relinked, merges, splits = store.counted(connection)
        clock.lap("write")
    return LinkResult(sum(by_rule.values()), relinked, persons, by_rule, written, merges, splits, clock.seconds)


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = monotonic()

    def lap(self, step: str) -> None:
        now = monotonic()
        self.seconds[step] = round(self.seconds.get(step, 0.0) + now - self._last, 2)
        self._last = now

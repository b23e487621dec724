"""Stage link: every record of staging.person_evidence ↦ one person_id in population.person_record.

rules      certain pairs, in SQL
model      likely pairs of what is left, by Splink
clusters   pairs → people, with the rule that a return holds a person once
review     pairs that a person should look at, and what was decided
ids        people → ids that stay from run to run
store      reading and writing, one transaction
evaluate   precision and recall against a simulated truth

The work runs in DuckDB in this process. A record's number r is its place in the order of (feed, file_id, record_no), so
the result depends neither on the order of the input nor on the number of threads.
"""

from dataclasses import dataclass
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

from satu.settings import Settings

if TYPE_CHECKING:
    import duckdb

__all__ = ["LinkResult", "link"]


@dataclass(frozen=True)
class LinkResult:
    """What one run of the linkage found."""

    records: int
    persons: int
    records_by_rule: dict[str, int]
    """Records by their link_rule."""
    records_written: int
    """Rows of person_record that are new or differ from before; 0 when nothing changed."""
    merges: int
    splits: int
    seconds: dict[str, float]
    """Seconds by step: read, rules, model, ids, write."""


def link(settings: Settings, run_id: str) -> LinkResult:
    """Link all records of staging.person_evidence and replace population.person_record by the result.

    Raises:
        BuildFailed: staging.person_evidence is not there.
        RetryableError: the warehouse cannot be reached.
    """
    import duckdb

    from satu.link import clusters, ids, model, review, rules, store

    clock = _Clock()
    settings.home.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix="link-", dir=settings.home) as spill,
        duckdb.connect(config={"temp_directory": spill}) as connection,
        store.transaction(settings) as cursor,
    ):
        connection.execute("set enable_progress_bar = false")
        store.read(cursor, connection)
        clock.lap("read")
        review.prepare(connection)
        rules.find_certain_pairs(connection)
        review.add_decided_pairs(connection)
        clusters.cluster(connection)
        clock.lap("rules")
        model.find_likely_pairs(connection)
        clusters.cluster(connection)
        clock.lap("model")
        last_id = ids.assign(connection, store.last_given_id(cursor), run_id)
        review.collect(connection, model.REVIEW_TO)
        connection.execute(_RUN, [run_id])
        clock.lap("ids")
        written = store.write(cursor, connection, last_id)
        clock.lap("write")
        return _summary(connection, written, clock.seconds)


_RUN = """
create table link_run as
select ? as run_id, now() as linked_at, count(*) as records, count(distinct person_id) as persons,
    (select count(*) from person_id_change where change = 'merge') as merges,
    (select count(*) from person_id_change where change = 'split') as splits
from person_record
"""


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = monotonic()

    def lap(self, step: str) -> None:
        now = monotonic()
        self.seconds[step] = round(now - self._last, 2)
        self._last = now


def _summary(connection: "duckdb.DuckDBPyConnection", written: int, seconds: dict[str, float]) -> LinkResult:
    by_rule = connection.execute("select link_rule, count(*) from person_record group by 1 order by 1").fetchall()
    persons = connection.execute("select count(distinct person_id) from person_record").fetchall()[0][0]
    changes = dict(connection.execute("select change, count(*) from person_id_change group by 1").fetchall())
    return LinkResult(
        records=sum(count for _, count in by_rule),
        persons=persons,
        records_by_rule=dict(by_rule),
        records_written=written,
        merges=changes.get("merge", 0),
        splits=changes.get("split", 0),
        seconds=seconds,
    )

"""Quality of the linkage, against a simulated truth: pairs of records, lines of one return, people counted."""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from satu import warehouse
from satu.errors import WrongUsage
from satu.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import psycopg


_COLUMNS = ("feed", "uri", "record_no", "true_id", "return_id", "line_no")
_TRUTH = """
create temporary table truth (
    feed text, uri text, record_no bigint, true_id bigint, return_id text, line_no bigint
) on commit drop
"""
# A truth names files relative to the landing place: feed/area=…/period=…/name. Of two copies of a file one is loaded.
_LINKED = """
create temporary table linked on commit drop as
select record.person_id, truth.true_id, truth.feed, truth.return_id, truth.line_no, record.file_id, record.record_no,
    record.link_rule, record.match_probability
from truth
join ops.file as named
    on named.feed = truth.feed and truth.uri = substring(named.uri from '[^/]+/area=[^/]+/period=[^/]+/[^/]+$')
join ops.file as file
    on file.status = 'loaded'
    and (file.feed, file.area_code, file.period, file.sha256)
    = (named.feed, named.area_code, named.period, named.sha256)
join population.person_record as record
    on record.feed = truth.feed and record.file_id = file.file_id and record.record_no = truth.record_no
"""
_PAIRS = """
with pairs as (select person_id, true_id, count(*) as records from linked group by person_id, true_id),
persons as (select sum(records) as records from pairs group by person_id),
true_persons as (select sum(records) as records from pairs group by true_id)
select
    (select coalesce(sum(records), 0)::bigint from pairs),
    (select coalesce(sum(records * (records - 1) / 2), 0)::bigint from pairs),
    (select coalesce(sum(records * (records - 1) / 2), 0)::bigint from persons),
    (select coalesce(sum(records * (records - 1) / 2), 0)::bigint from true_persons),
    (select count(*) from persons),
    (select count(*) from true_persons)
"""
_BY_RULE = """
with person as (select person_id, count(*) as records from linked group by person_id),
own as (select person_id, true_id, count(*) as records from linked group by person_id, true_id)
select link_rule, width_bucket(match_probability, %s::float8[]), count(*),
    count(*) filter (where 2 * own.records > person.records), sum(match_probability)
from linked join own using (person_id, true_id) join person using (person_id)
group by 1, 2 order by 1, 2
"""
# A line that was sent again is one line; it counts where any of its records does.
_WITHIN_RETURN = """
with line as (select distinct feed, return_id, line_no, true_id, person_id from linked),
pair as (
    select one.feed, one.return_id, one.line_no, other.line_no as other_line_no,
        one.true_id = other.true_id as is_one, bool_or(one.person_id = other.person_id) as is_joined
    from line as one join line as other using (feed, return_id, true_id) where one.line_no < other.line_no
    group by 1, 2, 3, 4, 5
    union all
    select one.feed, one.return_id, one.line_no, other.line_no, false, true
    from line as one join line as other using (feed, return_id, person_id)
    where one.line_no < other.line_no and one.true_id <> other.true_id
    group by 1, 2, 3, 4
)
select count(*) filter (where is_one), count(*) filter (where is_one and is_joined), count(*) filter (where not is_one)
from pair
"""
# The true person of a person_id is that of most of its records.
_COUNTED_TWICE = """
with owner as (
    select distinct on (person_id) person_id, true_id
    from (select person_id, true_id, count(*) as records from linked group by person_id, true_id) as own
    order by person_id, records desc, true_id
),
counted as (
    select true_id, count(*) as persons
    from owner join population.person using (person_id)
    where is_counted group by true_id
)
select count(*), coalesce(sum(persons - 1), 0)::bigint from counted
"""
_REVIEWED = """
select width_bucket(review.match_probability, %s::float8[]), count(*),
    count(*) filter (where one.true_id = other.true_id), sum(review.match_probability)
from population.link_review as review
join linked as one using (feed, file_id, record_no)
join linked as other
    on (other.feed, other.file_id, other.record_no) = (other_feed, other_file_id, other_record_no)
group by 1 order by 1
"""
_HUNDRED_THOUSAND = 100_000


@dataclass(frozen=True)
class Evaluation:
    """Shares (0 to 1) of pairs of records, and how many persons there are behind the records compared."""

    precision: float
    """Share of the pairs with one person_id that are one person in truth; 1 where there is no such pair."""
    recall: float
    """Share of the pairs that are one person in truth that have one person_id; 1 where there is no such pair."""
    f1: float
    """Harmonic mean of the two."""
    persons: int
    true_persons: int
    records: int
    """Records compared: loaded, linked and not damaged on purpose."""
    within_return_found: float
    """Of the pairs of lines of one return, card or list that are one person in truth, the share that have one
    person_id; 1 where there is no such pair."""
    within_return_wrong: float
    """Pairs of lines of one return, card or list that have one person_id and are two people in truth, in 100,000
    people."""


@dataclass(frozen=True)
class Banded:
    """Pairs for clerical review, linked or not, with match probabilities of one band."""

    band: int
    """How many of the band limits the match probability reaches."""
    pairs: int
    right: int
    """Of these, how many are one person in truth."""
    probability: float
    """Sum of the match probabilities: how many should be right."""


@dataclass(frozen=True)
class LinkedAlike:
    """Records that one rule linked, with match probabilities of one band."""

    link_rule: str
    band: int
    """How many of the band limits the match probability reaches."""
    records: int
    right: int
    """Of these, how many belong to a person with more than half of the records of the same true person."""
    probability: float
    """Sum of the match probabilities: how many should be right."""


def evaluate(settings: Settings, truth: "Path") -> Evaluation:
    """Compare population.person_record with `truth`, the folder that `satu simulate` wrote (or its record.parquet).

    Records that the simulator damaged are left out, and so are those of files that are not loaded.

    Raises:
        WrongUsage: there is no truth in that folder, or it is about other files than those loaded.
    """
    with _compared(settings, truth) as connection:
        found = connection.execute(_PAIRS).fetchone()
        [(twice, joined, wrong)] = connection.execute(_WITHIN_RETURN).fetchall()
    if found is None or not found[0]:
        raise WrongUsage(f"none of the records in {truth} is linked; expected the truth of the files that are loaded")
    records, right, said, true, persons, true_persons = found
    return Evaluation(
        precision=right / said if said else 1.0,
        recall=right / true if true else 1.0,
        f1=2 * right / (said + true) if said + true else 1.0,
        persons=persons,
        true_persons=true_persons,
        records=records,
        within_return_found=joined / twice if twice else 1.0,
        within_return_wrong=_HUNDRED_THOUSAND * wrong / true_persons,
    )


def counted_twice(settings: Settings, truth: "Path") -> float:
    """Return how many counted persons too many there are, in 100,000 people, because one is counted as several.

    Raises:
        WrongUsage: there is no truth in that folder.
    """
    with _compared(settings, truth) as connection:
        [(people, too_many)] = connection.execute(_COUNTED_TWICE).fetchall()
    return _HUNDRED_THOUSAND * too_many / people if people else 0.0


def evaluate_review(settings: Settings, truth: "Path", bands: "Sequence[float]") -> list[Banded]:
    """Count, by band of match probability (ascending limits), the pairs of the clerical review that are one person.

    Raises:
        WrongUsage: there is no truth in that folder.
    """
    with _compared(settings, truth) as connection:
        return [Banded(*row) for row in connection.execute(_REVIEWED, (list(bands),)).fetchall()]


def evaluate_rules(settings: Settings, truth: "Path", bands: "Sequence[float]") -> list[LinkedAlike]:
    """Count, by rule and band of match probability (ascending limits), the records that are where they belong.

    Raises:
        WrongUsage: there is no truth in that folder.
    """
    with _compared(settings, truth) as connection:
        return [LinkedAlike(*row) for row in connection.execute(_BY_RULE, (list(bands),)).fetchall()]


@contextmanager
def _compared(settings: Settings, truth: "Path") -> "Iterator[psycopg.Connection]":
    """Yield a connection with table linked: the undamaged records, their person ids and true ids."""
    import polars as pl

    path = truth / "record.parquet" if truth.is_dir() else truth
    if not path.exists():
        raise WrongUsage(f"no truth at {path}; expected record.parquet as `satu simulate` writes it")
    records = pl.read_parquet(path).filter(~pl.col("is_damaged"))
    # A truth may lack returns: then nobody is known to be in one twice.
    sound = records.select(pl.col(name) if name in records.columns else pl.lit(None).alias(name) for name in _COLUMNS)
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        connection.execute(_TRUTH)
        with connection.cursor().copy("copy truth from stdin with (format csv)") as copy:
            copy.write(sound.write_csv(include_header=False))
        connection.execute("analyze truth")
        connection.execute(_LINKED)
        connection.execute("analyze linked")
        yield connection

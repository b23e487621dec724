"""Clerical review: pairs that a person should check, and decisions that all later runs use.

A decision is about two records by their feed's key (record_key), so it also holds for a corrected file.
"""

import csv
import io
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from satu import signature, warehouse
from satu.errors import WrongUsage
from satu.scratch import new_file
from satu.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

REVIEWED = "reviewed"
"""Name of links that a person decided."""
REVIEWED_RULE = -1
"""Their rank: before every rule."""
DECISIONS = ("same", "different")

STANDING = """
select distinct on (record_key, other_record_key) record_key, other_record_key, decision, decided_at,
    false as is_overruled
from population.link_decision order by record_key, other_record_key, decided_at desc
"""
"""The newest decision on each pair of records (record keys)."""

# Two records that are different people are two lines of an extra return.
_APART = """
create or replace table apart as
with told as (
    select row_number() over (order by record_key, other_record_key) as n, record_key, other_record_key
    from decision where decision = 'different' and record_key <> other_record_key and not is_overruled
)
select r, -n as return_no, 0 as line_no from told join record using (record_key)
union all
select r, -n, 1 from told join record on record.record_key = told.other_record_key
"""
_SAME = """
create or replace table same as
select distinct least(x.r, y.r) as a, greatest(x.r, y.r) as b
from decision join record as x using (record_key) join record as y on y.record_key = decision.other_record_key
where decision = 'same' and x.r <> y.r and not is_overruled
"""
_NEWEST_FIRST = """
select record_key, other_record_key, decision from decision order by decided_at desc, record_key, other_record_key
"""
_OVERRULE = """
update decision set is_overruled = true from overruled
where record_key = overruled.one and other_record_key = overruled.other
"""
# Of several pairs between two groups of records only the likeliest is reviewed; its decision holds for all.
_REVIEW = """
create table link_review as
with told as (
    select distinct least(p.cluster, q.cluster) as one, greatest(p.cluster, q.cluster) as other
    from apart as x join apart as y on y.return_no = x.return_no and y.line_no > x.line_no
    join clustered as p on p.r = x.r join clustered as q on q.r = y.r
)
select md5(concat_ws(':', (from link_secret), least(x.record_key, y.record_key), greatest(x.record_key, y.record_key)))
        as pair_id,
    x.feed, x.file_id, x.record_no, x.record_key, y.feed as other_feed, y.file_id as other_file_id,
    y.record_no as other_record_no, y.record_key as other_record_key,
    name_level::smallint as name_level, birth_level::smallint as birth_level, nik_level::smallint as nik_level,
    has_same_card, has_same_village, likely.probability as match_probability, p.cluster = q.cluster as is_linked
from likely
join record as x on x.r = likely.a join record as y on y.r = likely.b
join clustered as p on p.r = likely.a join clustered as q on q.r = likely.b
where likely.probability < $to
    and not exists (from told where one = least(p.cluster, q.cluster) and other = greatest(p.cluster, q.cluster))
qualify row_number() over (partition by cluster_a, cluster_b order by weight desc, likely.a, likely.b) = 1
    and row_number() over (partition by pair_id order by likely.a, likely.b) = 1
"""


def prepare(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create tables apart and same from decision; mark decisions that newer ones contradict."""
    import pyarrow as pa

    decided = connection.execute(_NEWEST_FIRST).fetchall()
    overruled = contradicted([(one, other, decision == "same") for one, other, decision in decided])
    if overruled:
        pairs = [decided[number][:2] for number in overruled]
        connection.register("overruled", pa.table(dict(zip(("one", "other"), zip(*pairs, strict=True), strict=True))))
        connection.execute(_OVERRULE)
        connection.unregister("overruled")
    connection.execute(_APART)
    connection.execute(_SAME)


def contradicted(decisions: "Sequence[tuple[int, int, bool]]") -> list[int]:
    """Return which of `decisions` (one, other, are they the same) contradict earlier ones in the list.

    A is B, B is C and A is not C cannot all be true: the first ones hold.
    """
    leader: dict[int, int] = {}
    apart: dict[int, set[int]] = {}
    overruled = []

    def led(one: int) -> int:
        while (above := leader.get(one, one)) != one:
            leader[one] = one = leader.get(above, above)
        return one

    for number, (one, other, is_same) in enumerate(decisions):
        first, second = led(one), led(other)
        if (first == second) if not is_same else second in apart.get(first, ()):
            overruled.append(number)
        elif not is_same:
            apart.setdefault(first, set()).add(second)
            apart.setdefault(second, set()).add(first)
        elif first != second:
            leader[second] = first
            for other_leader in apart.pop(second, set()):
                apart[other_leader] = apart[other_leader] - {second} | {first}
                apart.setdefault(first, set()).add(other_leader)
    return overruled


def add_decided_pairs(connection: "duckdb.DuckDBPyConnection") -> None:
    """Put the pairs that are the same person by decision into table edge, before every rule."""
    connection.execute("delete from edge using same where edge.a = same.a and edge.b = same.b")
    connection.execute("insert into edge select a, b, ?, 1.0 from same", [REVIEWED_RULE])


def collect(connection: "duckdb.DuckDBPyConnection", until: float) -> None:
    """Create table link_review: the likely pairs below probability `until` that nobody has decided on."""
    connection.execute(_REVIEW, {"to": until})


_LISTED = """
select review.pair_id, review.match_probability, review.is_linked, review.name_level, review.birth_level,
    review.nik_level, review.has_same_card, review.has_same_village,
    review.feed, one.name_key, one.birth_date, review.other_feed, other.name_key, other.birth_date, one.village_code
from population.link_review as review
join staging.person_evidence as one using (feed, file_id, record_no)
join staging.person_evidence as other
    on (other.feed, other.file_id, other.record_no) = (other_feed, other_file_id, other_record_no)
where not exists (
    select from population.link_decision as decided
    where decided.record_key = least(review.record_key, review.other_record_key)
        and decided.other_record_key = greatest(review.record_key, review.other_record_key)
)
order by abs(review.match_probability - 0.75), review.pair_id
limit %s
"""
_NAMES = {4: "same letters", 3: "a slip", 2: "words left out", 1: "cut short", 0: "differs", -1: "missing"}
_BIRTHS = {2: "same", 1: "one part off", 0: "differs", -1: "missing"}
_NIKS = {2: "same", 1: "one digit off", 0: "differs", -1: "missing"}


def pairs(settings: Settings, limit: int) -> list[dict[str, Any]]:
    """Return the undecided pairs, those nearest to the middle of the band first; names and dates are masked.

    Raises:
        WrongUsage: nothing has been linked yet.
    """
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        _expect_linked(connection)
        rows = connection.execute(_LISTED, (limit,)).fetchall()
    return [
        {
            "pair_id": row[0],
            "probability": round(row[1], 3),
            "is_linked": row[2],
            "name": _NAMES[row[3]],
            "birth_date": _BIRTHS[row[4]],
            "nik": _NIKS[row[5]],
            "family_card": _agreement(row[6]),
            "village": _agreement(row[7]),
            "record": f"{row[8]}: {_masked(row[9])}, {_year(row[10])}",
            "other_record": f"{row[11]}: {_masked(row[12])}, {_year(row[13])}",
            "village_code": row[14],
            "decision": "",
        }
        for row in rows
    ]


def _expect_linked(connection: psycopg.Connection) -> None:
    if not connection.execute("select from population.link_run limit 1").rowcount:
        raise WrongUsage("nothing has been linked yet; run `satu run` first")


def _agreement(same: bool | None) -> str:
    return "missing" if same is None else "same" if same else "differs"


def _masked(name: str | None) -> str:
    """Return the first letter of each word; of one with a single letter none."""
    return (
        " ".join(f"{word[0]}{'*' * (len(word) - 1)}" if len(word) > 1 else "*" for word in name.split())
        if name
        else "no name"
    )


def _year(day: date | None) -> str:
    return f"born {day.year}" if day else "no birth date"


def write(rows: list[dict[str, Any]], out: Path) -> None:
    """Write pairs as CSV with an empty column `decision`, to a new file that only its owner may read.

    Raises:
        WrongUsage: the file exists, or cannot be created.
    """
    with os.fdopen(new_file(out), "w", newline="", encoding="utf-8") as file:
        lines = csv.DictWriter(file, list(rows[0]) if rows else ["pair_id", "decision"])
        lines.writeheader()
        lines.writerows(rows)


_KNOWN = """
select pair_id, least(record_key, other_record_key), greatest(record_key, other_record_key)
from population.link_review where pair_id = any(%(pairs)s)
union
select md5(concat_ws(':', secret, record_key, other_record_key)), record_key, other_record_key
from population.link_decision, population.link_secret
where md5(concat_ws(':', secret, record_key, other_record_key)) = any(%(pairs)s)
"""


_STANDING_NEWEST_FIRST = f"""
select record_key, other_record_key, decision from ({STANDING}) as standing
order by decided_at desc, record_key, other_record_key
"""  # noqa: S608 - a query of ours


def decide(settings: Settings, path: Path, by: str, reason: str) -> dict[str, int]:
    """Read decisions from a CSV file with columns pair_id and decision; return how many of each kind.

    A pair without a decision is left open. They hold from the next linkage on; a later decision replaces an earlier.
    `overruled` counts all decisions, old ones too, that newer ones contradict: A is B, B is C, and A is not C.

    Raises:
        WrongUsage: the name is missing, the file lacks a column, a decision is neither `same` nor `different`, or a
            pair is neither in the last review nor decided already. Nothing is taken from such a file.
    """
    signature.expect(by, reason)
    decided = _read(path)
    with warehouse.connect(settings, warehouse.TRANSFORMER) as connection:
        _expect_linked(connection)
        rows = connection.execute(_KNOWN, {"pairs": list(decided)}).fetchall()
        known = {row[0]: row[1:] for row in rows}
        if unknown := [line for pair_id, (line, _) in decided.items() if pair_id not in known]:
            raise WrongUsage(
                f"{len(unknown)} pairs of {path} are neither in the last review nor decided, the first in line"
                f" {min(unknown)}; expected pairs as `satu review --out` wrote them since the last run"
            )
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into population.link_decision (record_key, other_record_key, decision, decided_by, reason)"
                " values (%s, %s, %s, %s, %s)",
                [(*known[pair_id], decision, by, reason) for pair_id, (_, decision) in decided.items()],
            )
        standing = connection.execute(_STANDING_NEWEST_FIRST).fetchall()
        connection.commit()
    counts = {kind: sum(decision == kind for _, decision in decided.values()) for kind in DECISIONS}
    return counts | {"overruled": len(contradicted([(*row[:2], row[2] == "same") for row in standing]))}


def _read(path: Path) -> dict[str, tuple[int, str]]:
    """Return pair_id ↦ (line, decision), from UTF-8 text with commas, semicolons or tabs, as spreadsheets write it."""
    expected = "expected a CSV file as `satu review --out` writes it"
    try:
        text = path.read_text("utf-8-sig")
        head = text.partition("\n")[0]
        lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count))
        if not {"pair_id", "decision"} <= set(lines.fieldnames or ()):
            raise WrongUsage(f"{path} lacks the columns pair_id and decision; {expected}")
        decided: dict[str, tuple[int, str]] = {}
        for line in lines:
            if decision := (line["decision"] or "").strip().lower():
                if decision not in DECISIONS:
                    raise WrongUsage(f"line {lines.line_num} of {path} says neither same nor different")
                pair_id = line["pair_id"].strip().replace("\x00", "")
                if decided.get(pair_id, (0, decision))[1] != decision:
                    raise WrongUsage(
                        f"line {lines.line_num} of {path} decides otherwise than line {decided[pair_id][0]}"
                    )
                decided[pair_id] = (lines.line_num, decision)
    except (OSError, UnicodeError, csv.Error):
        raise WrongUsage(f"{path} cannot be read as UTF-8 text; {expected}") from None
    return decided

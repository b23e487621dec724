"""Certain pairs: records of which a rule can say that they are one person, in SQL on table `record`.

Each rule blocks on equal values (a hash join) and then asks for agreement of something else, because every single
value can be wrong: a NIK can be a relative's, a name a twin's. Sex is never asked: it is miscoded too often.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MACROS = """
create or replace macro bare(x) as replace(x, ' ', '');
create or replace macro is_slip(x, y) as
    abs(length(bare(x)) - length(bare(y))) <= 2
    and damerau_levenshtein(bare(x), bare(y)) <= case
        when least(length(x), length(y)) >= 7 then 2 when least(length(x), length(y)) >= 5 then 1 else 0
    end;
create or replace macro is_shortened(x, y) as
    least(length(x), length(y)) >= 3 and (starts_with(x, y || ' ') or starts_with(y, x || ' '));
create or replace macro is_cut(x, y) as
    least(length(x), length(y)) >= 3 and (starts_with(bare(x), bare(y)) or starts_with(bare(y), bare(x)));
create or replace macro name_level(x, y) as case
    when bare(x) = bare(y) then 4
    when x is null or y is null then -1
    when is_slip(x, y) then 3
    when is_shortened(x, y) then 2
    when is_cut(x, y) then 1
    else 0
end;
create or replace macro is_near_birth(x, y) as
    (month(x) = month(y) and day(x) = day(y))
    or (year(x) = year(y) and (month(x) = month(y) or (month(x) = day(y) and day(x) = month(y))));
create or replace macro birth_level(x, y) as case
    when x = y then 2
    when x is null or y is null then -1
    when is_near_birth(x, y) then 1
    else 0
end;
create or replace macro is_alike(x, y) as
    jaro_winkler_similarity(bare(x), bare(y)) >= 0.8 or list_has_any(string_split(x, ' '), string_split(y, ' '));
create or replace macro is_typo(x, y) as x[13:] = y[13:] and hamming(x, y) = 1;
create or replace macro is_next_in_series(x, y) as x[:12] = y[:12] and x <> y;
create or replace macro nik_level(x, y) as case
    when x = y then 2
    when x is null or y is null then -1
    when is_typo(x, y) then 1
    else 0
end;
"""
"""How far two name keys, birth dates and NIKs agree; -1: one of them is missing, 0: they differ.

Name 4 same letters, 3 a slip of the pen, 2 last words left out, 1 cut short. Birth 2 same date, 1 one part of it off or
day and month swapped. NIK 2 same, 1 one digit off outside the serial (twins differ in the serial).
"""


@dataclass(frozen=True)
class Rule:
    """One rule: `pairs` is a query of record numbers a < b; `probability` is the share of its pairs that were right."""

    name: str
    probability: float
    pairs: str


# Stronger first: where links contradict each other, the earlier rule wins. The shares are the lowest measured on two
# simulated cities, before contradictions are resolved; they leave out pairs that an earlier rule finds.
RULES = (
    Rule(
        "resent",
        0.9999,
        """
        select a.r as a, b.r as b from record as a join record as b using (feed, natural_key)
        where a.r < b.r and feed <> 'registry'
            and (a.birth_date = b.birth_date or name_level(a.name_key, b.name_key) >= 1)
        """,
    ),
    Rule(
        "nik",
        0.9999,
        """
        select a.r as a, b.r as b from record as a join record as b using (nik)
        where a.r < b.r
            and name_level(a.name_key, b.name_key) >= if(birth_level(a.birth_date, b.birth_date) = 0, 4, 1)
        """,
    ),
    Rule(
        "family",
        0.995,
        """
        select a.r as a, b.r as b from record as a join record as b using (family_card_no, birth_date)
        where a.r < b.r and name_level(a.name_key, b.name_key) >= if(nik_level(a.nik, b.nik) = 0, 3, 1)
            and not coalesce(is_next_in_series(a.nik, b.nik), false)
        union
        select a.r as a, b.r as b from record as a join record as b using (family_card_no, flat_name)
        where a.r < b.r and birth_level(a.birth_date, b.birth_date) = 1 and nik_level(a.nik, b.nik) <> 0
        """,
    ),
    Rule(
        "place",
        0.997,
        """
        select a.r as a, b.r as b from record as a join record as b using (sls_code, birth_date)
        where a.r < b.r and name_level(a.name_key, b.name_key) >= if(nik_level(a.nik, b.nik) = 0, 4, 3)
        union
        select a.r as a, b.r as b from record as a join record as b using (village_code, birth_date, flat_name)
        where a.r < b.r and nik_level(a.nik, b.nik) <> 0
        """,
    ),
)


def find_certain_pairs(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create table edge (a, b, rule, probability); rule is the place in RULES. Each pair once, by its first rule."""
    connection.execute(MACROS)
    connection.execute("create or replace table edge (a integer, b integer, rule tinyint, probability double)")
    for place, rule in enumerate(RULES):
        connection.sql(rule.pairs).create_view("pair", replace=True)
        connection.execute(
            "insert into edge select a, b, ?, ? from pair anti join edge using (a, b)", [place, rule.probability]
        )
    connection.execute("drop view pair")

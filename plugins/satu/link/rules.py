"""Certain pairs: records that are one person by a rule, in SQL on table `record`.

Each rule blocks on equal values (a hash join) and then requires agreement of another value, because any single value
can be wrong: a NIK can be a relative's, a name a twin's. Records with equal values are compared once and linked to the
first of them, so that thousands of copies cost no more than a few.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MACROS = """
create or replace macro bare(x) as replace(x, ' ', '');
create or replace macro words(x) as string_split(x, ' ');
create or replace macro number_of(x) as regexp_extract(x, ' (I|II|III|IV)$', 1);
create or replace macro is_baby(x) as x = 'BAYI' or starts_with(x, 'BAYI ');
create or replace macro is_latin(x) as regexp_matches(x, '[A-Z]');
create or replace macro is_comparable(x, y) as
    is_baby(x) = is_baby(y) and is_latin(x) = is_latin(y) and x <> 'BAYI' and y <> 'BAYI';
create or replace macro begins(x) as split_part(x, ' ', 1);
create or replace macro is_near(x, y) as jaro_similarity(bare(x), bare(y)) >= 0.6;
create or replace macro is_same_name(x, y) as case
    when bare(x) = bare(y) then true
    when length(x) = length(y) and contains(y, begins(x)) then list_sort(words(x)) = list_sort(words(y))
    else false
end;
create or replace macro is_slip(x, y) as case
    when is_near(x, y) and abs(length(bare(x)) - length(bare(y))) <= 2 then
        damerau_levenshtein(bare(x), bare(y)) <= case
            when least(length(x), length(y)) >= 7 then 2 when least(length(x), length(y)) >= 5 then 1 else 0
        end
    else false
end;
create or replace macro is_shortened(x, y) as case
    when least(length(x), length(y)) < 3 then false
    when contains(y, begins(x)) then list_has_all(words(y), words(x)) or list_has_all(words(x), words(y))
    when contains(x, begins(y)) then list_has_all(words(x), words(y))
    else false
end;
create or replace macro is_initialled(x, y) as case
    when x[1] = y[1] and len(words(x)) = len(words(y)) then
        list_bool_and(list_transform(list_zip(words(x), words(y)), lambda w:
            w[1] = w[2] or (least(length(w[1]), length(w[2])) = 1 and w[1][1] = w[2][1])))
        and list_bool_or(list_transform(list_zip(words(x), words(y)), lambda w: w[1] = w[2] and length(w[1]) >= 3))
    else false
end;
create or replace macro is_cut(x, y) as
    least(length(x), length(y)) >= 3 and (starts_with(bare(x), bare(y)) or starts_with(bare(y), bare(x)));
create or replace macro is_abbreviated(x, y) as number_of(x) = number_of(y) and (
    begins(x) = begins(y) and is_initialled(x, y) or is_cut(x, y) and least(length(bare(x)), length(bare(y))) >= 8
);
create or replace macro is_longer(x, y) as starts_with(x, y || ' ') or starts_with(y, x || ' ');
create or replace macro name_level(x, y) as case
    when bare(x) = bare(y) and x <> 'BAYI' then 4
    when x is null or y is null or not is_comparable(x, y) then -1
    when number_of(x) <> number_of(y) then if(number_of(x) = '' or number_of(y) = '', 1, 0)
    when is_same_name(x, y) then 4
    when is_slip(x, y) then 3
    when is_shortened(x, y) then 2
    when is_cut(x, y) or is_initialled(x, y) then 1
    else 0
end;
create or replace macro consonants(x) as regexp_replace(x, '[AEIOU]', '.', 'g');
create or replace macro is_other_word(x, y) as
    len(words(x)) = len(words(y))
    and len(list_filter(list_zip(words(x), words(y)), lambda w: w[1] <> w[2])) = 1
    and list_bool_and(list_transform(list_zip(words(x), words(y)), lambda w:
        w[1] = w[2] or length(w[1]) = length(w[2]) and (
            length(w[1]) <= 5 and list_sort(string_split(w[1], '')) <> list_sort(string_split(w[2], ''))
            or consonants(w[1]) = consonants(w[2])
        )
    ));
create or replace macro is_respelled(x, y) as
    length(bare(x)) = length(bare(y)) and list_sort(string_split(bare(x), '')) <> list_sort(string_split(bare(y), ''));
create or replace macro is_transposed(x, y) as
    length(x) = length(y) and damerau_levenshtein(x, y) = 1
    and list_sort(string_split(x, '')) = list_sort(string_split(y, ''));
create or replace macro is_default_birth(x) as strftime(x, '%m%d') in ('0101', '0701', '1231');
create or replace macro is_near_birth(x, y) as
    (month(x) = month(y) and day(x) = day(y) and abs(year(x) - year(y)) <= if(is_default_birth(x), 2, 10))
    or (year(x) = year(y) and (month(x) = month(y) or (month(x) = day(y) and day(x) = month(y))));
create or replace macro birth_level(x, y) as case
    when x = y then 2
    when x is null or y is null then -1
    when is_near_birth(x, y) then 1
    else 0
end;
create or replace macro is_short_for(x, y) as length(begins(x)) >= 4 and contains(y || ' ', begins(x) || ' ');
create or replace macro is_nickname(x, y) as
    is_comparable(x, y) and not (contains(x, ' ') and contains(y, ' '))
    and (jaro_winkler_similarity(bare(x), bare(y)) >= 0.8 or is_short_for(x, y) or is_short_for(y, x));
create or replace macro is_alike(x, y) as is_comparable(x, y) and (
    jaro_winkler_similarity(bare(x), bare(y)) >= 0.8 or list_has_any(words(x), words(y)) or is_nickname(x, y)
);
create or replace macro is_typo(x, y) as x[13:] = y[13:] and hamming(x, y) = 1;
create or replace macro is_next_in_series(x, y) as x[:12] = y[:12] and x <> y;
create or replace macro is_elsewhere(x, y) as x[7:] = y[7:];
create or replace macro follows_in_series(x, y) as x[:12] = y[:12] and abs(x[13:]::integer - y[13:]::integer) = 1;
create or replace macro is_new_number(x, y) as x[:6] <> y[:6] and x[7:12] = y[7:12];
create or replace macro nik_level(x, y) as case
    when x = y then 2
    when x is null or y is null then -1
    when is_typo(x, y) then 1
    else 0
end;
"""
"""How far two name keys, birth dates and NIKs agree; -1: one of them is missing, 0: they differ.

Name 4 same letters, in any order of the words; 3 a slip of the pen; 2 words left out; 1 cut
short, or first letters only; -1 also where nothing can be compared: another script, a baby that has no name yet. Birth
2 same date, 1 one part of it off or day and month swapped (a year by ten at most; by two where the day is one that is
written when it is not known). NIK 2 same, 1 one digit off outside the serial (twins differ in the serial).
"""

CROWD = 100, 500
"""A NIK in more records than the first limit, or a family card in more than the second, is not compared."""


@dataclass(frozen=True)
class Rule:
    """One rule: `pairs` is a query of record numbers a <= b and the share of such pairs that were right.

    It reads `profile`, which has records with equal values once; a = b means that these are one person.
    """

    name: str
    pairs: str


# The shares are measured on simulated cities before contradictions are resolved; of contradictory links, the likelier
# is accepted first.
RULES = (
    Rule(
        "resent",
        """
        select a.r as a, b.r as b, 0.9999 as probability
        from version as a join version as b using (record_key)
        where a.r < b.r and (a.birth_date = b.birth_date or name_level(a.name_key, b.name_key) >= 1)
        union all
        select version.r, record.r, 0.9999 from version join record using (record_key)
        where version.r < record.r and version.name_key is not distinct from record.name_key
            and version.birth_date is not distinct from record.birth_date
        """,
    ),
    Rule(
        "nik",
        """
        select a.r as a, b.r as b, case
            when name_level(a.name_key, b.name_key) = 4
                then if(birth_level(a.birth_date, b.birth_date) = 0, 0.998, 0.9999)
            when birth_level(a.birth_date, b.birth_date) = 2 then 0.999
            else 0.998 end as probability
        from profile as a join profile as b using (nik)
        where (a.r < b.r or a.r = b.r and a.is_repeated)
            and (
                name_level(a.name_key, b.name_key) >= if(birth_level(a.birth_date, b.birth_date) = 0, 4, 1)
                or a.birth_date = b.birth_date and coalesce(a.sex = b.sex, true)
                    and (name_level(a.name_key, b.name_key) = -1 or is_nickname(a.name_key, b.name_key))
            )
        """,
    ),
    Rule(
        "family",
        """
        select a.r as a, b.r as b,
            case name_level(a.name_key, b.name_key) when 4 then 0.9995 when 3 then 0.998 else 0.997 end as probability
        from profile as a join profile as b using (family_card_no, birth_date)
        where (a.r < b.r or a.r = b.r and a.is_repeated)
            and name_level(a.name_key, b.name_key) >= if(nik_level(a.nik, b.nik) = 0, 3, 1)
            and not coalesce(is_next_in_series(a.nik, b.nik) and name_level(a.name_key, b.name_key) < 4, false)
        union
        select a.r as a, b.r as b, 0.997 from profile as a join profile as b using (family_card_no, flat_name)
        where a.r < b.r and birth_level(a.birth_date, b.birth_date) = 1 and nik_level(a.nik, b.nik) <> 0
        """,
    ),
    Rule(
        "place",
        """
        select a.r as a, b.r as b, if(name_level(a.name_key, b.name_key) = 4, 0.999, 0.996) as probability
        from profile as a join profile as b using (sls_code, birth_date)
        where (a.r < b.r or a.r = b.r and a.is_repeated)
            and name_level(a.name_key, b.name_key) >= if(nik_level(a.nik, b.nik) = 0, 4, 3)
            and not coalesce(is_default_birth(birth_date) and a.family_card_no <> b.family_card_no, false)
        union
        select a.r as a, b.r as b, 0.996 from profile as a join profile as b using (village_code, birth_date, flat_name)
        where (a.r < b.r or a.r = b.r and a.is_repeated) and nik_level(a.nik, b.nik) <> 0
            and not coalesce(is_default_birth(birth_date) and a.family_card_no <> b.family_card_no, false)
        """,
    ),
    Rule(
        "newborn",
        """
        select a, b, 0.99 as probability from unnamed where not has_twin
        """,
    ),
)
_PROFILES = (
    """
    create or replace table version as
    select min(r) as r, record_key, name_key, birth_date
    from (from record where feed <> 'registry' qualify count(*) over (partition by record_key) > 1)
    group by record_key, name_key, birth_date
    """,
    """
    create or replace table profile as
    select min(r) as r, nik, family_card_no, name_key, flat_name, birth_date, sex, sls_code, village_code,
        count(*) > 1 as is_repeated
    from record group by all
    """,
    """
    create or replace table unnamed as
    with baby as (
        select baby.r as baby, other.r as other, family_card_no, birth_date
        from (from profile where is_baby(name_key)) as baby join profile as other using (family_card_no, birth_date)
        where name_level(baby.name_key, other.name_key) = -1 and is_latin(other.name_key) and baby.r <> other.r
            and coalesce(baby.sex = other.sex, true)
            and nik_level(baby.nik, other.nik) <> 0
    ),
    twin as (
        select distinct family_card_no, birth_date
        from (select distinct family_card_no, birth_date from baby)
        join record as x using (family_card_no, birth_date) join record as y using (family_card_no, birth_date)
        where x.return_no = y.return_no and x.line_no < y.line_no
    )
    select distinct least(baby, other) as a, greatest(baby, other) as b, twin.birth_date is not null as has_twin
    from baby left join twin using (family_card_no, birth_date)
    """,
    """
    create or replace table duplicate as
    select record.r, profile.r as first_r from record join profile
        on profile.is_repeated and record.r > profile.r
        and record.nik is not distinct from profile.nik
        and record.family_card_no is not distinct from profile.family_card_no
        and record.name_key is not distinct from profile.name_key
        and record.birth_date is not distinct from profile.birth_date
        and record.sex is not distinct from profile.sex and record.sls_code is not distinct from profile.sls_code
        and record.village_code is not distinct from profile.village_code
    """,
)


def find_certain_pairs(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create table edge (a, b, rule, probability); rule is the index in RULES. Each pair once, by its first rule."""
    for statement in _PROFILES:
        connection.execute(statement)
    connection.execute("create or replace table edge (a integer, b integer, rule tinyint, probability double)")
    for place, rule in enumerate(RULES):
        connection.sql(rule.pairs).create_view("pair", replace=True)
        connection.execute(_ADD, {"rule": place})
    connection.execute("drop view pair")


# The first of records with equal values represents all; if it is linked to itself, it is linked to its copies.
_ADD = """
insert into edge
with found as (select a, b, max(probability) as probability from pair group by a, b),
spread as (
    select a, b, probability from found where a < b
    union all
    select found.a, duplicate.r, probability from found join duplicate on duplicate.first_r = found.a
    where found.a = found.b
)
select a, b, $rule, probability from spread anti join edge using (a, b)
"""

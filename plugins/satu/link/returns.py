"""Lines of one return that repeat each other, or may.

Two lines of a submission, an interview, a list or a family card are two people. They are one only with evidence: same
name, day of birth and sex, and NIKs that do not contradict it. Signs of twins contradict it (one different word in the
name, a number after it, consecutive serials), and so do lines without a name, which have only the missing values in
common. Lines that are less similar repeat each other if their people are one by another return, or if the registry has
nobody else with that birth date on the card.
"""

from typing import TYPE_CHECKING

from satu.link.rules import RULES

if TYPE_CHECKING:
    import duckdb

NAME = "repeat"
"""Name of such links."""
RULE = len(RULES)
"""Their rank: after every rule on two records."""

_MOST_LINES = 200
"""Maximum number of lines of one return with one birth date that are compared; above it, none repeats another."""

_WITHIN = """
create or replace table within as
with line as (
    select *, count(*) over (partition by return_no, birth_date) as lines from record where return_no is not null
),
born as (
    select a.r as a, b.r as b from line as a join line as b using (return_no, birth_date)
    where a.line_no < b.line_no and a.lines <= $most
),
named as (
    select a.r as a, b.r as b from line as a join line as b using (return_no, flat_name)
    where a.line_no < b.line_no
        and (birth_level(a.birth_date, b.birth_date) in (-1, 1) or year(a.birth_date) = year(b.birth_date))
),
numbered as (
    select a.r as a, b.r as b from line as a join line as b using (return_no, nik)
    where a.line_no < b.line_no
        and (
            birth_level(a.birth_date, b.birth_date) <> 0
            or year(a.birth_date) = year(b.birth_date)
            or a.flat_name = b.flat_name and month(a.birth_date) = month(b.birth_date)
                and abs(year(a.birth_date) - year(b.birth_date)) <= 10
        )
),
compared as (
    select a.r as a, b.r as b, a.line_no as line_a, b.line_no as line_b, a.return_no, a.birth_date,
        name_level(a.name_key, b.name_key) as name_level, birth_level(a.birth_date, b.birth_date) as birth_level,
        nik_level(a.nik, b.nik) as nik_level, coalesce(is_nickname(a.name_key, b.name_key), false) as is_nickname,
        coalesce(a.nik = b.nik or is_elsewhere(a.nik, b.nik), false) as has_own_nik,
        coalesce(a.nik <> b.nik, false) and is_respelled(a.name_key, b.name_key) as may_be_twin,
        coalesce(is_new_number(a.nik, b.nik), false) as has_new_nik,
        coalesce(a.nik <> b.nik and not follows_in_series(a.nik, b.nik), false) as has_two_niks,
        coalesce(is_abbreviated(a.name_key, b.name_key), false) as is_abbreviated,
        coalesce(len(list_intersect(words(a.name_key), words(b.name_key))) >= 2, false) as has_words_in_common,
        coalesce(is_transposed(a.name_key, b.name_key), false) as is_transposed,
        contains(a.name_key, ' ') and contains(b.name_key, ' ') as has_words,
        coalesce(is_longer(a.name_key, b.name_key), false) as is_longer,
        coalesce(a.sex <> b.sex, false) as has_other_sex, coalesce(x.lines = 2, false) as is_only_two,
        coalesce(is_baby(a.name_key) <> is_baby(b.name_key) and a.nik = b.nik, false) as is_named_since,
        (a.nik is null) <> (b.nik is null) as has_one_nik,
        a.feed <> 'verification' or coalesce(a.family_card_no = b.family_card_no, false) as is_one_family,
        coalesce(a.family_card_no <> b.family_card_no, false) as has_other_card,
        coalesce(is_default_birth(a.birth_date), false) as is_default_birth,
        coalesce(
            year(a.birth_date) = year(b.birth_date)
            and (is_default_birth(a.birth_date) or is_default_birth(b.birth_date)), false
        ) as is_default_of_year,
        coalesce(is_other_word(a.name_key, b.name_key), false) as has_other_word
    from (from born union from named union from numbered) as pair
    join record as a on a.r = pair.a join record as b on b.r = pair.b join line as x on x.r = pair.a
)
select *, name_level = 2 and is_longer as has_word_more,
    name_level = 3 and not (has_other_word or may_be_twin) as is_slip
from compared where name_level >= 1 or is_nickname or is_named_since or is_transposed
"""
# First allowed differences in birth date and sex, then in the name; `case` depends on the NIKs.
_REPEAT = """
create or replace table repeat as
select a, b, line_a, line_b, has_own_nik or has_new_nik or has_two_niks as is_proved from within
where case
    when birth_level = 2 then true
    when nik_level = 2 then name_level = 4 or birth_level <> 0 and not is_default_birth
    else name_level = 4 and has_words and (nik_level = -1 or has_new_nik) and (birth_level = 1 or is_default_of_year)
end
and (
    not has_other_sex
    or (name_level = 4 or has_word_more) and has_words and (nik_level <> 0 or has_own_nik or has_new_nik)
)
and case
    when has_own_nik then name_level in (2, 4) or is_slip or is_abbreviated or is_named_since or is_transposed
    when has_new_nik then is_one_family and (
        name_level = 4 or name_level = 2 and if(has_words, is_longer, is_only_two) or is_slip and has_words
    )
    when has_two_niks then is_one_family and (name_level = 4 or has_word_more and has_words) and not is_default_birth
    when nik_level <> -1 then false
    when birth_level <> 2 then is_one_family and has_one_nik and (is_default_of_year or not is_default_birth)
    when is_one_family then name_level = 4 or is_transposed and has_words
        or is_abbreviated and has_words_in_common and has_one_nik
        or (name_level = 3 or has_word_more) and has_one_nik and not has_other_word and not is_default_birth
    else name_level = 4 and not is_default_birth and (not has_other_card or has_words and has_one_nik)
end
"""
# Lines do not repeat each other if their people have consecutive NIKs in other returns, as twins do; nor do lines
# without a NIK if the NIKs of their people differ in more than the region and the serial.
_CONTRADICTED = """
delete from repeat using (
    select distinct repeat.a, repeat.b
    from repeat join clustered as p on p.r = repeat.a join clustered as q on q.r = repeat.b
    join clustered as c on c.cluster = p.cluster join record as x on x.r = c.r
    join clustered as d on d.cluster = q.cluster join record as y on y.r = d.r
    where p.cluster <> q.cluster and x.return_no = y.return_no and x.line_no <> y.line_no and x.nik <> y.nik and (
        follows_in_series(x.nik, y.nik)
        or not is_proved and not is_elsewhere(x.nik, y.nik) and not is_new_number(x.nik, y.nik)
    )
) as against
where repeat.a = against.a and repeat.b = against.b
"""
# People who are one by one return are one in all others, however different their lines are there. If the registry has
# nobody else with a person's birth date on the card, a similar line without a person repeats theirs.
_CONFIRMED = """
insert into repeat
with registered as (
    select cluster, household_no, birth_date, flat_name from record join clustered using (r) where feed = 'registry'
),
alone as (
    select distinct one.cluster from registered as one
    where birth_date is not null and not exists (
        from registered as other where other.household_no = one.household_no and other.cluster <> one.cluster
            and birth_level(one.birth_date, other.birth_date) >= 1
    )
),
alone_of_name as (
    select distinct one.cluster from registered as one
    where not exists (
        from registered as other where other.household_no = one.household_no and other.cluster <> one.cluster
            and other.flat_name = one.flat_name
    )
),
known as (select distinct cluster from registered)
select a, b, line_a, line_b, false
from within join clustered as p on p.r = a join clustered as q on q.r = b
where p.cluster <> q.cluster and nik_level <> 0 and is_one_family
    and (p.cluster in (from alone) and q.cluster not in (from known)
        or q.cluster in (from alone) and p.cluster not in (from known))
    and (birth_level <> -1 or name_level = 4
        and (p.cluster in (from alone_of_name) or q.cluster in (from alone_of_name)))
union
select x.r, y.r, x.line_no, y.line_no, false
from repeat join clustered as p on p.r = repeat.a join clustered as q on q.r = repeat.b
join clustered as c on c.cluster = p.cluster join record as x on x.r = c.r
join clustered as d on d.cluster = q.cluster join record as y on y.r = d.r
where p.cluster <> q.cluster and x.return_no = y.return_no and x.line_no <> y.line_no
    and (
        name_level(x.name_key, y.name_key) <> 0
        or birth_level(x.birth_date, y.birth_date) >= 1 and (is_proved or nik_level(x.nik, y.nik) <> 0)
    )
"""
_SAME_LINES = """
select line_a, line_b from repeat
union
select x.line_no, y.line_no from same join record as x on x.r = a join record as y on y.r = b
where x.return_no = y.return_no and x.line_no <> y.line_no
"""
_OPEN = """
create or replace table open_repeat as
select a, b, name_level, birth_level, nik_level from within anti join repeat using (a, b)
where name_level >= 2 and not has_other_word
    and (has_own_nik or has_new_nik or nik_level = -1 and (name_level = 4 or birth_level = 2))
"""
_ADD = """
insert into edge
select distinct least(a, b), greatest(a, b), $rule, 0.999 from repeat
anti join edge on edge.a = least(repeat.a, repeat.b) and edge.b = greatest(repeat.a, repeat.b)
"""


def find_repeats(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create table repeat (a, b, line_a, line_b, is_proved): records of two lines that are one person by their values.

    `is_proved`: by their NIKs, too.
    """
    connection.execute(_WITHIN, {"most": _MOST_LINES})
    connection.execute(_REPEAT)


def unite_lines(connection: "duckdb.DuckDBPyConnection") -> None:
    """Give lines of the same person the same line_no in table record, and link them in table edge.

    Reads table clustered (people if no lines repeat each other) and same (pairs joined by reviewers). Creates table
    open_repeat: pairs of lines that may be one person.
    """
    import numpy as np
    import pyarrow as pa

    from satu.link.clusters import connected

    for statement in (_CONTRADICTED, _CONFIRMED, _OPEN):
        connection.execute(statement)
    connection.execute(_ADD, {"rule": RULE})
    pairs = connection.execute(_SAME_LINES).fetchnumpy()
    a, b = (np.asarray(pairs[name], np.int64) for name in ("line_a", "line_b"))
    if not len(a):
        return
    first = connected(a, b, int(max(a.max(), b.max())) + 1)
    changed = np.flatnonzero(first != np.arange(len(first)))
    connection.register("merged", pa.table({"line_no": pa.array(changed), "first": pa.array(first[changed])}))
    connection.execute("update record set line_no = merged.first from merged where record.line_no = merged.line_no")
    connection.unregister("merged")

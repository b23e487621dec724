"""People without a counterpart in two lists of a household, linked by evidence of the family.

The lines of a list for one family card and an interview of the same people correspond to each other. If one person is
left over on each side, and nothing contradicts it, they are the same person, even if the name is a nickname and the
birth date a guess: nobody is missing, and nobody was counted twice.
"""

from typing import TYPE_CHECKING

from satu.link import returns

if TYPE_CHECKING:
    import duckdb

NAMES = ("household", "two_niks")
"""Name of such links."""
RULE = returns.RULE + 1
"""The rank of the first: after every rule on two records."""

_STATEMENTS = (
    """
    create or replace table member as
    select distinct household_no, cluster from record join clustered using (r) where household_no is not null
    """,
    # Two households with people in common, and the people that only one of them has.
    """
    create or replace table meeting as
    select x.household_no as one, y.household_no as other, count(*) as common
    from member as x join member as y using (cluster) where x.household_no <> y.household_no group by all
    """,
    """
    create or replace table unmet as
    select one, other, common, cluster
    from meeting join member on household_no = one
    anti join member as there on there.household_no = other and there.cluster = member.cluster
    """,
    """
    create or replace table leftover as
    with pair as (
        select x.one, x.other, x.common, x.cluster as x, y.cluster as y
        from unmet as x join unmet as y on x.one = y.other and x.other = y.one
        where x.one < x.other and x.cluster <> y.cluster
    ),
    compared as (
        select a.r as a, b.r as b, pair.*, name_level(a.name_key, b.name_key) as name_level,
            coalesce(is_alike(a.name_key, b.name_key), false) as is_alike,
            birth_level(a.birth_date, b.birth_date) as birth_level, nik_level(a.nik, b.nik) as nik_level,
            coalesce(a.sex = b.sex, true) as has_same_sex,
            coalesce(is_next_in_series(a.nik, b.nik), false) as is_next_in_series
        from pair
        join record as a on a.household_no = one join clustered as p on p.r = a.r and p.cluster = pair.x
        join record as b on b.household_no = other join clustered as q on q.r = b.r and q.cluster = pair.y
    )
    select *, case when name_level >= 1 then 2 when name_level = -1 then 0 when is_alike then 1 else -1 end
        + case birth_level when 2 then 2 when 1 then 1 when 0 then -2 else 0 end
        + case nik_level when 2 then 2 when 1 then 1 when 0 then -1 else 0 end
        + if(has_same_sex, 0, -2) - if(is_next_in_series, 2, 0) as agreement
    from compared
    """,
)
# Each must fit the other better than anybody else left over in these two households.
_ADD = """
insert into edge
with people as (select one, other, x, y, max(agreement) as agreement from leftover group by one, other, x, y),
best as (
    select one, other, x, y, agreement from people
    where not exists (
        from people as rival
        where rival.one = people.one and rival.other = people.other and rival.agreement >= people.agreement
            and (rival.x = people.x) <> (rival.y = people.y)
    )
)
select distinct a, b, $rule, 0.98 from leftover join best using (one, other, x, y)
anti join edge using (a, b)
where best.agreement >= 2 and leftover.agreement = best.agreement
"""


# Two people of one name, birth date and sex whose NIKs differ as after a double registration: they are one person if
# one of the two numbers never comes from the person, only from the registry and the lists made from it.
_NAMESAKES = """
create or replace table namesake as
with spoken as (
    select cluster, bool_or(feed not in ('registry', 'verification')) as has_spoken
    from record join clustered using (r) group by cluster
)
select a.r as a, b.r as b
from profile as a join profile as b using (birth_date, flat_name)
join clustered as p on p.r = a.r join clustered as q on q.r = b.r
join spoken as x on x.cluster = p.cluster join spoken as y on y.cluster = q.cluster
where a.r < b.r and is_new_number(a.nik, b.nik) and coalesce(a.sex = b.sex, true) and p.cluster <> q.cluster
    and not (x.has_spoken and y.has_spoken) and a.village_code[:4] = b.village_code[:4] and contains(a.name_key, ' ')
    and not is_default_birth(birth_date)
"""
_ADD_NAMESAKES = """
insert into edge select a, b, $rule, 0.97 from namesake anti join edge using (a, b)
"""


def find_leftover_pairs(connection: "duckdb.DuckDBPyConnection") -> None:
    """Add to table edge the people in table clustered who are the same by their households, or by their two NIKs."""
    connection.execute(_NAMESAKES)
    connection.execute(_ADD_NAMESAKES, {"rule": RULE + 1})
    for statement in _STATEMENTS:
        connection.execute(statement)
    connection.execute(_ADD, {"rule": RULE})

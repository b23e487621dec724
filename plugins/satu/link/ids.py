"""Stable ids: a cluster keeps the person id that most of its records had before."""

from typing import TYPE_CHECKING

from satu.link import households, returns
from satu.link.model import NAME
from satu.link.review import REVIEWED, REVIEWED_RULE
from satu.link.rules import RULES

if TYPE_CHECKING:
    import duckdb

SINGLE = "single"
"""link_rule of a record that is linked to no other."""

# The earlier id of a record is that of its row; in a corrected file, that of its natural key in the old file; for a
# record that returns after runs without it, the id it had then.
_BEFORE = """
create table before as
with new as (from record anti join previous using (feed, file_id, record_no)),
gone as (from previous anti join record using (feed, file_id, record_no))
select r, person_id from record join previous using (feed, file_id, record_no)
union
select r, person_id from new join gone using (feed, record_key)
union
select r, person_id from new join absent using (record_key)
"""
_VOTES = """
create table vote as
select cluster, person_id, count(*) as records, min(rule) as rule,
    count(*) over (partition by cluster) + count(*) over (partition by person_id) > 2 as is_contested
from clustered join before using (r)
group by cluster, person_id
"""
_CONTESTED = "select cluster, person_id from vote where is_contested order by records desc, person_id, cluster"
_ASSIGNED = """
create table assigned as
with kept as (
    select cluster, person_id from vote where not is_contested union all select cluster, person_id from inherited
),
new as (
    select cluster, $last + row_number() over (order by cluster) as person_id
    from (select distinct cluster from clustered) anti join kept using (cluster)
)
from kept union all from new
"""
_PERSON_RECORD = """
create table person_record as
select feed, file_id, record_no, person_id, coalesce(name, $single) as link_rule,
    coalesce(probability, 1.0) as match_probability, record_key, evidence_hash
from record join clustered using (r) join assigned using (cluster) left join rule_name using (rule)
order by feed, file_id, record_no
"""
# An id that another cluster still has was split; one that no cluster has any more was merged.
_CHANGES = """
create table person_id_change as
select vote.person_id, assigned.person_id as new_person_id,
    if(lives_on.person_id is null, 'merge', 'split') as change,
    format('run {}: {} records, {}', $run, records, coalesce('linked by ' || name, 'linked to nothing')) as reason
from vote join assigned using (cluster)
left join assigned as lives_on on lives_on.person_id = vote.person_id
left join rule_name using (rule)
where assigned.person_id <> vote.person_id
"""
# Pairs of people that were compared and not linked.
_APART = """
create table link_apart as
select distinct least(p.person_id, q.person_id) as person_id, greatest(p.person_id, q.person_id) as other_person_id
from (select a, b from edge union all select a, b from likely) as pair
join clustered as x on x.r = pair.a join clustered as y on y.r = pair.b
join assigned as p on p.cluster = x.cluster join assigned as q on q.cluster = y.cluster
where x.cluster <> y.cluster
"""


def assign(connection: "duckdb.DuckDBPyConnection", last_id: int, run_id: str) -> int:
    """Create tables person_record, person_id_change and link_apart; returns the highest id given.

    Each old id goes to one cluster at most: the one with most of its records, then the one with the smallest record.
    New clusters are numbered from `last_id` + 1 in the order of their smallest record.
    """
    names = [*(rule.name for rule in RULES), returns.NAME, *households.NAMES, NAME]
    connection.execute("create table rule_name as select unnest($1) as name, unnest(range(len($1))) as rule", [names])
    connection.execute("insert into rule_name values (?, ?)", [REVIEWED, REVIEWED_RULE])
    connection.execute(_BEFORE)
    connection.execute(_VOTES)
    _inherit(connection)
    connection.execute(_ASSIGNED, {"last": last_id})
    connection.execute(_PERSON_RECORD, {"single": SINGLE})
    connection.execute(_CHANGES, {"run": run_id})
    connection.execute(_APART)
    return int(connection.execute("select greatest($1, max(person_id)) from assigned", [last_id]).fetchall()[0][0])


def _inherit(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create table inherited (cluster, person_id) for clusters and ids that changed."""
    import pyarrow as pa

    owner: dict[int, int] = {}
    given: dict[int, int] = {}
    for cluster, person_id in connection.execute(_CONTESTED).fetchall():
        if cluster not in given and person_id not in owner:
            given[cluster], owner[person_id] = person_id, cluster
    inherited = pa.table(
        {"cluster": pa.array(given.keys(), pa.int32()), "person_id": pa.array(given.values(), pa.int64())}
    )
    connection.register("incoming", inherited)
    connection.execute("create table inherited as from incoming")
    connection.unregister("incoming")

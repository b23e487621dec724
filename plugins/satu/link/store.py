"""Read and write the warehouse's tables through ADBC (Arrow), in one transaction for a whole run."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from satu.errors import BuildFailed
from satu.link import review, scope
from satu.link.ids import SINGLE
from satu.link.model import NAME, Model
from satu.link.rules import CROWD
from satu.settings import Settings
from satu.warehouse import arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow
    from adbc_driver_manager.dbapi import Cursor

_READ = """
select feed, file_id, record_no, return_id, line_key, record_key, evidence_hash, nik, family_card_no, name_key,
    birth_date, sex, sls_code, village_code
from staging.person_evidence
"""
# A record's person of the last run beside it; `card` tells the households of one list apart.
_EVIDENCE = """
select incoming.*, known.person_id, known.evidence_hash as known_hash, replace(name_key, ' ', '') as flat_name,
    if(feed = 'verification', family_card_no, '') as card
from incoming left join known using (feed, file_id, record_no)
"""
_RECORD = """
create or replace table record as
with numbered as (
    select *, (row_number() over (order by feed, file_id, record_no) - 1)::integer as r from selected
)
select r, feed, file_id, record_no, record_key, evidence_hash, is_news,
    if(nik in (select number from crowded), null, nik) as nik,
    if(family_card_no in (select number from crowded), null, family_card_no) as family_card_no,
    name_key, flat_name, birth_date, sex, sls_code, village_code,
    if(return_id is null, null, dense_rank() over (order by feed, return_id))::integer as return_no,
    if(return_id is null, null, min(r) over (partition by feed, line_key)) as line_no,
    if(
        return_id is null or feed = 'verification' and family_card_no is null, null,
        dense_rank() over (order by feed, return_id, card)
    )::integer as household_no
from numbered order by r
"""
_CROWDED = """
create table crowded as
select nik as number from evidence where nik is not null group by nik having count(*) > $nik
union all
select family_card_no from evidence where family_card_no is not null group by family_card_no having count(*) > $card
"""
_CHANGED = "from person_record except from previous"
_GONE = "select feed, file_id, record_no from (from previous except from person_record)"
_LONELY = """
select feed, file_id, record_no
from record join clustered using (r) join previous using (feed, file_id, record_no)
join (from clustered select cluster group by cluster having count(*) = 1) using (cluster)
where not is_news and previous.link_rule not in ($single, $model)
"""
# All records of people whose set of records changed.
_CHANGED_PEOPLE = """
with was as (select person_id, count(*) as records from previous group by person_id),
now as (
    select cluster, count(*) as records, min(person_id) as person_id,
        count(person_id) = count(*) and min(person_id) = max(person_id) as is_one
    from clustered join record using (r) left join previous using (feed, file_id, record_no) group by cluster
),
same as (select cluster from now join was using (person_id) where is_one and now.records = was.records)
select feed, file_id, record_no from record join clustered using (r) anti join same using (cluster)
"""
_LEFT = """
select distinct record_key, person_id from previous anti join record using (feed, file_id, record_no)
where record_key not in (select record_key from record)
"""
_CAME_BACK = """
delete from population.link_absent
where record_key in (select record_key from population.person_record)
"""
_DELETE = """
delete from population.person_record as old using gone
where old.feed = gone.feed and old.file_id = gone.file_id and old.record_no = gone.record_no
"""
_FORGET_ALL = ("delete from population.link_review", "delete from population.link_apart")
_FORGET_REACHED = (
    """
    delete from population.link_review as review using population.person_record as old
    where old.person_id in (select person_id from reached) and (
        (old.feed, old.file_id, old.record_no) = (review.feed, review.file_id, review.record_no)
        or (old.feed, old.file_id, old.record_no)
            = (review.other_feed, review.other_file_id, review.other_record_no)
    )
    """,
    """
    delete from population.link_apart
    where person_id in (select person_id from reached) or other_person_id in (select person_id from reached)
    """,
)
_COUNTED = """
select (select count(*) from record), (select count(*) from person_id_change where change = 'merge'),
    (select count(*) from person_id_change where change = 'split')
"""
_OVERRULED = "select count(*) from decision where is_overruled"
_RUN = """
insert into population.link_run (run_id, records, relinked, persons, merges, splits, overruled)
select $1, count(*), $2, count(distinct person_id), $3, $4, $5 from population.person_record
"""


@contextmanager
def transaction(settings: Settings) -> "Iterator[Cursor]":
    """Yield a cursor that acts as the transformer; its work is committed at the end as one transaction.

    Readers are not blocked; a second run waits.

    Raises:
        RetryableError: the warehouse cannot be reached.
    """
    with arrow.transaction(settings) as cursor:
        cursor.execute("lock table population.person_record in share row exclusive mode")
        yield cursor


def load(cursor: "Cursor", connection: "duckdb.DuckDBPyConnection") -> Model | None:
    """Read what linkage needs from the warehouse; return the model of the last run if only changes have to be linked.

    Creates the tables evidence (all records) and known (the last result for all), absent (the people of records that
    are in no file), apart_before (people who were compared and not linked), decision (of reviewers), crowded (numbers
    that are in too many records to identify a person), and with a model name_frequency.

    Raises:
        BuildFailed: staging.person_evidence is not there.
    """
    import adbc_driver_postgresql.dbapi as adbc

    _copy(cursor, connection, "select * from population.person_record", "known")
    try:
        _copy(cursor, connection, _READ, "evidence", _EVIDENCE)
    except adbc.ProgrammingError:
        raise BuildFailed(
            "linkage cannot read staging.person_evidence; expected the table that the staging models build."
            " Run the stage `build` first"
        ) from None
    connection.execute(_CROWDED, {"nik": CROWD[0], "card": CROWD[1]})
    _copy(cursor, connection, "select record_key, person_id from population.link_absent", "absent")
    _copy(cursor, connection, "select person_id, other_person_id from population.link_apart", "apart_before")
    _copy(cursor, connection, review.STANDING, "decision")
    _copy(cursor, connection, "select secret from population.link_secret", "link_secret")
    model = scope.kept_model(cursor, int(connection.execute("select count(*) from evidence").fetchall()[0][0]))
    if model:
        _copy(cursor, connection, "select * from population.link_name", "name_frequency")
        scope.find_changed(connection)
    return model


def select(connection: "duckdb.DuckDBPyConnection", model: Model | None) -> None:
    """Create table record: all records without a model, else the changed ones and those they affect.

    It has one row per record, numbered r in the order of its key. Table previous has the last result for these people.
    """
    connection.sql(scope.REACHED if model else scope.ALL).create_view("selected", replace=True)
    connection.execute(_RECORD)
    if model:
        connection.execute("create or replace table previous as from known where person_id in (from reached)")
    else:
        connection.execute("drop table evidence")
        connection.execute("alter table known rename to previous")


def widen(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Reach people affected by the rules' result who are not in table record yet; return whether there were any.

    A record that was linked by a rule and is now alone may belong to people reached in no other way; if the records of
    a person have changed, the links of people in the same household may change.
    """
    lonely = _found(connection, _LONELY, {"single": SINGLE, "model": NAME})
    if lonely.num_rows:
        scope.add_changed(connection, lonely)
    changed = _found(connection, _CHANGED_PEOPLE)
    return (changed.num_rows and scope.add_mates(connection, changed)) or bool(lonely.num_rows)


def drop_unread(connection: "duckdb.DuckDBPyConnection") -> None:
    """Drop the tables that only told what to link."""
    for table in ("evidence", "known", "asked"):
        connection.execute(f"drop table if exists {table}")


def last_given_id(cursor: "Cursor") -> int:
    """Return the highest person id that was ever given; 0 before the first."""
    cursor.execute("select case when is_called then last_value else 0 end from population.person_id_given")
    return int(cursor.fetchall()[0][0])


def write(
    cursor: "Cursor", connection: "duckdb.DuckDBPyConnection", model: Model, is_kept: bool, run_id: str, last_id: int
) -> int:
    """Write the result to the warehouse; return how many records got another row."""
    if not is_kept:
        for statement in ("delete from population.link_model", "delete from population.link_name"):
            cursor.execute(statement)
        made = "insert into population.link_model (code, settings, records) values ($1, $2, $3)"
        cursor.execute(made, (scope.code(), model.settings, model.records))
        _append(cursor, connection, "from name_frequency", "link_name")
    if is_kept:
        cursor.adbc_ingest("reached", _found(connection, "from reached"), mode="create", temporary=True)
        cursor.execute("analyze reached")
    for statement in _FORGET_REACHED if is_kept else _FORGET_ALL:
        cursor.execute(statement)
    gone = _found(connection, _GONE)
    if gone.num_rows:
        cursor.adbc_ingest("gone", gone, mode="create", temporary=True)
        cursor.execute(_DELETE)
    changed = _append(cursor, connection, _CHANGED, "person_record")
    if changed:
        cursor.execute("analyze population.person_record")
        cursor.execute("select setval('population.person_id_given', $1)", (last_id,))
    cursor.execute(_CAME_BACK)
    _append(cursor, connection, _LEFT, "link_absent")
    _append(cursor, connection, "from link_review order by pair_id", "link_review")
    _append(cursor, connection, "from link_apart order by all", "link_apart")
    _append(cursor, connection, "from person_id_change order by all", "person_id_change")
    cursor.execute(_RUN, (run_id, *counted(connection), connection.execute(_OVERRULED).fetchall()[0][0]))
    return changed


def _append(cursor: "Cursor", connection: "duckdb.DuckDBPyConnection", query: str, table: str) -> int:
    rows = _found(connection, query)
    if rows.num_rows:
        cursor.adbc_ingest(table, rows, mode="append", db_schema_name="population")
    return rows.num_rows


def counted(connection: "duckdb.DuckDBPyConnection") -> tuple[int, int, int]:
    """Return how many records were linked again, how many ids were merged and how many split."""
    relinked, merges, splits = connection.execute(_COUNTED).fetchall()[0]
    return relinked, merges, splits


def totals(cursor: "Cursor") -> tuple[dict[str, int], int]:
    """Return the number of records by link_rule, and of people, over all linked records."""
    cursor.execute("select link_rule, count(*) from population.person_record group by 1 order by 1")
    by_rule = dict(cursor.fetchall())
    cursor.execute("select persons from population.link_run order by linked_at desc limit 1")
    return by_rule, cursor.fetchall()[0][0]


def _copy(
    cursor: "Cursor", connection: "duckdb.DuckDBPyConnection", query: str, table: str, made_of: str = "from incoming"
) -> None:
    """Create a table of what `made_of` makes of the query's result, which it calls incoming."""
    cursor.execute(query)
    with cursor.fetch_record_batch() as batches:
        connection.register("incoming", batches)
        connection.execute(f"create table {table} as {made_of}")
        connection.unregister("incoming")


def _found(
    connection: "duckdb.DuckDBPyConnection", query: str, values: dict[str, str] | None = None
) -> "pyarrow.Table":
    table: pyarrow.Table = connection.sql(query, params=values).to_arrow_table()
    return table

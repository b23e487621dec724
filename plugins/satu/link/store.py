"""Reading and writing: the warehouse's tables through ADBC (Arrow), one transaction for a whole run."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from satu import warehouse
from satu.errors import BuildFailed, RetryableError
from satu.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow
    from adbc_driver_manager.dbapi import Cursor

_TABLES = (
    """
    create table if not exists population.person_record (
        feed text not null,
        file_id bigint not null,
        record_no bigint not null,
        person_id bigint not null,
        link_rule text not null,
        match_probability double precision not null,
        record_key bigint not null,
        primary key (feed, file_id, record_no)
    )
    """,
    """
    create table if not exists population.person_id_change (
        person_id bigint not null,
        new_person_id bigint not null,
        change text not null check (change in ('merge', 'split')),
        changed_at timestamptz not null default now(),
        reason text not null
    )
    """,
    """
    create table if not exists population.link_run (
        run_id text not null,
        linked_at timestamptz not null default now(),
        records bigint not null,
        persons bigint not null,
        merges bigint not null,
        splits bigint not null
    )
    """,
    """
    create table if not exists population.link_review (
        pair_id text primary key,
        feed text not null, file_id bigint not null, record_no bigint not null, record_key bigint not null,
        other_feed text not null, other_file_id bigint not null, other_record_no bigint not null,
        other_record_key bigint not null,
        name_level smallint not null, birth_level smallint not null, nik_level smallint not null,
        has_same_card boolean, has_same_village boolean,
        match_probability double precision not null,
        is_linked boolean not null
    )
    """,
    """
    create table if not exists population.link_secret (secret text not null)
    """,
    """
    insert into population.link_secret
    select replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')
    where not exists (select from population.link_secret)
    """,
    """
    create table if not exists population.link_decision (
        record_key bigint not null,
        other_record_key bigint not null,
        decision text not null check (decision in ('same', 'different')),
        decided_by text not null,
        reason text not null,
        decided_at timestamptz not null default clock_timestamp()
    )
    """,
    """
    comment on column population.person_record.record_key is
        'hash of feed and natural key: finds the record again in a file that corrects its file'
    """,
    "create sequence if not exists population.person_id_given",
)
_EVIDENCE = """
select feed, file_id, record_no, return_id, natural_key, line_key, nik, family_card_no, name_key, birth_date, sls_code,
    village_code
from staging.person_evidence
"""
# A registry's NIK finds its record again only where it is valid and nobody else's in the extract.
_RECORD = """
create table record as
select (row_number() over (order by feed, file_id, record_no) - 1)::integer as r, feed, file_id, record_no, natural_key,
    (md5_number_lower(concat_ws(':', feed, case
        when natural_key is null then concat_ws(':', file_id, record_no)
        when feed <> 'registry' then natural_key
        when nik is not null and count(*) over (partition by feed, natural_key) = 1 then natural_key
        else concat_ws(':', line_key, family_card_no,
            row_number() over (partition by feed, line_key, family_card_no order by file_id, record_no))
    end)) >> 1)::bigint as record_key,
    nik, family_card_no, nullif(name_key, '') as name_key, nullif(replace(name_key, ' ', ''), '') as flat_name,
    birth_date, sls_code, village_code,
    if(return_id is null, null, dense_rank() over (order by feed, return_id))::integer as return_no,
    if(return_id is null, null, dense_rank() over (order by feed, line_key))::integer as line_no
from evidence order by r
"""
_DECISIONS = """
select distinct on (record_key, other_record_key) record_key, other_record_key, decision
from population.link_decision order by record_key, other_record_key, decided_at desc
"""
_CHANGED = (
    "from person_record anti join previous using (feed, file_id, record_no, person_id, link_rule, match_probability)"
)
_GONE = (
    "select feed, file_id, record_no from previous"
    " anti join person_record using (feed, file_id, record_no, person_id, link_rule, match_probability)"
)
_DELETE = """
delete from population.person_record as old using gone
where old.feed = gone.feed and old.file_id = gone.file_id and old.record_no = gone.record_no
"""


@contextmanager
def transaction(settings: Settings) -> "Iterator[Cursor]":
    """Give a cursor that acts as the transformer; all it did is committed at the end, or nothing.

    Readers go on reading meanwhile; a second run waits.

    Raises:
        RetryableError: the warehouse cannot be reached.
    """
    import adbc_driver_postgresql.dbapi as adbc

    try:
        connection = adbc.connect(warehouse.url(settings))
    except adbc.Error:
        raise RetryableError("no connection to the warehouse for linkage; is it running? Try again") from None
    with connection, connection.cursor() as cursor:
        cursor.execute(f"set role {warehouse.TRANSFORMER}")
        for statement in _TABLES:
            cursor.execute(statement)
        cursor.execute("lock table population.person_record in share row exclusive mode")
        yield cursor
        connection.commit()


def read(cursor: "Cursor", connection: "duckdb.DuckDBPyConnection") -> None:
    """Create the tables record, previous (the last result) and decision (what reviewers decided).

    `record` has one row a record, numbered r in the order of its key.

    Raises:
        BuildFailed: staging.person_evidence is not there.
    """
    _copy(cursor, connection, _EVIDENCE, "evidence")
    connection.execute(_RECORD)
    connection.execute("drop table evidence")
    _copy(cursor, connection, "select * from population.person_record", "previous")
    _copy(cursor, connection, _DECISIONS, "decision")
    _copy(cursor, connection, "select secret from population.link_secret", "link_secret")


def last_given_id(cursor: "Cursor") -> int:
    """Return the highest person id that was ever given; 0 before the first."""
    cursor.execute("select case when is_called then last_value else 0 end from population.person_id_given")
    return int(cursor.fetchall()[0][0])


def write(cursor: "Cursor", connection: "duckdb.DuckDBPyConnection", last_id: int) -> int:
    """Bring the warehouse to tables person_record and person_id_change; returns how many records got another row."""
    changed, gone = _arrow(connection, _CHANGED), _arrow(connection, _GONE)
    if gone.num_rows:
        cursor.adbc_ingest("gone", gone, mode="create", temporary=True)
        cursor.execute(_DELETE)
    if changed.num_rows:
        cursor.adbc_ingest("person_record", changed, mode="append", db_schema_name="population")
        cursor.execute("analyze population.person_record")
        cursor.execute("select setval('population.person_id_given', $1)", (last_id,))
    cursor.execute("delete from population.link_review")
    review = _arrow(connection, "from link_review order by pair_id")
    if review.num_rows:
        cursor.adbc_ingest("link_review", review, mode="append", db_schema_name="population")
    run = _arrow(connection, "from link_run")
    cursor.adbc_ingest("link_run", run, mode="append", db_schema_name="population")
    changes = _arrow(connection, "from person_id_change order by all")
    if changes.num_rows:
        cursor.adbc_ingest("person_id_change", changes, mode="append", db_schema_name="population")
    return changed.num_rows


def _copy(cursor: "Cursor", connection: "duckdb.DuckDBPyConnection", query: str, table: str) -> None:
    import adbc_driver_postgresql.dbapi as adbc

    try:
        cursor.execute(query)
    except adbc.ProgrammingError:
        raise BuildFailed(
            "linkage cannot read staging.person_evidence; expected the table that the staging models build."
            " Run the stage `build` first"
        ) from None
    with cursor.fetch_record_batch() as batches:
        connection.register("incoming", batches)
        connection.sql("from incoming").create(table)
        connection.unregister("incoming")


def _arrow(connection: "duckdb.DuckDBPyConnection", query: str) -> "pyarrow.Table":
    table: pyarrow.Table = connection.sql(query).to_arrow_table()
    return table

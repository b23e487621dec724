"""What a run has to link: everything, or only the records affected by changes.

Table news has the changed records: those that are new, changed or gone since the last run, and those with a decision of
a person. They affect the records that share a block with them (a NIK, a card, a name and a birth date …), and the
people that were compared with one of these before and not linked. No other records get new comparisons, so with one
model the result is the same as linking everything.

A model is kept until this code changes or the number of records has changed by a tenth since it was fitted; then a new
one is fitted, and everything is linked.
"""

from importlib.metadata import version
from typing import TYPE_CHECKING

from satu.build_fingerprint import code_versions, fingerprint_of
from satu.link.model import Model

if TYPE_CHECKING:
    import duckdb
    import pyarrow
    from adbc_driver_manager.dbapi import Cursor

_TENTH = 0.1
_KEPT = "select settings, records from population.link_model where code = $1 and abs($2 - records) <= $3 * records"
_NEWS = (
    """
    create table lost as
    select distinct person_id from known anti join evidence using (feed, file_id, record_no, evidence_hash)
    """,
    "create table mates (person_id bigint)",
    """
    create table news as
    select feed, file_id, record_no from evidence
    where evidence_hash is distinct from known_hash
        or record_key in (select record_key from decision union select other_record_key from decision)
    """,
)
# Every rule and every block of the model compares records that share one of these.
_REACH = (
    "create or replace table asked as select evidence.* from evidence join news using (feed, file_id, record_no)",
    """
    create or replace table reached as
    with recursive held_against as (
        select person_id, other_person_id from apart_before
        union all
        select other_person_id, person_id from apart_before
    ),
    near as (
        select person_id from evidence semi join asked using (record_key)
        union
        select person_id from evidence semi join asked using (nik)
        union
        select person_id from evidence semi join asked using (family_card_no)
        union
        select person_id from evidence semi join asked using (sls_code, birth_date)
        union
        select person_id from evidence semi join asked using (village_code, birth_date)
        union
        select person_id from evidence semi join asked using (village_code, flat_name)
        union
        select person_id from evidence semi join asked using (birth_date, flat_name)
        union
        select person_id from evidence semi join asked using (feed, return_id, birth_date)
        union
        select person_id from evidence semi join asked using (feed, return_id, flat_name)
        union
        select person_id from lost
        union
        select person_id from mates
    ),
    found as (
        select person_id from near where person_id is not null
        union
        select other_person_id from found join held_against using (person_id)
    )
    select person_id from found
    """,
)
# People who share a household with the records, and those who share one with these: the reach of rule `household`.
_NEIGHBOURS = """
insert into mates
select distinct person_id from evidence join home using (feed, return_id, card) where person_id is not null
"""
_MATES = (
    """
    create or replace table home as
    select distinct feed, return_id, card
    from evidence join changed using (feed, file_id, record_no) where return_id is not null
    """,
    _NEIGHBOURS,
    """
    insert into home
    select distinct feed, return_id, card from evidence
    where return_id is not null and person_id in (from mates)
    """,
    _NEIGHBOURS,
)
ALL = "select *, true as is_news from evidence"
"""Every record."""
REACHED = """
select evidence.*, news.feed is not null as is_news from evidence left join news using (feed, file_id, record_no)
where news.feed is not null or person_id in (from reached)
"""
"""The changed records and all records they reach; is_news: all records that share a block with it are included."""


def code() -> str:
    """Return the fingerprint of this version of the linkage."""
    return fingerprint_of(code_versions("link") | {"splink": version("splink")})


def kept_model(cursor: "Cursor", records: int) -> Model | None:
    """Return the model if it is still valid for so many records; None if a new one has to be fitted."""
    cursor.execute(_KEPT, (code(), records, _TENTH))
    found = cursor.fetchall()
    return Model(*found[0]) if found else None


def find_changed(connection: "duckdb.DuckDBPyConnection") -> None:
    """Create the tables news (changed records) and reached (people they affect)."""
    for statement in (*_NEWS, *_REACH):
        connection.execute(statement)


def add_mates(connection: "duckdb.DuckDBPyConnection", records: "pyarrow.Table") -> bool:
    """Add the households of records whose people changed to table reached; return whether anybody was added."""
    connection.register("changed", records)
    before = _reached_count(connection)
    for statement in (*_MATES, *_REACH):
        connection.execute(statement)
    connection.unregister("changed")
    return _reached_count(connection) > before


def _reached_count(connection: "duckdb.DuckDBPyConnection") -> int:
    return int(connection.execute("select count(*) from reached").fetchall()[0][0])


def add_changed(connection: "duckdb.DuckDBPyConnection", records: "pyarrow.Table") -> None:
    """Add records (feed, file_id, record_no) to the changed ones, and the people that they affect."""
    connection.register("changed", records)
    connection.execute("insert into news select feed, file_id, record_no from changed")
    connection.unregister("changed")
    for statement in _REACH:
        connection.execute(statement)

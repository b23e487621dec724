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
    import pyarrow
    from adbc_driver_manager.dbapi import Cursor

_TENTH = 0.1
_KEPT = """
select settings, records from population.link_model
where code = $1 and abs((select count(*) from staging.person_evidence) - records) <= $2 * records
"""
_NEWS = (
    """
    create temporary table lost on commit drop as
    select distinct old.person_id from population.person_record as old
    where not exists (
        select from staging.person_evidence as now
        where (now.feed, now.file_id, now.record_no, now.evidence_hash)
            = (old.feed, old.file_id, old.record_no, old.evidence_hash)
    )
    """,
    """
    create temporary table mates (person_id bigint) on commit drop
    """,
    """
    create temporary table news on commit drop as
    select now.feed, now.file_id, now.record_no
    from staging.person_evidence as now
    left join population.person_record as old using (feed, file_id, record_no)
    where now.evidence_hash is distinct from old.evidence_hash
        or now.record_key in (select record_key from population.link_decision)
        or now.record_key in (select other_record_key from population.link_decision)
    """,
)
# Every rule and every block of the model compares records that share one of these.
_REACH = (
    "drop table if exists asked, reached",
    """
    create temporary table asked on commit drop as
    select distinct feed, natural_key, return_id, nik, family_card_no, sls_code, village_code, birth_date,
        replace(name_key, ' ', '') as flat_name
    from staging.person_evidence join news using (feed, file_id, record_no)
    """,
    "analyze asked",
    """
    create temporary table reached on commit drop as
    with recursive near as (
        select old.person_id
        from staging.person_evidence as now join population.person_record as old using (feed, file_id, record_no)
        where (now.feed, now.natural_key) in (select feed, natural_key from asked)
            or now.nik in (select nik from asked)
            or now.family_card_no in (select family_card_no from asked)
            or (now.sls_code, now.birth_date) in (select sls_code, birth_date from asked)
            or (now.village_code, now.birth_date) in (select village_code, birth_date from asked)
            or (now.village_code, replace(now.name_key, ' ', '')) in (select village_code, flat_name from asked)
            or (now.birth_date, replace(now.name_key, ' ', '')) in (select birth_date, flat_name from asked)
            or (now.feed, now.return_id, now.birth_date) in (select feed, return_id, birth_date from asked)
            or (now.feed, now.return_id, replace(now.name_key, ' ', ''))
                in (select feed, return_id, flat_name from asked)
        union
        select person_id from lost
        union
        select person_id from mates
    ),
    held_against as (
        select person_id, other_person_id from population.link_apart
        union all
        select other_person_id, person_id from population.link_apart
    ),
    reached as (
        select person_id from near
        union
        select other_person_id from reached join held_against using (person_id)
    )
    select person_id from reached
    """,
    "analyze reached",
)
_HOME = "now.feed, return_id, case when now.feed = 'verification' then family_card_no else '' end"
# People who share a household with the records, and those who share one with these: the reach of rule `household`.
_MATES = (
    f"""
    create temporary table home on commit drop as
    select distinct {_HOME} as card from staging.person_evidence as now join changed using (feed, file_id, record_no)
    where return_id is not null
    """,  # noqa: S608 - names of columns
    "analyze home",
    f"""
    insert into mates
    select distinct person_id
    from staging.person_evidence as now join population.person_record as old using (feed, file_id, record_no)
    where ({_HOME}) in (table home)
    """,  # noqa: S608 - names of columns
    f"""
    insert into home
    select distinct {_HOME} from staging.person_evidence as now
    join population.person_record as old using (feed, file_id, record_no)
    where return_id is not null and person_id in (select person_id from mates)
    """,  # noqa: S608 - names of columns
    "analyze home",
    f"""
    insert into mates
    select distinct person_id
    from staging.person_evidence as now join population.person_record as old using (feed, file_id, record_no)
    where ({_HOME}) in (table home)
    """,  # noqa: S608 - names of columns
    "drop table home, changed",
)
_COLUMNS = """
now.feed, now.file_id, now.record_no, return_id, natural_key, line_key, now.record_key, now.evidence_hash, nik,
family_card_no, name_key, birth_date, sex, sls_code, village_code
"""
ALL_EVIDENCE = f"select {_COLUMNS}, true as is_news from staging.person_evidence as now"  # noqa: S608 - names of columns
"""Every record."""
ALL_PREVIOUS = "select * from population.person_record"
"""The last run's result for every record."""
EVIDENCE = f"""
select {_COLUMNS}, news.feed is not null as is_news
from staging.person_evidence as now
left join news using (feed, file_id, record_no)
left join population.person_record as old using (feed, file_id, record_no)
where news.feed is not null or old.person_id in (select person_id from reached)
"""  # noqa: S608 - names of columns
"""The changed records and all records they reach; is_news: all records that share a block with it are included."""
PREVIOUS = "select * from population.person_record where person_id in (select person_id from reached)"
"""The last run's result for them."""


def code() -> str:
    """Return the fingerprint of this version of the linkage."""
    return fingerprint_of(code_versions("link") | {"splink": version("splink")})


def kept_model(cursor: "Cursor") -> Model | None:
    """Return the model if still valid for staging.person_evidence; None if a new one has to be fitted."""
    cursor.execute(_KEPT, (code(), _TENTH))
    found = cursor.fetchall()
    return Model(*found[0]) if found else None


def find_changed(cursor: "Cursor") -> None:
    """Create the temporary tables news (changed records) and reached (people they affect) in the warehouse."""
    for statement in (*_NEWS, *_REACH):
        cursor.execute(statement)


def add_mates(cursor: "Cursor", records: "pyarrow.Table") -> bool:
    """Add the households of records whose people changed to table reached; return whether anybody was added."""
    cursor.adbc_ingest("changed", records, mode="create", temporary=True)
    before = _reached_count(cursor)
    for statement in (*_MATES, *_REACH):
        cursor.execute(statement)
    return _reached_count(cursor) > before


def _reached_count(cursor: "Cursor") -> int:
    cursor.execute("select count(*) from reached")
    return int(cursor.fetchall()[0][0])


def add_changed(cursor: "Cursor", records: "pyarrow.Table") -> None:
    """Add records (feed, file_id, record_no) to the changed ones, and the people that they affect."""
    cursor.adbc_ingest("news", records, mode="append", temporary=True)
    for statement in _REACH:
        cursor.execute(statement)

"""The person to erase and their records, as temporary tables of the transaction.

forget_person   person_id: the person, and former numbers that were merged into it
forget_value    nik, name, family_card_no of the person, and own_card where nobody else is in it; a NIK that others have
                as well is not among them
forget_record   feed, file_id, record_no of every record of the person
"""

from typing import LiteralString

import psycopg
from psycopg import sql

from satu import warehouse
from satu.contracts import Contract
from satu.errors import WrongUsage
from satu.privacy.erased_hashes import record_of

HOUSEHOLDS = {"online_household": "online_person", "interview_household": "interview_person"}
"""The record of a return, and the feed of its members: it is erased with the last of them."""

_TABLES: tuple[LiteralString, ...] = (
    "create temporary table forget_person (person_id bigint primary key) on commit drop",
    "create temporary table forget_value (nik text, name text, family_card_no text, own_card text) on commit drop",
    "create temporary table forget_record (feed text, file_id bigint, record_no bigint, hashed text,"
    " unique (feed, file_id, record_no)) on commit drop",
    "grant all on forget_person, forget_value, forget_record to satu_loader, satu_publisher",
)
_OWNERS = """
select distinct person_id from staging.person_evidence join population.person_record using (feed, file_id, record_no)
where nik = %s order by person_id
"""
_FORMER = """
with recursive former as (
    select %s::bigint as person_id
    union
    select change.person_id
    from population.person_id_change as change join former on change.new_person_id = former.person_id
    where change.change = 'merge'
)
insert into forget_person select person_id from former
where person_id = %s or person_id not in (select person_id from population.person_record)
"""
_VALUES = """
insert into forget_value
select distinct
    case when not exists (
        select from staging.person_evidence as other
        join population.person_record as record using (feed, file_id, record_no)
        where other.nik = now.nik and record.person_id not in (select person_id from forget_person)
    ) then now.nik end,
    now.name, now.family_card_no,
    case when not exists (
        select from staging.person_evidence as other
        join population.person_record as record using (feed, file_id, record_no)
        where other.family_card_no = now.family_card_no
            and record.person_id not in (select person_id from forget_person)
    ) then now.family_card_no end
from staging.person_evidence as now join population.person_record as record using (feed, file_id, record_no)
where record.person_id in (select person_id from forget_person)
"""
_LINKED = """
insert into forget_record (feed, file_id, record_no)
select feed, file_id, record_no from population.person_record
where person_id in (select person_id from forget_person)
"""
_OF_OTHERS = """
delete from forget_record as found using population.person_record as record
where (found.feed, found.file_id, found.record_no) = (record.feed, record.file_id, record.record_no)
    and record.person_id not in (select person_id from forget_person)
"""
# A number that only this person has, anywhere in the record, or the name with the family card.
HOLDS = """
exists (
    select from forget_value as of_person
    where strpos({text}, of_person.nik) > 0
        or strpos({text}, of_person.own_card) > 0
        or strpos(upper({text}), upper(of_person.name)) > 0 and strpos({text}, of_person.family_card_no) > 0
)
"""
_HOLDING = """
insert into forget_record (feed, file_id, record_no)
select {feed}, r._file_id, r._record_no from {table} as r where {holds}
on conflict do nothing
"""
_SAME_KEY = """
insert into forget_record (feed, file_id, record_no)
select {feed}, r._file_id, r._record_no from {table} as r
where {key} in (select {other_key} from {table} as k join forget_record as f
    on f.feed = {feed} and (k._file_id, k._record_no) = (f.file_id, f.record_no))
on conflict do nothing
"""
_LAST_OF_RETURN = """
insert into forget_record (feed, file_id, record_no)
select {feed}, r._file_id, r._record_no from {table} as r
where {id} in (select {id} from {members} as m join forget_record as f
        on f.feed = {member_feed} and (m._file_id, m._record_no) = (f.file_id, f.record_no))
    and {id} not in (
        select {id} from {members} as m
        where {id} is not null and not exists (
            select from forget_record as f
            where f.feed = {member_feed} and (m._file_id, m._record_no) = (f.file_id, f.record_no)
        )
    )
on conflict do nothing
"""
_KEY_OF = """
update forget_record as f set hashed = {key} from {table} as r
where f.feed = {feed} and (r._file_id, r._record_no) = (f.file_id, f.record_no)
"""


def person(connection: psycopg.Connection, nik: str | None, person_id: int | None) -> None:
    """Create the tables, and fill in the person and their values; a NIK need not belong to a linked person.

    Raises:
        WrongUsage: nobody has that person_id, or several people have the NIK.
    """
    for statement in _TABLES:
        connection.execute(statement)
    try:
        with connection.transaction():
            if nik is not None:
                owners = [row[0] for row in connection.execute(_OWNERS, (nik,))]
                if len(owners) > 1:
                    raise WrongUsage(
                        f"{len(owners)} people have records with that NIK, persons {', '.join(map(str, owners))};"
                        " choose one with --person"
                    )
                person_id = owners[0] if owners else None
            elif not connection.execute(
                "select 1 from population.person_record where person_id = %s limit 1", (person_id,)
            ).fetchone():
                raise WrongUsage(f"the warehouse has no person {person_id}; nothing was erased")
            if person_id is not None:
                connection.execute(_FORMER, (person_id, person_id))
                connection.execute(_VALUES)
                connection.execute(_LINKED)
    except psycopg.errors.UndefinedTable:
        pass  # there was no build yet, so nobody has a person_id
    if nik is not None:
        connection.execute("insert into forget_value (nik) values (%s)", (nik,))


def records(connection: psycopg.Connection, contracts: dict[str, Contract]) -> int:
    """Find all raw records of the person; return how many records of other people have a number of theirs."""
    kept = 0
    personal = {feed: contract for feed, contract in contracts.items() if contract.identifier_columns}
    for template in (_HOLDING, _SAME_KEY):
        warehouse.act_as(connection, warehouse.LOADER)
        for contract in personal.values():
            connection.execute(sql.SQL(template).format(**_names(contract)))
        kept += _leave_to_others(connection)
    warehouse.act_as(connection, warehouse.LOADER)
    for feed, members in HOUSEHOLDS.items():
        names = _names(contracts[feed]) | {
            "members": sql.Identifier("raw", members),
            "member_feed": sql.Literal(members),
            "id": sql.Identifier(contracts[feed].natural_key[0]),
        }
        connection.execute(sql.SQL(_LAST_OF_RETURN).format(**names))
    for contract in personal.values():
        connection.execute(sql.SQL(_KEY_OF).format(**_names(contract)))
    return kept


def _leave_to_others(connection: psycopg.Connection) -> int:
    warehouse.act_as(connection, warehouse.TRANSFORMER)
    return connection.execute(_OF_OTHERS).rowcount


def _names(contract: Contract) -> dict[str, sql.Composable]:
    return {
        "feed": sql.Literal(contract.feed),
        "table": sql.Identifier("raw", contract.feed),
        "holds": sql.SQL(HOLDS).format(text=sql.SQL("r::text")),
        "key": record_of(contract, "r"),
        "other_key": record_of(contract, "k"),
    }

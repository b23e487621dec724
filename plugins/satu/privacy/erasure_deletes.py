"""Taking the rows out, each table by the role that owns it, and what has to be said about files."""

from typing import Any, LiteralString

import psycopg
from psycopg import sql

from satu import warehouse
from satu.contracts import Contract
from satu.privacy.erased_hashes import REASON, card_of, hash_of, keyed_hash, nik_of
from satu.privacy.erasure_scope import HOLDS

# Tables without a column `feed` whose records are all of one feed.
_FEED_OF = {"sent_submission": "online_household", "standing_submission": "online_household"}
_SCHEMAS = ["staging", "population", "coverage", "field"]
_COLUMNS = """
select n.nspname, c.relname, array_agg(a.attname::text)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = any(%s) and c.relkind = 'r' group by 1, 2 order by 1, 2
"""
# What only these tables have; it is looked for while the person's records are still there.
_BY_OTHER_COLUMNS: dict[str, tuple[LiteralString, ...]] = {
    "field.work_list": (
        "delete from field.work_list as task using staging.stg_verification as line, forget_record as f"
        " where f.feed = 'verification' and (line.file_id, line.record_no) = (f.file_id, f.record_no)"
        " and task.area_code = line.sls_code and task.list_no = line.list_no",
        "delete from field.work_list as task"
        " using staging.stg_registry as r, forget_record as f, population.person as p"
        " where f.feed = 'registry' and (r.file_id, r.record_no) = (f.file_id, f.record_no)"
        " and task.address = r.address"
        " and p.person_id in (select person_id from forget_person) and (task.sex, task.age) = (p.sex, p.age)",
    ),
    "population.link_decision": (
        "delete from population.link_decision using population.person_record as r"
        " where r.person_id in (select person_id from forget_person)"
        " and r.record_key in (link_decision.record_key, link_decision.other_record_key)",
    ),
    "population.online_return": (
        "delete from population.online_return using staging.stg_online_household as h, forget_record as f"
        " where f.feed = 'online_household' and (h.file_id, h.record_no) = (f.file_id, f.record_no)"
        " and online_return.submission_id = h.submission_id",
    ),
    "population.link_review": (
        "delete from population.link_review using forget_record as f"
        " where (link_review.other_feed, link_review.other_file_id, link_review.other_record_no)"
        " = (f.feed, f.file_id, f.record_no)",
    ),
    "population.link_apart": (
        "delete from population.link_apart where other_person_id in (select person_id from forget_person)",
    ),
    "population.person_id_change": (
        "delete from population.person_id_change where new_person_id in (select person_id from forget_person)",
    ),
    "population.link_name": (
        "delete from population.link_name as named where named.name_key in ("
        " select e.name_key from staging.person_evidence as e join forget_record using (feed, file_id, record_no))"
        " and not exists (select from staging.person_evidence as e where e.name_key = named.name_key"
        " and not exists (select from forget_record as f"
        " where (f.feed, f.file_id, f.record_no) = (e.feed, e.file_id, e.record_no)))",
    ),
    "population.household": (
        "delete from population.household where members = 1"
        " and head_person_id in (select person_id from forget_person)",
        "update population.household set head_person_id = null"
        " where head_person_id in (select person_id from forget_person)",
    ),
}
# As the model microdata_person makes it.
_PSEUDONYMS: tuple[LiteralString, ...] = (
    "create temporary table forget_pseudonym on commit drop as"
    " select {pseudonym} as pseudonym_id from population.link_secret, forget_person",
    "grant select on forget_pseudonym to satu_publisher",
)
_TAKE_OUT = """
with gone as (
    delete from {table} as r using forget_record as f
    where f.feed = {feed} and (r._file_id, r._record_no) = (f.file_id, f.record_no)
    returning r._file_id, r._record_no
),
rejected as (
    insert into ops.rejected_record (file_id, record_no, reason) select _file_id, _record_no, {reason} from gone
),
counted as (
    select _file_id, count(*) as records from gone group by 1
),
told as (
    update ops.file as f
    set records_loaded = records_loaded - records, records_rejected = records_rejected + records
    from counted where f.file_id = counted._file_id
)
select count(*) from gone
"""
_LINES = """
update ops.rejected_record as r set raw = null, reason = {reason} where r.raw is not null and {holds}
"""
# What earlier versions kept of a file's name; the landing place has it still, and refuses it from now on.
_NAMES = """
update ops.file as f
set (feed, uri, file_name, reason, findings) = (
    select replace(f.feed, number, '…'), replace(f.uri, number, '…'), replace(f.file_name, number, '…'),
        replace(f.reason, number, '…'), replace(f.findings, number, '…')
)
from (select nik as number from forget_value union select own_card from forget_value) as of_person
where strpos(concat_ws(' ', f.feed, f.uri, f.file_name, f.reason, f.findings), number) > 0
"""
_LANDING = """
with found as (
    select file_id, record_no from forget_record
    union
    select r.file_id, r.record_no from ops.rejected_record as r where r.raw is not null and {holds}
),
delivered as (
    select file_id, file_id as same_as from ops.file
    union
    select twin.file_id, f.file_id
    from ops.file as f join ops.file as twin using (feed, area_code, period, sha256) where twin.status = 'duplicate'
)
select delivered.file_id, array_agg(distinct record_no order by record_no)
from found join delivered on delivered.same_as = found.file_id group by 1 order by 1
"""
_BAR: tuple[str, ...] = (
    "insert into ops.erased_identifier select distinct {nik}, {id}::bigint from forget_value, ops.erasure_key as key"
    " where nik is not null on conflict do nothing",
    "insert into ops.erased_identifier select distinct {record}, {id}::bigint"
    " from forget_record, ops.erasure_key as key where hashed is not null on conflict do nothing",
    "insert into ops.erased_identifier select distinct {card}, {id}::bigint"
    " from forget_value, ops.erasure_key as key where own_card is not null on conflict do nothing",
)


def keep_loaders_out(connection: psycopg.Connection, contracts: dict[str, Contract]) -> None:
    """Wait for loads that are going on, and let the next ones wait; find a file's records fast from now on."""
    for feed in contracts:
        table = sql.Identifier("raw", feed)
        connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(table))
        index = sql.SQL("create index if not exists {} on {} using brin (_file_id)")
        connection.execute(index.format(sql.Identifier(f"{feed}_by_file"), table))


def was_linked(connection: psycopg.Connection) -> bool:
    """Tell whether any record was ever linked to a person."""
    return bool(connection.execute("select from population.link_run limit 1").rowcount)


def of_the_transformer(connection: psycopg.Connection) -> dict[str, int]:
    """Delete the person's rows of every table that dbt and linkage make; return how many, by table."""
    tables = {(schema, name): columns for schema, name, columns in connection.execute(_COLUMNS, (_SCHEMAS,))}
    erased: dict[str, int] = {}
    if was_linked(connection):
        pseudonym = keyed_hash(sql.SQL("secret"), sql.SQL("'microdata:' || person_id"))
        for statement in _PSEUDONYMS:
            connection.execute(sql.SQL(statement).format(pseudonym=pseudonym))
        _microdata(connection, "candidate", erased)
        for name, deletions in _BY_OTHER_COLUMNS.items():
            if tuple(name.split(".")) in tables:
                erased[name] = sum(connection.execute(deletion).rowcount for deletion in deletions)
    for (schema, table), columns in tables.items():
        if condition := _condition(table, columns):
            taken_out = sql.SQL("delete from {} as t where {}").format(sql.Identifier(schema, table), condition)
            name = f"{schema}.{table}"
            erased[name] = erased.get(name, 0) + connection.execute(taken_out).rowcount
    return {name: count for name, count in erased.items() if count}


def _condition(table: str, columns: list[str]) -> sql.Composed | None:
    if "person_id" in columns:
        return sql.SQL("t.person_id in (select person_id from forget_person)").format()
    if not {"file_id", "record_no"} <= set(columns):
        return None
    feed = _FEED_OF.get(table) or table.removeprefix("stg_")
    of_feed = sql.SQL("t.feed") if "feed" in columns else sql.Literal(feed)
    return sql.SQL("({}, t.file_id, t.record_no) in (select feed, file_id, record_no from forget_record)").format(
        of_feed
    )


def of_the_publisher(connection: psycopg.Connection) -> dict[str, int]:
    """Delete the person from the microdata of every release; return how many rows."""
    erased: dict[str, int] = {}
    _microdata(connection, "released", erased)
    return {name: count for name, count in erased.items() if count}


def _microdata(connection: psycopg.Connection, schema: str, erased: dict[str, int]) -> None:
    """Delete the person from every mart of people, also from tables that a killed release or a killed drop left."""
    tables = connection.execute(
        "select c.relname from pg_class as c left join pg_inherits as i on i.inhrelid = c.oid"
        " join pg_attribute as a on a.attrelid = c.oid and a.attname = 'pseudonym_id' and not a.attisdropped"
        " where c.relnamespace = to_regnamespace(%s) and c.relkind in ('r', 'p')"
        " and (i.inhrelid is null or i.inhdetachpending) and starts_with(c.relname, 'microdata_')",
        (schema,),
    ).fetchall()
    for (table,) in tables:
        statement = sql.SQL("delete from {} where pseudonym_id in (select pseudonym_id from forget_pseudonym)")
        deleted = connection.execute(statement.format(sql.Identifier(schema, table)))
        erased[f"{schema}.{table}"] = deleted.rowcount


def landing_files(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """Return which records of which delivered files are the person's: the files are not Satu's to change."""
    found = connection.execute(sql.SQL(_LANDING).format(holds=_line_holds()))
    return [{"file_id": file_id, "record_nos": numbers} for file_id, numbers in found]


def refused_files(connection: psycopg.Connection) -> list[int]:
    """Return the files that were refused as a whole and not replaced: nobody knows what is in them."""
    found = connection.execute(
        "select file_id from ops.file where status = 'refused' and superseded_by is null order by file_id"
    )
    return [row[0] for row in found]


def of_the_loader(connection: psycopg.Connection, contracts: dict[str, Contract]) -> dict[str, int]:
    """Turn the person's raw records into rejected ones without bytes; return how many, by table."""
    lines = connection.execute(sql.SQL(_LINES).format(reason=sql.Literal(REASON), holds=_line_holds()))
    erased = {"ops.rejected_record": lines.rowcount, "ops.file": 0}
    while changed := connection.execute(_NAMES).rowcount:  # a row that holds two numbers is changed twice
        erased["ops.file"] += changed
    for feed in contracts:
        statement = sql.SQL(_TAKE_OUT).format(
            table=sql.Identifier("raw", feed), feed=sql.Literal(feed), reason=sql.Literal(REASON)
        )
        row = connection.execute(statement).fetchone()
        erased[f"raw.{feed}"] = int(row[0]) if row else 0
    return {name: count for name, count in erased.items() if count}


def bar(connection: psycopg.Connection, erasure_id: int) -> None:
    """Remember by hashes whose records must not come back."""
    for statement in _BAR:
        query = sql.SQL(statement).format(
            id=sql.Literal(erasure_id),
            nik=hash_of(nik_of(sql.SQL("nik"))),
            record=hash_of(sql.SQL("hashed")),
            card=hash_of(card_of(sql.SQL("own_card"))),
        )
        connection.execute(query)


def clear(connection: psycopg.Connection, contracts: dict[str, Contract]) -> None:
    """Vacuum and analyze every table that held the person: deleted rows, and samples of values, are gone then."""
    from satu.privacy.erasure import act_as

    act_as(connection, warehouse.LOADER)
    for feed in contracts:
        connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier("raw", feed)))
    owned = (
        "select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where c.relkind = 'r' and pg_get_userbyid(c.relowner) = %s"
        " and (n.nspname = any(%s) or starts_with(c.relname, 'microdata_')) order by 1, 2"
    )
    for role in (warehouse.TRANSFORMER, warehouse.PUBLISHER):
        act_as(connection, role)
        for schema, table in connection.execute(owned, (role, _SCHEMAS)).fetchall():
            connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(schema, table)))


def _line_holds() -> sql.Composed:
    # Bytes beyond ASCII are written as octals, so that a damaged line can be searched too.
    return sql.SQL(HOLDS).format(text=sql.SQL("encode(r.raw, 'escape')"))

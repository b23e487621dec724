"""Delete the rows, each table as the role that owns it, and report on files."""

from collections import Counter
from typing import Any

import psycopg
from psycopg import sql

from satu import warehouse
from satu.contracts import Contract
from satu.errors import BuildFailed
from satu.privacy import erasure_ways
from satu.privacy.erased_hashes import REASON, card_of, hash_of, nik_of
from satu.privacy.erasure_scope import HOLDS
from satu.privacy.erasure_ways import SCHEMAS

_PSEUDONYMS = "analysis.satu.erased_pseudonym"
_FOUND = """
select n.nspname, c.relname, array_agg(a.attname::text)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = any(%s) and c.relkind = 'r' group by 1, 2 order by 1, 2
"""
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
# File names stored by earlier versions; the landing place still has the files, and they are refused from now on.
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
    """Wait for running loads and block the next ones; create the indexes that find a file's records."""
    for feed in contracts:
        table = sql.Identifier("raw", feed)
        connection.execute(sql.SQL("lock table {} in share row exclusive mode").format(table))
        index = sql.SQL("create index if not exists {} on {} using brin (_file_id)")
        connection.execute(index.format(sql.Identifier(f"{feed}_by_file"), table))


def of_the_transformer(connection: psycopg.Connection, manifest: dict[str, Any]) -> dict[str, int]:
    """Delete the person's rows of every table that dbt and linkage make; return how many, by table.

    Raises:
        BuildFailed: the warehouse has a table with people that dbt's manifest does not say how to search.
    """
    tables = erasure_ways.read(manifest)
    found = {(schema, name): set(columns) for schema, name, columns in connection.execute(_FOUND, (SCHEMAS,))}
    filled = {place: columns for place, columns in found.items() if _has_rows(connection, place)}
    if troubles := erasure_ways.troubles(tables, filled, found):
        raise BuildFailed(
            f"nothing was erased: {'; '.join(troubles)}. Drop a table that no model makes any more; for a table of"
            " another version, run `satu run` first; otherwise add meta.erasure to the model (CONTRIBUTING.md)"
        )
    made = sql.SQL("create temporary table forget_pseudonym on commit drop as {}")
    connection.execute(made.format(sql.SQL(manifest["nodes"][_PSEUDONYMS]["compiled_code"])))
    connection.execute("grant select on forget_pseudonym to satu_publisher")
    erased = Counter(_microdata(connection, "candidate"))
    for table, statement in erasure_ways.statements(tables, filled):
        erased[table] += connection.execute(statement).rowcount
    return dict(+erased)


def _has_rows(connection: psycopg.Connection, place: tuple[str, str]) -> bool:
    return bool(connection.execute(sql.SQL("select from {} limit 1").format(sql.Identifier(*place))).rowcount)


def of_the_publisher(connection: psycopg.Connection) -> dict[str, int]:
    """Delete the person from the microdata of every release; return how many rows, by table."""
    return _microdata(connection, "released")


def _microdata(connection: psycopg.Connection, schema: str) -> dict[str, int]:
    """Delete the person from every mart of people, including tables left by a killed release or a killed drop."""
    tables = connection.execute(
        "select c.relname from pg_class as c left join pg_inherits as i on i.inhrelid = c.oid"
        " join pg_attribute as a on a.attrelid = c.oid and a.attname = 'pseudonym_id' and not a.attisdropped"
        " where c.relnamespace = to_regnamespace(%s) and c.relkind in ('r', 'p')"
        " and (i.inhrelid is null or i.inhdetachpending) and starts_with(c.relname, 'microdata_')",
        (schema,),
    ).fetchall()
    statement = sql.SQL("delete from {} where pseudonym_id in (select pseudonym_id from forget_pseudonym)")
    deleted = {
        f"{schema}.{table}": connection.execute(statement.format(sql.Identifier(schema, table))).rowcount
        for (table,) in tables
    }
    return {name: count for name, count in deleted.items() if count}


def landing_files(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """Return the person's records in delivered files, which Satu does not change."""
    found = connection.execute(sql.SQL(_LANDING).format(holds=_line_holds()))
    return [{"file_id": file_id, "record_nos": numbers} for file_id, numbers in found]


def refused_files(connection: psycopg.Connection) -> list[int]:
    """Return the files that were refused as a whole and not superseded: their contents are unknown."""
    found = connection.execute(
        "select file_id from ops.file where status = 'refused' and superseded_by is null order by file_id"
    )
    return [row[0] for row in found]


def of_the_loader(connection: psycopg.Connection, contracts: dict[str, Contract]) -> dict[str, int]:
    """Replace the person's raw records by rejected ones without bytes; return how many, by table."""
    lines = connection.execute(sql.SQL(_LINES).format(reason=sql.Literal(REASON), holds=_line_holds()))
    erased = {"ops.rejected_record": lines.rowcount, "ops.file": 0}
    while changed := connection.execute(_NAMES).rowcount:  # a row with two numbers is changed twice
        erased["ops.file"] += changed
    for feed in contracts:
        statement = sql.SQL(_TAKE_OUT).format(
            table=sql.Identifier("raw", feed), feed=sql.Literal(feed), reason=sql.Literal(REASON)
        )
        row = connection.execute(statement).fetchone()
        erased[f"raw.{feed}"] = int(row[0]) if row else 0
    return {name: count for name, count in erased.items() if count}


def bar(connection: psycopg.Connection, erasure_id: int) -> None:
    """Store the hashes by which later records of the person are rejected."""
    for statement in _BAR:
        query = sql.SQL(statement).format(
            id=sql.Literal(erasure_id),
            nik=hash_of(nik_of(sql.SQL("nik"))),
            record=hash_of(sql.SQL("hashed")),
            card=hash_of(card_of(sql.SQL("own_card"))),
        )
        connection.execute(query)


def clear(connection: psycopg.Connection, contracts: dict[str, Contract]) -> None:
    """Vacuum and analyze every table that had the person, to remove deleted rows and samples of values."""
    warehouse.act_as(connection, warehouse.LOADER)
    for feed in contracts:
        connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier("raw", feed)))
    owned = (
        "select n.nspname, c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace"
        " where c.relkind = 'r' and pg_get_userbyid(c.relowner) = %s"
        " and (n.nspname = any(%s) or starts_with(c.relname, 'microdata_')) order by 1, 2"
    )
    for role in (warehouse.TRANSFORMER, warehouse.PUBLISHER):
        warehouse.act_as(connection, role)
        for schema, table in connection.execute(owned, (role, SCHEMAS)).fetchall():
            connection.execute(sql.SQL("vacuum (analyze) {}").format(sql.Identifier(schema, table)))


def _line_holds() -> sql.Composed:
    # Bytes beyond ASCII are written as octals, so that a damaged line can be searched too.
    return sql.SQL(HOLDS).format(text=sql.SQL("encode(r.raw, 'escape')"))

"""The views that analysts read, and the function that decides which release their statements read.

Marts of people have their view in schema `microdata`, for the role satu_microdata (`satu.release.people`).
"""

import hashlib
from datetime import UTC, datetime

import psycopg
from psycopg import sql

from satu import warehouse
from satu.release.inputs import of_nobody
from satu.release.locks import briefly
from satu.release.people import PREFIX, ensure_closed, ensure_granted, function_of, is_of_people
from satu.release.release_views import COLUMNS, TABLES, VIEWS
from satu.warehouse.comments import Comments, comment, comments_on

# Stable: all views of a statement use the snapshot of the statement, so each gets the same answer, computed once. A
# transaction is not shown a release that was made after it began: it may have a plan from before the partitions were
# attached, and would read nothing. It keeps the release that was current when it began. A release with a time in the
# future was made before the clock was set back: its order is unknown, and it is shown. Everybody may execute it: it
# returns an id, and an analyst's own view is read with the rights of its reader.
_SHOWN_RELEASE = """
create or replace function published.shown_release() returns text
language plpgsql stable parallel safe security definer set search_path = pg_catalog, pg_temp
as $$
declare
    pinned constant text := nullif(current_setting('satu.release_id', true), '');
    shown text;
    made timestamptz;
    dropped timestamptz;
    previous text;
begin
    select r.release_id, r.created_at, r.dropped_at, r.previous_release_id
    into shown, made, dropped, previous
    from ops.release as r
    where r.release_id = coalesce(pinned, (select p.release_id from ops.release_pointer as p));
    if pinned is null then
        while made > transaction_timestamp() and made <= clock_timestamp() loop
            select r.release_id, r.created_at, r.previous_release_id into shown, made, previous
            from ops.release as r where r.release_id = previous;
        end loop;
    elsif shown is null then
        raise exception 'satu.release_id pins release "%", which does not exist', pinned
            using errcode = 'undefined_object',
            hint = 'Choose one of published.release_history, or `reset satu.release_id` to read the current release.';
    elsif dropped is not null then
        raise exception 'satu.release_id pins release "%", whose tables are kept no longer', pinned
            using errcode = 'object_not_in_prerequisite_state',
            detail = format('They were dropped on %s.', dropped::date),
            hint = 'Choose one of published.release_history, or `reset satu.release_id` to read the current release.';
    elsif made > transaction_timestamp() and made <= clock_timestamp() then
        raise exception 'satu.release_id pins release "%", which was made after this transaction began', pinned
            using errcode = 'object_not_in_prerequisite_state', hint = 'Pin it in a new transaction.';
    end if;
    return shown;
end
$$
"""

_OF_NOBODY = " Simulated data: nobody in it lives."
_MARK = """
select obj_description(oid, 'pg_rewrite'), md5(pg_get_viewdef(ev_class)) from pg_rewrite
where ev_class = to_regclass(format('%%I.%%I', %s::text, %s::text)) and rulename = '_RETURN'
"""


def columns_of(connection: psycopg.Connection, schema: str, table: str) -> dict[str, str]:
    """Return column ↦ type of a table or view, in order; empty if it does not exist."""
    rows = connection.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute"
        " where attrelid = to_regclass(format('%%I.%%I', %s::text, %s::text)) and attnum > 0 and not attisdropped"
        " order by attnum",
        (schema, table),
    )
    return dict(rows.fetchall())


def ensure_views(connection: psycopg.Connection) -> None:
    """Update the function, the view of every released mart, and the views of releases.

    None is ever dropped, so analysts' own views on them stay; new columns of a mart are always last.

    Raises:
        RetryableError: readers held locks on a view to be replaced.
    """
    marts = [
        row[0]
        for row in connection.execute(
            "select relname from pg_class where relnamespace = 'released'::regnamespace and relkind = 'p'"
            " order by relname"
        )
    ]
    if not marts:
        return
    mark = _OF_NOBODY if of_nobody(connection, datetime.now(UTC)) else ""
    with connection.transaction():
        connection.execute(_SHOWN_RELEASE)
        connection.execute("grant execute on function published.shown_release() to public")
    for mart in marts:
        if is_of_people(mart):
            ensure_granted(connection, mart)
        _ensure(connection, view_of(mart), _view_on(connection, mart))
        meant = comments_on(connection, ("released", mart))
        told = f"{meant.table}{mark}"
        columns = meant.columns | {"release_id": COLUMNS["release_id"]}
        comment(connection, "view", view_of(mart), Comments(told, columns))
        if not is_of_people(mart):
            _ensure(connection, ("history", mart), _history_of(connection, mart))
            columns["created_at"] = COLUMNS["created_at"]
            of_all = Comments(f"All kept releases of published.{mart}. {told}", columns)
            comment(connection, "view", ("history", mart), of_all)
        if is_of_people(mart):
            ensure_closed(connection, mart)
    for name, definition in VIEWS.items():
        view = ("published", name)
        _ensure(connection, view, sql.Composed([sql.SQL(definition)]))
        columns = {column: COLUMNS[column] for column in columns_of(connection, *view)}
        comment(connection, "view", view, Comments(TABLES[name], columns))


def view_of(mart: str) -> tuple[str, str]:
    """Return schema and name of a mart's view."""
    return ("microdata", mart.removeprefix(PREFIX)) if is_of_people(mart) else ("published", mart)


def _view_on(connection: psycopg.Connection, mart: str) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, columns_of(connection, "released", mart)))
    name = sql.Identifier(*view_of(mart))
    if is_of_people(mart):
        return sql.SQL("create or replace view {} as select {} from {}()").format(name, columns, function_of(mart))
    return sql.SQL(
        "create or replace view {} with (security_barrier) as select {} from {}"
        " where release_id = (select published.shown_release())"
    ).format(name, columns, sql.Identifier("released", mart))


def _history_of(connection: psycopg.Connection, mart: str) -> sql.Composed:
    columns = [name for name in columns_of(connection, "released", mart) if name != "release_id"]
    return sql.SQL(
        "create or replace view {} with (security_barrier) as select m.release_id, r.created_at, {} from {} as m"
        " join ops.release as r on r.release_id = m.release_id where r.dropped_at is null"
    ).format(
        sql.Identifier("history", mart),
        sql.SQL(", ").join(sql.Identifier("m", name) for name in columns),
        sql.Identifier("released", mart),
    )


def _ensure(connection: psycopg.Connection, view: tuple[str, str], definition: sql.Composed) -> None:
    """Create or replace a view unless the comment on its rule has the hashes of this definition and of the view."""
    wanted = hashlib.md5(definition.as_bytes(connection), usedforsecurity=False).hexdigest()
    found = connection.execute(_MARK, view).fetchone()
    if found and found[0] == _mark(wanted, found[1]):
        return
    name = sql.Identifier(*view)
    reader = warehouse.MICRODATA if view[0] == "microdata" else warehouse.ANALYST

    def replace() -> None:
        connection.execute(definition)
        connection.execute(sql.SQL("grant select on {} to {}").format(name, sql.Identifier(reader)))
        [(_, made)] = connection.execute(_MARK, view).fetchall()
        mark = sql.Literal(_mark(wanted, made))
        connection.execute(sql.SQL('comment on rule "_RETURN" on {} is {}').format(name, mark))

    briefly(connection, ".".join(view), replace)


def _mark(definition: str, view: str) -> str:
    return f"definition {definition}, view {view}"

"""What logins that read may do, statement by statement; and `satu migrate`, which puts every right back."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from publishing import build_candidate, own_warehouse

from satu import ledger, warehouse
from satu.ledger import rights as rights_of_satu
from satu.ledger.readable import keep_readable
from satu.release import publish
from satu.settings import Settings

READERS = {"ana": "satu_analyst", "mira": "satu_microdata", "fia": "satu_field", "audi": "satu_auditor"}
OF_PEOPLE = """
create table candidate.microdata_person (area_level text, area_code text, area_name text, sex text);
insert into candidate.microdata_person values ('district', '3371010', 'X', 'male');
create table field.work_list (area_code text);
create table raw.asn (nip text);
"""
# Owners and all rights, of everything that is not the server's own; what was never changed stands for its default.
RIGHTS = """
select 'schema', nspname, pg_get_userbyid(nspowner), array(select a::text from unnest(coalesce(nspacl,
    acldefault('n', nspowner))) as a order by 1) from pg_namespace where nspname !~ '^(pg_|information_schema|own$)'
union all
select 'table', c.oid::regclass::text, pg_get_userbyid(relowner), array(select a::text from unnest(coalesce(relacl,
    acldefault('r', relowner))) as a order by 1) from pg_class as c where relkind in ('r', 'p', 'v')
    and relnamespace::regnamespace::text !~ '^(pg_|information_schema|own$)'
union all
select 'column', attrelid::regclass || '.' || attname, null, array(select a::text from unnest(attacl) as a order by 1)
from pg_attribute where attacl <> '{}' and attrelid > 16000
union all
select 'function', p.oid::regprocedure::text, pg_get_userbyid(proowner), array(select a::text from unnest(coalesce(
    proacl, acldefault('f', proowner))) as a order by 1) from pg_proc as p
    where pronamespace::regnamespace::text !~ '^(information_schema|own)$'
union all
select 'language', lanname, null, array(select a::text from unnest(lanacl) as a order by 1) from pg_language
union all
select 'database', '', null, array(select a::text from unnest(datacl) as a order by 1) from pg_database
where datname = current_database()
union all
select 'later', defaclrole::regrole || ' ' || coalesce(nspname, '') || defaclobjtype::text, null,
    array(select a::text from unnest(defaclacl) as a order by 1)
from pg_default_acl left join pg_namespace as n on n.oid = defaclnamespace
union all
select 'role', rolname, null, array[rolsuper::text, rolcreaterole::text, rolcanlogin::text, rolbypassrls::text]
from pg_roles where rolname ~ '^satu_'
union all
select 'member', member::regrole::text, roleid::regrole::text, null from pg_auth_members order by 1, 2, 3
"""


@pytest.fixture(scope="module")
def built() -> Iterator[Settings]:
    """A warehouse with a release, and a login in each role that reads."""
    with own_warehouse() as made:
        build_candidate(made)
        with psycopg.connect(warehouse.admin_url(made)) as connection:
            connection.execute("set role satu_transformer")
            connection.execute(OF_PEOPLE.replace("create table raw", "reset role; create table raw").encode())
            connection.execute("alter table raw.asn owner to satu_loader")
            for login, role in READERS.items():
                connection.execute(f"create role {login} login in role {role}".encode())
        publish(made, "r1")
        ledger.migrate(made)
        yield made


def rights(settings: Settings) -> list[tuple[object, ...]]:
    with psycopg.connect(warehouse.admin_url(settings)) as connection:
        return connection.execute(RIGHTS.encode()).fetchall()


DAMAGE = {
    "temporary tables for everybody, as after a restore": "grant connect, temporary on database satu to public",
    "no way in": "revoke connect on database satu from satu_analyst",
    "people's records": "grant usage on schema population to satu_analyst;"
    " grant select on all tables in schema population to satu_analyst",
    "… for one login that reads": "grant select on population.person to ana",
    "… for everybody, later too": "alter default privileges for role satu_transformer grant select on tables to public",
    "… in one schema": "alter default privileges for role satu_loader in schema raw grant all on tables to satu_field",
    "functions that are made later": "alter default privileges for role satu_publisher"
    " grant execute on functions to public",
    "nothing to read later": "alter default privileges for role satu_publisher in schema published"
    " revoke select on tables from satu_analyst",
    "nothing to read": "revoke select on all tables in schema published from satu_analyst",
    "a column": "grant select (raw) on ops.rejected_record to satu_transformer",
    "a right to pass on": "grant select on ops.file to satu_analyst with grant option",
    "the ledger": "grant delete on ops.access to satu_publisher; revoke insert on ops.approval from satu_publisher",
    "the table of people": "grant select on released.microdata_person to satu_microdata",
    "a schema": "grant create on schema published to public; grant all on schema public to public",
    "a schema that is closed": "revoke usage on schema published from satu_analyst",
    "grants as the reader likes": "grant execute on function microdata.granted_areas() to public",
    "no people": "revoke execute on function microdata.granted_person() from satu_microdata",
    "notifications": "grant execute on function pg_notify(text, text) to public",
    "advisory locks": "grant execute on function pg_advisory_lock(bigint) to public",
    "no advisory locks": "revoke execute on function pg_try_advisory_lock(bigint) from satu_transformer",
    "large objects": "grant execute on function lo_creat(integer) to satu_analyst",
    "counters": "grant execute on function pg_stat_get_live_tuples(oid) to public",
    "code": "grant usage on language plpgsql, sql to public",
    "owners": "alter table ops.file owner to satu_admin; alter schema raw owner to satu_admin;"
    " alter view published.coverage_by_area owner to satu_admin; alter function published.shown_release() owner to ana",
    "members": "grant satu_loader to satu_analyst; revoke satu_publisher from satu_pipeline;"
    " grant pg_read_all_data to satu_field",
    "attributes": "alter role satu_analyst login bypassrls; alter role satu_pipeline superuser",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_migrate_puts_every_right_back(built: Settings, name: str) -> None:
    before = rights(built)
    assert ledger.migrate(built) == []
    with psycopg.connect(warehouse.admin_url(built), autocommit=True) as connection:
        connection.execute(DAMAGE[name].encode())
    assert rights(built) != before
    assert ledger.migrate(built) != []
    assert rights(built) == before


def test_every_table_of_the_ledger_is_in_the_list(built: Settings) -> None:
    """One that is not would lose what its migration granted."""
    with psycopg.connect(warehouse.admin_url(built)) as connection:
        found = connection.execute(
            "select relname from pg_class where relnamespace = 'ops'::regnamespace and relkind in ('r', 'v')"
        ).fetchall()
        functions = connection.execute(
            "select oid::regprocedure::text from pg_proc where pronamespace = 'ops'::regnamespace"
            " and prorettype <> 'trigger'::regtype"
        ).fetchall()
    assert {row[0] for row in found} == set(rights_of_satu.LEDGER)
    assert {row[0] for row in functions} <= set(rights_of_satu.FUNCTIONS)


def test_what_an_administrator_granted_to_other_roles_stays(built: Settings) -> None:
    """As to the role that pgaudit looks at (docs/security.md)."""
    with psycopg.connect(warehouse.admin_url(built), autocommit=True) as connection:
        connection.execute("create role audited nologin")
        connection.execute("grant select on population.person to audited")
        try:
            assert ledger.migrate(built) == []
        finally:
            connection.execute("drop owned by audited")
            connection.execute("drop role audited")


def test_a_restored_warehouse_gets_its_rights_from_migrate(built: Settings, tmp_path: Path) -> None:
    dump = tmp_path / "satu.dump"
    programs = Path(warehouse.psql_program(built)).parent
    restored = warehouse.login_url(built, "satu_admin", "restored")

    def run(program: str, *arguments: str) -> None:
        subprocess.run([programs / program, *arguments], check=True, capture_output=True)

    run("pg_dump", "--format=custom", f"--file={dump}", warehouse.admin_url(built))
    with psycopg.connect(warehouse.admin_url(built), autocommit=True) as connection:
        connection.execute("create database restored")
        try:
            run("pg_restore", "--no-owner", "--no-privileges", f"--dbname={restored}", str(dump))
            given = built.model_copy(update={"warehouse_url": restored})
            with psycopg.connect(restored.replace("satu_admin", "ana")) as analyst:
                analyst.execute("create temporary table mine ()")
            assert ledger.migrate(given) != []
            assert rights(given) == rights(built)
            with (
                psycopg.connect(restored.replace("satu_admin", "ana")) as analyst,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                analyst.execute("create temporary table mine ()")
        finally:
            connection.execute("drop database restored (force)")


# Every kind of statement of PostgreSQL 15 to 18, and functions that reach beyond a statement.
CLOSED = """
alter database satu set work_mem = '1GB'
alter default privileges for role satu_publisher grant select on tables to ana
alter extension plpgsql update
alter function published.shown_release() owner to current_user
alter role satu_analyst superuser
alter role satu_pipeline password 'x'
alter schema published rename to mine
alter system set work_mem = '1GB'
alter table ops.file disable trigger all
alter view published.coverage_by_area set (security_barrier = false)
checkpoint
comment on database satu is 'x'
comment on view published.coverage_by_area is 'x'
copy ops.file from stdin
copy (select 1) to '/tmp/x'
copy (select 1) to program 'true'
copy published.coverage_by_area from program 'true'
create access method x type index handler bthandler
create aggregate published.x (integer) (sfunc = int4pl, stype = integer)
create cast (text as bytea) without function
create collation published.x from "C"
create conversion published.x for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8
create database x
create domain published.x as text
create event trigger x on ddl_command_start execute function x()
create extension vector
create foreign data wrapper x
create function published.x() returns integer language sql return 1
create index on ops.file (file_id)
create language x handler plpgsql_call_handler
create materialized view published.x as select 1
create operator published.^^^ (leftarg = integer, rightarg = integer, function = int4pl)
create operator class published.x for type integer using btree as operator 1 <
create policy x on ops.file
create procedure published.x() language sql begin atomic select 1; end
create publication x for all tables
create role x
create rule x as on insert to published.coverage_by_area do instead nothing
create schema x
create sequence published.x
create server x foreign data wrapper y
create statistics published.x on file_id, feed from ops.file
create subscription x connection 'host=x' publication y
create table published.x ()
create table public.x ()
create tablespace x location '/tmp'
create temporary sequence x
create temporary table x ()
create temporary view x as select 1
create text search configuration published.x (copy = simple)
create transform for integer language sql (from sql with function int4recv(internal))
create trigger x before insert on ops.file for each row execute function x()
create type published.x as (a integer)
create user mapping for current_user server x
create view published.x as select 1
delete from ops.file
do $$ begin perform 1; end $$
do language sql 'select 1'
drop database postgres
drop owned by satu_publisher
drop role satu_field
drop schema published cascade
drop view published.release_info
grant satu_analyst to mira
import foreign schema x from server y into published
insert into ops.approval (run_id, approved_by, reason) values ('r1', 'x', 'y')
load 'auto_explain'
lock table ops.run in access exclusive mode
lock table ops.release_pointer in row exclusive mode
lock table released.coverage_by_area in access share mode
merge into ops.file as f using (select 1 as i) as s on s.i = f.file_id when matched then delete
begin; prepare transaction 'x'
reassign owned by satu_publisher to current_user
refresh materialized view published.x
reindex database satu
reindex schema published
reindex system satu
reindex table ops.file
security label on view published.coverage_by_area is 'x'
select * from population.person
select * from raw.asn
select * from released.microdata_person
select * into x from generate_series(1, 2)
set log_statement = 'none'
set role satu_loader
set role satu_pipeline
set session authorization satu_pipeline
set session_replication_role = replica
truncate ops.file
update ops.microdata_grant set valid_until = '9999-12-31'
select lo_creat(-1)
select lo_from_bytea(0, 'x')
select lo_export(1, '/tmp/x')
select lo_import('/etc/hostname')
select pg_advisory_lock(hashtext('satu.run'))
select pg_advisory_xact_lock_shared(hashtext('satu.release'))
select pg_try_advisory_lock(hashtext('satu.migrate'))
select pg_backup_start('x')
select pg_create_physical_replication_slot('x')
select pg_logical_emit_message(false, 'x', 'y')
select pg_log_backend_memory_contexts(pg_backend_pid())
select pg_ls_logdir()
select pg_notify('x', 'y')
select pg_read_file('PG_VERSION')
select pg_reload_conf()
select pg_rotate_logfile()
select pg_stat_file('PG_VERSION')
select pg_stat_get_live_tuples('pg_class'::regclass)
select pg_stat_reset()
select pg_switch_wal()
select pg_terminate_backend(pid) from pg_stat_activity where usename = 'satu_admin'
select n_live_tup from pg_stat_all_tables
select tup_fetched from pg_stat_database
select idx_blks_read from pg_statio_all_indexes
select hits from pg_stat_io
select wal_bytes from pg_stat_wal
select hits from pg_stat_get_backend_io(pg_backend_pid())
select wal_bytes from pg_stat_get_backend_wal(pg_backend_pid())
select setting from pg_file_settings
select rolpassword from pg_authid
select sourceline from pg_hba_file_rules
""".strip().split("\n")
# What PostgreSQL lets everybody do who connects, and no grant takes back; each reaches the session alone, or nothing.
OPEN = """
alter role current_user set work_mem = '1MB'
analyze
abort
begin
call_nothing
close all
cluster
copy (select 1) to stdout
deallocate all
declare c cursor with hold for select 1
drop owned by current_user
end
explain (analyze) select 1
fetch c
listen satu
notify satu, 'x'
prepare p as select 1
reset all
rollback
set statement_timeout = 0
set transaction read only
show all
table pg_database
unlisten *
vacuum
values (1)
select pg_export_snapshot()
select pg_sleep(0)
select set_config('work_mem', '1MB', false)
select txid_current()
discard all
""".strip().split("\n")
OPEN_TO = {
    "satu_analyst": ["table published.coverage_by_area", "select published.shown_release()"],
    "satu_microdata": ["table microdata.person"],
    "satu_field": ["table field.work_list"],
    "satu_auditor": ["table ops.file", "lock table ops.file in access share mode"],
}
OWN = [statement for statements in OPEN_TO.values() for statement in statements]


def outcomes(settings: Settings, login: str, statements: list[str]) -> dict[str, bool]:
    """Statement ↦ whether a session of the login may do it; each in a session of its own where it can end one."""
    found = {}
    with psycopg.connect(warehouse.login_url(settings, login), autocommit=True) as connection:
        for statement in statements:
            try:
                if statement.startswith(("lock", "declare", "select pg_export")):
                    with connection.transaction():
                        connection.execute(statement.encode())
                elif statement.startswith("copy (select 1) to stdout"):
                    with connection.cursor().copy(statement.encode()) as copy:
                        list(copy)
                else:
                    connection.execute(statement.encode())
                found[statement] = True
            except psycopg.Error:
                found[statement] = False
            connection.rollback()
    return found


@pytest.mark.parametrize("login", READERS)
def test_a_reader_does_nothing_but_read(built: Settings, login: str) -> None:
    before = rights(built)
    assert [statement for statement, worked in outcomes(built, login, CLOSED).items() if worked] == []
    refused = [statement for statement, worked in outcomes(built, login, OPEN).items() if not worked]
    assert refused == ["call_nothing"]  # a statement that fails is seen
    own = outcomes(built, login, OWN)
    assert [statement for statement, worked in own.items() if worked] == OPEN_TO[READERS[login]]
    assert rights(built) == before
    with psycopg.connect(warehouse.admin_url(built), autocommit=True) as connection:
        connection.execute(f"alter role {login} reset all".encode())


def test_what_a_reader_gives_up_for_all_of_its_role_comes_back_with_the_next_build(built: Settings) -> None:
    """`drop owned by` a role that one is in: it leaves tables as they are, but takes away what is granted later."""
    before = rights(built)
    try:
        for login, role in READERS.items():
            with psycopg.connect(warehouse.login_url(built, login), autocommit=True) as connection:
                connection.execute(f"drop owned by {role}".encode())
            own = outcomes(built, login, OWN)
            assert [statement for statement, worked in own.items() if worked] == OPEN_TO[role]
        with warehouse.connect(built, warehouse.TRANSFORMER) as connection:
            connection.execute("create table field.later ()")
        assert outcomes(built, "fia", ["table field.later"]) == {"table field.later": False}
        with warehouse.connect(built, warehouse.TRANSFORMER) as connection:
            assert keep_readable(connection, warehouse.TRANSFORMER) != []
            assert keep_readable(connection, warehouse.TRANSFORMER) == []
        assert outcomes(built, "fia", ["table field.later"]) == {"table field.later": True}
        assert outcomes(built, "ana", ["table field.later"]) == {"table field.later": False}
    finally:
        with psycopg.connect(warehouse.admin_url(built)) as connection:
            connection.execute("drop table if exists field.later")
        ledger.migrate(built)
    assert rights(built) == before


# A few of each kind; the administrator is refused nothing, so the table above would show it.
@pytest.mark.parametrize(
    ("take_away", "missed"),
    [
        ("grant temporary on database satu to public", "create temporary table x ()"),
        ("grant usage on language plpgsql to public", "do $$ begin perform 1; end $$"),
        ("grant execute on function pg_notify(text, text) to public", "select pg_notify('x', 'y')"),
        ("grant execute on function pg_try_advisory_lock(bigint) to public",
         "select pg_try_advisory_lock(hashtext('satu.migrate'))"),
        ("grant execute on all functions in schema pg_catalog to public",
         "select pg_stat_get_live_tuples('pg_class'::regclass)"),
        ("grant create on schema published to public", "create table published.x ()"),
        ("grant satu_loader to ana", "set role satu_loader"),
    ],
)  # fmt: skip
def test_a_fence_that_is_taken_away_is_missed(built: Settings, take_away: str, missed: str) -> None:
    with psycopg.connect(warehouse.admin_url(built), autocommit=True) as connection:
        connection.execute(take_away.encode())
        try:
            assert outcomes(built, "ana", [missed]) == {missed: True}
        finally:
            connection.execute("drop table if exists published.x")
            connection.execute("revoke satu_loader from ana")
            ledger.migrate(built)
    assert outcomes(built, "ana", [missed]) == {missed: False}


def test_sessions_of_readers_end_and_those_of_the_pipeline_do_not(built: Settings) -> None:
    limits = "select current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout')"
    for login, expected in (("ana", ("1h", "1h")), ("satu_pipeline", ("0", "0")), ("satu_admin", ("0", "0"))):
        with psycopg.connect(warehouse.login_url(built, login)) as connection:
            assert connection.execute(limits).fetchone() == expected


def test_nothing_of_satu_listens() -> None:
    """Whoever connects may notify: the command has no privilege. So nobody may act on what it says."""
    root = Path(__file__).parents[2]
    sources = [*root.glob("plugins/**/*.py"), *root.glob("dags/**/*.py"), *root.glob("dbt_project/**/*.sql")]
    assert len(sources) > 100
    heard = re.compile(r"\blisten\s+[a-z_\"]|\.notifies\(|add_notify_handler", re.IGNORECASE)
    assert [str(path) for path in sources if heard.search(path.read_text())] == []

"""What logins that read may do, statement by statement; and `satu migrate`, which puts every right back."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from publishing import build_candidate, own_warehouse
from reader_statements import CLOSED, OPEN, OPEN_TO, OWN, READERS

from satu import ledger, warehouse
from satu.ledger import rights as rights_of_satu
from satu.ledger.readable import keep_readable
from satu.release import publish
from satu.settings import Settings

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
def test_a_restriction_that_is_removed_is_missed(built: Settings, take_away: str, missed: str) -> None:
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

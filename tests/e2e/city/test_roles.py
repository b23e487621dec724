"""Who may do what: each role tries each verb on each object of each schema.

What a role may do is in role_rights.py. An attempt that the server refuses for lack of a privilege is "no", any other
outcome is "yes". Every attempt is rolled back. Each restriction is removed in turn, and the test must see it missing.
"""

import re
from collections.abc import Callable
from functools import partial
from importlib import import_module

import psycopg
import pytest
from role_rights import ALLOWED, CALLS, CREATES_IN, SCHEMAS

from satu import warehouse

ATTEMPT = """
create function pg_temp.attempt(role_name text, statement text) returns boolean language plpgsql as $$
begin
    perform set_config('role', role_name, true);
    begin
        execute statement;
        raise exception using errcode = 'P0099';
    exception
        when insufficient_privilege then perform set_config('role', 'none', true); return false;
        -- the object cannot be written at all: a view over several tables
        when object_not_in_prerequisite_state or wrong_object_type then
            perform set_config('role', 'none', true); return false;
        when others then perform set_config('role', 'none', true); return true;
    end;
end
$$
"""
OBJECTS = """
select n.nspname || '.' || c.relname, n.nspname = 'ops', array_agg(quote_ident(a.attname) order by a.attnum)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where n.nspname = any(%s) and c.relkind in ('r', 'p', 'v', 'm', 'f') group by 1, 2 order by 1
"""


@pytest.fixture
def admin(admin: psycopg.Connection) -> psycopg.Connection:
    """The administrator's transaction, in which roles can attempt statements."""
    return admin.execute(ATTEMPT).connection


def statements(name: str, columns: list[str]) -> dict[str, str]:
    listed = ", ".join(columns)
    return {
        "select": f"select {listed} from {name} limit 0",
        "insert": f"insert into {name} ({listed}) values ({', '.join('default' for _ in columns)})",
        "update": f"update {name} set {', '.join(f'{column} = default' for column in columns)} where false",
        "delete": f"delete from {name} where false",
        "truncate": f"truncate {name}",
    }


def attempts(connection: psycopg.Connection, role: str, schemas: tuple[str, ...] = SCHEMAS) -> dict[str, str]:
    """Object ↦ the verbs that the role could use, as ALLOWED writes them."""
    found = {}
    for name, by_column, columns in connection.execute(OBJECTS, (list(schemas),)).fetchall():
        tried = statements(name, columns)
        outcomes = dict(zip(tried, outcome(connection, role, list(tried.values())), strict=True))
        verbs = [verb for verb, worked in outcomes.items() if worked]
        for verb in ("select", "insert", "update") if by_column else ():
            single = [statements(name, [column])[verb] for column in columns]
            if not outcomes[verb] and any(worked := outcome(connection, role, single)):
                told = ",".join(column for column, yes in zip(columns, worked, strict=True) if yes)
                verbs.append(f"{verb}[{told}]")
        found[name] = " ".join(sorted(verbs))
    return {name: verbs for name, verbs in found.items() if verbs}


def outcome(connection: psycopg.Connection, role: str, tried: list[str]) -> list[bool]:
    query = "select pg_temp.attempt(%s, s) from unnest(%s::text[]) with ordinality as t (s, n) order by n"
    return [row[0] for row in connection.execute(query, (role, tried))]


def written(connection: psycopg.Connection, role: str) -> dict[str, str]:
    """Object ↦ verbs of ALLOWED, for the objects that there are."""
    found = {}
    for name, _, columns in connection.execute(OBJECTS, (list(SCHEMAS),)).fetchall():
        for pattern, verbs in ALLOWED[role].items():
            if re.fullmatch(pattern, name):
                found[name] = " ".join(sorted(in_order(verb, columns) for verb in verbs.split()))
    return found


def in_order(verb: str, columns: list[str]) -> str:
    if "[" not in verb:
        return verb
    named, told = verb.rstrip("]").split("[")
    return f"{named}[{','.join(column for column in columns if column in told.split(','))}]"


def calls(connection: psycopg.Connection, role: str) -> set[str]:
    worked = outcome(connection, role, [f"select {call}" for call in CALLS])
    return {call for call, yes in zip(CALLS, worked, strict=True) if yes}


def creates_in(connection: psycopg.Connection, role: str) -> set[str]:
    places = [*SCHEMAS, "public", "pg_temp"]
    tried = [f"create table {place}.satu_try ()" for place in places]
    return {place for place, yes in zip(places, outcome(connection, role, tried), strict=True) if yes}


@pytest.mark.parametrize("role", ALLOWED)
def test_a_role_does_its_own_work_and_no_other(admin: psycopg.Connection, role: str) -> None:
    assert attempts(admin, role) == written(admin, role)
    assert calls(admin, role) == {call for call, roles in CALLS.items() if role in roles}
    assert creates_in(admin, role) == CREATES_IN.get(role, set())
    beyond = ["create schema satu_try", "create role satu_try", "copy (select 1) to program 'true'"]
    assert outcome(admin, role, beyond) == [False, False, False]


def test_every_role_and_schema_is_in_the_table(admin: psycopg.Connection) -> None:
    assert set(ALLOWED) == set(warehouse.ROLES)
    schemas = admin.execute(
        "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema|public)'"
    ).fetchall()
    assert {row[0] for row in schemas} == set(SCHEMAS)


def test_columns_are_granted_one_by_one_in_the_ledger_only(admin: psycopg.Connection) -> None:
    found = admin.execute(
        "select attrelid::regclass::text from pg_attribute join pg_class as c on c.oid = attrelid"
        " join pg_namespace as n on n.oid = relnamespace where attacl is not null and nspname <> 'ops'"
        " and nspname not like 'pg\\_%' and nspname <> 'information_schema'"
    ).fetchall()
    assert found == []


@pytest.mark.parametrize("role", warehouse.ROLES)
def test_the_pipeline_may_act_as_three_roles(admin: psycopg.Connection, role: str) -> None:
    admin.execute("set session authorization satu_pipeline")
    if role in (warehouse.LOADER, warehouse.TRANSFORMER, warehouse.PUBLISHER):
        admin.execute(f"set role {role}".encode())
        return
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        admin.execute(f"set role {role}".encode())


Look = Callable[[psycopg.Connection, str], object]
MIGRATION = import_module("satu.ledger.migrations.versions.0006_personal_data")
# what is removed ↦ whom that lets in, how, and where it shows
RESTRICTIONS: dict[str, tuple[str, list[str], Look]] = {
    **{
        f"publisher and {schema}": (
            "satu_publisher",
            [
                f"grant usage on schema {schema} to satu_publisher",
                f"grant select on all tables in schema {schema} to satu_publisher",
            ],
            partial(attempts, schemas=(schema,)),
        )
        for schema in MIGRATION.NOT_FOR_THE_PUBLISHER
    },
    **{
        name: (
            "satu_analyst",
            ["grant usage on schema microdata to public", f"grant execute on function {name} to public"],
            calls,
        )
        for name in (
            *MIGRATION.NOT_FOR_EVERYBODY,
            "pg_try_advisory_xact_lock(bigint)",
            "pg_try_advisory_lock_shared(bigint)",
            "pg_stat_get_live_tuples(oid)",
            "pg_stat_get_tuples_fetched(oid)",
            "microdata.granted_areas()",
            "microdata.granted_person()",
        )
    },
    "temporary tables": ("satu_analyst", ["grant temporary on database satu to public"], creates_in),
    "schema public": ("satu_analyst", ["grant all on schema public to public"], creates_in),
    "no grants on partitions": (
        "satu_microdata",
        [
            "grant usage on schema released to satu_microdata",
            "grant select on all tables in schema released to satu_microdata",
        ],
        partial(attempts, schemas=("released",)),
    ),
    "bytes of rejected lines": (
        "satu_transformer",
        ["grant select on ops.rejected_record to satu_transformer"],
        partial(attempts, schemas=("ops",)),
    ),
    "the login of an access": (
        "satu_loader",
        ["grant insert (login) on ops.access to satu_loader"],
        partial(attempts, schemas=("ops",)),
    ),
    "access is never taken back": (
        "satu_publisher",
        ["grant delete on ops.access to satu_publisher"],
        partial(attempts, schemas=("ops",)),
    ),
}


@pytest.mark.parametrize("name", RESTRICTIONS)
def test_a_restriction_that_is_removed_is_missed(admin: psycopg.Connection, name: str) -> None:
    role, removed, look = RESTRICTIONS[name]
    before = look(admin, role)
    for statement in removed:
        admin.execute(statement.encode())
    assert look(admin, role) != before

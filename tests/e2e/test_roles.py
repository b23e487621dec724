"""Who may do what: each role tries each verb on each object of each schema, and each fence is shown to matter.

What a role may do is written in ALLOWED and nowhere else; an attempt that the server refuses for lack of a privilege
is "no", any other outcome is "yes". Every attempt is taken back.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from importlib import import_module

import psycopg
import pytest

from satu import warehouse
from satu.privacy import access_log, microdata_grants
from satu.settings import Settings
from support import Published

SCHEMAS = (
    "ops",
    "raw",
    "staging",
    "population",
    "coverage",
    "field",
    "candidate",
    "released",
    "published",
    "microdata",
)
ALL = "select insert update delete truncate"
# role ↦ object (a pattern) ↦ verbs; columns in brackets where not all of them are meant.
ALLOWED = {
    "satu_owner": {r"ops\..*": ALL, r"ops\.accepted_release": "select"},
    "satu_loader": {
        r"raw\..*": ALL,
        r"ops\.file": "select insert update",
        r"ops\.rejected_record": "select insert update[raw,reason] delete",
        r"ops\.(run|release|release_pointer|schema_version|erasure_key)": "select",
        r"ops\.erasure": "select insert[asked_by,reason,receipt] update[finished_at]",
        r"ops\.erased_identifier": "select insert",
        r"ops\.access": "insert[os_user,command,table_name,record_count]",
    },
    "satu_transformer": {
        r"(staging|population|coverage|field|candidate)\..*": ALL,
        r"(raw|published)\..*": "select",
        r"ops\.(file|run|check_result|release|release_pointer|accepted_release|schema_version|erasure)": "select",
        r"ops\.rejected_record": "select[file_id,record_no,line_no,reason]",
        r"ops\.access": "insert[os_user,command,table_name,record_count]",
    },
    "satu_publisher": {
        r"candidate\..*": "select",
        r"released\..*": ALL,
        r"published\.(?!release_).*": "select insert update delete",
        r"microdata\.person": "select",
        r"published\.release_(info|history)": "select",
        r"ops\.(file|accepted_release|schema_version|erasure)": "select",
        r"ops\.rejected_record": "select[file_id,record_no,line_no,reason]",
        r"ops\.(run|release_pointer)": "select insert update",
        r"ops\.release": "select insert update[status,kept_by,kept_reason,dropped_at]",
        r"ops\.check_result": "select insert update delete",
        r"ops\.(approval|rejection|waiver)": "select insert",
        r"ops\.microdata_grant": "select insert[login,area_code,granted_by,reason,valid_until]"
        " update[ended_at,ended_by,end_reason]",
        r"ops\.access": "select insert[os_user,command,table_name,record_count]",
    },
    "satu_analyst": {r"published\..*": "select"},
    "satu_microdata": {
        r"microdata\.person": "select",
    },
    "satu_field": {r"field\..*": "select"},
    "satu_auditor": {
        r"ops\.(file|run|check_result|approval|rejection|waiver|release|release_pointer|accepted_release)": "select",
        r"ops\.(microdata_grant|access|erasure)": "select",
    },
}
CREATES_IN = {
    "satu_owner": {*SCHEMAS},
    "satu_loader": {"raw", "pg_temp"},
    "satu_transformer": {"staging", "population", "coverage", "field", "candidate", "pg_temp"},
    "satu_publisher": {"released", "published", "microdata", "pg_temp"},
}
LOCKS = {"satu_owner", "satu_loader", "satu_transformer", "satu_publisher"}
# call ↦ roles that may make it
CALLS: dict[str, set[str]] = {
    "lo_creat(-1)": set(),
    "lo_create(0)": set(),
    "lo_from_bytea(0, '')": set(),
    "lo_get(1)": set(),
    "lo_get(1, 0, 1)": set(),
    "lo_open(1, 131072)": set(),
    "lo_put(1, 0, '')": set(),
    "lo_truncate(0, 1)": set(),
    "lo_truncate64(0, 1)": set(),
    "lo_unlink(1)": set(),
    "loread(0, 1)": set(),
    "lowrite(0, '')": set(),
    "lo_import('/etc/hostname')": set(),
    "lo_export(1, '/tmp/x')": set(),
    "pg_logical_emit_message(false, 'x', 'x'::text)": set(),
    "pg_logical_emit_message(false, 'x', 'x'::bytea)": set(),
    "pg_notify('x', 'x')": set(),
    "pg_read_file('PG_VERSION')": set(),
    "pg_ls_dir('.')": set(),
    "pg_reload_conf()": set(),
    "pg_switch_wal()": set(),
    "pg_stat_reset()": set(),
    "pg_try_advisory_xact_lock(1)": LOCKS,
    "pg_try_advisory_lock_shared(1)": LOCKS,
    "pg_stat_get_live_tuples(1)": {"satu_owner"},
    "pg_stat_get_tuples_fetched(1)": {"satu_owner"},
    "pg_stat_get_xact_numscans(1)": {"satu_owner"},
    "microdata.granted_areas()": {"satu_owner", "satu_publisher"},
    "microdata.granted_person()": {"satu_publisher", "satu_microdata"},
    "published.shown_release()": {"satu_owner", "satu_transformer", "satu_publisher", "satu_analyst"},
}
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
def admin(published: Published) -> Iterator[psycopg.Connection]:
    """A transaction of the administrator, taken back at the end."""
    with psycopg.connect(warehouse.admin_url(published.settings)) as connection:
        connection.execute(ATTEMPT)
        yield connection
        connection.rollback()


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
    assert outcome(
        admin, role, ["create schema satu_try", "create role satu_try", "copy (select 1) to program 'true'"]
    ) == [
        False,
        False,
        False,
    ]


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
# what is taken away ↦ whom it lets in, how, and where that shows
FENCES: dict[str, tuple[str, list[str], Look]] = {
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


@pytest.mark.parametrize("name", FENCES)
def test_a_fence_that_is_taken_away_is_missed(admin: psycopg.Connection, name: str) -> None:
    role, take_away, look = FENCES[name]
    before = look(admin, role)
    for statement in take_away:
        admin.execute(statement.encode())
    assert look(admin, role) != before


ROWS = "select area_code, count(*) from microdata.person group by 1 order by 1"


@pytest.fixture
def cleared(admin: psycopg.Connection) -> Callable[..., list[tuple[str, int]]]:
    """Ask for what a login in the role satu_microdata sees that was granted one district."""
    admin.execute("create role satu_try_cleared login in role satu_microdata")
    admin.execute("create role satu_try_other login in role satu_microdata")
    admin.execute(
        "insert into ops.microdata_grant (login, area_code, granted_by, reason, valid_until)"
        " values ('satu_try_cleared', '3371010', 'a', 'b', current_date)"
    )

    def asked(login: str = "satu_try_cleared", query: str = ROWS) -> list[tuple[str, int]]:
        admin.execute(f"set session authorization {login}".encode())
        found = admin.execute(query.encode()).fetchall()
        admin.execute("reset session authorization")
        return found

    return asked


Cleared = Callable[..., list[tuple[str, int]]]


def test_a_login_sees_the_people_of_its_regions(
    published: Published, admin: psycopg.Connection, cleared: Cleared
) -> None:
    everybody = dict(
        admin.execute(
            "select left(village_code, 7), count(*) from population.person"
            " where is_counted and village_code is not null group by 1"
        ).fetchall()
    )
    assert len(everybody) == 3
    assert cleared() == [("3371010", everybody["3371010"])]
    assert cleared("satu_try_other") == []
    admin.execute("grant usage on schema released to satu_microdata")  # a grant by mistake opens nothing
    admin.execute("grant select on released.microdata_person to satu_microdata")
    assert cleared(query="select count(*) from released.microdata_person") == [(0,)]
    admin.execute("update ops.microdata_grant set area_code = '33'")
    assert {code: count for code, count in cleared() if len(code) == 7} == everybody


@pytest.mark.parametrize(
    "over",
    ["valid_until = current_date - 1", "ended_at = now()", "login = 'satu_try_other'"],
    ids=lambda over: over[:5],
)
def test_a_grant_that_is_over_shows_nothing(admin: psycopg.Connection, cleared: Cleared, over: str) -> None:
    assert cleared() != []
    admin.execute(f"update ops.microdata_grant set {over}".encode())
    assert cleared() == []


@pytest.fixture
def stranger(published: Published) -> Iterator[psycopg.Connection]:
    """A session of a login of its own that was granted nothing, while another login was granted a region."""
    given = published.settings
    with psycopg.connect(warehouse.admin_url(given), autocommit=True) as administrator:
        administrator.execute("create role satu_try_stranger login in role satu_microdata")
        administrator.execute("create role satu_try_granted login in role satu_microdata")
        try:
            microdata_grants.grant(given, "satu_try_granted", "3371", "a", "b", date(9999, 1, 1))
            with psycopg.connect(url_of(given, "satu_try_granted")) as connection:
                assert len(connection.execute(ROWS.encode()).fetchall()) > 2
            with psycopg.connect(url_of(given, "satu_try_stranger"), autocommit=True) as connection:
                yield connection
        finally:
            administrator.execute("delete from ops.microdata_grant")
            administrator.execute("drop role satu_try_stranger, satu_try_granted")


def url_of(given: Settings, login: str) -> str:
    return warehouse.admin_url(given).replace("//satu_admin@", f"//{login}@")


@pytest.mark.parametrize(
    ("trick", "is_refused"),
    [
        ("set session authorization satu_try_granted", True),
        ("set role satu_try_granted", True),
        ("set role satu_publisher", True),
        ("set row_security = off", False),
        ("set search_path = pg_temp, ops, microdata", False),
        ("set application_name = 'satu_try_granted'", False),
    ],
)
def test_a_session_cannot_make_itself_another(stranger: psycopg.Connection, trick: str, is_refused: bool) -> None:
    if is_refused:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            stranger.execute(trick.encode())
    else:
        stranger.execute(trick.encode())
    assert stranger.execute(ROWS.encode()).fetchall() == []


PEOPLE = "select * from released.microdata_person"
ROW_FENCES = {
    "the function": "create or replace view microdata.person as select release_id, area_level, area_code, area_name,"
    " pseudonym_id, sex, age, relationship, marital_status, religion, education, activity, count_status"
    " from released.microdata_person",
    "its regions": "create or replace function microdata.granted_areas() returns text[] language sql"
    " return '{33}'::text[]",
    "its condition": "create or replace function microdata.granted_person() returns setof released.microdata_person"
    f" language sql security definer rows 100000 as '{PEOPLE}'",
}


@pytest.mark.parametrize("name", ROW_FENCES)
def test_a_fence_around_people_that_is_taken_away_is_missed(
    admin: psycopg.Connection, cleared: Cleared, name: str
) -> None:
    before = cleared()
    admin.execute(ROW_FENCES[name].encode())
    assert cleared() != before


def test_a_grant_on_a_partition_opens_nothing_while_it_is_sealed(admin: psycopg.Connection, cleared: Cleared) -> None:
    row = admin.execute(
        "select inhrelid::regclass::text from pg_inherits where inhparent = 'released.microdata_person'::regclass"
    ).fetchone()
    assert row is not None
    admin.execute("grant usage on schema released to satu_microdata")
    admin.execute(f"grant select on {row[0]} to satu_microdata".encode())
    assert cleared(query=f"select count(*) from {row[0]}") == [(0,)]
    admin.execute(f"alter table {row[0]} disable row level security".encode())
    assert cleared(query=f"select count(*) from {row[0]}") > cleared(query="select count(*) from microdata.person")


@pytest.mark.parametrize(("shield", "is_seen"), [("set", False), ("reset", True)])
def test_a_condition_that_tells_what_it_sees_sees_no_other_release(
    admin: psycopg.Connection, shield: str, is_seen: bool
) -> None:
    admin.execute(
        "create function public.tell(text) returns boolean language plpgsql cost 0.000001"
        " as $$ begin raise notice '%', $1; return true; end $$"
    )
    admin.execute("grant usage on schema public to public")
    admin.execute("create table released.other_release partition of released.coverage_by_area for values in ('other')")
    admin.execute("insert into released.coverage_by_area (release_id, area_code) values ('other', 'withheld')")
    admin.execute(f"alter view published.coverage_by_area {shield} (security_barrier)".encode())
    seen: list[str] = []
    admin.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
    admin.execute("set local role satu_analyst")
    admin.execute("set local enable_partition_pruning = off")
    admin.execute("select count(*) from published.coverage_by_area where public.tell(area_code)")
    assert len(seen) > 10
    assert ("withheld" in seen) is is_seen


def test_statistics_tell_a_cleared_login_nothing(cleared: Cleared) -> None:
    assert cleared(query="select * from pg_stats where tablename ~ 'microdata'") == []


def test_each_read_is_in_the_servers_log_whatever_the_transaction(published: Published) -> None:
    """With logins of their own: their grants must be there for another session to see."""
    given = published.settings
    with psycopg.connect(warehouse.admin_url(given), autocommit=True) as admin:
        admin.execute('create role "satu try, reader" login in role satu_microdata')
        try:
            made = microdata_grants.grant(given, "satu try, reader", "3371", "a", "b", date(9999, 1, 1))
            assert made.is_member
            url = url_of(given, "satu%20try%2C%20reader")
            with psycopg.connect(url) as reader:
                reader.execute("select count(*) from microdata.person")
                reader.rollback()
                reader.execute("set transaction read only")
                reader.execute("select count(*) from microdata.person")
                reader.rollback()
            found = [row for row in access_log.history(given, "microdata.person") if "try, reader" in row["login"]]
            assert len(found) == 2
            microdata_grants.end(given, made.grant_id, "a", "b")
            with psycopg.connect(url) as reader:
                assert reader.execute("select count(*) from microdata.person").fetchone() == (0,)
        finally:
            admin.execute("delete from ops.microdata_grant")
            admin.execute('drop role "satu try, reader"')

"""microdata.person shows a login the people of its regions; nothing that it tries reveals anybody else."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from publishing import build_candidate, next_release, own_warehouse

from satu import ledger, warehouse
from satu.privacy import microdata_grants
from satu.release import bring_views_up_to_date, publish, rollback
from satu.settings import Settings
from support import rows

PEOPLE = """
create table if not exists candidate.microdata_person
    (area_level text, area_code text, area_name text, pseudonym_id text, sex text, age integer, religion text);
truncate candidate.microdata_person;
insert into candidate.microdata_person (area_level, area_code, area_name, pseudonym_id, sex, age, religion)
select 'district', '33710' || region || '0', 'DISTRICT ' || region, md5(region::text || person),
    case person % 2 when 0 then 'male' else 'female' end, person % 90, 'religion ' || person % 5
from generate_series(1, 3) as region, generate_series(1, 2000) as person union all
select 'district', '3371030', 'DISTRICT 3', 'only one', 'other', 77, 'rare'
"""
SEEN = "select area_code, count(*) from microdata.person group by 1 order by 1"
HIDDEN = "pseudonym_id = 'only one'"
# Each pair: a condition that holds for a person of another region, and one of the same form that holds for nobody.
GUESSES = [
    (HIDDEN, "pseudonym_id = 'nobody at all'"),
    ("area_code = '3371030' and sex = 'other'", "area_code = '3371030' and sex = 'third'"),
    ("area_code = '3371030' and area_level = 'district'", "area_code = '3371099' and area_level = 'district'"),
    ("area_code between '3371030' and '3371030'", "area_code between '3371031' and '3371032'"),
    ("age = 77 and religion = 'rare'", "age = 78 and religion = 'rare'"),
    ("religion ^@ 'rar'", "religion ^@ 'rax'"),
    ("1 / (age - 77) < 9 and sex = 'other'", "1 / (age - 99) < 9 and sex = 'other'"),
]
# What PostgreSQL had before: row security on the table, read with the reader's own rights.
OLD_DESIGN = (
    "grant usage on schema released to satu_microdata",
    "grant select on released.microdata_person to satu_microdata",
    "grant execute on function microdata.granted_areas() to satu_microdata",
    "create policy granted_regions on released.microdata_person for select to satu_microdata"
    " using (area_code ^@ any ((select microdata.granted_areas())::text[]))",
    "comment on view microdata.person is null",
    "create or replace view microdata.person with (security_barrier, security_invoker) as"
    " select {columns} from released.microdata_person where release_id = (select published.shown_release())",
)


@pytest.fixture(scope="module")
def released() -> Iterator[Settings]:
    """A release with 2,000 people in each of three districts, and two logins that are cleared."""
    with own_warehouse() as made:
        build_candidate(made)
        with warehouse.connect(made, warehouse.TRANSFORMER) as connection:
            connection.execute(PEOPLE)
        publish(made, "r1")
        assert rows(made, warehouse.TRANSFORMER, "select from candidate.microdata_person") == []
        admin(made, *(f"create role {login} login in role satu_microdata" for login in ("cleared", "stranger")))
        yield made


@pytest.fixture
def people(released: Settings) -> Iterator[Settings]:
    """The same, one of the logins granted one district, the candidate filled again; a test's grants are deleted."""
    admin(released, PEOPLE)
    microdata_grants.grant(released, "cleared", "3371010", "a", "b", date(9999, 1, 1))
    yield released
    admin(released, "delete from ops.microdata_grant")


def admin(settings: Settings, *statements: str) -> None:
    with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@contextmanager
def session(settings: Settings, login: str, *prepared: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(warehouse.login_url(settings, login), autocommit=True) as connection:
        for statement in prepared:
            connection.execute(statement.encode())
        yield connection


def seen(connection: psycopg.Connection, query: str = SEEN) -> list[tuple[object, ...]]:
    return connection.execute(query.encode()).fetchall()


def told(connection: psycopg.Connection, condition: str) -> object:
    """Everything that the server shows of a statement with this condition, but the condition itself and times."""
    query = f"select count(*) from microdata.person where {condition}"
    try:
        found = seen(connection, query)
        options = "analyze, verbose, settings, wal, timing off, summary off, buffers off, format json"
        [(plan,)] = seen(connection, f"explain ({options}) {query}")
    except psycopg.Error as error:
        return type(error), error.diag.message_primary
    return found, without_conditions(plan)


def without_conditions(plan: object) -> object:
    if isinstance(plan, list):
        return [without_conditions(part) for part in plan]
    if isinstance(plan, dict):
        return {key: without_conditions(value) for key, value in plan.items() if not key.endswith(("Filter", "Cond"))}
    return plan


def differ(settings: Settings, *prepared: str) -> list[str]:
    """The guesses whose answer differs from that about nobody: each is a way to ask about people of other regions."""
    with session(settings, "stranger", *prepared) as connection:
        return [guess for guess, nobody in GUESSES if told(connection, guess) != told(connection, nobody)]


@pytest.mark.parametrize(
    "prepared",
    [
        (),
        ("set enable_seqscan = off", "set enable_bitmapscan = off"),
        ("set enable_indexscan = off", "set enable_bitmapscan = off"),
        ("set plan_cache_mode = force_generic_plan", "set jit = on", "set jit_above_cost = 0"),
        ("set enable_partition_pruning = off", "set constraint_exclusion = on"),
        ("set row_security = off",),
        ("set search_path = pg_temp, ops, released, microdata",),
        ("set debug_parallel_query = on",),
    ],
    ids=lambda prepared: prepared[0].removeprefix("set ").split(" ")[0] if prepared else "as it is",
)
def test_no_answer_and_no_plan_tells_of_a_person_of_another_region(people: Settings, prepared: tuple[str, ...]) -> None:
    with session(people, "stranger") as connection:
        if connection.info.server_version < 160000 and prepared == ("set debug_parallel_query = on",):
            prepared = ("set force_parallel_mode = on",)
    assert differ(people, *prepared) == []


def test_the_attack_finds_people_where_a_policy_on_the_table_is_all(people: Settings) -> None:
    listed = "select string_agg(attname, ', ' order by attnum) from pg_attribute where attnum > 0 and attrelid = {}"
    [(columns,)] = rows(people, warehouse.PUBLISHER, listed.format("'released.microdata_person'::regclass"))
    admin(people, *(statement.replace("{columns}", columns) for statement in OLD_DESIGN))
    try:
        with session(people, "stranger") as connection:
            assert seen(connection) == []
        assert HIDDEN in differ(people)
    finally:
        bring_views_up_to_date(people)
        ledger.migrate(people)
    assert differ(people) == []


def test_a_plan_shows_a_function_and_nothing_below_it(people: Settings) -> None:
    for login in ("cleared", "stranger"):
        with session(people, login) as connection:
            [(plan,)] = seen(connection, f"explain (analyze, verbose, format json) {SEEN}")
        text = json.dumps(plan)
        assert "Function Scan" in text
        assert "released" not in text.replace("released.shown", "")
        assert "Index" not in text


@pytest.mark.parametrize(
    "statement",
    [
        "select 1 from released.microdata_person",
        "select microdata.granted_areas()",
        "explain select 1 from released.microdata_person",
        "begin; lock table released.microdata_person in access share mode",
        "begin; lock table microdata.person in access exclusive mode",
        "analyze released.microdata_person",
        "copy released.microdata_person to stdout",
        "select n_live_tup from pg_stat_all_tables where relname ~ 'microdata'",
        "select pg_stat_get_tuples_fetched('released.microdata_person'::regclass)",
        "create temporary table mine as select * from microdata.person",
        "do $$ begin null; end $$",
    ],
)
def test_nothing_beside_the_view_is_open(people: Settings, statement: str) -> None:
    with session(people, "cleared") as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement.encode())


def test_whatever_way_it_is_read_a_login_sees_its_own_region(people: Settings) -> None:
    own = [("3371010", 2000)]
    with session(people, "cleared") as connection:
        assert seen(connection) == own
        assert seen(connection, "select count(*) from microdata.granted_person()") == [(2000,)]
        connection.execute(f"prepare p as {SEEN}".encode())
        assert seen(connection, "execute p") == own
        with connection.transaction():
            connection.execute(f"declare c scroll cursor with hold for {SEEN}".encode())
        assert seen(connection, "fetch all from c") == own
        with connection.cursor().copy(f"copy ({SEEN}) to stdout".encode()) as copy:
            assert list(copy.rows()) == [("3371010", "2000")]
        assert seen(connection, "select * from pg_stats where schemaname = 'released'") == []
    with session(people, "stranger") as connection:
        assert seen(connection) == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("set role cleared")


def test_a_function_of_another_login_reads_as_whoever_calls_it(people: Settings) -> None:
    admin(people, "create schema own authorization cleared", "grant usage on language sql to cleared")
    with session(people, "cleared") as connection:
        made = "create function own.people() returns bigint language sql security definer"
        connection.execute(f"{made} return (select count(*) from microdata.person)".encode())
        connection.execute("create view own.seen as select * from microdata.person")
        connection.execute("grant usage on schema own to stranger")
        connection.execute("grant select on own.seen to stranger")
        assert seen(connection, "select own.people()") == [(2000,)]
    with session(people, "stranger") as connection:
        assert seen(connection, "select own.people()") == [(0,)]
        assert seen(connection, "select count(*) from own.seen") == [(0,)]


def test_regions_within_regions_show_nobody_twice(people: Settings) -> None:
    for region in ("3371", "3371010", "33710"):
        microdata_grants.grant(people, "cleared", region, "a", "b", date(9999, 1, 1))
    with session(people, "cleared") as connection:
        assert seen(connection) == [("3371010", 2000), ("3371020", 2000), ("3371030", 2001)]


def test_a_pinned_release_shows_its_own_people(people: Settings) -> None:
    first = current(people)
    admin(people, "update candidate.microdata_person set age = 50")
    second = next_release(people, "pinned", 200)
    average = "select min(age), max(age), min(release_id) from microdata.person"
    with session(people, "cleared") as connection:
        assert seen(connection, average) == [(50, 50, second)]
        connection.execute(f"set satu.release_id = '{first}'".encode())
        assert seen(connection, average) == [(0, 89, first)]
    rollback(people, first)


def test_a_new_column_comes_along_and_earlier_releases_stay_readable(people: Settings) -> None:
    first = current(people)
    name = f"added_{len(rows(people, warehouse.PUBLISHER, 'select from ops.release'))}"
    admin(people, f"alter table candidate.microdata_person add column {name} text default 'x'")
    with session(people, "cleared") as connection:
        assert connection.execute(SEEN.encode(), prepare=True).fetchall() == [("3371010", 2000)]
        next_release(people, name, 200)
        assert connection.execute(SEEN.encode(), prepare=True).fetchall() == [("3371010", 2000)]
        added = f"select distinct {name} from microdata.person"
        assert seen(connection, added) == [("x",)]
        connection.execute(f"set satu.release_id = '{first}'".encode())
        assert seen(connection, added) == [(None,)]
    rollback(people, first)


def test_a_right_ends_with_its_day_in_utc_whatever_the_session_says(people: Settings) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    admin(people, f"update ops.microdata_grant set valid_until = '{yesterday}'")
    for zone in ("Etc/GMT+12", "-167:59", "<X>+167:59", "Asia/Jakarta"):
        with session(people, "cleared", f"set timezone = '{zone}'") as connection:
            assert seen(connection) == []
    assert [row["is_open"] for row in microdata_grants.grants(people)] == [False]
    admin(people, "update ops.microdata_grant set valid_until = (now() at time zone 'UTC')::date")
    for zone in ("Pacific/Kiritimati", "167:59"):
        with session(people, "cleared", f"set timezone = '{zone}'") as connection:
            assert seen(connection) == [("3371010", 2000)]


def test_a_transaction_that_was_open_when_a_grant_ended_reads_nobody(people: Settings) -> None:
    (grant_id,) = [row["grant_id"] for row in microdata_grants.grants(people)]
    with session(people, "cleared") as plain, session(people, "cleared") as keeping, plain.transaction():
        assert seen(plain) == [("3371010", 2000)]
        plain.execute(f"declare later cursor for {SEEN}".encode())
        keeping.execute("begin isolation level repeatable read")
        keeping.execute("select 1")
        microdata_grants.end(people, grant_id, "a", "b")
        assert seen(plain) == []
        assert seen(plain, "fetch all from later") == []
        for following in ("rollback; begin isolation level serializable", "rollback"):
            with pytest.raises(psycopg.errors.InvalidTransactionState, match="read committed"):
                seen(keeping)
            keeping.execute(following.encode())


def test_a_clock_that_was_set_back_does_not_empty_the_views(people: Settings) -> None:
    """A release that is newer than now, by the clock: it was made before the clock was set back."""
    first = current(people)
    admin(people, f"update ops.release set created_at = now() + interval '1 hour' where release_id = '{first}'")
    count = "select counted_person_count from published.coverage_by_area where area_level = 'regency'"
    assert rows(people, warehouse.ANALYST, count) == [(100,)]
    with session(people, "cleared") as connection:
        assert seen(connection) == [("3371010", 2000)]
    second = next_release(people, "set back", 300)
    assert rows(people, warehouse.ANALYST, count) == [(300,)]
    order = "select release_id from published.release_history order by created_at desc limit 2"
    assert rows(people, warehouse.ANALYST, order) == [(second,), (first,)]
    with session(people, "cleared", f"set satu.release_id = '{first}'") as connection:
        assert seen(connection) == [("3371010", 2000)]
    rollback(people, first)
    admin(people, "update ops.release set created_at = now() - interval '1 hour' where created_at > now()")


def current(settings: Settings) -> str:
    return str(rows(settings, warehouse.ANALYST, "select release_id from published.release_info")[0][0])

"""A login sees the people of its regions and nobody else; each restriction is removed in turn and must be missed."""

from collections.abc import Callable, Iterator
from datetime import date

import psycopg
import pytest

from satu import warehouse
from satu.privacy import access_log, microdata_grants
from satu.settings import Settings
from support import Published

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
RESTRICTIONS = {
    "the function": "create or replace view microdata.person as select release_id, area_level, area_code, area_name,"
    " pseudonym_id, sex, age, relationship, marital_status, religion, education, activity, "
    "occupation, employment_status, birth_place, duration_of_stay, sex_flag, age_flag, "
    "relationship_flag, marital_status_flag, religion_flag, education_flag, activity_flag, "
    "occupation_flag, employment_status_flag, birth_place_flag, "
    "duration_of_stay_flag, count_status from released.microdata_person",
    "its regions": "create or replace function microdata.granted_areas() returns text[] language sql"
    " return '{33}'::text[]",
    "its condition": "create or replace function microdata.granted_person() returns setof released.microdata_person"
    f" language sql security definer rows 100000 as '{PEOPLE}'",
}


@pytest.mark.parametrize("name", RESTRICTIONS)
def test_a_restriction_on_people_that_is_removed_is_missed(
    admin: psycopg.Connection, cleared: Cleared, name: str
) -> None:
    before = cleared()
    admin.execute(RESTRICTIONS[name].encode())
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

"""An analyst may stay with a release, for a session or for good, and is told when that is not possible."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from publishing import next_release

from satu import warehouse
from satu.release import bring_views_up_to_date, prune, publish, rollback
from satu.settings import Settings
from support import rows

COUNTED = "select counted_person_count from published.coverage_by_area where area_level = 'regency'"
INFO = "select release_id from published.release_info"
HISTORY = "select release_id, is_current from published.release_history order by created_at"
OLD_VIEW = """
create or replace view published.coverage_by_area as
select release_id, area_level, area_code, area_name, counted_person_count from released.coverage_by_area
where release_id = (select p.release_id from ops.release_pointer as p)
"""


@contextmanager
def analyst(settings: Settings, pin: str | None = None) -> Iterator[psycopg.Connection]:
    """A session of a login in the role of analysts."""
    with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as connection:
        if not connection.execute("select from pg_roles where rolname = 'ana'").rowcount:
            connection.execute("create role ana login in role satu_analyst")
    with psycopg.connect(warehouse.login_url(settings, "ana"), autocommit=True) as connection:
        if pin:
            connection.execute(f"set satu.release_id = '{pin}'".encode())
        yield connection


@pytest.fixture
def two(candidate: Settings) -> tuple[Settings, str, str]:
    """Two releases: the first counts 100 people, the second, which is current, 200."""
    first = publish(candidate, "r1").release_id
    return candidate, first, next_release(candidate, "r2", 200)


def test_a_session_pins_a_release_and_lets_go_of_it(two: tuple[Settings, str, str]) -> None:
    settings, first, second = two
    with analyst(settings, first) as connection:
        assert connection.execute(COUNTED).fetchall() == [(100,)]
        assert connection.execute(INFO).fetchall() == [(first,)]
        assert connection.execute(HISTORY).fetchall() == [(first, False), (second, True)]
        next_release(settings, "r3", 300)
        assert connection.execute(COUNTED).fetchall() == [(100,)]
        connection.execute("reset satu.release_id")
        assert connection.execute(COUNTED).fetchall() == [(300,)]


def test_a_login_pins_a_release_for_good_by_itself(two: tuple[Settings, str, str]) -> None:
    settings, first, _ = two
    with analyst(settings) as connection:
        connection.execute(f"alter role ana set satu.release_id = '{first}'".encode())
    with analyst(settings) as connection:
        assert connection.execute(COUNTED).fetchall() == [(100,)]
        connection.execute("alter role ana reset satu.release_id")
    with analyst(settings) as connection:
        assert connection.execute(COUNTED).fetchall() == [(200,)]


@pytest.mark.parametrize("query", [COUNTED, INFO, "select * from published.reconciliation"])
def test_a_release_that_never_was_is_an_error_and_not_nothing(two: tuple[Settings, str, str], query: str) -> None:
    with analyst(two[0], "2001-01-01.1") as connection, pytest.raises(psycopg.errors.UndefinedObject) as caught:
        connection.execute(query.encode())
    assert 'pins release "2001-01-01.1", which does not exist' in str(caught.value)
    assert "published.release_history" in str(caught.value.diag.message_hint)


def test_a_release_that_is_kept_no_longer_is_an_error_and_not_nothing(two: tuple[Settings, str, str]) -> None:
    settings, first, second = two
    assert prune(settings.model_copy(update={"keep_releases": 1})) == [first]
    with analyst(settings, first) as connection:
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="kept no longer"):
            connection.execute(COUNTED)
        assert connection.execute(HISTORY).fetchall() == [(second, True)]


def test_a_release_younger_than_the_transaction_is_an_error_and_not_nothing(candidate: Settings) -> None:
    publish(candidate, "r1")
    with analyst(candidate) as connection, connection.transaction():
        assert connection.execute(COUNTED, prepare=True).fetchall() == [(100,)]
        second = next_release(candidate, "r2", 200)
        connection.execute(f"set satu.release_id = '{second}'".encode())
        with (
            pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="after this transaction began"),
            connection.transaction(),
        ):
            connection.execute(COUNTED, prepare=True)


def test_a_rollback_moves_who_has_not_pinned(two: tuple[Settings, str, str]) -> None:
    settings, first, second = two
    rollback(settings, first)
    with analyst(settings, second) as connection:
        assert connection.execute(COUNTED).fetchall() == [(200,)]
    assert rows(settings, warehouse.ANALYST, COUNTED) == [(100,)]


@pytest.mark.parametrize("is_pinned", [False, True])
def test_one_partition_is_read_and_the_release_is_looked_up_once(
    two: tuple[Settings, str, str], is_pinned: bool
) -> None:
    settings, first, second = two
    with analyst(settings, first if is_pinned else None) as connection:
        lines = connection.execute(f"explain (analyze, verbose, costs off, timing off) {COUNTED}".encode()).fetchall()
    plan = [line for (line,) in lines]
    assert sum("shown_release()" in line for line in plan) == 1
    assert any("InitPlan" in line for line in plan)
    scans = [line for line in plan if " on released.coverage_by_area__" in line and "Index Scan on" not in line]
    read = [line for line in scans if "never executed" not in line]
    assert len(scans) == 2
    shown = (first if is_pinned else second).replace("-", "_").replace(".", "_")
    assert [shown in line for line in read] == [True]


def test_views_of_an_older_version_learn_it_while_analysts_views_hang_on_them(two: tuple[Settings, str, str]) -> None:
    settings, first, _ = two
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        connection.execute(OLD_VIEW)
        connection.execute("comment on view published.coverage_by_area is null")
    with psycopg.connect(warehouse.admin_url(settings)) as connection:
        connection.execute("create role ana login in role satu_analyst")
        connection.execute("create schema ana authorization ana")
    with analyst(settings) as connection:
        connection.execute(f"create view ana.mine as {COUNTED}".encode())
    bring_views_up_to_date(settings)
    with analyst(settings, first) as connection:
        assert connection.execute("select * from ana.mine").fetchall() == [(100,)]


def test_a_team_reads_a_view_of_an_analysts_own_without_being_analysts(two: tuple[Settings, str, str]) -> None:
    settings, _, _ = two
    with psycopg.connect(warehouse.admin_url(settings)) as connection:
        for statement in (
            "create role ana login in role satu_analyst",
            "create schema ana authorization ana",
            "create role colleague login",
            "grant connect on database satu to colleague",
        ):
            connection.execute(statement.encode())
    with analyst(settings) as connection:
        connection.execute(f"create view ana.mine as {COUNTED}".encode())
        connection.execute("grant usage on schema ana to colleague")
        connection.execute("grant select on ana.mine to colleague")
    with psycopg.connect(warehouse.login_url(settings, "colleague")) as connection:
        assert connection.execute("select * from ana.mine").fetchall() == [(200,)]

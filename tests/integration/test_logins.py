"""Logins of people: what they read, until when, and that they end."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from satu import pipeline, warehouse
from satu.errors import WrongUsage
from satu.privacy import logins, microdata_grants
from satu.privacy.logins import Reader
from support import Landing

LAST = datetime.now(UTC).date() + timedelta(days=30)


@pytest.fixture(autouse=True)
def _tables(landing: Landing) -> None:
    pipeline.prepare(landing.settings)


def connection(landing: Landing, login: str) -> psycopg.Connection:
    return psycopg.connect(warehouse.login_url(landing.settings, login), autocommit=True)


@pytest.mark.parametrize("reader", Reader)
def test_a_login_reads_what_its_role_reads_until_it_ends(landing: Landing, reader: Reader) -> None:
    name = f"reader_{reader.value}"
    made = logins.create(landing.settings, name, reader, LAST)
    try:
        assert (made.login, made.role, made.password) == (name, f"satu_{reader.value}", None)
        assert {"login": name, "roles": made.role, "last_day": LAST} in logins.logins(landing.settings)
        with connection(landing, name) as session:
            [(is_member,)] = session.execute("select pg_has_role(%s, 'usage')", (made.role,)).fetchall()
            assert is_member
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute("select count(*) from ops.file")
            assert logins.end(landing.settings, name)
            with pytest.raises(psycopg.OperationalError):
                session.execute("select 1")
    finally:
        with psycopg.connect(warehouse.admin_url(landing.settings)) as admin:
            admin.execute(psycopg.sql.SQL("drop role if exists {}").format(psycopg.sql.Identifier(name)))
    assert name not in {row["login"] for row in logins.logins(landing.settings)}
    with pytest.raises(psycopg.OperationalError):
        connection(landing, name)


def test_a_login_that_owns_something_stays_without_rights(landing: Landing) -> None:
    logins.create(landing.settings, "owner_of_a_view", Reader.ANALYST, None)
    try:
        with psycopg.connect(warehouse.admin_url(landing.settings)) as admin:
            admin.execute("create schema of_a_reader authorization owner_of_a_view")
        assert not logins.end(landing.settings, "owner_of_a_view")
        with pytest.raises(psycopg.OperationalError):
            connection(landing, "owner_of_a_view")
        assert landing.query("select pg_has_role('owner_of_a_view', 'satu_analyst', 'member')") == [(False,)]
    finally:
        with psycopg.connect(warehouse.admin_url(landing.settings)) as admin:
            admin.execute("drop schema if exists of_a_reader")
            admin.execute("drop role if exists owner_of_a_view")


@pytest.mark.parametrize("name", ["satu_x", "pg_x", "Ani", "1x", "a b", "x", 'a";drop'])
def test_a_name_that_is_none_is_refused(landing: Landing, name: str) -> None:
    with pytest.raises(WrongUsage, match="is no name for a login"):
        logins.create(landing.settings, name, Reader.ANALYST, None)


def test_only_logins_of_people_are_ended(landing: Landing) -> None:
    for name in ("satu_pipeline", "satu_admin", "nobody"):
        with pytest.raises(WrongUsage, match="no login"):
            logins.end(landing.settings, name)


def test_whoever_gets_the_name_next_inherits_no_grant(landing: Landing) -> None:
    logins.create(landing.settings, "cleared", Reader.MICRODATA, LAST)
    try:
        microdata_grants.grant(landing.settings, "cleared", "3371", "A", "asked", LAST)
        assert logins.end(landing.settings, "cleared")
        (row,) = microdata_grants.grants(landing.settings)
        assert (row["is_open"], row["ended_by"]) == (False, "satu login end")
    finally:
        landing.query("delete from ops.microdata_grant returning grant_id")


def test_a_name_is_taken_once(landing: Landing) -> None:
    logins.create(landing.settings, "taken", Reader.FIELD, None)
    try:
        with pytest.raises(WrongUsage, match="exists already"):
            logins.create(landing.settings, "taken", Reader.ANALYST, None)
    finally:
        assert logins.end(landing.settings, "taken")

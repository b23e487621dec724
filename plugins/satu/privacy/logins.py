"""Logins of people: who may read the published figures, the field tables, or people's records of granted regions."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import sql

from satu import warehouse
from satu.errors import WrongUsage
from satu.privacy import microdata_grants
from satu.settings import Settings

_NAME = re.compile(r"[a-z][a-z0-9_]{1,62}")
_RESERVED = ("satu_", "pg_")
_LOGINS = """
select
    member.rolname as login,
    string_agg(granted.rolname, ', ' order by granted.rolname) as roles,
    case
        when isfinite(member.rolvaliduntil) then (member.rolvaliduntil at time zone 'Asia/Jakarta')::date - 1
    end as last_day
from pg_roles as member
inner join pg_auth_members as m on m.member = member.oid
inner join pg_roles as granted on granted.oid = m.roleid
where granted.rolname = any(%(roles)s) and member.rolcanlogin and not member.rolsuper
    and member.rolname <> all(%(own)s)
group by member.rolname, member.rolvaliduntil
order by member.rolname
"""


class Reader(StrEnum):
    """What a login reads."""

    ANALYST = "analyst"
    """The schemas published and history."""
    FIELD = "field"
    """The tables for supervisors of officers."""
    MICRODATA = "microdata"
    """People's records of the regions granted by `satu access grant`."""

    @property
    def role(self) -> str:
        """Name of the role in the warehouse."""
        return f"satu_{self.value}"


@dataclass(frozen=True)
class Login:
    """A new login. The password is shown once and kept nowhere; none on the embedded server, which asks for none."""

    login: str
    role: str
    last_day: date | None
    password: str | None


def create(settings: Settings, name: str, reader: Reader, until: date | None) -> Login:
    """Create a login in the role of `reader`; `until` is the last day on which its password is accepted.

    Raises:
        WrongUsage: the name is taken or not allowed, or this login may not create others.
    """
    if not _NAME.fullmatch(name) or name.startswith(_RESERVED):
        raise WrongUsage(
            f"{name!r} is no name for a login; expected small letters, digits and underscores that begin with a letter,"
            f" and not with {' or '.join(_RESERVED)}"
        )
    password = secrets.token_urlsafe(24) if settings.warehouse_url else None
    # The day ends at midnight in Western Indonesian time.
    end = f"{until + timedelta(days=1)} 00:00:00+07" if until else "infinity"
    with _administrator(settings) as connection:
        try:
            connection.execute(
                sql.SQL("create role {} login inherit connection limit 20 valid until {}").format(
                    sql.Identifier(name), sql.Literal(end)
                )
            )
        except psycopg.errors.DuplicateObject:
            raise WrongUsage(
                f"the login {name} exists already; expected a new name. `satu login list` lists them"
            ) from None
        except psycopg.errors.InsufficientPrivilege:
            raise _may_not() from None
        if password:
            warehouse.set_password(connection, name, password)
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(reader.role), sql.Identifier(name)))
    return Login(name, reader.role, until, password)


def logins(settings: Settings) -> list[dict[str, Any]]:
    """Return the logins of people with their roles and last days."""
    roles = [reader.role for reader in Reader]
    query = {"roles": roles, "own": [warehouse.PIPELINE, *warehouse.ROLES]}
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        return warehouse.mappings(connection, _LOGINS, query)


def end(settings: Settings, name: str) -> bool:
    """End a login, its sessions and its grants now; return whether it is gone altogether.

    One that owns tables or views stays without any right, and cannot log in.

    Raises:
        WrongUsage: there is no such login of a person, or this login may not end others.
    """
    if name not in {row["login"] for row in logins(settings)}:
        raise WrongUsage(f"there is no login {name!r} of a person; `satu login list` lists them")
    login = sql.Identifier(name)
    with _administrator(settings) as connection:
        # Each statement counts at once: a session that ends must not come back before the login is closed.
        connection.autocommit = True
        try:
            connection.execute(sql.SQL("alter role {} nologin").format(login))
        except psycopg.errors.InsufficientPrivilege:
            raise _may_not() from None
        microdata_grants.end_of_login(settings, name)
        for reader in Reader:
            connection.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(reader.role), login))
        connection.execute("select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", (name,))
        try:
            connection.execute(sql.SQL("drop role {}").format(login))
        except psycopg.errors.DependentObjectsStillExist:
            return False
    return True


def _administrator(settings: Settings) -> psycopg.Connection:
    try:
        return psycopg.connect(warehouse.session_url(settings, admin=True))
    except psycopg.OperationalError as error:
        raise warehouse.not_connected(settings, error) from None


def _may_not() -> WrongUsage:
    return WrongUsage(
        "this login may not create or end logins; expected a login that may create roles. Name one:"
        " `--warehouse postgresql://ADMIN@…`"
    )

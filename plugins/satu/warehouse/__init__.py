"""The warehouse: where it is, and connections to it that act as one role."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from satu.errors import SatuError, WrongUsage
from satu.settings import Settings
from satu.urls import described
from satu.warehouse import conninfo, embedded, told
from satu.warehouse.told import given_up, while_working

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy

__all__ = ["given_up", "while_working"]

OWNER = "satu_owner"
LOADER = "satu_loader"
TRANSFORMER = "satu_transformer"
PUBLISHER = "satu_publisher"
ANALYST = "satu_analyst"
MICRODATA = "satu_microdata"
FIELD = "satu_field"
AUDITOR = "satu_auditor"
ROLES = (OWNER, LOADER, TRANSFORMER, PUBLISHER, ANALYST, MICRODATA, FIELD, AUDITOR)
PIPELINE = "satu_pipeline"
"""The login of everything that runs unattended: loader, transformer and publisher, never a superuser."""
DATABASE = "satu"
LOCK_PATIENCE_S = 60
"""How long a build, a verdict or a release waits for a table that another session keeps busy."""


def url(settings: Settings) -> str:
    """Return the warehouse's `postgresql://…` URL; the embedded server is started if it is the warehouse.

    Raises:
        WrongUsage: SATU_WAREHOUSE_URL is no address for libpq, or asks for less than TLS and SCRAM over a network.
        RetryableError: the embedded server does not start.
    """
    if settings.warehouse_url is None:
        return _embedded(settings).url(PIPELINE, DATABASE)
    return protected(settings.warehouse_url)


def admin_url(settings: Settings) -> str:
    """Return the URL that may create roles and schemas: the embedded server's administrator, or the given URL."""
    if settings.warehouse_url is None:
        return _embedded(settings).url(embedded.ADMIN, DATABASE)
    return url(settings)


def session_url(settings: Settings, *, admin: bool = False, options: str = "") -> str:
    """Return the URL for a session of Satu's own: date style, isolation, time-outs and the like are set with it."""
    address = admin_url(settings) if admin else url(settings)
    return conninfo.url(conninfo.session(conninfo.read(address), options))


def login_url(settings: Settings, login: str, database: str = DATABASE, password: str | None = None) -> str:
    """Return the warehouse's URL with another login, password and database; its own password does not carry over."""
    terms = conninfo.read(url(settings)) | {"user": login, "dbname": database}
    terms.pop("password", None)
    return conninfo.url(terms | ({"password": password} if password is not None else {}))


def sqlalchemy_url(libpq_url: str, driver: str = "psycopg") -> str:
    """Return a server's URL as SQLAlchemy wants it."""
    import sqlalchemy

    terms = conninfo.read(libpq_url)
    user, password, database = terms.pop("user"), terms.pop("password", None), terms.pop("dbname")
    made = sqlalchemy.URL.create(f"postgresql+{driver}", user, password, database=database, query=terms)
    return made.render_as_string(hide_password=False)


def parts(libpq_url: str) -> dict[str, str]:
    """Return host, port, user, password and dbname of a server's URL, as text; what is not in it is empty."""
    terms = conninfo.read(libpq_url)
    return {name: terms.get(name, "") for name in ("host", "port", "user", "password", "dbname")}


def connect(settings: Settings, role: str, *, autocommit: bool = False) -> psycopg.Connection:
    """Return a psycopg connection that acts as `role`.

    Raises:
        WrongUsage: the server does not let the login in, or the login may not act as `role`.
        RetryableError: the server cannot be reached for now.
    """
    # The driver logs the server's errors that it passes over; their text can hold a whole record.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    try:
        connection = psycopg.connect(session_url(settings), autocommit=True)
    except psycopg.OperationalError as error:
        raise not_connected(settings, error) from None
    try:
        act_as(connection, role)
    except psycopg.errors.InsufficientPrivilege:
        connection.close()
        raise WrongUsage(f"this login may not act as {role}; expected one that was granted that role") from None
    if role in _PATIENT:
        connection.execute(_lock_timeout())
    connection.autocommit = autocommit
    return connection


def act_as(connection: psycopg.Connection, role: str) -> None:
    """Go on as another role of the login; a transaction that touches what several roles own needs them all."""
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


def rows(settings: Settings, role: str, query: LiteralString, **parameters: object) -> list[dict[str, Any]]:
    """Return what a query finds, acting as `role`, as plain dictionaries."""
    with connect(settings, role, autocommit=True) as connection:
        return mappings(connection, query, parameters)


def mappings(
    connection: psycopg.Connection,
    query: LiteralString | sql.Composed,
    parameters: "Mapping[str, object] | None" = None,
) -> list[dict[str, Any]]:
    """Return what a query finds as plain dictionaries."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()


@contextmanager
def engine(settings: Settings, role: str) -> Iterator["sqlalchemy.Engine"]:
    """Give a SQLAlchemy engine whose connections act as `role`; they are closed at the end."""
    import sqlalchemy
    from sqlalchemy import event

    made = sqlalchemy.create_engine(sqlalchemy_url(session_url(settings)), hide_parameters=True)

    @event.listens_for(made, "connect")
    def _act_as(connection: psycopg.Connection, _record: object) -> None:
        connection.autocommit = True
        connection.execute(_SET_ROLE[role])
        if role in _PATIENT:
            connection.execute(_lock_timeout())
        connection.autocommit = False

    try:
        yield made
    finally:
        made.dispose()


def stop(settings: Settings) -> bool:
    """Stop the embedded server; tell whether it ran."""
    _embedded.cache_clear()
    if settings.warehouse_url is not None or not (settings.home / "postgres.lock").exists():
        return False
    return embedded.find(settings).stop()


def server_log(settings: Settings) -> Path | None:
    """Return the embedded server's log; none for any other server."""
    return None if settings.warehouse_url else embedded.find(settings).log


def psql_program(settings: Settings) -> str:
    """Return the psql to use: the embedded server's own, or the one on the path."""
    return "psql" if settings.warehouse_url else str(embedded.find(settings).binaries / "psql")


_SET_ROLE: dict[str, LiteralString] = {
    LOADER: "set role satu_loader",
    TRANSFORMER: "set role satu_transformer",
    PUBLISHER: "set role satu_publisher",
    AUDITOR: "set role satu_auditor",
}


_PATIENT = (TRANSFORMER, PUBLISHER)
"""Loaders wait for each other as long as a file takes."""


def _lock_timeout() -> str:
    return f"set lock_timeout = '{LOCK_PATIENCE_S}s'"


@lru_cache(maxsize=8)
def _embedded(settings: Settings) -> embedded.EmbeddedServer:
    """Return the running embedded server with the warehouse's database in it."""
    server = embedded.ensure_running(settings)
    try:
        connection = psycopg.connect(server.url(embedded.ADMIN, "postgres"), autocommit=True)
    except psycopg.OperationalError as error:  # it crashed again since it last answered
        raise not_connected(settings, error) from None
    with connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
        if not known:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    return server


def protected(libpq_url: str) -> str:
    """Return the URL with TLS, SCRAM and a server that proves who it is demanded; one over a Unix socket as it is.

    The server proves itself by its certificate (`sslmode=verify-full`), or by channel binding: it knows the login's
    password verifier, and nobody stands between (RFC 5802). Defaults are filled in, anything less is refused.

    Raises:
        WrongUsage: the URL asks for less.
    """
    terms = conninfo.read(libpq_url)
    hosts = (terms.get("host") or terms.get("hostaddr", "")).split(",")
    if not all(hosts):
        raise WrongUsage("the warehouse's URL names no host; expected a name, or ?host=/folder of a Unix socket")
    if all(host.startswith(("/", "@")) for host in hosts):
        return conninfo.url(terms)
    terms = {"sslmode": "require", "require_auth": "scram-sha-256", **terms}
    if terms["sslmode"] != "verify-full":
        terms.setdefault("channel_binding", "require")
    is_proven = terms["sslmode"] == "verify-full" or terms["channel_binding"] == "require"
    if terms["sslmode"] not in ("require", "verify-ca", "verify-full") or not is_proven:
        raise WrongUsage(
            "the warehouse's URL asks for less than TLS to a server that proves who it is; expected"
            " sslmode=verify-full, or sslmode=require with channel_binding=require, as where it names neither"
        )
    if terms["require_auth"] != "scram-sha-256":
        raise WrongUsage("the warehouse's URL asks for another login than SCRAM; expected require_auth=scram-sha-256")
    return conninfo.url(terms)


def set_password(connection: psycopg.Connection, login: str, password: str) -> None:
    """Change a login's password; its verifier is made here, so the password never reaches the server or its log."""
    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(login), sql.Literal(verifier)))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Return the variables that profiles.yml reads, and those that libpq reads itself: dbt hands it no other terms.

    Raises:
        WrongUsage: the server does not let the login in.
        RetryableError: the server cannot be reached for now.
    """
    terms = conninfo.read(session_url(settings))
    if "," in terms.get("host", ""):  # dbt takes one port: it is given the server that answers
        with connect(settings, TRANSFORMER) as connection:
            terms |= {"host": connection.info.host, "port": str(connection.info.port)}
            terms.pop("hostaddr", None)
    place = {name: terms.pop(name, "") for name in ("host", "port", "user", "password", "dbname")}
    # dbt writes a variable with this prefix into no log and no artifact.
    secret = {"DBT_ENV_SECRET_SATU_PASSWORD": place.pop("password")}
    named = {f"SATU_DBT_{name.upper()}": value for name, value in place.items()}
    return named | secret | conninfo.environment(terms)


def without_password(libpq_url: str) -> str:
    """Return the URL without its password: a program's arguments are there for everybody to see."""
    terms = conninfo.read(libpq_url)
    return conninfo.url({name: value for name, value in terms.items() if name not in ("password", "sslpassword")})


def not_connected(settings: Settings, error: Exception) -> SatuError:
    """Return what to raise when the server was not reached: what it said, and no password."""
    where = f"the embedded server under {settings.home}"
    if settings.warehouse_url:
        place = parts(settings.warehouse_url) | {"user": "", "password": ""}
        where = described(conninfo.url(place))
    return told.at_connecting(error, where)

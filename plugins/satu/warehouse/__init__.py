"""The warehouse: its address, and connections that act as one role."""

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
from satu.warehouse import conninfo, embedded, server_errors
from satu.warehouse.server_errors import error_in_log, statement_error

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sqlalchemy

__all__ = ["error_in_log", "statement_error"]

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
"""The login of unattended processes: may act as loader, transformer and publisher; never a superuser."""
DATABASE = "satu"
LOCK_PATIENCE_S = 60
"""How long a build, a verdict or a release waits for a table locked by another session."""


def url(settings: Settings) -> str:
    """Return the warehouse's `postgresql://…` URL; starts the embedded server if it is the warehouse.

    Raises:
        WrongUsage: SATU_WAREHOUSE_URL is not a libpq address, or asks for less than TLS and SCRAM over a network.
        RetryableError: the embedded server does not start.
    """
    if settings.warehouse_url is None:
        return _embedded(settings).url(PIPELINE, DATABASE)
    return protected(settings.warehouse_url)


def admin_url(settings: Settings) -> str:
    """Return the URL of a login that may create roles and schemas: the embedded administrator, or the given URL."""
    if settings.warehouse_url is None:
        return _embedded(settings).url(embedded.ADMIN, DATABASE)
    return url(settings)


def session_url(settings: Settings, *, admin: bool = False, options: str = "") -> str:
    """Return the URL for a session of Satu itself: it sets date style, isolation, time-outs and the like."""
    address = admin_url(settings) if admin else url(settings)
    return conninfo.url(conninfo.session(conninfo.read(address), options))


def login_url(settings: Settings, login: str, database: str = DATABASE, password: str | None = None) -> str:
    """Return the warehouse's URL with another login, password and database; its own password is dropped."""
    terms = conninfo.read(url(settings)) | {"user": login, "dbname": database}
    terms.pop("password", None)
    return conninfo.url(terms | ({"password": password} if password is not None else {}))


def sqlalchemy_url(libpq_url: str, driver: str = "psycopg") -> str:
    """Return a server's URL in SQLAlchemy's form."""
    import sqlalchemy

    terms = conninfo.read(libpq_url)
    user, password, database = terms.pop("user"), terms.pop("password", None), terms.pop("dbname")
    made = sqlalchemy.URL.create(f"postgresql+{driver}", user, password, database=database, query=terms)
    return made.render_as_string(hide_password=False)


def parts(libpq_url: str) -> dict[str, str]:
    """Return host, port, user, password and dbname of a server's URL, as text; missing ones are empty."""
    terms = conninfo.read(libpq_url)
    return {name: terms.get(name, "") for name in ("host", "port", "user", "password", "dbname")}


def connect(settings: Settings, role: str, *, autocommit: bool = False) -> psycopg.Connection:
    """Return a psycopg connection that acts as `role`.

    Raises:
        WrongUsage: the server rejects the login, or the login may not act as `role`.
        RetryableError: the server cannot be reached now.
    """
    # The driver logs errors of the server that it ignores; their text can contain a whole record.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    try:
        connection = psycopg.connect(session_url(settings), autocommit=True)
    except psycopg.OperationalError as error:
        raise not_connected(settings, error) from None
    try:
        act_as(connection, role)
    except psycopg.errors.InsufficientPrivilege:
        connection.close()
        raise WrongUsage(f"this login may not act as {role}; expected a login with that role") from None
    if role in _PATIENT:
        connection.execute(_lock_timeout())
    connection.autocommit = autocommit
    return connection


def act_as(connection: psycopg.Connection, role: str) -> None:
    """Switch to another role of the login, in transactions on tables of several owners."""
    connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))


def rows(settings: Settings, role: str, query: LiteralString, **parameters: object) -> list[dict[str, Any]]:
    """Run a query as `role`; return the rows as dictionaries."""
    with connect(settings, role, autocommit=True) as connection:
        return mappings(connection, query, parameters)


def mappings(
    connection: psycopg.Connection,
    query: LiteralString | sql.Composed,
    parameters: "Mapping[str, object] | None" = None,
) -> list[dict[str, Any]]:
    """Run a query; return the rows as dictionaries."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()


@contextmanager
def engine(settings: Settings, role: str) -> Iterator["sqlalchemy.Engine"]:
    """Yield a SQLAlchemy engine whose connections act as `role`; they are closed at the end."""
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
    """Stop the embedded server; return whether it was running."""
    _embedded.cache_clear()
    if settings.warehouse_url is not None or not (settings.home / "postgres.lock").exists():
        return False
    return embedded.find(settings).stop()


def server_log(settings: Settings) -> Path | None:
    """Return the embedded server's log; none for any other server."""
    return None if settings.warehouse_url else embedded.find(settings).log


def psql_program(settings: Settings) -> str:
    """Return the path of psql: the embedded server's, or the one on PATH."""
    return "psql" if settings.warehouse_url else str(embedded.find(settings).binaries / "psql")


_SET_ROLE: dict[str, LiteralString] = {
    LOADER: "set role satu_loader",
    TRANSFORMER: "set role satu_transformer",
    PUBLISHER: "set role satu_publisher",
    AUDITOR: "set role satu_auditor",
}


_PATIENT = (TRANSFORMER, PUBLISHER)
"""Loaders wait for each other as long as loading a file takes."""


def _lock_timeout() -> str:
    return f"set lock_timeout = '{LOCK_PATIENCE_S}s'"


@lru_cache(maxsize=8)
def _embedded(settings: Settings) -> embedded.EmbeddedServer:
    """Return the running embedded server with the warehouse's database in it."""
    server = embedded.ensure_running(settings)
    try:
        connection = psycopg.connect(server.url(embedded.ADMIN, "postgres"), autocommit=True)
    except psycopg.OperationalError as error:  # it crashed after its last answer
        raise not_connected(settings, error) from None
    with connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
        if not known:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    return server


def protected(libpq_url: str) -> str:
    """Return the URL with TLS, SCRAM and proof of the server's identity required; a Unix socket's URL unchanged.

    The server proves its identity by its certificate (`sslmode=verify-full`) or by channel binding: it knows the
    login's password verifier, which excludes a man in the middle (RFC 5802). Defaults are filled in, weaker settings
    are refused.

    Raises:
        WrongUsage: the URL asks for less.
    """
    terms = conninfo.read(libpq_url)
    hosts = (terms.get("host") or terms.get("hostaddr", "")).split(",")
    if not all(hosts):
        raise WrongUsage("the warehouse's URL has no host; expected a name, or ?host=/folder of a Unix socket")
    if all(host.startswith(("/", "@")) for host in hosts):
        return conninfo.url(terms)
    terms = {"sslmode": "require", "require_auth": "scram-sha-256", **terms}
    if terms["sslmode"] != "verify-full":
        terms.setdefault("channel_binding", "require")
    is_proven = terms["sslmode"] == "verify-full" or terms["channel_binding"] == "require"
    if terms["sslmode"] not in ("require", "verify-ca", "verify-full") or not is_proven:
        raise WrongUsage(
            "the warehouse's URL asks for less than TLS with proof of the server's identity; expected"
            " sslmode=verify-full, or sslmode=require with channel_binding=require, as where it names neither"
        )
    if terms["require_auth"] != "scram-sha-256":
        raise WrongUsage(
            "the warehouse's URL asks for another authentication than SCRAM; expected require_auth=scram-sha-256"
        )
    return conninfo.url(terms)


def set_password(connection: psycopg.Connection, login: str, password: str) -> None:
    """Change a login's password; the verifier is computed here, so the password never reaches the server or its log."""
    verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(login), sql.Literal(verifier)))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """Return the variables for profiles.yml and for libpq: dbt passes no other settings to libpq.

    Raises:
        WrongUsage: the server rejects the login.
        RetryableError: the server cannot be reached now.
    """
    terms = conninfo.read(session_url(settings))
    if "," in terms.get("host", ""):  # dbt accepts one host and port: those of the server that answers
        with connect(settings, TRANSFORMER) as connection:
            terms |= {"host": connection.info.host, "port": str(connection.info.port)}
            terms.pop("hostaddr", None)
    place = {name: terms.pop(name, "") for name in ("host", "port", "user", "password", "dbname")}
    # dbt writes variables with this prefix to no log or artifact.
    secret = {"DBT_ENV_SECRET_SATU_PASSWORD": place.pop("password")}
    named = {f"SATU_DBT_{name.upper()}": value for name, value in place.items()}
    return named | secret | conninfo.environment(terms)


def without_password(libpq_url: str) -> str:
    """Return the URL without its password: everybody can see a program's arguments."""
    terms = conninfo.read(libpq_url)
    return conninfo.url({name: value for name, value in terms.items() if name not in ("password", "sslpassword")})


def not_connected(settings: Settings, error: Exception) -> SatuError:
    """Return the error for a failed connection: with the server's text, without a password."""
    where = f"the embedded server under {settings.home}"
    if settings.warehouse_url:
        place = parts(settings.warehouse_url) | {"user": "", "password": ""}
        where = described(conninfo.url(place))
    return server_errors.connection_error(error, where)

"""The warehouse: where it is, and connections to it that act as one role."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from satu.errors import RetryableError, WrongUsage
from satu.settings import Settings
from satu.urls import described, is_well_formed
from satu.warehouse import embedded

if TYPE_CHECKING:
    import psycopg
    import sqlalchemy

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


def url(settings: Settings) -> str:
    """Return the warehouse's `postgresql://…` URL; the embedded server is started if it is the warehouse.

    Raises:
        WrongUsage: SATU_WAREHOUSE_URL is not a PostgreSQL URL, or asks for less than TLS and SCRAM over a network.
        RetryableError: the embedded server does not start.
    """
    if settings.warehouse_url is None:
        return _embedded(settings).url(PIPELINE, DATABASE)
    if not is_well_formed(settings.warehouse_url):
        raise WrongUsage(
            f"SATU_WAREHOUSE_URL, {described(settings.warehouse_url)}, cannot be taken apart; expected"
            " postgresql://user:password@host:port/database. In a password write %40 for @, %2F for /, %3F for ?, %23"
            " for #, %5B for [, %5D for ] and %25 for %"
        )
    if urlsplit(settings.warehouse_url).scheme not in ("postgresql", "postgres"):
        raise WrongUsage("SATU_WAREHOUSE_URL is no PostgreSQL URL; expected postgresql://user@host:port/database")
    return protected(settings.warehouse_url)


def admin_url(settings: Settings) -> str:
    """Return the URL that may create roles and schemas: the embedded server's administrator, or the given URL."""
    if settings.warehouse_url is None:
        return _embedded(settings).url(embedded.ADMIN, DATABASE)
    return url(settings)


def login_url(settings: Settings, login: str, database: str = DATABASE) -> str:
    """Return the warehouse's URL with another login and database; a password in it does not carry over."""
    parts = urlsplit(url(settings))
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{login}@{host}", path=f"/{database}"))


def sqlalchemy_url(libpq_url: str, driver: str = "psycopg") -> str:
    """Return a `postgresql://…` URL as SQLAlchemy wants it."""
    return f"postgresql+{driver}://" + libpq_url.partition("://")[2]


def parts(libpq_url: str) -> dict[str, str]:
    """Return host, port, user, password and dbname of a URL, as text; what is not in it is empty."""
    split = urlsplit(libpq_url)
    query = dict(parse_qsl(split.query))
    return {
        "host": query.get("host") or split.hostname or "",
        "port": str(query.get("port") or split.port or 5432),
        "user": unquote(split.username or query.get("user", "")),
        "password": unquote(split.password or query.get("password", "")),
        "dbname": split.path.lstrip("/"),
    }


def connect(settings: Settings, role: str, *, autocommit: bool = False) -> "psycopg.Connection":
    """Return a psycopg connection that acts as `role`.

    Raises:
        WrongUsage: the login may not act as `role`.
        RetryableError: the server cannot be reached.
    """
    import psycopg
    from psycopg import sql

    # The driver logs the server's errors that it passes over; their text can hold a whole record.
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)
    try:
        connection = psycopg.connect(url(settings), autocommit=True, application_name=f"satu {role}")
    except psycopg.OperationalError:
        raise RetryableError(unreachable(settings)) from None
    try:
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege:
        connection.close()
        raise WrongUsage(f"this login may not act as {role}; expected one that was granted that role") from None
    connection.autocommit = autocommit
    return connection


@contextmanager
def engine(settings: Settings, role: str) -> Iterator["sqlalchemy.Engine"]:
    """Give a SQLAlchemy engine whose connections act as `role`; they are closed at the end."""
    import sqlalchemy
    from sqlalchemy import event

    made = sqlalchemy.create_engine(sqlalchemy_url(url(settings)), hide_parameters=True)

    @event.listens_for(made, "connect")
    def _act_as(connection: "psycopg.Connection", _record: object) -> None:
        connection.autocommit = True
        connection.execute(_SET_ROLE[role])
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


_LIBPQ_VARIABLES = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "channel_binding": "PGCHANNELBINDING",
    "require_auth": "PGREQUIREAUTH",
}
_SET_ROLE: dict[str, LiteralString] = {
    LOADER: "set role satu_loader",
    TRANSFORMER: "set role satu_transformer",
    PUBLISHER: "set role satu_publisher",
    AUDITOR: "set role satu_auditor",
}


@lru_cache(maxsize=8)
def _embedded(settings: Settings) -> embedded.EmbeddedServer:
    """Return the running embedded server with the warehouse's database in it."""
    import psycopg
    from psycopg import sql

    server = embedded.ensure_running(settings)
    try:
        connection = psycopg.connect(server.url(embedded.ADMIN, "postgres"), autocommit=True)
    except psycopg.OperationalError:  # it crashed again since it last answered
        raise RetryableError(unreachable(settings)) from None
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
    split = urlsplit(libpq_url)
    query = dict(parse_qsl(split.query))
    if parts(libpq_url)["host"].startswith(("/", "@")):
        return libpq_url
    if not parts(libpq_url)["host"]:
        raise WrongUsage("the warehouse's URL names no host; expected a name, or ?host=/folder of a Unix socket")
    query = {"sslmode": "require", "require_auth": "scram-sha-256", **query}
    if query["sslmode"] != "verify-full":
        query.setdefault("channel_binding", "require")
    is_proven = query["sslmode"] == "verify-full" or query["channel_binding"] == "require"
    if query["sslmode"] not in ("require", "verify-ca", "verify-full") or not is_proven:
        raise WrongUsage(
            "the warehouse's URL asks for less than TLS to a server that proves who it is; expected"
            " sslmode=verify-full, or sslmode=require with channel_binding=require, as where it names neither"
        )
    if query["require_auth"] != "scram-sha-256":
        raise WrongUsage("the warehouse's URL asks for another login than SCRAM; expected require_auth=scram-sha-256")
    return urlunsplit(split._replace(query=urlencode(query, safe="/*")))


def dbt_environment(libpq_url: str) -> dict[str, str]:
    """Return the variables that profiles.yml reads, and those that libpq reads itself: dbt hands it no TLS demands."""
    query = dict(parse_qsl(urlsplit(libpq_url).query))
    place = parts(libpq_url)
    # dbt writes a variable with this prefix into no log and no artifact.
    secret = {"DBT_ENV_SECRET_SATU_PASSWORD": place.pop("password")}
    named = {f"SATU_DBT_{name.upper()}": value for name, value in place.items()}
    demanded = {name: query[key] for key, name in _LIBPQ_VARIABLES.items() if key in query}
    return named | secret | demanded


def without_password(libpq_url: str) -> str:
    """Return the URL without its password: a program's arguments are there for everybody to see."""
    split = urlsplit(libpq_url)
    query = urlencode([(key, value) for key, value in parse_qsl(split.query) if key != "password"], safe="/*")
    user, at, host = split.netloc.rpartition("@")
    return urlunsplit(split._replace(netloc=f"{user.partition(':')[0]}{at}{host}", query=query))


def unreachable(settings: Settings) -> str:
    """Return what to say when the server does not answer; no login or password is in it."""
    where = (
        described(settings.warehouse_url) if settings.warehouse_url else f"the embedded server under {settings.home}"
    )
    return f"no connection to {where}; expected a PostgreSQL server from version 15 on that this login may use"

"""The address of a server: parsed once by libpq's rules and written for each driver; and the settings of a session.

An address is a `postgresql://…` URL or `keyword=value` pairs, as in libpq. It is parsed into a mapping of libpq's
keywords (https://www.postgresql.org/docs/current/libpq-connect.html); no URL is built by string concatenation.
"""

import configparser
import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from satu.errors import WrongUsage

_KINDS = ("postgresql://", "postgres://")
_HIDDEN_IN_HOST = re.compile(r"[@?#\s]")
# Settings that a server, a database or a role can change; results must not depend on them. Other settings of the
# address are kept.
_MEANING = {
    "array_nulls": "on",
    "bytea_output": "hex",
    "datestyle": "ISO,MDY",
    "default_transaction_deferrable": "off",
    "default_transaction_isolation": "read committed",
    "extra_float_digits": "1",
    "intervalstyle": "postgres",
    "quote_all_identifiers": "off",
    "row_security": "on",
    "search_path": "pg_catalog",
    "standard_conforming_strings": "on",
    "timezone": "UTC",
    "transform_null_equals": "off",
    "xmloption": "content",
}
# Without time limits, unless the address sets them.
_PATIENCE = dict.fromkeys(
    ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout"), "0"
)
Terms = Mapping[str, str]


def read(address: str) -> dict[str, str]:
    """Return libpq's keywords of an address, with user, port and database filled in as libpq would.

    Raises:
        WrongUsage: libpq would reject it, or would read part of a password as a host or database.
    """
    _expect_clear(address)
    try:
        terms = {name: str(value) for name, value in conninfo_to_dict(address).items() if value is not None}
    except ProgrammingError:  # the error's text quotes the address
        raise _unreadable("libpq cannot read it") from None
    if name := terms.pop("service", None):
        terms = _service(name) | terms
    defaults = {option.keyword.decode(): option.val.decode() for option in Conninfo.get_defaults() if option.val}
    for name in ("host", "user", "port"):
        if name in defaults:
            terms.setdefault(name, defaults[name])
    terms.setdefault("dbname", terms.get("user", ""))
    hosts, ports = terms.get("host", "").split(","), terms["port"].split(",")
    if any(not re.fullmatch(r"\d{0,5}", port) for port in ports):
        raise _unreadable("its port is not a number")
    if any(_HIDDEN_IN_HOST.search(host[1:]) for host in hosts if not host.startswith("/")):
        raise _unreadable("its host has a character that hosts cannot have")
    if len(ports) == 1:  # one port for all hosts, which not every driver supports
        terms["port"] = ",".join(ports * len(hosts))
    return terms


def url(terms: Terms) -> str:
    """Return the `postgresql://…` URL of these keywords."""
    rest = {name: value for name, value in terms.items() if name not in ("user", "password", "dbname")}
    login = quote(terms.get("user", ""), safe="")
    if terms.get("password"):
        login += f":{quote(terms['password'], safe='')}"
    host, port, place = rest.get("host", ""), rest.get("port", ""), ""
    if re.fullmatch(r"[\w.:-]+", host) and port.isdigit():
        del rest["host"], rest["port"]
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    query = urlencode(rest, safe="/,", quote_via=quote)
    login += "@" if login else ""
    return f"postgresql://{login}{place}/{quote(terms['dbname'], safe='')}" + (f"?{query}" if query else "")


def session(terms: Terms, options: str = "") -> dict[str, str]:
    """Return the keywords for a session of Satu itself: no setting depends on server or role."""
    ours = [" ".join(map(_as_option, settings.items())) for settings in (_PATIENCE, _MEANING)]
    said = [ours[0], terms.get("options", ""), ours[1], options]
    named = {"fallback_application_name": "satu", "client_encoding": "UTF8", "options": " ".join(filter(None, said))}
    return {**terms, **named}


def environment(terms: Terms) -> dict[str, str]:
    """Return the keywords as libpq's environment variables; without the password and keywords that have no variable."""
    names = {option.keyword.decode(): option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
    return {names[name]: value for name, value in terms.items() if name in names and name != "password"}


def _as_option(setting: tuple[str, str]) -> str:
    name, value = setting
    return f"-c {name}=" + value.replace(" ", "\\ ")


def _expect_clear(address: str) -> None:
    """Refuse a URL if libpq would read part of a password as a host or a database."""
    if not address.startswith(_KINDS):
        if "://" in address or "=" not in address:
            raise WrongUsage(
                "SATU_WAREHOUSE_URL is not an address of a PostgreSQL server; expected"
                " postgresql://user@host:port/database"
                " or pairs such as host=… dbname=…"
            )
        return
    rest = address.partition("://")[2]
    login = re.match(r"[^@/]*@", rest)
    place = rest[login.end() if login else 0 :]
    if "@" in place.partition("?")[0]:
        raise _unreadable("it has an @ in a wrong place")


def _unreadable(found: str) -> WrongUsage:
    return WrongUsage(
        f"SATU_WAREHOUSE_URL cannot be used: {found}; expected postgresql://user:password@host:port/database. In a"
        " password write @ as %40, / as %2F, : as %3A, % as %25"
    )


def _service(name: str) -> dict[str, str]:
    """Return the keywords of a service, from the files that libpq reads."""
    own = os.environ.get("PGSERVICEFILE") or Path.home() / ".pg_service.conf"
    shared = [Path(folder) / "pg_service.conf" for folder in [os.environ.get("PGSYSCONFDIR")] if folder]
    for path in (own, *shared):
        found = configparser.RawConfigParser(delimiters="=", comment_prefixes="#", strict=False, default_section="")
        try:
            found.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            raise WrongUsage(
                f"{path} is not a service file that libpq can read; expected [service] and key=value"
            ) from None
        if found.has_section(name):
            return dict(found.items(name))
    raise WrongUsage(f"SATU_WAREHOUSE_URL names the service {name!r}; expected it in {own} ([{name}])")

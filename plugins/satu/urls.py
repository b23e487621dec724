"""A URL as people may see it: where it points to, and no part that could be a secret."""

import re
from urllib.parse import parse_qsl

HIDDEN = "…"
_MISTYPED = re.compile(r":.*@|\bpass\w*\s*=", re.DOTALL | re.IGNORECASE)
"""Signs that it is not a URL: the beginning is incomplete, or it is keywords and values; each can hold a password."""
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_UNESCAPED = re.compile(r"[@/?#\[\]\s]")
_HALF_ESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLACE = re.compile(r"(?:\[[0-9A-Fa-f:.]*\](?::\d{1,5})?|[\w.%,:-]*)(?:/[^\s@?#]*)?")
_PORT = re.compile(r":(?!\d{1,5}(?:,|$))")
# What libpq takes in the query of a URL and what nobody could mistake for a password.
_HARMLESS = {"host", "port", "sslmode", "sslrootcert", "channel_binding", "require_auth", "connect_timeout"}
_HARMLESS_VALUE = re.compile(r"[\w./,-]*")


def described(url: str) -> str:
    """Return scheme, host, port and path of a URL; never its login, nor anything of a URL that is not well formed.

    A password may hold an unescaped `@`, `/`, `?`, `#` or `:`. Then nobody knows where it ends, and only the scheme is
    shown. Of the query the host and the terms of the connection are shown, if nothing else is in it. A path of this
    machine stays as it is, but for one that could be a URL that lacks a sign.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return HIDDEN if _MISTYPED.search(url) else url
    if not is_well_formed(url):
        return f"{scheme if scheme.isalnum() else HIDDEN}://{HIDDEN}"
    place, _, query = rest.rpartition("@")[2].partition("?")
    return f"{scheme}://{place}{_terms(query)}"


def is_well_formed(url: str) -> bool:
    """Return whether the parts of a URL are certain: special characters in a login are percent-encoded."""
    scheme, _, rest = url.partition("://")
    login, _, place = rest.rpartition("@")
    place = place.partition("?")[0]
    authority = place.partition("/")[0]
    return bool(
        _SCHEME.fullmatch(scheme)
        and not _UNESCAPED.search(login)
        and not _HALF_ESCAPED.search(url)
        and _PLACE.fullmatch(place)
        and (authority.startswith("[") or not _PORT.search(authority))
    )


def is_with_secret(url: str) -> bool:
    """Return whether a URL holds what could be a password or a key: a login with a colon, or a query."""
    _, separator, rest = url.partition("://")
    login = rest.rpartition("@")[0]
    return bool(separator) and (":" in login or "?" in rest)


def _terms(query: str) -> str:
    terms = parse_qsl(query, keep_blank_values=True)
    if any(name not in _HARMLESS or not _HARMLESS_VALUE.fullmatch(value) for name, value in terms):
        return f"?{HIDDEN}"
    return f"?{query}" if query else ""

"""Fixtures of the unit tests; none needs a server."""

from handmade import connection

__all__ = ["connection"]

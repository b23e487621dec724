"""Grant the readers of built tables their rights again, even after a default privilege was dropped."""

import psycopg

from satu.ledger.granting import default_privileges
from satu.ledger.rights import SCHEMAS


def keep_readable(connection: psycopg.Connection, maker: str) -> list[str]:
    """Grant reading on the current and later tables of `maker` to their readers; return the necessary statements.

    Any member of a role can drop the role's default privileges (`drop owned by`), and no privilege prevents that.
    Grants on existing tables stay.
    """
    needed = list(default_privileges(connection, (maker,)))
    if needed:
        needed += [
            f"grant select on all tables in schema {schema} to {', '.join(rule.readers)}"
            for schema, rule in SCHEMAS.items()
            if rule.owner == maker and rule.readers
        ]
    for statement in needed:
        connection.execute(statement.encode())
    return needed

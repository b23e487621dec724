"""What a build makes is read by whom it has to be, whatever somebody gave up meanwhile."""

import psycopg

from satu.ledger.granting import default_privileges
from satu.ledger.rights import SCHEMAS


def keep_readable(connection: psycopg.Connection, maker: str) -> list[str]:
    """Let the tables that `maker` made, and those it makes later, be read by whom they have to be; return what it took.

    Whoever is in a role may give up, for the whole role, that tables made later are granted to it (`drop owned by`): no
    privilege closes that. What was granted on a table stays.
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

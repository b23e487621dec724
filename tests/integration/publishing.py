"""What tests that publish need: a passed gate, another delivery, the eyes of a role."""

import psycopg

from satu import warehouse
from satu.settings import Settings


def passed(made: Settings, run_id: str) -> None:
    """Write what the gate leaves behind for a run that passed."""
    with warehouse.connect(made, warehouse.PUBLISHER) as connection:
        connection.execute(
            "insert into ops.check_result (run_id, gate, check_name, severity, success) values (%s, %s, %s, %s, true)",
            (run_id, "release", "some_check", "critical"),
        )
        connection.execute("insert into ops.run (run_id, created_at) values (%s, clock_timestamp())", (run_id,))


def delivered(made: Settings, sha256: str) -> None:
    """Write a loaded file into the manifest, so that the inputs are other ones."""
    with warehouse.connect(made, warehouse.LOADER) as connection:
        connection.execute(
            "insert into ops.file (feed, area_code, period, uri, file_name, sha256, bytes, modified, status,"
            " loaded_at, records_read, records_loaded, records_rejected)"
            " values ('area', '3371', '2020-02-01', %s, %s, %s, 1, '', 'loaded', clock_timestamp(), 0, 0, 0)",
            (sha256, sha256, sha256),
        )


def rows(made: Settings, role: str, query: str) -> list[tuple[object, ...]]:
    """Return what a role reads; the role is taken by the server's administrator, as a login of that role would be."""
    with psycopg.connect(warehouse.admin_url(made), autocommit=True) as connection:
        connection.execute(f"set role {role}")
        return connection.execute(query).fetchall()

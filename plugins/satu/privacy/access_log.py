"""Accesses to people's records: `ops.access` and the server's log.

Each statement that reads `microdata.person` writes a line to the server's log. Records of people shown by Satu's own
commands are in `ops.access`.
"""

import getpass
import os
import re
from datetime import datetime
from typing import Any

from satu import warehouse
from satu.settings import Settings

_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC \[\d+\] LOG:  satu access: (.+) reads (\S+)\n")
"""Only lines of the server itself; other lines may quote text from rejected logins."""


def note(settings: Settings, command: str, table_name: str, record_count: int | None) -> None:
    """Record that a command is about to show records of people; login and time come from the server."""
    with warehouse.connect(settings, warehouse.LOADER) as connection:
        connection.execute(
            "insert into ops.access (os_user, command, table_name, record_count) values (%s, %s, %s, %s)",
            (os_user(), command, table_name, record_count),
        )


def history(settings: Settings, table_name: str | None = None) -> list[dict[str, Any]]:
    """Return accesses to people's records, the newest first: from Satu's commands and the embedded server's log.

    On another server, reads of `microdata.person` are in that server's log.
    """
    noted = warehouse.rows(
        settings,
        warehouse.PUBLISHER,
        "select accessed_at, login, os_user, command, table_name, record_count from ops.access order by access_id",
    )
    found = [row for row in [*noted, *_logged(settings)] if table_name in (None, row["table_name"])]
    return sorted(found, key=lambda row: row["accessed_at"], reverse=True)


def os_user() -> str:
    """Return the user of this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have a number only
        return str(os.getuid())


def _logged(settings: Settings) -> list[dict[str, Any]]:
    log = warehouse.server_log(settings)
    if log is None or not log.exists():
        return []
    with log.open(errors="replace", newline="\n") as lines:
        matches = [match for line in lines if (match := _LINE.fullmatch(line))]
    return [
        {
            "accessed_at": datetime.fromisoformat(f"{at}+00:00"),
            "login": login,
            "os_user": None,
            "command": "select",
            "table_name": table,
            "record_count": None,
        }
        for at, login, table in (match.groups() for match in matches)
    ]

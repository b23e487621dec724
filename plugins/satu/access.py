"""Who may read people's records, and who has: `ops.microdata_grant`, `ops.access` and the server's log.

`microdata.person` shows a login the regions that it was granted (`microdata.granted_areas()`), and each
statement that reads it leaves a line in the server's log. What Satu's own commands show of people is in `ops.access`.
"""

import getpass
import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from psycopg.rows import dict_row

from satu import signature, warehouse
from satu.errors import WrongUsage
from satu.settings import Settings

_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC \[\d+\] LOG:  satu access: (.+) reads (\S+)\n")
"""What the server says itself; in other lines somebody's words may stand who was not let in."""


@dataclass(frozen=True)
class Granted:
    """A grant that was written, and whether the login may act on it: it must be in the role satu_microdata."""

    grant_id: int
    is_member: bool


def grant(settings: Settings, login: str, area_code: str, by: str, reason: str, until: date) -> Granted:
    """Let a login read the people of a region until a day of UTC, included.

    Raises:
        WrongUsage: the name or the reason cannot be kept, the login is not there, the day has passed, or the code is
            none.
    """
    signature.expect(by, reason, "access to people's records")
    if until < datetime.now(UTC).date():
        raise WrongUsage(f"the grant would end on {until}, which has passed; expected today or later")
    if not re.fullmatch(r"\d{2,16}", area_code):
        raise WrongUsage("that is no area code; expected 2 to 16 digits of a BPS code, such as 3371 or 3371010")
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        member = connection.execute(
            "select pg_has_role(oid, 'satu_microdata', 'member') from pg_roles where rolname = %s and rolcanlogin",
            (login,),
        ).fetchone()
        if member is None:
            raise WrongUsage(f"the server has no login {login!r}; let its administrator create one first")
        row = connection.execute(
            "insert into ops.microdata_grant (login, area_code, granted_by, reason, valid_until)"
            " values (%s, %s, %s, %s, %s) returning grant_id",
            (login, area_code, by, reason, until),
        ).fetchone()
    return Granted(int(row[0]) if row else 0, bool(member[0]))


def end(settings: Settings, grant_id: int, by: str, reason: str) -> None:
    """End a grant now.

    Raises:
        WrongUsage: the name or the reason cannot be kept, or no such grant is open.
    """
    signature.expect(by, reason, "access to people's records")
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        ended = connection.execute(
            "update ops.microdata_grant set ended_at = now(), ended_by = %s, end_reason = %s"
            " where grant_id = %s and ended_at is null",
            (by, reason, grant_id),
        )
    if not ended.rowcount:
        raise WrongUsage(f"no grant {grant_id} is open; `satu access list` lists them")


def grants(settings: Settings) -> list[dict[str, Any]]:
    """Return all grants with whether they hold today, the newest first."""
    return _rows(
        settings,
        "select grant_id, login, area_code,"
        " ended_at is null and valid_until >= (now() at time zone 'UTC')::date as is_open, valid_until,"
        " granted_by, reason, created_at, ended_at, ended_by, end_reason from ops.microdata_grant"
        " order by grant_id desc",
    )


def note(settings: Settings, command: str, table_name: str, record_count: int | None) -> None:
    """Write down that a command is about to show records of people; the login and the time are the server's."""
    with warehouse.connect(settings, warehouse.LOADER) as connection:
        connection.execute(
            "insert into ops.access (os_user, command, table_name, record_count) values (%s, %s, %s, %s)",
            (os_user(), command, table_name, record_count),
        )


def history(settings: Settings, table_name: str | None = None) -> list[dict[str, Any]]:
    """Return who has read people's records, the newest first: Satu's commands, and the embedded server's log.

    The reads of `microdata.person` on another server are in that server's log.
    """
    noted = _rows(
        settings,
        "select accessed_at, login, os_user, command, table_name, record_count from ops.access order by access_id",
    )
    found = [row for row in [*noted, *_logged(settings)] if table_name in (None, row["table_name"])]
    return sorted(found, key=lambda row: row["accessed_at"], reverse=True)


def os_user() -> str:
    """Return who runs this process."""
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


def _rows(settings: Settings, query: str) -> list[dict[str, Any]]:
    with (
        warehouse.connect(settings, warehouse.PUBLISHER) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(query.encode()).fetchall()

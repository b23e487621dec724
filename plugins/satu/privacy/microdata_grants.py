"""Grants on people's records: `ops.microdata_grant`.

`microdata.person` shows a login the regions that it was granted (`microdata.granted_areas()`).
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from satu import signature, warehouse
from satu.errors import WrongUsage
from satu.settings import Settings


@dataclass(frozen=True)
class Granted:
    """A new grant, and whether the login can use it: it must be in the role satu_microdata."""

    grant_id: int
    is_member: bool


def grant(settings: Settings, login: str, area_code: str, by: str, reason: str, until: date) -> Granted:
    """Let a login read the people of a region until a day of UTC, included.

    Raises:
        WrongUsage: the name or the reason is not valid, the login does not exist, the day is past, or the code is not
        valid.
    """
    signature.expect(by, reason, "access to people's records")
    if until < datetime.now(UTC).date():
        raise WrongUsage(f"the grant would end on {until}, which is past; expected today or later")
    if not re.fullmatch(r"\d{2,16}", area_code):
        raise WrongUsage("not an area code; expected 2 to 16 digits of a BPS code, such as 3371 or 3371010")
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        member = connection.execute(
            "select pg_has_role(oid, 'satu_microdata', 'member') from pg_roles where rolname = %s and rolcanlogin",
            (login,),
        ).fetchone()
        if member is None:
            raise WrongUsage(f"the server has no login {login!r}; ask its administrator to create it first")
        row = connection.execute(
            "insert into ops.microdata_grant (login, area_code, granted_by, reason, valid_until)"
            " values (%s, %s, %s, %s, %s) returning grant_id",
            (login, area_code, by, reason, until),
        ).fetchone()
    return Granted(int(row[0]) if row else 0, bool(member[0]))


def end(settings: Settings, grant_id: int, by: str, reason: str) -> None:
    """End a grant now.

    Raises:
        WrongUsage: the name or the reason is not valid, or there is no such open grant.
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


def end_of_login(settings: Settings, login: str) -> None:
    """End all open grants of a login that ends: whoever gets its name next must not inherit them."""
    with warehouse.connect(settings, warehouse.PUBLISHER) as connection:
        connection.execute(
            "update ops.microdata_grant set ended_at = now(), ended_by = %s, end_reason = %s"
            " where login = %s and ended_at is null",
            ("satu login end", "its login has ended", login),
        )


def grants(settings: Settings) -> list[dict[str, Any]]:
    """Return all grants, with whether they are valid today, the newest first."""
    return warehouse.rows(
        settings,
        warehouse.PUBLISHER,
        "select grant_id, login, area_code,"
        " ended_at is null and valid_until >= (now() at time zone 'UTC')::date as is_open, valid_until,"
        " granted_by, reason, created_at, ended_at, ended_by, end_reason from ops.microdata_grant"
        " order by grant_id desc",
    )

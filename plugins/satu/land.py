"""Stage `land`: list the landing place and write the manifest, `ops.file`.

A file is identified by its bytes (sha256) and its slot (feed, area, period). Only files with a new path, size or
version mark are read; they wait to be loaded, unless their path or name is refused.
"""

import re
import time
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import PurePosixPath

import psycopg

from satu import warehouse
from satu.contracts import Contract
from satu.errors import WrongUsage
from satu.landing_file import UNREADABLE, Listed
from satu.landing_place import LandingPlace
from satu.settings import Settings

EXTENSIONS = (".csv", ".csv.gz", ".zip", ".xlsx", ".jsonl", ".parquet")
_SLOT = re.compile(
    r"(?P<feed>[^/]+)/area=(?P<area>[0-9]{4}|00)/period=(?P<period>[0-9]{4}-[0-9]{2}-[0-9]{2})/(?P<name>[^/]+)"
)
_FIRST_PERIOD = date(2010, 1, 1)
"""No file of this census can be older than the census before it."""
_SETTLE_SECONDS = 1.0
_OPENED = "opened"
"""Version mark of a folder that can be listed again; if it is closed later, that is a new version."""


@dataclass(frozen=True)
class Slot:
    """The slot of a file."""

    feed: str
    area_code: str | None
    period: date | None


@dataclass(frozen=True)
class Landed:
    """Result of a sweep: the files that wait to be loaded, and how many were refused for their path or name."""

    waiting: list[int]
    refused: int


def list_landed(settings: Settings, contracts: dict[str, Contract]) -> Landed:
    """Write new files of the landing place to `ops.file`.

    Raises:
        WrongUsage: the landing place does not exist, may not be listed, or has files but no folder of a feed.
        RetryableError: the landing place cannot be listed.
    """
    store = LandingPlace(settings.landing_url)
    listed = store.files()
    _expect_feeds(settings.landing_url, listed, contracts)
    with warehouse.connect(settings, warehouse.LOADER, autocommit=True) as connection:
        known = {
            tuple(row)
            for row in connection.execute(
                "select distinct on (uri) uri, bytes, modified from ops.file order by uri, file_id desc"
            )
        }
        new = [file for file in listed if file.version not in known]
        found = store.hashed(_settled(store, new))
        refused = sum(
            _enter(connection, file, sha256, contracts) for file, sha256 in found if file.version not in known
        )
        _settle_opened(connection, store)
        waiting = connection.execute("select file_id from ops.file where status = 'landed' order by file_id").fetchall()
    return Landed([row[0] for row in waiting], refused)


def find_slot(path: str, contracts: dict[str, Contract]) -> Slot:
    """Return the slot of a path below the landing place.

    Raises:
        ValueError: the path is not a slot; the message says what was expected.
    """
    match = _SLOT.fullmatch(path)
    if not match:
        raise ValueError("not at <feed>/area=<4 digits or 00>/period=<yyyy-mm-dd>/<name>")
    if match["feed"] not in contracts:
        raise ValueError(f"unknown feed {match['feed']!r}; the feeds are {', '.join(contracts)}")
    try:
        period = date.fromisoformat(match["period"])
    except ValueError:
        raise ValueError(f"period={match['period']} is not a date") from None
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    if not _FIRST_PERIOD <= period <= tomorrow:
        raise ValueError(
            f"period={period} is out of range; expected a day from {_FIRST_PERIOD} to tomorrow, {tomorrow}. Move the"
            " file to the folder of its day"
        )
    if not path.lower().endswith(EXTENSIONS):
        raise ValueError(f"unknown kind of file; expected a name that ends in {', '.join(EXTENSIONS)}")
    return Slot(match["feed"], match["area"], period)


def _enter(connection: psycopg.Connection, file: Listed, sha256: str, contracts: dict[str, Contract]) -> bool:
    """Write one file to the manifest; return whether it was refused."""
    try:
        slot, refusal = find_slot(file.path, contracts), file.problem
    except ValueError as error:
        slot, refusal = Slot(file.path.partition("/")[0], None, None), file.problem or str(error)
    newest = connection.execute(
        "select file_id, sha256, status, superseded_by from ops.file where uri = %s order by file_id desc limit 1",
        (file.uri,),
    ).fetchone()
    same_bytes = newest if newest and newest[1] == sha256 else None
    if same_bytes and same_bytes[2] == "refused" and same_bytes[3] is None:
        # Checked again in its own row: a file that is refused at every sweep counts as one refused file.
        connection.execute(
            "update ops.file set status = %s, reason = %s, bytes = %s, modified = %s where file_id = %s",
            ("refused" if refusal else "landed", refusal, file.bytes, file.modified, same_bytes[0]),
        )
    elif same_bytes and same_bytes[2] in ("landed", "loaded", "duplicate") and not refusal:
        connection.execute("update ops.file set modified = %s where file_id = %s", (file.modified, same_bytes[0]))
    else:
        _insert(connection, file, sha256, slot, refusal)
    return refusal is not None


def _insert(connection: psycopg.Connection, file: Listed, sha256: str, slot: Slot, refusal: str | None) -> None:
    # One spelling per name: some systems write a letter and its accent as two characters, others as one.
    name = unicodedata.normalize("NFC", PurePosixPath(file.path).name)
    status = "refused" if refusal else "landed"
    connection.execute(
        "insert into ops.file (feed, area_code, period, uri, file_name, sha256, bytes, modified, status, reason)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (slot.feed, slot.area_code, slot.period, file.uri, name, sha256, file.bytes, file.modified, status, refusal),
    )


def _settle_opened(connection: psycopg.Connection, store: LandingPlace) -> None:
    """Close the refusal of a folder that can now be listed: its files have their own rows.

    No file replaces it, so its row is superseded by itself.
    """
    refused = connection.execute(
        "select file_id, uri from ops.file where status = 'refused' and modified = %s and superseded_by is null",
        (UNREADABLE,),
    ).fetchall()
    connection.execute(
        "update ops.file set superseded_by = file_id, modified = %s where file_id = any(%s)",
        (_OPENED, [file_id for file_id, uri in refused if store.is_open_folder(uri)]),
    )


def _settled(store: LandingPlace, files: list[Listed]) -> list[Listed]:
    """Leave out files whose size or time still changes: a recently written file is checked twice.

    A time in the future does not show when a file was written; a change while it is read is detected then.
    """
    fresh = [file for file in files if abs(file.age_seconds) < _SETTLE_SECONDS]
    if fresh:
        time.sleep(_SETTLE_SECONDS)
    moving = {file.uri for file in fresh if (now := store.current(file)) is None or now.version != file.version}
    return [file for file in files if file.uri not in moving]


def _expect_feeds(url: str, listed: list[Listed], contracts: dict[str, Contract]) -> None:
    tops = {file.path.partition("/")[0] for file in listed}
    if listed and not tops & contracts.keys():
        raise WrongUsage(
            f"the landing place {url} has {', '.join(sorted(tops)[:5])}, but no folder of a feed; expected"
            f" <feed>/area=…/period=…/<file> with a feed of {', '.join(contracts)}"
        )

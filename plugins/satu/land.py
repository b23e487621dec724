"""Stage `land`: list the landing place and write the manifest, `ops.file`.

A file is known by its bytes (sha256) and its slot (feed, area, period). Only files whose address, size or version mark
is new are read; they wait to be loaded, unless their place refuses them.
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
"""No area table, registry or return of this census is older than the one before it."""
_SETTLE_SECONDS = 1.0
_OPENED = "opened"
"""Version mark of a folder that may be listed again: closed once more, it is another version."""


@dataclass(frozen=True)
class Slot:
    """Where a file belongs."""

    feed: str
    area_code: str | None
    period: date | None


@dataclass(frozen=True)
class Landed:
    """What a sweep found: the files that wait to be loaded, and how many it refused by their place or name."""

    waiting: list[int]
    refused: int


def list_landed(settings: Settings, contracts: dict[str, Contract]) -> Landed:
    """Write what is new in the landing place to `ops.file`.

    Raises:
        WrongUsage: the landing place is not there, may not be listed, or has files, but no folder of a feed.
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
        ValueError: the path is no slot; the message says what was expected.
    """
    match = _SLOT.fullmatch(path)
    if not match:
        raise ValueError("not at <feed>/area=<4 digits or 00>/period=<yyyy-mm-dd>/<name>")
    if match["feed"] not in contracts:
        raise ValueError(f"no feed is called {match['feed']!r}; the feeds are {', '.join(contracts)}")
    try:
        period = date.fromisoformat(match["period"])
    except ValueError:
        raise ValueError(f"period={match['period']} is no date") from None
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    if not _FIRST_PERIOD <= period <= tomorrow:
        raise ValueError(
            f"period={period} cannot be; expected a day from {_FIRST_PERIOD} to tomorrow, {tomorrow}. Move the file"
            " into the folder of its day"
        )
    if not path.lower().endswith(EXTENSIONS):
        raise ValueError(f"no known kind of file; expected a name that ends in {', '.join(EXTENSIONS)}")
    return Slot(match["feed"], match["area"], period)


def _enter(connection: psycopg.Connection, file: Listed, sha256: str, contracts: dict[str, Contract]) -> bool:
    """Write one file to the manifest; tell whether it was refused."""
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
        # Judged anew in its own row: a file that is refused at every sweep is one refused file.
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
    # One name has one spelling here: what one system writes as a letter and its accent, another writes as one sign.
    name = unicodedata.normalize("NFC", PurePosixPath(file.path).name)
    status = "refused" if refusal else "landed"
    connection.execute(
        "insert into ops.file (feed, area_code, period, uri, file_name, sha256, bytes, modified, status, reason)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (slot.feed, slot.area_code, slot.period, file.uri, name, sha256, file.bytes, file.modified, status, refusal),
    )


def _settle_opened(connection: psycopg.Connection, store: LandingPlace) -> None:
    """Let a folder that was refused stand no longer as a problem when it is open: its files have rows of their own.

    No file comes in its stead, so its row names itself.
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
    """Leave out files whose size or time still changes: a file written a moment ago is looked at once more.

    A time that lies ahead says nothing of when a file was written; whether it changes while it is read is seen then.
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
            f"the landing place {url} holds {', '.join(sorted(tops)[:5])}, but no folder of a feed; expected"
            f" <feed>/area=…/period=…/<file> with a feed of {', '.join(contracts)}"
        )

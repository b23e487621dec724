"""Stage `land`: list the landing place and write the manifest, `ops.file`.

A file is known by its bytes (sha256) and its slot (feed, area, period). Only files whose address, size or version mark
is new are read; they wait to be loaded, unless their place refuses them.
"""

import re
import time
from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

import psycopg

from satu import warehouse
from satu.contracts import Contract
from satu.errors import WrongUsage
from satu.landing_place import OPENED, UNREADABLE, LandingPlace, Listed
from satu.settings import Settings

EXTENSIONS = (".csv", ".csv.gz", ".zip", ".xlsx", ".jsonl", ".parquet")
_SLOT = re.compile(r"(?P<feed>[^/]+)/area=(?P<area>\d{4}|00)/period=(?P<period>\d{4}-\d{2}-\d{2})/(?P<name>[^/]+)")
_SETTLE_SECONDS = 1.0


@dataclass(frozen=True)
class Slot:
    """Where a file belongs."""

    feed: str
    area_code: str | None
    period: date | None


def land(settings: Settings, contracts: dict[str, Contract]) -> list[int]:
    """Write what is new in the landing place to `ops.file`; return the ids of all files that wait to be loaded.

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
        for file, sha256 in (entry for entry in found if entry[0].version not in known):
            _enter(connection, file, sha256, contracts)
        _settle_opened(connection, store)
        waiting = connection.execute("select file_id from ops.file where status = 'landed' order by file_id").fetchall()
    return [row[0] for row in waiting]


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
    if not path.lower().endswith(EXTENSIONS):
        raise ValueError(f"no known kind of file; expected a name that ends in {', '.join(EXTENSIONS)}")
    return Slot(match["feed"], match["area"], period)


def _enter(connection: psycopg.Connection, file: Listed, sha256: str, contracts: dict[str, Contract]) -> None:
    name = PurePosixPath(file.path).name
    try:
        slot = find_slot(file.path, contracts)
    except ValueError as error:
        feed = file.path.partition("/")[0]
        _insert(connection, file, sha256, name, Slot(feed, None, None), "refused", file.problem or str(error))
        return
    if file.problem:
        _insert(connection, file, sha256, name, slot, "refused", file.problem)
        return
    newest = connection.execute(
        "select file_id, sha256, status from ops.file where uri = %s order by file_id desc limit 1", (file.uri,)
    ).fetchone()
    if newest and newest[1] == sha256 and newest[2] in ("landed", "loaded", "duplicate"):
        connection.execute("update ops.file set modified = %s where file_id = %s", (file.modified, newest[0]))
    else:
        _insert(connection, file, sha256, name, slot, "landed", None)


def _insert(
    connection: psycopg.Connection, file: Listed, sha256: str, name: str, slot: Slot, status: str, reason: str | None
) -> None:
    connection.execute(
        "insert into ops.file (feed, area_code, period, uri, file_name, sha256, bytes, modified, status, reason)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (slot.feed, slot.area_code, slot.period, file.uri, name, sha256, file.bytes, file.modified, status, reason),
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
        (OPENED, [file_id for file_id, uri in refused if store.is_open_folder(uri)]),
    )


def _settled(store: LandingPlace, files: list[Listed]) -> list[Listed]:
    """Leave out files whose size or time still changes: a file written a moment ago is looked at once more."""
    fresh = [file for file in files if file.age_seconds < _SETTLE_SECONDS]
    if fresh:
        time.sleep(_SETTLE_SECONDS - min(file.age_seconds for file in fresh))
    moving = {file.uri for file in fresh if (now := store.current(file)) is None or now.version != file.version}
    return [file for file in files if file.uri not in moving]


def _expect_feeds(url: str, listed: list[Listed], contracts: dict[str, Contract]) -> None:
    tops = {file.path.partition("/")[0] for file in listed}
    if listed and not tops & contracts.keys():
        raise WrongUsage(
            f"the landing place {url} holds {', '.join(sorted(tops)[:5])}, but no folder of a feed; expected"
            f" <feed>/area=…/period=…/<file> with a feed of {', '.join(contracts)}"
        )

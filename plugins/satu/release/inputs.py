"""What decides the numbers of a release, as one hash: the same inputs make no second release."""

import hashlib
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from satu import rules
from satu.errors import WrongUsage
from satu.settings import Settings

if TYPE_CHECKING:
    import psycopg


def fingerprint_of_run(
    settings: Settings, connection: "psycopg.Connection", run_id: str, at: datetime | None = None
) -> str:
    """Return the hash of what a run was built from, or would be built from `at` another time.

    Raises:
        WrongUsage: no such run.
    """
    row = connection.execute("select as_of, created_at from ops.run where run_id = %s", (run_id,)).fetchone()
    if row is None:
        raise WrongUsage(f"no run is called {run_id!r}; expected one that was started")
    return fingerprint(settings, connection, row[0], at or row[1])


# A run that waits for an approval must not claim files that came after it was built.
_FILES_AT = """
select f.feed, f.area_code, f.period::text, f.sha256
from ops.file as f
left join ops.file as newer on f.superseded_by = newer.file_id
where f.loaded_at <= %(at)s and (f.status = 'loaded' or f.status = 'superseded' and newer.loaded_at > %(at)s)
order by 1, 2, 3, 4
"""


def fingerprint(settings: Settings, connection: "psycopg.Connection", as_of: date | None, at: datetime) -> str:
    """Return one hash of what decides the numbers: the files loaded at a time, day of the run, contracts, rules."""
    digest = hashlib.sha256()
    for row in connection.execute(_FILES_AT, {"at": at}):
        digest.update("|".join(row).encode() + b"\n")
    digest.update(str(as_of).encode())
    digest.update(rules.fingerprint(settings.project_dir).encode())
    return digest.hexdigest()


def git_revision(project: Path) -> str | None:
    """Return the commit of the project's tree, marked where files differ from it; none outside a repository."""
    command = ["git", "-C", str(project), "describe", "--always", "--abbrev=40", "--dirty=+changes", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None

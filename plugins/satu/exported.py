"""The folder of an exported release: which release it belongs to, and whether it is complete.

Several warehouses can use one SATU_HOME in turn, so the same release id can occur twice.
"""

import hashlib
import json
import shutil
from datetime import datetime
from pathlib import Path

MANIFEST = "manifest.json"
SUMS = "SHA256SUMS"


def is_of(folder: Path, release_id: str, run_id: str, created_at: datetime) -> bool:
    """Return whether a folder was written for this very release of this very run."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        written_for = found["release_id"], found["run_id"], datetime.fromisoformat(found["created_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return written_for == (release_id, run_id, created_at)


def is_whole(folder: Path) -> bool:
    """Return whether all files in a folder's SHA256SUMS exist and are unchanged."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        return bool(lines) and all(
            sha256(folder / name) == expected for expected, name in (line.split("  ", 1) for line in lines)
        )
    except (OSError, ValueError):
        return False


def remove(folder: Path) -> bool:
    """Remove a folder and return whether it existed; it is renamed first, so that nobody opens an incomplete one."""
    going = folder.with_name(f".removed-{folder.name}")
    if folder.exists() and not going.exists():
        folder.rename(going)
    if not going.exists():
        return False
    if going.is_dir():
        shutil.rmtree(going)
    else:
        going.unlink()
    return True


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

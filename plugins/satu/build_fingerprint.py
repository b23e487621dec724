"""The rules: everything in the project that decides what is made of the same files, by version and as one hash."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

# Documents, checks and pages do not decide.
RULES = ("contracts/*.yaml", "dbt_project/**/*.sql", "dbt_project/**/*.yml", "dbt_project/**/*.csv")
RULES_IN_PACKAGE = ("load/**/*.py", "build.py", "link/**/*.py")
CHECKS = ("expectations/**/*.yaml",)


def fingerprint(project: Path) -> str:
    """Return the hash of all files that hold rules, by their places and contents."""
    return fingerprint_of(versions(project))


def fingerprint_of_checks(project: Path) -> str:
    """Return the hash of all files that hold checks; they decide what may be released, not what is made."""
    return fingerprint_of(dict(_versions(project, project, CHECKS)))


def fingerprint_of(versions: dict[str, str]) -> str:
    """Return one hash of versions of files."""
    return hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()


def versions(project: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that holds rules, by its place, such as `contracts/area.yaml`."""
    package = Path(__file__).parent
    return {**dict(_versions(project, project, RULES)), **dict(_versions(package, package.parent, RULES_IN_PACKAGE))}


def _versions(folder: Path, root: Path, patterns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    made = folder / "dbt_project" / "target"
    for pattern in patterns:
        for path in folder.glob(pattern):
            if made not in path.parents:
                yield path.relative_to(root).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()

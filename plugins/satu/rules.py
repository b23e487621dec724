"""The rules: everything in the project that decides what is made of the same files, as one hash."""

import hashlib
from pathlib import Path

# Documents, checks and pages do not decide.
RULES = ("contracts/*.yaml", "dbt_project/**/*.sql", "dbt_project/**/*.yml", "dbt_project/**/*.csv")
RULES_IN_PACKAGE = ("load/**/*.py", "build.py", "link/**/*.py")


def fingerprint(project: Path) -> str:
    """Return the hash of all files that hold rules, by their names and contents."""
    digest = hashlib.sha256()
    for path in _files(project):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _files(project: Path) -> list[Path]:
    package = Path(__file__).parent
    found = [path for pattern in RULES for path in project.glob(pattern)]
    found += [path for pattern in RULES_IN_PACKAGE for path in package.glob(pattern)]
    made = project / "dbt_project" / "target"
    return sorted(path for path in found if made not in path.parents)

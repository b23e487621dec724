"""The rules: everything in the project that decides what is made of the same files, by version and as one hash.

Of the code that is what the deciding stages import, directly or through others, without its comments and docstrings.
"""

import ast
import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

# Documents, checks and pages do not decide.
RULES = ("contracts/*.yaml", "dbt_project/**/*.sql", "dbt_project/**/*.yml", "dbt_project/**/*.csv")
CHECKS = ("expectations/**/*.yaml",)
STAGES = ("load", "build", "link")
"""The stages that decide; the others judge, publish and show what was made."""
CARRIERS = ("build_fingerprint", "engines", "errors", "ledger", "scratch", "settings", "warehouse")
"""Modules that hand data over as they are, whatever changes in them."""


def fingerprint(project: Path) -> str:
    """Return the hash of all rules, by their places and contents."""
    return fingerprint_of(versions(project))


def fingerprint_of_checks(project: Path) -> str:
    """Return the hash of all files that hold checks; they decide what may be released, not what is made."""
    return fingerprint_of(dict(_versions(project, CHECKS)))


def fingerprint_of(content: object) -> str:
    """Return one hash of versions of files, of the condition of a check, or of any other value that JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def versions(project: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that holds rules, by its place, such as `contracts/area.yaml`."""
    return dict(_versions(project, RULES)) | code_versions(*STAGES)


def code_versions(*modules: str, package: Path = Path(__file__).parent) -> dict[str, str]:
    """Return the SHA-256 of the code of `modules` and of what they import of the package, by its place."""
    waiting = [path for module in modules for path in _files(package, module)]
    found: dict[str, str] = {}
    while waiting:
        path = waiting.pop()
        place = path.relative_to(package.parent).as_posix()
        if place in found or path.relative_to(package).with_suffix("").parts[0] in CARRIERS:
            continue
        found[place], imported = _code(path)
        waiting += [file for module in imported for file in _files(package, module)]
    return found


@lru_cache(maxsize=1024)
def _code(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the SHA-256 of what a module does, and the names below satu that it imports, whether modules or not."""
    tree = ast.parse(path.read_bytes())
    imported = [
        f"{(node.module or '').removeprefix('satu').removeprefix('.')}.{alias.name}".removeprefix(".")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "satu"
        for alias in node.names
    ]
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, [part for part in block if not _is_text(part)])
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), tuple(imported)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _files(package: Path, module: str) -> Iterator[Path]:
    """Yield the files that an import of `module` runs; of a name in a module, those of the module."""
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        place = package.joinpath(*parts[:depth])
        for path in (place / "__init__.py", place.with_suffix(".py")):
            if path.is_file():
                yield path


def _versions(project: Path, patterns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    made = project / "dbt_project" / "target"
    for pattern in patterns:
        for path in project.glob(pattern):
            if made not in path.parents:
                yield path.relative_to(project).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()

"""Models that only measure: checks read them, and no published table depends on them.

A change of such a model changes the checks that read it, although `expectations/` stays the same.
"""

import hashlib
import re
from pathlib import Path

from satu.build_fingerprint import fingerprint_of

_REF = re.compile(r"""ref\(\s*['"](\w+)['"]""")
_MACRO = re.compile(r"{%-?\s*(?:macro|test)\s+(\w+)")
_CALL = re.compile(r"(\w+)\(")
_PUBLISHED = ("published", "microdata")
_RECORDS = ("staging", "intermediate")
"""Tables of these schemas never count as only measured; models that loop over feeds do not name them."""


def measuring_models(project: Path) -> dict[str, str]:
    """Return each model that only measures, as `schema.table`, with a hash of its own SQL."""
    dbt = project / "dbt_project"
    files = {path: path.read_text(encoding="utf-8") for path in sorted(dbt.glob("m*/**/*.sql"))}
    models = {path.stem: path for path in files if path.is_relative_to(dbt / "models")}
    macros = {
        name: path for path, text in files.items() if path not in models.values() for name in _MACRO.findall(text)
    }
    parents = {
        path: {models[name] for name in _REF.findall(text) if name in models}
        | {macros[name] for name in _CALL.findall(text) if name in macros and macros[name] != path}
        for path, text in files.items()
    }
    made_public = _upstream({path for path in models.values() if _folder(dbt, path) in _PUBLISHED}, parents)
    found = {}
    for name, path in models.items():
        own = _upstream({path}, parents) - made_public
        if path in own and _folder(dbt, path) not in _RECORDS:
            texts = {each.relative_to(dbt).as_posix(): hashlib.sha256(files[each].encode()).hexdigest() for each in own}
            found[f"{_folder(dbt, path)}.{name}"] = fingerprint_of(texts)
    return found


def _folder(dbt: Path, path: Path) -> str:
    return path.relative_to(dbt / "models").parts[0]


def _upstream(start: set[Path], parents: dict[Path, set[Path]]) -> set[Path]:
    found: set[Path] = set()
    waiting = set(start)
    while waiting:
        path = waiting.pop()
        found.add(path)
        waiting |= parents[path] - found
    return found

"""What every engine is given has nothing in it that only one of them knows, or reads another way."""

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2] / "dbt_project"
# What one engine alone has belongs into a macro of its own, `default__…` for PostgreSQL's.
OF_ONE_ENGINE = {
    "a cast by ::": r"::\s*[a-z]",
    "a pattern by ~": r"~\*? *'",
    "ilike": r"\bilike\b",
    "to_char": r"\bto_char\(",
    "at time zone": r"\bat time zone\b",
    "distinct on": r"\bdistinct on\b",
    "a number without scale": r"\b(numeric|decimal)\b(?! ?\()",
    "a float of 32 or 64 bits, as the engine likes": r"type_float\(",
    "a type of PostgreSQL alone": r" as (text|double precision|timestamptz|timestamp with time zone)\)",
    "a filter of an aggregate": r"\bfilter \(where",
    "an array": r"\barray\[|array_agg\(|\bunnest\(",
    "a series": r"\bgenerate_series\(",
    "a lateral join": r"\blateral\b",
}
_MACRO = re.compile(r"{% macro (?P<name>\w+)\(.*?{%-? endmacro %}", re.DOTALL)
_OF_ONE = ("default__", "postgres__", "spark__", "duckdb__")
# Only PostgreSQL has incremental tables.
_OF_POSTGRESQL = {"get_incremental_changed_files_sql"}


def shared_sql() -> dict[str, str]:
    """The SQL that every engine is given: of models, and of macros that are not one engine's."""
    found = {str(path.relative_to(PROJECT)): path.read_text() for path in (PROJECT / "models").rglob("*.sql")}
    for path in (PROJECT / "macros").rglob("*.sql"):
        for macro in _MACRO.finditer(path.read_text()):
            if not macro["name"].startswith(_OF_ONE) and macro["name"] not in _OF_POSTGRESQL:
                found[f"{path.relative_to(PROJECT)}: {macro['name']}"] = macro[0]
    return {place: re.sub(r"{#.*?#}", "", sql, flags=re.DOTALL) for place, sql in found.items()}


@pytest.mark.parametrize("construct", OF_ONE_ENGINE)
def test_shared_sql_has_nothing_of_one_engine(construct: str) -> None:
    texts = shared_sql()
    if "~" in construct:  # Jinja joins texts by it
        texts = {place: re.sub(r"{{.*?}}|{%.*?%}", "", sql, flags=re.DOTALL) for place, sql in texts.items()}
    pattern = re.compile(OF_ONE_ENGINE[construct], re.IGNORECASE)
    assert {place: pattern.findall(sql) for place, sql in texts.items() if pattern.search(sql)} == {}

"""Plants defects into a built warehouse, one at a time and each in a transaction that is rolled back.

What is planted is data: `gate_defects.yaml` beside this file.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import psycopg
import yaml
from psycopg import sql

from satu import warehouse
from satu.gate.measure import compared, take
from satu.gate.suites import Asset, Check, Suite, Suites
from satu.gate.verdict import decide
from satu.ledger import CheckResult
from satu.settings import Settings

RUN = "mutated"
Key = tuple[str, str]
_TABLE = re.compile(r"\b(?:raw|ops|staging|population|coverage|field|candidate)\.[a-z_]+")
_ENOUGH = """
insert into {table} select records.* from {table} as records, generate_series(1, 500)
where (select count(*) from {table}) < 1000;
update ops.file set records_read = loaded, records_loaded = loaded, records_rejected = 0
from (select _file_id, count(*) as loaded from {table} group by _file_id) as counted
where file_id = _file_id and status = 'loaded'
"""
_SCHEMA = {"file": "raw", "population": "population", "release": "candidate"}
_NOT_OF_PEOPLE = re.compile(
    "(target|files|bytes|work_area|sampled_work_area|comparison_area|(delivered_)?regency|other_activity|.*control|difference)_.*"
    "|records_(read|rejected|superseded|loaded|late|not_of_persons|older_version)_count|.*_change_count"
)
"""Counts that are shown however small they are are called so."""


@dataclass(frozen=True)
class Defects:
    """What gate_defects.yaml holds: SQL by check or pattern, by kind or name of dbt's tests, and by warning."""

    suites: dict[str, str]
    dbt: dict[str, list[str]]
    warnings: dict[str, str]


def written() -> Defects:
    """Return what gate_defects.yaml holds."""
    return Defects(**yaml.safe_load((Path(__file__).parent / "gate_defects.yaml").read_text()))


def defect_of(name: str, defects: dict[str, str]) -> str | None:
    """Return which entry holds for a check: its name before any pattern."""
    return next((entry for entry in sorted(defects, key="*".__eq__) if entry == name), None) or next(
        (pattern for pattern in defects if fnmatchcase(name, pattern)), None
    )


@dataclass
class Bench:
    """One connection to a built warehouse, and what the checks say through that same connection."""

    connection: psycopg.Connection

    @contextmanager
    def planted(self, statements: str) -> Iterator[None]:
        """Execute SQL, and undo it at the end."""
        self.connection.execute("begin")
        try:
            for table in set(_TABLE.findall(statements)):
                self._loosen(table)
            self.connection.execute(statements.encode())
            yield
        finally:
            self.connection.execute("rollback")

    def results(self, suites: Suites, tables: set[str] | None = None) -> dict[Key, CheckResult]:
        """Measure the suites, or only those checks that look at one of these tables or at the catalog."""
        parts = []
        for suite in suites.suites:
            assets = {name: asset for name, asset in suite.assets.items() if tables is None or _reads(asset, tables)}
            checks = [check for check in suite.checks if check.asset in assets]
            parts.append(suite.model_copy(update={"assets": assets, "checks": checks}))
        taken = take(self.connection, ((suite, name) for suite in parts for name in suite.assets))
        return {(result.gate, result.check_name): result for result in compared(RUN, parts, taken)}

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Return names and types of a table's columns."""
        query = (
            "select attname, format_type(atttypid, null) from pg_attribute"
            " where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped order by attnum"
        )
        return self.connection.execute(query, (table,)).fetchall()

    def rows(self, query: str) -> int:
        """Count what a query gives."""
        found = self.connection.execute(f"select count(*) from ({query}\n) as found".encode()).fetchone()
        return int(found[0]) if found else 0

    def _loosen(self, table: str) -> None:
        """Take away the constraints of a table, so that the checks alone stand between a defect and a release."""
        if self.connection.execute("select to_regclass(%s)", (table,)).fetchone() == (None,):
            return
        name = sql.Identifier(*table.split("."))
        for kind, query in (
            ("constraint", "select conname from pg_constraint where conrelid = %s::regclass and contype <> 'n'"),
            (
                "not null",
                "select attname from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0 and attnotnull and attidentity = ''",
            ),
        ):
            for (found,) in self.connection.execute(query, (table,)).fetchall():
                change = (
                    "drop constraint if exists {} cascade" if kind == "constraint" else "alter column {} drop not null"
                )
                self.connection.execute(sql.SQL("alter table {} " + change).format(name, sql.Identifier(found)))
        unique = "select indexrelid::regclass::text from pg_index where indrelid = %s::regclass and indisunique"
        for (index,) in self.connection.execute(unique, (table,)).fetchall():
            self.connection.execute(f"drop index if exists {index}".encode())


def _reads(asset: Asset, tables: set[str]) -> bool:
    return "pg_catalog" in asset.query or bool(tables & set(_TABLE.findall(asset.query)))


@contextmanager
def bench(settings: Settings) -> Iterator[Bench]:
    """Give a bench on the warehouse of these settings."""
    with psycopg.connect(warehouse.admin_url(settings), autocommit=True) as connection:
        yield Bench(connection)


def suite_findings(on: Bench, suites: Suites, defects: dict[str, str]) -> dict[str, str]:
    """Plant the defect of every critical check; return what is wrong with the checks or the defects, by name."""
    critical = [(suite, check) for suite in suites.suites for check in suite.checks if check.severity == "critical"]
    before = on.results(suites)
    verdict = decide(list(before.values()), {})
    wrong = {failure.check_name: f"fails without a defect: {failure.observed}" for failure in verdict.failed}
    used = set()
    for suite, check in critical:
        entry = defect_of(check.name, defects)
        if entry is None:
            wrong[check.name] = "has no defect in gate_defects.yaml"
            continue
        used.add(entry)
        statements = _filled(on, suite, check, defects[entry])
        try:
            with on.planted(statements):
                after = before | on.results(suites, set(_TABLE.findall(statements)))
        except psycopg.Error as error:
            wrong[check.name] = f"the defect cannot be planted: {str(error).splitlines()[0]}"
            continue
        verdict = decide(list(after.values()), {})
        failed = sorted(failure.check_name for failure in verdict.failed if failure.severity == "critical")
        if verdict.verdict != "blocked" or failed != [check.name]:
            wrong[check.name] = f"the defect is caught by {', '.join(failed) or 'no check'}"
    return wrong | dict.fromkeys(set(defects) - used, "plants for no critical check")


def silent_warnings(on: Bench, suites: Suites, defects: dict[str, str]) -> dict[str, str]:
    """Plant the defects of warnings; return those whose warning is not told, and what was measured."""
    before, silent = on.results(suites), {}
    for name, statements in defects.items():
        with on.planted(statements):
            after = before | on.results(suites, set(_TABLE.findall(statements)))
        found = {result.check_name: result for result in after.values()}[name]
        if before[found.gate, name].success is not True or found.success is not False:
            silent[name] = f"{before[found.gate, name].observed} became {found.observed}"
    return silent


def _filled(on: Bench, suite: Suite, check: Check, statements: str) -> str:
    table = f"{_SCHEMA[suite.gate]}.{suite.name}"
    names = [name for name, _ in on.columns(table)]
    return statements.format(
        table=table,
        row=_last(table),
        metadata_row=_last("candidate.variable_metadata"),
        enough=_ENOUGH.format(table=table),
        person_name=next((name for name in names if name in ("nama", "nama_lengkap")), ""),
        count=next(iter(counts_of_people(on, table)), ""),
        percent=next((name for name in names if name.endswith("_percent")), ""),
    )


def counts_of_people(on: Bench, table: str) -> list[str]:
    """Return the columns of a published table that are withheld where they are small."""
    names = [name for name, _ in on.columns(table)]
    return [name for name in names if name.endswith("_count") and not _NOT_OF_PEOPLE.fullmatch(name)]


def _last(table: str, where: str = "true") -> str:
    return f"ctid = (select max(ctid) from {table} where {where})"


def dbt_findings(on: Bench, target: Path, defects: dict[str, list[str]]) -> tuple[int, int, dict[str, str]]:
    """Plant the defects of every critical data test of dbt; return tests, defects, and what is wrong by test."""
    manifest = json.loads((target / "manifest.json").read_text())
    tests = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"]["severity"].lower() == "error"
    ]
    wrong, planted, used = {}, 0, set()
    for test in tests:
        name, generic = test["name"], test.get("test_metadata")
        entry = name if name in defects else (generic or {}).get("name")
        if entry not in defects:
            wrong[name] = "has no defect in gate_defects.yaml"
            continue
        used.add(entry)
        query = _compiled(target, test)
        if on.rows(query):
            wrong[name] = "fails without a defect"
        for statements in _filled_for_dbt(on, manifest, test, defects[entry]):
            planted += 1
            with on.planted(statements):
                if not on.rows(query):
                    wrong[name] = f"does not see: {statements}"
    wrong |= dict.fromkeys(set(defects) - used, "plants for no critical test of dbt")
    return len(tests), planted, wrong


def _compiled(target: Path, test: dict[str, Any]) -> str:
    place = target / "compiled" / test["package_name"] / test["original_file_path"]
    return (place if place.is_file() else place / test["path"]).read_text()


def _filled_for_dbt(on: Bench, manifest: dict[str, Any], test: dict[str, Any], defects: list[str]) -> Iterator[str]:
    if test.get("test_metadata") is None:
        yield from defects
        return
    given = test["test_metadata"]["kwargs"]
    table = _relation(manifest, given["model"])
    types = dict(on.columns(table))
    column = given.get("column_name", "")
    parts = given.get("parts", [])
    where = " and ".join(
        [f"{part} is not null" for part in parts] + ([test["config"]["where"]] if test["config"]["where"] else [])
    )
    values = {
        "table": table,
        "row": _last(table, where or "true"),
        "column": column,
        "unknown": "'planted'" if types.get(column) in ("text", "character varying") else "-987654321",
        "total": given.get("total", ""),
        "status": next((name for name in types if f"{name}_status" in types), "") + "_status",
        "parts": " + ".join(parts),
    }
    # A table may have no such row yet: a feed that did not come, a city without offices.
    first = "" if on.rows(f"select 1 from {table} where {where or 'true'}") else f"insert into {table} default values;"
    for defect in defects:
        for each in given.get("columns", given.get("counts", [""])) if "{each}" in defect else [""]:
            yield first + defect.format(**values, each=each)


def _relation(manifest: dict[str, Any], model: str) -> str:
    """Return the table behind `ref('…')` or `source('…', '…')` of a test's arguments."""
    names = re.findall(r"'([a-z_]+)'", model)
    nodes = [*manifest["nodes"].values(), *manifest["sources"].values()]
    kinds = ("model", "seed") if len(names) == 1 else ("source",)
    node = next(node for node in nodes if node["resource_type"] in kinds and node["name"] == names[-1])
    return str(node["relation_name"]).replace('"', "").partition(".")[2]

"""The verdict: stored measures judged by current thresholds, waivers, approvals and rejections."""

import re
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from satu import warehouse
from satu.errors import WrongUsage
from satu.gate.entries import meanings
from satu.gate.suites import REQUIRED, UNCHANGED, Check, Key, Suites, load_suites
from satu.ledger import CheckResult, record_checks
from satu.settings import Settings

if TYPE_CHECKING:
    import sqlalchemy

_DBT = "dbt."
_NO_CHECK = "no longer a check"
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


@dataclass(frozen=True)
class Failure:
    """One check that failed, could not be evaluated or is missing."""

    gate: str
    check_name: str
    severity: str
    observed: str | None
    expected: str | None
    waived_by: str | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether the run may be released, and all checks that failed (severity `info` never decides)."""

    verdict: Literal["pass", "needs_approval", "rejected", "blocked"]
    failed: list[Failure]
    checks: int
    approved_by: str | None = None
    rejected_by: str | None = None


def judge(settings: Settings, run_id: str) -> Verdict:
    """Judge the stored measures of a run again, with the current thresholds, waivers and approvals.

    The success of each suite check is written back, so that the ledger agrees with the verdict.

    Raises:
        WrongUsage: the run is released; its results no longer change.
    """
    suites = load_suites(settings.project_dir / "expectations")
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.begin() as connection:
        refuse_released(connection, run_id)
        checks, conditions = suites.checks(), suites.conditions()
        results = [_judged_again(result, checks, conditions) for result in _stored(connection, run_id)]
        added = [
            *_missing(run_id, results, checks, conditions),
            *_required(run_id, results, suites, _candidate(connection)),
        ]
        added += _changed(run_id, [*results, *added], *_last_released(connection))
        ours = [result for result in results if not result.check_name.startswith(_DBT)]
        results += added
        _drop_families(connection, run_id)
        record_checks(connection, [*ours, *added])
        _explain(connection, run_id, meanings(settings, [result.check_name for result in results]))
        return decide(results, _waivers(connection), *_decision(connection, run_id))


def decide(
    results: list[CheckResult],
    waivers: dict[str, str],
    approved_by: str | None = None,
    rejected_by: str | None = None,
    approved: frozenset[str] = frozenset(),
) -> Verdict:
    """Return the verdict on results whose success is already judged by the current thresholds.

    `waivers`: the person, by check name; `approved`: the warnings covered by the approval.

    A rejection holds, whatever is waived later, until somebody approves the run.
    """
    failed = [
        Failure(r.gate, r.check_name, r.severity, r.observed, r.expected, waivers.get(r.check_name))
        for r in results
        if r.success is not True
    ]
    failed.sort(key=lambda f: (("critical", "warning", "info").index(f.severity), f.gate, f.check_name))
    if any(f.severity == "critical" for f in failed):
        verdict: Literal["pass", "needs_approval", "rejected", "blocked"] = "blocked"
    elif rejected_by:
        verdict = "rejected"
    elif any(f.severity == "warning" and not f.waived_by and f.check_name not in approved for f in failed):
        verdict = "needs_approval"
    else:
        verdict = "pass"
    return Verdict(verdict, failed, len(results), approved_by, rejected_by)


def _judged_again(result: CheckResult, checks: dict[Key, Check], conditions: dict[Key, str]) -> CheckResult:
    if result.check_name.startswith(_DBT):
        return result
    check = checks.get((result.gate, result.check_name))
    if check is None:
        return replace(result, severity="info", success=None, expected=_NO_CHECK)
    if result.condition != conditions[result.gate, result.check_name]:
        result = replace(result, observed="not measured with the current form of the check; run again")
    number = _NUMBER.fullmatch(result.observed or "")
    success = check.threshold.holds(float(number.group())) if number else None
    return replace(result, success=success, severity=check.severity, expected=str(check.threshold))


def _missing(
    run_id: str, results: list[CheckResult], checks: dict[Key, Check], conditions: dict[Key, str]
) -> list[CheckResult]:
    found = {(result.gate, result.check_name) for result in results}
    return [
        CheckResult(run_id, gate, name, check.severity, None, "missing", str(check.threshold), conditions[gate, name])
        for (gate, name), check in checks.items()
        if (gate, name) not in found
    ]


def _required(run_id: str, results: list[CheckResult], suites: Suites, tables: list[str]) -> list[CheckResult]:
    """Return one result per family of checks that a release needs, such as the tests of one published table."""
    names = [result.check_name for result in results]
    return [
        _family(
            run_id, pattern, need.severity, [name for name in names if not any(fnmatchcase(name, o) for o in others)]
        )
        for need in suites.required
        for pattern, others in need.patterns(suites.feeds(), tables).items()
    ]


def _family(run_id: str, pattern: str, severity: str, names: list[str]) -> CheckResult:
    found = sum(fnmatchcase(name, pattern) for name in names)
    return CheckResult(
        run_id, "release", f"{REQUIRED}{pattern}", severity, found > 0, f"{found} results", "≥ 1 results"
    )


def _changed(
    run_id: str, results: list[CheckResult], release_id: str | None, before: list[dict[str, Any]]
) -> list[CheckResult]:
    """Return a failed warning for each check of the last release that was removed or changed."""
    now = {result.check_name: result for result in results if result.expected != _NO_CHECK}
    return [
        CheckResult(
            run_id, "release", f"{UNCHANGED}{check['check_name']}", "warning", False, how, f"as in {release_id}"
        )
        for check in before
        if check["severity"] != "info" and not check["check_name"].startswith(UNCHANGED)
        if (how := _how_changed(check, now.get(check["check_name"])))
    ]


def _how_changed(before: dict[str, Any], now: CheckResult | None) -> str | None:
    if now is None:
        return "removed"
    changes = [
        f"{what} {then} → {today}"
        for what, then, today in (
            ("severity", before["severity"], now.severity),
            ("expected", before["expected"], now.expected),
        )
        if then != today
    ]
    if None not in (before.get("condition"), now.condition) and before["condition"] != now.condition:
        changes.append("it measures something else")
    return "; ".join(changes) or None


def _last_released(connection: "sqlalchemy.Connection") -> tuple[str | None, list[dict[str, Any]]]:
    """Return the current release, or the newest with a manifest, and the checks in its manifest.

    A release that was rolled back is not a standard for checks.
    """
    from sqlalchemy import select

    from satu.ledger.tables import RELEASE as T

    query = select(T.c.release_id, T.c.manifest["checks"]).where(T.c.manifest.is_not(None))
    is_current = T.c.status == "current"
    row = connection.execute(query.order_by(is_current.desc(), T.c.created_at.desc()).limit(1)).first()
    return (row[0], row[1]) if row else (None, [])


def refuse_released(connection: "sqlalchemy.Connection", run_id: str) -> None:
    """Raise WrongUsage if the run is released."""
    from sqlalchemy import select

    from satu.ledger.tables import RELEASE as T

    release_id = connection.scalar(select(T.c.release_id).where(T.c.run_id == run_id))
    if release_id:
        raise WrongUsage(f"run {run_id} is released already, as {release_id}; its check results no longer change")


def _candidate(connection: "sqlalchemy.Connection") -> list[str]:
    """Return the tables of the candidate."""
    from sqlalchemy import text

    query = "select table_name::text from information_schema.tables where table_schema = 'candidate' order by 1"
    return list(connection.scalars(text(query)))


def _stored(connection: "sqlalchemy.Connection", run_id: str) -> list[CheckResult]:
    from satu.ledger.tables import CHECK_RESULT as T

    columns = [T.c[field.name] for field in fields(CheckResult)]
    # Family results of an earlier verdict are computed again.
    rows = connection.execute(T.select().with_only_columns(*columns).where(T.c.run_id == run_id))
    return [CheckResult(*row) for row in rows if not row.check_name.startswith(REQUIRED)]


def _drop_families(connection: "sqlalchemy.Connection", run_id: str) -> None:
    """Delete the family results of an earlier verdict: the current list may have other families."""
    from satu.ledger.tables import CHECK_RESULT as T

    connection.execute(T.delete().where(T.c.run_id == run_id, T.c.check_name.startswith(REQUIRED, autoescape=True)))


def _explain(connection: "sqlalchemy.Connection", run_id: str, meanings: dict[str, str]) -> None:
    """Write what each check holds beside its result."""
    from sqlalchemy import text

    statement = text(
        "update ops.check_result as c set meaning = m.said"
        " from unnest(cast(:names as text[]), cast(:said as text[])) as m (name, said)"
        " where c.run_id = :run_id and c.check_name = m.name"
    )
    connection.execute(statement, {"run_id": run_id, "names": [*meanings], "said": [*meanings.values()]})


def _waivers(connection: "sqlalchemy.Connection") -> dict[str, str]:
    from sqlalchemy import Date, cast, func

    from satu.ledger.tables import WAIVER as T

    today = cast(func.timezone("UTC", func.now()), Date)
    query = T.select().with_only_columns(T.c.check_name, T.c.waived_by).where(T.c.valid_until >= today)
    return {row.check_name: row.waived_by for row in connection.execute(query)}


def _decision(connection: "sqlalchemy.Connection", run_id: str) -> tuple[str | None, str | None, frozenset[str]]:
    """Return who approved or rejected the run last, and the approved warnings."""
    from sqlalchemy import literal, null, select, union_all

    from satu.ledger.tables import APPROVAL as A
    from satu.ledger.tables import REJECTION as R

    approvals = select(A.c.created_at, A.c.approved_by.label("by"), literal(True).label("is_approval"), A.c.check_names)
    rejections = select(R.c.created_at, R.c.rejected_by.label("by"), literal(False).label("is_approval"), null())
    both = union_all(approvals.where(A.c.run_id == run_id), rejections.where(R.c.run_id == run_id)).subquery()
    last = connection.execute(select(both).order_by(both.c.created_at.desc()).limit(1)).first()
    if last is None:
        return None, None, frozenset()
    return (last.by, None, frozenset(last.check_names or ())) if last.is_approval else (None, last.by, frozenset())

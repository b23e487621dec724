"""Measuring: run Great Expectations on the warehouse, with one ephemeral context for all suites.

Only the measures are written: no store, no docs, no unexpected values. The logger of Great Expectations is silenced
because the text of a database error can contain personal data; for a check that raised, only the class of the error is
stored.
"""

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from satu import warehouse
from satu.errors import BuildFailed, RetryableError
from satu.gate.suites import Asset, Check, Suite, Suites
from satu.ledger import CheckResult, record_checks
from satu.settings import Settings

RESULT_FORMAT = {"result_format": "SUMMARY", "exclude_unexpected_values": True, "partial_unexpected_count": 0}
_DATABASE_ERROR = re.compile(r"psycopg\.errors\.(\w+)")


def measure(settings: Settings, run_id: str, suites: Suites) -> None:
    """Evaluate all checks and write the results to `ops.check_result`; success is null for a check that raised."""
    # Read-only sessions of the role that may read records and people.
    options = f"-c role={warehouse.TRANSFORMER} -c default_transaction_read_only=on"
    url = warehouse.sqlalchemy_url(warehouse.session_url(settings, options=options))
    with datasource(url) as source:
        results = [result for suite in suites.suites for result in evaluate(source, run_id, suite)]
    written = len(suites.checks())
    if len(results) != written:
        raise BuildFailed(f"{written} checks are written, {len(results)} were evaluated")
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.begin() as connection:
        record_checks(connection, results)


@contextmanager
def datasource(url: str, **engine: object) -> Iterator[Any]:
    """Return a Great Expectations source for a server; `engine`: arguments of SQLAlchemy's create_engine."""
    with quiet():
        import great_expectations as gx
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(False)
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        source = context.data_sources.add_sql(
            "warehouse", connection_string=url, kwargs={**engine, "hide_parameters": True}
        )
        try:
            yield source
        finally:
            source.get_execution_engine().close()
            source.get_engine().dispose()


@contextmanager
def quiet() -> Iterator[None]:
    """Silence the logger of Great Expectations, and the warnings of the modules that it imports."""
    logger = logging.getLogger("great_expectations")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)


def evaluate(source: Any, run_id: str, suite: Suite) -> Iterator[CheckResult]:
    """Yield the result of every check of one suite."""
    for name, asset in suite.assets.items():
        checks = [check for check in suite.checks if check.asset == name]
        measured = _measure_asset(source, f"{suite.gate}.{suite.name}.{name}", asset, checks)
        for check in checks:
            success, observed = measured.get(check.name, (None, "no result"))
            condition = suite.condition(check)
            yield CheckResult(
                run_id, suite.gate, check.name, check.severity, success, observed, str(check.threshold), condition
            )


def _measure_asset(source: Any, name: str, asset: Asset, checks: list[Check]) -> dict[str, tuple[bool | None, str]]:
    """Return success and measure by check name, for all checks of one table or query."""
    from great_expectations.core.expectation_suite import ExpectationSuite

    try:
        suite = ExpectationSuite(name=name, expectations=[_expectation(check) for check in checks])
        if len(suite.expectations) != len(checks):
            return {}
        batch = _asset(source, name, asset).add_batch_definition_whole_table("all").get_batch()
        found = batch.validate(suite, result_format=RESULT_FORMAT)
    except Exception as error:
        return {check.name: (None, _reason(f"{type(error).__name__}: {error}")) for check in checks}
    by_name = {check.name: check for check in checks}
    return {
        (check_name := result.expectation_config.meta["name"]): _judged(by_name[check_name], result)
        for result in found.results
    }


def _asset(source: Any, name: str, asset: Asset) -> Any:
    if asset.query is not None:
        # Great Expectations accepts a query only if it starts with select.
        return source.add_query_asset(name, query=f"select * from (\n{asset.query}\n) as measures")  # noqa: S608 - our own suites
    schema, _, table = str(asset.table).partition(".")
    return source.add_table_asset(name, schema_name=schema, table_name=table)


def _expectation(check: Check) -> Any:
    from great_expectations.expectations.expectation import ColumnMapExpectation, MulticolumnMapExpectation
    from great_expectations.expectations.registry import get_expectation_impl

    kind = get_expectation_impl(check.expectation)
    if issubclass(kind, (ColumnMapExpectation, MulticolumnMapExpectation)):
        band: dict[str, float | None] = {"mostly": 1 - (check.threshold.max or 0) / 100}
    else:
        band = {"min_value": check.threshold.min, "max_value": check.threshold.max}
    return kind(**check.kwargs, **band, meta={"name": check.name})


def _judged(check: Check, result: Any) -> tuple[bool | None, str]:
    outcome = result.result
    found = outcome.get("unexpected_percent", outcome.get("observed_value"))
    if outcome.get("element_count") == 0:
        found = 0.0  # an empty table has no wrong rows; another check expects rows
    if isinstance(found, bool) or not hasattr(found, "__float__"):
        return None, _reason(str(result.exception_info)) if _raised(result.exception_info) else "nothing to measure"
    return check.threshold.holds(float(found)), f"{float(found):.10g}"


def _raised(info: dict[str, Any] | None) -> bool:
    details = [info, *(info or {}).values()]
    return any(isinstance(detail, dict) and detail.get("raised_exception") for detail in details)


def _reason(text: str) -> str:
    if isinstance(lost := warehouse.error_in_log(text), RetryableError):
        raise lost  # not a fault of the data: there is no verdict, and the gate is retried
    known = _DATABASE_ERROR.search(text)
    return f"not evaluated: {known.group(1) if known else text.partition(':')[0][:60]}"

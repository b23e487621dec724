"""Measuring: the server computes the measures, one query per asset; Great Expectations compares them with their limits.

Only measures leave the server: no store, no docs, no records. The logger of Great Expectations is silenced. For a query
that the server refuses only the class of the error is stored, because its text can contain personal data.
"""

import logging
import os
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import psycopg

from satu import warehouse
from satu.errors import BuildFailed, RetryableError
from satu.gate.suites import Check, Key, Suite, Suites
from satu.ledger import CheckResult, record_checks
from satu.settings import Settings

Measures = dict[str, Any]
"""The row of an asset: measure by column; null where there was nothing to measure."""
Taken = dict[tuple[str, str, str], Measures | str]
"""By gate, suite and asset: its measures, or why it was not evaluated."""
_Place = tuple[Suite, str]
_MOST_SESSIONS = 4
_RESULT_FORMAT = {"result_format": "SUMMARY", "exclude_unexpected_values": True, "partial_unexpected_count": 0}


def measure(settings: Settings, run_id: str, suites: Suites) -> None:
    """Evaluate all checks and write the results to `ops.check_result`; success is null for a check not evaluated."""
    places = [(suite, asset) for suite in suites.suites for asset in suite.assets]
    workers = min(_MOST_SESSIONS, os.cpu_count() or 1)
    waiting = iter(places)
    with ThreadPoolExecutor(workers + 1) as pool:
        ready = pool.submit(_import_quietly)  # takes seconds, in which the server measures
        shares = [pool.submit(_take_share, settings, waiting) for _ in range(workers)]
        try:
            taken = {place: row for share in shares for place, row in share.result().items()}
            ready.result()
        except BaseException:
            places.clear()  # the other sessions end after their current query
            raise
    results = compared(run_id, suites.suites, taken)
    if len(results) != (written := len(suites.checks())):
        raise BuildFailed(f"{written} checks are written, {len(results)} were evaluated")
    with warehouse.engine(settings, warehouse.PUBLISHER) as engine, engine.begin() as connection:
        record_checks(connection, results)


def _take_share(settings: Settings, places: Iterator[_Place]) -> Taken:
    """Measure assets until there are none left; other threads take from the same iterator."""
    with warehouse.connect(settings, warehouse.TRANSFORMER, autocommit=True) as connection:
        connection.execute("set default_transaction_read_only = on")
        return take(connection, places)


def take(connection: psycopg.Connection, places: Iterable[_Place]) -> Taken:
    """Run the query of each asset.

    Raises:
        RetryableError: the connection broke or the server cancelled a query; this says nothing about the data.
    """
    taken: Taken = {}
    for suite, name in places:
        try:
            with connection.transaction():
                # One statement, of which no more leaves the server than tells that it has one row.
                query = suite.assets[name].query.encode()
                cursor = connection.execute(b"select * from (\n%b\n) as measures limit 2" % query)
                rows = cursor.fetchall()
        except psycopg.Error as error:
            if isinstance(lost := warehouse.statement_error(error), RetryableError):
                raise lost from None
            taken[suite.gate, suite.name, name] = f"not evaluated: {type(error).__name__}"
            continue
        columns = [column.name for column in cursor.description or ()]
        taken[suite.gate, suite.name, name] = (
            dict(zip(columns, rows[0], strict=True))
            if len(rows) == 1
            else f"not evaluated: {'more than one row' if rows else 'no row'}"
        )
    return taken


def compared(run_id: str, suites: Iterable[Suite], taken: Taken) -> list[CheckResult]:
    """Compare the measures with the checks' limits; return one result per check."""
    checks = [(suite, check) for suite in suites for check in suite.checks]
    found = {(suite.gate, check.name): _observed(suite, check, taken) for suite, check in checks}
    measured = {key: value for key, value in found.items() if isinstance(value, float)}
    successes = _successes({(suite.gate, check.name): check for suite, check in checks}, measured)
    return [
        CheckResult(
            run_id,
            suite.gate,
            check.name,
            check.severity,
            successes.get((suite.gate, check.name)),
            f"{value:.10g}" if isinstance(value := found[suite.gate, check.name], float) else value,
            str(check.threshold),
            suite.condition(check),
        )
        for suite, check in checks
    ]


def _observed(suite: Suite, check: Check, taken: Taken) -> float | str:
    """Return the measure of a check, or why there is none."""
    measures = taken.get((suite.gate, suite.name, check.asset), "no result")
    if isinstance(measures, str):
        return measures
    if check.measure not in measures:
        return f"not evaluated: the query has no column {check.measure}"
    value = measures[check.measure]
    if value is None:
        return "nothing to measure"
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        return f"not evaluated: {check.measure} is not a number"
    return float(value)


def _successes(checks: dict[Key, Check], measured: dict[Key, float]) -> dict[Key, bool]:
    """Return whether each measure is in its range, as Great Expectations finds it: one batch of one row for all."""
    if not measured:
        return {}
    with _quiet():
        import great_expectations as gx
        import pandas as pd
        from great_expectations.data_context.types.base import ProgressBarsConfig

        context = gx.get_context(mode="ephemeral")
        context.enable_analytics(False)
        context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
        names = {".".join(key): key for key in measured}
        frame = pd.DataFrame([{name: measured[key] for name, key in names.items()}])
        asset = context.data_sources.add_pandas("warehouse").add_dataframe_asset("measures")
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
        suite = gx.ExpectationSuite(
            name="checks",
            expectations=[
                gx.expectations.ExpectColumnMaxToBeBetween(
                    column=name, min_value=checks[key].threshold.min, max_value=checks[key].threshold.max
                )
                for name, key in names.items()
            ],
        )
        found = batch.validate(suite, result_format=_RESULT_FORMAT)
        return {names[one.expectation_config.kwargs["column"]]: bool(one.success) for one in found.results}


def _import_quietly() -> None:
    with _quiet():
        import_module("great_expectations")


@contextmanager
def _quiet() -> Iterator[None]:
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

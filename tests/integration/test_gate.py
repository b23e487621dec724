"""The gate on a real server: measured once, judged by severity, thresholds, waivers and approvals of the moment."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from gating import REQUIRED, SUITE, execute, failed, write_suite
from publishing import delivered, passed

from satu import warehouse
from satu.errors import Blocked, RetryableError, WrongUsage
from satu.gate import Verdict, approve, judge, run_checks, waive, write_catalogue
from satu.release import publish, rollback
from satu.settings import Settings
from support import rows

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)  # a test may begin before midnight and end after it


def test_a_good_run_passes_and_leaves_its_measures(gated: Settings) -> None:
    assert run_checks(gated, "r1") == Verdict("pass", [], 4)
    query = "select check_name, success, observed, expected from ops.check_result where gate = 'population' order by 1"
    assert rows(gated, warehouse.PUBLISHER, query) == [
        ("person.people", True, "3", "≥ 3"),
        ("person.unique", True, "0", "≤ 0"),
    ]


def test_a_failed_critical_check_blocks_whatever_anybody_says(gated: Settings) -> None:
    execute(gated, "insert into population.person values (3, true)")
    verdict = run_checks(gated, "r1")
    assert verdict.verdict == "blocked"
    assert failed(verdict) == [("person.unique", "1")]
    with pytest.raises(Blocked, match=r"person\.unique"):
        approve(gated, "r1", "Sri", "we are late")
    with pytest.raises(WrongUsage, match="critical"):
        waive(gated, "person.unique", "Sri", "we are late", date(2999, 1, 1))


def test_a_server_that_breaks_off_is_no_finding(gated: Settings, tmp_path: Path) -> None:
    """The gate says nothing then, and is asked again."""
    write_suite(tmp_path, SUITE.replace("as people from p", "as people from p, pg_sleep(60)"))
    address = f"{warehouse.login_url(gated, warehouse.PIPELINE)}&options=-c%20statement_timeout%3D200"
    with pytest.raises(RetryableError, match="canceling statement due to statement timeout"):
        run_checks(gated.model_copy(update={"warehouse_url": address}), "r1")
    assert rows(gated, warehouse.PUBLISHER, "select count(*) from ops.check_result") == [(1,)]


def test_another_threshold_judges_the_same_measure_again(gated: Settings) -> None:
    run_checks(gated, "r1")
    write_suite(gated.project_dir, SUITE.replace("{min: 3}", "{min: 4}"))
    verdict = judge(gated, "r1")
    assert (verdict.verdict, failed(verdict)) == ("needs_approval", [("person.people", "3")])
    assert rows(
        gated, warehouse.PUBLISHER, "select success from ops.check_result where check_name = 'person.people'"
    ) == [(False,)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from population.person}", "from population.nobody}"),
        ("from population.person}", "from population.person group by person_id}"),
        ("from population.person}", "from population.person having false}"),
        ("measure: doubled", "measure: tripled"),
        ("count(*) - count(distinct person_id)", "max('many'::text)"),
    ],
)
def test_a_check_that_cannot_be_evaluated_has_failed(gated: Settings, before: str, after: str) -> None:
    write_suite(gated.project_dir, SUITE.replace(before, after, 1))
    verdict = run_checks(gated, "r1")
    assert verdict.verdict == "blocked"
    (failure,) = verdict.failed
    assert failure.check_name == "person.unique"
    assert str(failure.observed).startswith("not evaluated")


def test_what_a_database_says_about_values_is_not_kept(gated: Settings) -> None:
    cast = "select '3371015806880001x'::text::bigint::float8 as people from population.person as p"
    write_suite(gated.project_dir, SUITE.replace("select count(*)::float8 as people from p", cast))
    assert failed(run_checks(gated, "r1")) == [("person.people", "not evaluated: InvalidTextRepresentation")]
    found = rows(gated, warehouse.PUBLISHER, "select * from ops.check_result")
    assert "3371015806880001" not in str(found)


def test_a_check_that_was_written_later_is_missing_until_it_is_measured(gated: Settings) -> None:
    run_checks(gated, "r1")
    write_suite(gated.project_dir, SUITE + SUITE.split("checks:")[1].replace("name: person.", "name: people."))
    verdict = judge(gated, "r1")
    assert verdict.verdict == "blocked"
    assert failed(verdict) == [("people.unique", "missing"), ("people.people", "missing")]


def test_a_check_that_was_taken_out_decides_no_more(gated: Settings) -> None:
    execute(gated, "insert into population.person values (3, true)")
    assert run_checks(gated, "r1").verdict == "blocked"
    head, _, rest = SUITE.partition("  - name: person.unique")
    write_suite(gated.project_dir, head + rest[rest.index("  - name: person.people") :])
    verdict = judge(gated, "r1")
    assert (verdict.verdict, [failure.severity for failure in verdict.failed]) == ("pass", ["info"])


def test_a_run_that_dbt_never_tested_is_blocked(gated: Settings) -> None:
    verdict = run_checks(gated, "r2")
    assert (verdict.verdict, failed(verdict)) == ("blocked", [("required.dbt.*", "0 results")])


def test_a_dbt_test_that_did_not_run_has_failed(gated: Settings) -> None:
    execute(gated, "update ops.check_result set success = null, observed = 'skipped'")
    verdict = run_checks(gated, "r1")
    assert (verdict.verdict, failed(verdict)) == ("blocked", [("dbt.never_null_person_person_id", "skipped")])


def test_a_result_that_was_deleted_blocks(gated: Settings) -> None:
    run_checks(gated, "r1")
    with psycopg.connect(warehouse.admin_url(gated), autocommit=True) as connection:
        connection.execute(
            "delete from ops.check_result where check_name in ('person.unique', 'dbt.never_null_person_person_id')"
        )
    assert failed(judge(gated, "r1")) == [("person.unique", "missing"), ("required.dbt.*", "0 results")]


def test_each_table_of_the_candidate_needs_its_tests(gated: Settings) -> None:
    required = gated.project_dir / "expectations" / "release" / "required_checks.yaml"
    required.write_text(REQUIRED.replace("dbt.*", "'dbt.one_row_per_{model}_*'"))
    execute(gated, "update ops.check_result set check_name = 'dbt.one_row_per_published_reconciliation_feed'")
    verdict = run_checks(gated, "r1")
    assert verdict.verdict == "blocked"
    assert failed(verdict) == [("required.dbt.one_row_per_published_coverage_by_area_*", "0 results")]


def test_a_family_that_is_no_longer_asked_for_is_taken_back(gated: Settings) -> None:
    required = gated.project_dir / "expectations" / "release" / "required_checks.yaml"
    required.write_text(REQUIRED.replace("dbt.*", "dbt.of_nothing"))
    assert run_checks(gated, "r1").verdict == "blocked"
    required.write_text(REQUIRED)
    assert judge(gated, "r1").verdict == "pass"
    assert not rows(gated, warehouse.PUBLISHER, "select check_name from ops.check_result where success is not true")


def test_the_page_lists_every_check_with_its_last_result(gated: Settings) -> None:
    execute(gated, "delete from population.person where person_id = 3")
    run_checks(gated, "r1")
    waive(gated, "person.people", "Ani", "known & < since > June", TOMORROW)
    text = write_catalogue(gated).read_text()
    for words in (
        "Three people at least.",
        "failed: 2",
        "≥ 3",
        "passed: 0",
        "Built by dbt.",
        "known &amp; &lt; since &gt; June",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("before", "after", "name", "how"),
    [
        ("severity: warning", "severity: info", "person.people", "severity warning → info"),
        ("{min: 3}", "{min: 1}", "person.people", "expected ≥ 3 → ≥ 1"),
        ("(select * from population.person)", "(select * from population.person where person_id < 9)", "person.people",
         "it measures something else"),
        ("count(distinct person_id)", "count(distinct is_counted)", "person.unique", "it measures something else"),
        ("  - name: person.people", "  - name: person.others", "person.people", "removed"),
    ],
)  # fmt: skip
def test_a_check_that_changed_since_the_last_release_asks_a_person(
    candidate: Settings, gated: Settings, before: str, after: str, name: str, how: str
) -> None:
    assert run_checks(gated, "r1").verdict == "pass"
    publish(candidate, "r1")
    delivered(candidate, "r2")
    passed(candidate, "r2")
    execute(gated, "update ops.check_result set check_name = 'dbt.never_null_person_person_id' where run_id = 'r2'")
    write_suite(gated.project_dir, SUITE.replace(before, after, 1))
    verdict = run_checks(gated, "r2")
    assert (f"required.unchanged.{name}", how) in failed(verdict)
    assert {failure.severity for failure in verdict.failed if "unchanged" in failure.check_name} == {"warning"}
    if verdict.verdict == "needs_approval":
        assert approve(gated, "r2", "Sri", "agreed in the meeting").verdict == "pass"
        publish(candidate, "r2")
        delivered(candidate, "r3")
        passed(candidate, "r3")
        execute(gated, "update ops.check_result set check_name = 'dbt.never_null_person_person_id' where run_id = 'r3'")
        assert run_checks(gated, "r3").verdict == "pass", "what a person accepted is the new baseline"


def test_checks_are_held_against_the_release_that_readers_see(candidate: Settings, gated: Settings) -> None:
    """One that was released with a lowered check and rolled back is no baseline: the next run is asked about again."""

    def passed_by_dbt(run_id: str) -> None:
        passed(candidate, run_id)
        name = "'dbt.never_null_person_person_id'"
        execute(gated, f"update ops.check_result set check_name = {name} where run_id = '{run_id}'")

    run_checks(gated, "r1")
    first = publish(candidate, "r1").release_id
    delivered(candidate, "r2")
    passed_by_dbt("r2")
    write_suite(gated.project_dir, SUITE.replace("{min: 3}", "{min: 1}"))
    run_checks(gated, "r2")
    approve(gated, "r2", "Sri", "only a few cards")
    publish(candidate, "r2")
    rollback(candidate, first)
    delivered(candidate, "r3")
    passed_by_dbt("r3")
    verdict = run_checks(gated, "r3")
    assert verdict.verdict == "needs_approval"
    assert failed(verdict) == [("required.unchanged.person.people", "expected ≥ 3 → ≥ 1")]


def test_a_test_of_dbt_that_is_gone_or_looks_for_less_asks_a_person(candidate: Settings, gated: Settings) -> None:
    execute(gated, "update ops.check_result set condition = 'all rows' where check_name like 'dbt.%'")
    execute(gated, "insert into ops.check_result (run_id, gate, check_name, severity, success)"
             " values ('r1', 'file', 'dbt.gone', 'critical', true)")  # fmt: skip
    run_checks(gated, "r1")
    publish(candidate, "r1")
    delivered(candidate, "r2")
    passed(candidate, "r2")
    execute(gated, "update ops.check_result set check_name = 'dbt.never_null_person_person_id', condition = 'few rows'"
             " where run_id = 'r2'")  # fmt: skip
    assert failed(run_checks(gated, "r2")) == [
        ("required.unchanged.dbt.gone", "removed"),
        ("required.unchanged.dbt.never_null_person_person_id", "it measures something else"),
    ]


@pytest.mark.parametrize("pattern", ["dbt.one_row_per_published_{table}_*", "{table}.no_small_cell"])
def test_a_published_table_without_its_guard_is_not_released(gated: Settings, pattern: str) -> None:
    required = gated.project_dir / "expectations" / "release" / "required_checks.yaml"
    required.write_text(REQUIRED.replace("dbt.*", f"'{pattern}', besides: [reconciliation]"))
    verdict = run_checks(gated, "r1")
    assert verdict.verdict == "blocked"
    assert failed(verdict) == [(f"required.{pattern.replace('{table}', 'coverage_by_area')}", "0 results")]

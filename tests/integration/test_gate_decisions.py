"""What people decide about a run on a real server: waivers, approvals and rejections, and who decided why."""

from datetime import UTC, date, datetime, timedelta

import pytest
from gating import execute

from satu.errors import WrongUsage
from satu.gate import approve, decisions, judge, reject, run_checks, waive
from satu.settings import Settings

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)  # a test may begin before midnight and end after it


def test_a_failed_warning_waits_for_a_person(gated: Settings) -> None:
    execute(gated, "delete from population.person where person_id = 3")
    assert run_checks(gated, "r1").verdict == "needs_approval"
    approved = approve(gated, "r1", "Sri", "the third card is being printed")
    assert (approved.verdict, approved.approved_by) == ("pass", "Sri")
    assert judge(gated, "r1").verdict == "pass"


def test_a_waiver_stands_until_its_day(gated: Settings) -> None:
    execute(gated, "delete from population.person where person_id = 3")
    waive(gated, "person.people", "Sri", "known since June", TOMORROW)
    assert run_checks(gated, "r1").verdict == "pass"
    assert [failure.waived_by for failure in judge(gated, "r1").failed] == ["Sri"]
    execute(
        gated,
        "insert into ops.waiver (check_name, waived_by, reason, valid_until) values ('x', 'y', 'z', '2001-01-01')",
    )
    with pytest.raises(WrongUsage, match="unknown"):
        waive(gated, "person.poeple", "Sri", "a typing error", date(2999, 1, 1))


def test_an_expired_waiver_waives_nothing(gated: Settings) -> None:
    execute(gated, "delete from population.person where person_id = 3")
    expired = "('person.people', 'Sri', 'was known', current_date - 1)"
    execute(gated, f"insert into ops.waiver (check_name, waived_by, reason, valid_until) values {expired}")
    assert run_checks(gated, "r1").verdict == "needs_approval"


def test_only_a_run_with_results_can_be_approved(gated: Settings) -> None:
    with pytest.raises(WrongUsage, match="no check results"):
        approve(gated, "never", "Sri", "why not")
    with pytest.raises(WrongUsage, match="name"):
        approve(gated, "r1", "", "why not")


def test_an_approval_lifts_the_warnings_that_had_failed_and_no_other(gated: Settings) -> None:
    execute(gated, "delete from population.person where person_id = 3")
    run_checks(gated, "r1")
    assert approve(gated, "r1", "Sri", "one moved away").verdict == "pass"
    execute(
        gated,
        "insert into ops.check_result (run_id, gate, check_name, severity, success)"
        " values ('r1', 'population', 'dbt.another', 'warning', false)",
    )
    assert judge(gated, "r1").verdict == "needs_approval"
    assert approve(gated, "r1", "Sri", "that too").verdict == "pass"


def test_a_rejection_stands_until_an_approval(gated: Settings) -> None:
    execute(gated, "delete from population.person where person_id = 3")
    run_checks(gated, "r1")
    reject(gated, "r1", "Budi", "a card is missing")
    waive(gated, "person.people", "Sri", "known since June", TOMORROW)
    assert (judge(gated, "r1").verdict, judge(gated, "r1").rejected_by) == ("rejected", "Budi")
    assert approve(gated, "r1", "Sri", "it came").verdict == "pass"
    with pytest.raises(WrongUsage, match="reason"):
        reject(gated, "r1", "Budi", " ")


def test_every_decision_is_listed_with_who_and_why(gated: Settings) -> None:
    execute(gated, "delete from population.person where person_id = 3")
    run_checks(gated, "r1")
    reject(gated, "r1", "Budi", "a card is missing")
    approve(gated, "r1", "Sri", "it came")
    waive(gated, "person.people", "Ani", "known since June", TOMORROW)
    found = [
        tuple(row[name] for name in ("decision", "subject", "decided_by", "reason", "valid_until"))
        for row in decisions(gated)
    ]
    assert found == [
        ("waiver", "person.people", "Ani", "known since June", str(TOMORROW)),
        ("approval", "r1", "Sri", "it came", None),
        ("rejection", "r1", "Budi", "a card is missing", None),
    ]

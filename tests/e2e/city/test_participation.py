"""Who took part online, by area, day, office and activity, held against counts made apart from the warehouse's own."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import floor
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest

from support import Published

JAKARTA = ZoneInfo("Asia/Jakarta")
OPENED, CLOSED = date(2020, 2, 15), date(2020, 5, 29)


@dataclass(frozen=True)
class Form:
    """One online form as it was exported."""

    submission_id: str
    card: str
    status: str
    started_at: datetime
    finished_at: datetime | None
    device: str
    grade: str | None
    proof_no: str | None

    @property
    def day(self) -> date:
        assert self.finished_at
        return self.finished_at.astimezone(JAKARTA).date()


@pytest.fixture(scope="module")
def forms(published: Published) -> list[Form]:
    found = published.rows(
        "select submission_id, coalesce(family_card_no, submission_id), submission_status, started_at, finished_at,"
        " device, grade, proof_no from staging.stg_online_household where is_latest"
    )
    return [Form(*row) for row in found]


def standing(forms: Iterable[Form], day: date = CLOSED) -> dict[str, Form]:
    """The newest sent form of each card at the end of a day."""
    newest: dict[str, Form] = {}
    sent = [form for form in forms if form.status == "sent" and form.day <= day]
    for form in sorted(sent, key=lambda form: (form.finished_at, form.submission_id)):
        newest[form.card] = form
    return newest


def test_participation_is_what_the_forms_say(published: Published, forms: list[Form]) -> None:
    columns = (
        "responded_household_count, responded_person_count, mobile_household_count, desktop_household_count,"
        " proof_household_count, grade_a_b_household_count, draft_household_count,"
        " duration_median_seconds, duration_p95_seconds"
    )
    [found] = published.rows(f"select {columns} from coverage.online_participation where area_level = 'regency'")
    stand = standing(forms).values()
    ids = {form.submission_id for form in stand}
    members = published.rows("select submission_id, residence from staging.stg_online_person where is_latest")
    seconds = [(form.finished_at - form.started_at).total_seconds() for form in stand if form.finished_at]
    sent_cards = {form.card for form in forms if form.status == "sent"}
    assert found == (
        len(stand),
        sum(residence == "here" for submission_id, residence in members if submission_id in ids),
        sum(form.device == "mobile" for form in stand),
        sum(form.device == "desktop" for form in stand),
        sum(form.proof_no is not None for form in stand),
        sum(form.grade in ("a", "b") for form in stand),
        len({form.card for form in forms if form.status == "draft"} - sent_cards),
        floor(np.percentile(seconds, 50) + 0.5),
        floor(np.percentile(seconds, 95) + 0.5),
    )
    assert len(forms) > len(stand) + found[6]  # a card has answered twice, or drafted first and sent later


def test_participation_adds_up_over_areas_and_is_where_people_live(published: Published) -> None:
    counts = (
        "responded_household_count, responded_person_count, mobile_household_count, desktop_household_count,"
        " proof_household_count, grade_a_b_household_count, timed_household_count"
    )
    levels = {
        level: totals
        for level, *totals in published.rows(
            f"select area_level, {', '.join(f'sum({c})' for c in counts.split(', '))}"
            " from coverage.online_participation group by area_level"
        )
    }
    assert levels["regency"] == levels["district"] == levels["village"]
    drafts = dict(
        published.rows("select area_level, sum(draft_household_count) from coverage.online_participation group by 1")
    )
    # A draft that names no area, of nobody who is counted, is only known to be of the city.
    assert drafts["regency"] >= drafts["district"] >= drafts["village"]
    assert drafts["village"] * 10 >= drafts["regency"] * 9
    homes = _named(published, "m.residence = 'here'").group_by("kode_kelurahan").len()
    expected = dict(homes.iter_rows())
    found = dict(
        published.rows(
            "select area_code, responded_person_count from coverage.online_participation where area_level = 'village'"
        )
    )
    assert sum(abs(found[code] - expected.get(code, 0)) for code in found) <= 0.03 * sum(expected.values())


def _named(published: Published, condition: str) -> pl.DataFrame:
    """The true people behind the members of standing submissions who meet a condition."""
    members = published.rows(
        "select f.feed || '/area=' || f.area_code || '/period=' || f.period || '/' || f.file_name, m.record_no"
        " from staging.stg_online_person as m join ops.file as f using (file_id)"
        f" join population.standing_submission using (submission_id) where m.is_latest and {condition}"
    )
    records = pl.read_parquet(published.truth / "record.parquet")
    keys = pl.DataFrame(members, schema={"uri": pl.String, "record_no": pl.Int64}, orient="row")
    people = keys.join(records, on=["uri", "record_no"]).select("true_id").unique()
    return pl.read_parquet(published.truth / "person.parquet").join(people, on="true_id")


@pytest.mark.parametrize("day", [date(2020, 3, 5), date(2020, 3, 31), CLOSED])
def test_a_day_of_the_past_reads_as_it_was_then(published: Published, forms: list[Form], day: date) -> None:
    [(responded, clean)] = published.rows(
        "select sum(responded_household_count), sum(clean_household_count) from coverage.coverage_daily"
        f" where area_level = 'regency' and event_date <= '{day}'"
    )
    faultless = dict(published.rows("select submission_id, is_clean from population.online_return"))
    then, later = standing(forms, day), standing(forms)
    clean_then = {card for card, form in then.items() if faultless[form.submission_id]}
    faulty_later = {f.card for f in forms if f.status == "sent" and f.day > day and not faultless[f.submission_id]}
    spoilt = clean_then & faulty_later
    assert responded == len(then)
    assert clean == len(clean_then - spoilt)
    assert 0 < clean < responded
    assert len(spoilt) <= 0.01 * len(later)


def test_households_are_verified_day_by_day(published: Published) -> None:
    [(before, whole)] = published.rows(
        "select sum(verified_household_count) filter (where event_date < '2020-09-01'), sum(verified_household_count)"
        " from coverage.coverage_daily where area_level = 'regency'"
    )
    assert not before
    assert [(whole,)] == published.rows(
        "select verified_household_count from coverage.household_status where area_level = 'regency'"
    )


def test_offices_take_part_as_their_civil_servants_do(published: Published) -> None:
    [delivered] = (Path(published.settings.landing_url) / "asn").rglob("*.csv")
    staff = list(csv.DictReader(delivered.read_text(encoding="utf-8").splitlines()))
    reached = set(_named(published, "true")["nik"])
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for row in staff:
        nik = row["nik"]
        number = "missing" if nik.startswith("99999999") else "damaged" if len(nik) != 16 else "usable"
        expected[row["instansi"]].update(["all", number, *(["responded"] if nik in reached else [])])
    found = published.rows(
        "select office_name, civil_servant_count, number_missing_count, number_damaged_count, number_unknown_count,"
        " responded_civil_servant_count from coverage.asn_participation"
    )
    assert {row[0]: row[1:4] for row in found} == {
        office: (counts["all"], counts["missing"], counts["damaged"]) for office, counts in expected.items()
    }
    assert sum(row[2] for row in found) > 0 < sum(row[3] for row in found)
    assert sum(row[4] for row in found) <= 0.02 * len(staff)
    assert sum(abs(row[5] - expected[row[0]]["responded"]) for row in found) <= 0.02 * len(staff)


@dataclass(frozen=True)
class Campaign:
    """Activities by number, targets by work area and first answers by place, as delivered."""

    activities: dict[str, tuple[date, str]]
    targets: dict[str, int]
    answers: list[tuple[str, date]]

    def rate(self, codes: Iterable[str], first: date, last: date) -> float:
        """Answers a day per thousand of the target of all the areas."""
        target = sum(count for sls, count in self.targets.items() for code in codes if sls.startswith(code))
        return round(1000 * sum(self.answered(code, first, last) for code in codes) / (7 * target), 2)

    def answered(self, code: str, first: date, last: date) -> int:
        return sum(unit.startswith(code) and first <= day <= last for unit, day in self.answers)

    def near(self, activity_id: str) -> list[str]:
        """Where else something was held within seven days."""
        day = self.activities[activity_id][0]
        return [c for a, (d, c) in self.activities.items() if a != activity_id and abs((d - day).days) <= 7]

    def untouched(self, activity_id: str) -> list[str]:
        """Villages with a target that nothing else touched, unless it touched the activity's own as a whole."""
        code, near = self.activities[activity_id][1], self.near(activity_id)
        villages = {sls[:10] for sls, target in self.targets.items() if target} - {code}
        return [v for v in villages if not any(touches(c, v) and not code.startswith(c) for c in near)]


def touches(one: str, other: str) -> bool:
    """Whether one area lies in the other: codes of areas nest."""
    return one.startswith(other) or other.startswith(one)


def test_activities_stand_against_areas_that_nothing_touched(published: Published) -> None:
    held = published.rows("select activity_id, activity_date, bps_code from staging.stg_outreach where is_latest")
    campaign = Campaign(
        {activity_id: (day, code) for activity_id, day, code in held},
        dict(published.rows("select sls_code, target_households from staging.stg_area where is_latest")),
        published.rows("select unit_code, responded_date from population.submission"),
    )
    found = published.rows(
        "select activity_id, not_compared_reason, other_activity_count, comparison_area_count, before_household_count,"
        " after_household_count, round(1000.0 * after_household_count / (7 * target_household_count), 2)"
        " - round(1000.0 * before_household_count / (7 * target_household_count), 2)"
        " - round(1000.0 * comparison_after_household_count / (7 * comparison_target_count), 2)"
        " + round(1000.0 * comparison_before_household_count / (7 * comparison_target_count), 2)"
        " from coverage.outreach_response"
    )
    assert {row[0] for row in found} == campaign.activities.keys()
    assert Counter(row[1] for row in found).keys() >= {None, "whole_regency", "days_missing"}
    week, one = timedelta(days=7), timedelta(days=1)
    for activity_id, reason, others, areas, before, after, change in found:
        day, code = campaign.activities[activity_id]
        sides = ((day - week, day - one), (day + one, day + week))
        assert (reason == "days_missing") == (day - week < OPENED or day + week > CLOSED), activity_id
        assert others == sum(touches(c, code) for c in campaign.near(activity_id)), activity_id
        if reason != "days_missing":
            assert (before, after) == tuple(campaign.answered(code, *side) for side in sides), activity_id
            assert (reason == "whole_regency") == (len(code) == 4), activity_id
        if reason is None:
            beside = campaign.untouched(activity_id)
            own, theirs = ([campaign.rate(codes, *side) for side in sides] for codes in ([code], beside))
            assert areas == len(beside), activity_id
            assert float(change) == pytest.approx(own[1] - own[0] - theirs[1] + theirs[0], abs=0.011), activity_id
        else:
            assert (areas, change) == (0, None), activity_id

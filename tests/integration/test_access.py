"""Grants on microdata, what is written down of reads, and how long personal data are kept."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from asn_files import asn

from satu import pipeline, warehouse
from satu.errors import WrongUsage
from satu.privacy import access_log, microdata_grants, processing_record, retention
from support import Landing

TOMORROW = datetime.now(UTC).date() + timedelta(days=1)  # a test may begin before midnight and end after it


@pytest.fixture(autouse=True)
def _tables(landing: Landing) -> None:
    pipeline.prepare(landing.settings)


@pytest.mark.parametrize(
    ("login", "area", "by", "until", "says"),
    [
        ("nobody_of_this_server", "3371", "A", TOMORROW, "no login"),
        ("satu_analyst", "3371", "A", TOMORROW, "no login"),
        ("satu_pipeline", "Magelang", "A", TOMORROW, "not an area code"),
        ("satu_pipeline", "3371", " ", TOMORROW, "needs a name and a reason"),
        ("satu_pipeline", "3371", "A", TOMORROW - timedelta(days=3), "is past"),
    ],
)
def test_a_grant_that_does_not_fit_is_not_written(
    landing: Landing, login: str, area: str, by: str, until: date, says: str
) -> None:
    with pytest.raises(WrongUsage, match=says):
        microdata_grants.grant(landing.settings, login, area, by, "asked", until)
    assert microdata_grants.grants(landing.settings) == []


def test_a_grant_is_listed_until_it_is_ended_and_after(landing: Landing) -> None:
    made = microdata_grants.grant(landing.settings, "satu_pipeline", "3371", "A", "asked", TOMORROW)
    assert not made.is_member
    try:
        assert [row["is_open"] for row in microdata_grants.grants(landing.settings)] == [True]
        microdata_grants.end(landing.settings, made.grant_id, "B", "done")
        (row,) = microdata_grants.grants(landing.settings)
        assert (row["is_open"], row["granted_by"], row["ended_by"], row["end_reason"]) == (False, "A", "B", "done")
        with pytest.raises(WrongUsage, match="no grant"):
            microdata_grants.end(landing.settings, made.grant_id, "B", "done")
    finally:
        landing.query("delete from ops.microdata_grant returning grant_id")


def test_a_read_is_written_down_under_the_login_of_the_server(landing: Landing) -> None:
    before = access_log.history(landing.settings, "ops.rejected_record")
    access_log.note(landing.settings, "satu rejects --clear", "ops.rejected_record", 3)
    try:
        (row,) = (row for row in access_log.history(landing.settings, "ops.rejected_record") if row not in before)
        assert (row["login"], row["os_user"], row["record_count"]) == ("satu_pipeline", access_log.os_user(), 3)
        assert access_log.history(landing.settings, "raw.asn") == []
    finally:
        landing.query("delete from ops.access returning access_id")


def test_only_the_server_itself_says_who_has_read(
    landing: Landing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines about who was not let in quote what they sent."""
    at, read = "2026-11-26 10:00:00.000 UTC [7] ", "LOG:  satu access: {} reads microdata.person"
    wanted = ('"try, LOG:  satu access: x"', "mira")
    forged = (
        f'{at}FATAL:  unrecognized configuration parameter "{read.format("bob")}',
        f'{at}FATAL:  unrecognized configuration parameter "\r{at}{read.format("bob")}\r"',
        f'{at}FATAL:  role "\n\t{at}{read.format("bob")}\n\t" does not exist',
    )
    log = tmp_path / "postgres.log"
    log.write_text("\n".join([*forged, *(at + read.format(login) for login in wanted)]) + "\n", newline="\n")
    monkeypatch.setattr(warehouse, "server_log", lambda _: log)
    assert sorted(row["login"] for row in access_log.history(landing.settings, "microdata.person")) == sorted(wanted)


def test_lines_and_replaced_records_are_deleted_when_their_day_has_come(landing: Landing) -> None:
    line = "198612132010111001,3371031312860001,A B,DISDUKCAPIL,3371"
    landing.drop("asn", "asn.csv", asn(line, f"{line},more"))
    landing.load()
    landing.drop("asn", "asn.csv", asn(line, f"{line},more", f"{line},and more"))
    landing.load()
    counts = "select file_id, records_read, records_loaded, records_rejected from ops.file order by file_id"
    before = landing.query(counts)
    kept = processing_record.load_record(landing.settings.project_dir)
    days = {table: kept.days(table) or 0 for table in (retention.REJECTED_LINES, retention.SUPERSEDED_RECORDS)}
    assert 0 < days[retention.REJECTED_LINES] < days[retention.SUPERSEDED_RECORDS]

    for table, expected in (
        (None, (3, 2)),
        (retention.REJECTED_LINES, (0, 2)),
        (retention.SUPERSEDED_RECORDS, (0, 1)),
    ):
        age = days[table] + 1 if table else 0
        landing.query("update ops.file set loaded_at = now() - make_interval(days => %s) returning file_id", age)
        pipeline.maintain(landing.settings)
        lines = landing.query("select count(raw), count(*) from ops.rejected_record")
        assert (lines[0][0], landing.query("select count(*) from raw.asn")[0][0]) == expected
        assert lines[0][1] == 3
    assert landing.query(counts) == before

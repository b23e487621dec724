"""What a release was made from is written with it, holds no person and no address, and two releases can be compared."""

import json
import re
from collections.abc import Callable

import pytest
from publishing import candidate_says, delivered, next_release, passed

from satu import build_fingerprint, contracts, warehouse
from satu.errors import WrongUsage
from satu.export import export_release
from satu.release import Difference, diff, manifest_of, publish
from satu.release.manifest import LIBRARIES
from satu.settings import Settings


@pytest.fixture
def of(candidate: Settings) -> Callable[[str], Difference]:
    """Compare the first release with a second one, and give what is said of a mart."""
    first = publish(candidate, "r1").release_id
    with warehouse.connect(candidate, warehouse.TRANSFORMER) as connection:
        for statement in (
            "update candidate.coverage_by_area set counted_person_count = 90 where area_level = 'regency'",
            "insert into candidate.coverage_by_area values ('district', '3371020', 'MAGELANG UTARA', 7)",
            "delete from candidate.coverage_by_area where area_code = '3371010'",
            "alter table candidate.reconciliation add column late_count integer default 3",
            "create table candidate.age_quality as table candidate.reconciliation",
        ):
            connection.execute(statement.encode())
    delivered(candidate, "r2")
    passed(candidate, "r2")
    found = {one.mart: one for one in diff(candidate, first, publish(candidate, "r2").release_id)}
    assert list(found) == sorted(found)
    return found.__getitem__


def test_a_manifest_says_what_the_release_was_made_from(candidate: Settings) -> None:
    delivered(candidate, "a" * 64)
    passed(candidate, "r2")
    with warehouse.connect(candidate, warehouse.PUBLISHER) as connection:
        connection.execute("insert into ops.approval (run_id, approved_by, reason) values ('r2', 'Wati', 'looked at')")
        connection.execute(
            "insert into ops.check_result (run_id, gate, check_name, severity, success, observed, expected)"
            " values ('r2', 'release', 'drift', 'warning', false, '7', '<= 5')"
        )
        connection.execute(
            "insert into ops.waiver (check_name, waived_by, reason, valid_until)"
            " values ('drift', 'Budi', 'a new village', '2999-12-31'), ('other', 'Budi', 'no cause', '2999-12-31')"
        )
    found = manifest_of(candidate, publish(candidate, "r2").release_id)
    known = contracts.load_contracts(candidate.project_dir / "contracts")
    assert (found["run_id"], found["approved_by"], found["approval_reason"]) == ("r2", "Wati", "looked at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.+", found["created_at"])
    assert found["rules_fingerprint"] == build_fingerprint.fingerprint(candidate.project_dir)
    assert found["survivorship_version"] == 2
    assert found["contract_versions"] == {feed: contract.version for feed, contract in known.items()}
    assert set(found["library_versions"]) == {"python", "postgresql", *LIBRARIES}
    assert found["input_files"] == [
        {
            "feed": "area",
            "area_code": "3371",
            "period": "2020-02-01",
            "sha256": "a" * 64,
            "bytes": 1,
            "records_read": 0,
            "records_loaded": 0,
            "records_rejected": 0,
        }
    ]
    assert {check["check_name"]: check["success"] for check in found["checks"]} == {"drift": False, "some_check": True}
    assert [waiver["waived_by"] for waiver in found["waivers"]] == ["Budi"]
    tables = {table["name"]: table for table in found["tables"]}
    assert tables["coverage_by_area"]["rows"] == 2
    assert tables["coverage_by_area"]["one_row_per"] == ["area_level", "area_code"]


def test_a_checksum_is_of_the_rows_and_not_of_their_order_or_release(candidate: Settings) -> None:
    def checksum(run_id: str) -> str:
        delivered(candidate, run_id)
        passed(candidate, run_id)
        tables = manifest_of(candidate, publish(candidate, run_id).release_id)["tables"]
        return str(next(table["checksum"] for table in tables if table["name"] == "coverage_by_area"))

    first = checksum("c1")
    with warehouse.connect(candidate, warehouse.TRANSFORMER) as connection:
        connection.execute("create table candidate.aside as table candidate.coverage_by_area")
        connection.execute("truncate candidate.coverage_by_area")
        connection.execute(
            "insert into candidate.coverage_by_area select * from candidate.aside order by area_code desc"
        )
        connection.execute("drop table candidate.aside")
    assert checksum("c2") == first
    candidate_says(candidate, 101)
    assert checksum("c3") != first


def test_the_export_holds_the_manifest_and_the_files_of_each_table(candidate: Settings) -> None:
    release_id = publish(candidate, "r1").release_id
    written = json.loads((export_release(candidate, release_id) / "manifest.json").read_text())
    stored = manifest_of(candidate, release_id)
    for check in stored["checks"]:
        del check["observed"]  # it can be an exact count, and is not handed out
    assert {name: written[name] for name in stored if name not in ("tables", "created_at")} == {
        name: value for name, value in stored.items() if name not in ("tables", "created_at")
    }
    checksums = {table["name"]: table["checksum"] for table in stored["tables"]}
    assert {table["name"]: table["checksum"] for table in written["tables"] if "checksum" in table} == checksums


def test_no_address_is_in_a_manifest(candidate: Settings) -> None:
    """A URI can hold a password; a file is known by its bytes."""
    with warehouse.connect(candidate, warehouse.LOADER) as connection:
        connection.execute(
            "insert into ops.file (feed, area_code, period, uri, file_name, sha256, bytes, modified, status, loaded_at,"
            " records_read, records_loaded, records_rejected) values ('area', '3371', '2020-02-01',"
            " 's3://key:geheim@bucket/x', 'budi.csv', 'f', 1, '', 'loaded', clock_timestamp(), 0, 0, 0)"
        )
    passed(candidate, "r2")
    found = json.dumps(manifest_of(candidate, publish(candidate, "r2").release_id))
    assert '"sha256": "f"' in found
    assert not re.search("geheim|bucket|budi", found)


def test_a_release_that_never_was_has_no_manifest(candidate: Settings) -> None:
    with pytest.raises(WrongUsage, match="no release"):
        manifest_of(candidate, "2001-01-01.1")


def test_rows_are_counted_as_added_gone_and_changed_by_level_and_area(of: Callable[[str], Difference]) -> None:
    found = of("coverage_by_area")
    counts = ("rows_before", "rows_after", "rows_added", "rows_gone", "rows_changed")
    assert {row["area_level"]: tuple(row[name] for name in counts) for row in found.levels} == {
        "district": (1, 1, 1, 1, 0),
        "regency": (1, 1, 0, 0, 1),
    }
    assert [(row["area_code"], row["area_name"]) for row in found.areas] == [
        ("3371010", "MAGELANG SELATAN"),
        ("3371020", "MAGELANG UTARA"),
        ("3371", "KOTA MAGELANG"),
    ]


def test_count_columns_are_summed_by_level(of: Callable[[str], Difference]) -> None:
    sums = {row["area_level"]: row for row in of("coverage_by_area").sums}
    assert {level: (row["sum_before"], row["sum_after"], row["difference"]) for level, row in sums.items()} == {
        "district": (100, 7, -93),
        "regency": (100, 90, -10),
    }


def test_other_columns_and_marts_are_told_and_what_is_in_both_is_compared(of: Callable[[str], Difference]) -> None:
    found = of("reconciliation")
    assert (found.columns_added, found.columns_gone) == (["late_count"], [])
    assert found.areas == []
    assert "only in release" in str(of("age_quality").note)


def test_releases_of_the_same_rows_do_not_differ(candidate: Settings) -> None:
    first = publish(candidate, "r1").release_id
    assert all(one.is_empty for one in diff(candidate, first, next_release(candidate, "r2", 100)))


def test_what_cannot_be_compared_is_told(candidate: Settings) -> None:
    first = publish(candidate, "r1").release_id
    second = next_release(candidate, "r2", 200)
    with pytest.raises(WrongUsage, match=r"2001-01-01\.1"):
        diff(candidate, first, "2001-01-01.1")
    with pytest.raises(WrongUsage, match="expected two releases"):
        diff(candidate, first, first)
    with pytest.raises(WrongUsage, match="expected one of: coverage_by_area, reconciliation"):
        diff(candidate, first, second, mart="lunch")

"""The record of processing speaks of this warehouse: its roles, its classes of data, its schemas."""

from pathlib import Path

import pytest

from satu import warehouse
from satu.contracts import load_contracts
from satu.errors import WrongUsage
from satu.privacy import processing_record, retention

ROOT = Path(__file__).parents[2]
RECORD = processing_record.load_record(ROOT)


def test_recipients_are_the_roles() -> None:
    named = {role for activity in RECORD.activities for role in activity.recipients}
    assert named == {*warehouse.ROLES} - {warehouse.OWNER}


def test_every_class_of_the_contracts_has_a_purpose() -> None:
    classes = {
        column.classification for contract in load_contracts(ROOT / "contracts").values() for column in contract.columns
    }
    assert classes == {name for activity in RECORD.activities for name in activity.data_classes}


def test_what_is_deleted_is_what_the_record_says() -> None:
    assert {rule.table for rule in RECORD.retention if rule.days} == {
        retention.REJECTED_LINES,
        retention.SUPERSEDED_RECORDS,
    }


def test_every_row_of_the_page_is_full() -> None:
    rows = processing_record.rows(RECORD)
    assert len(rows) == len(RECORD.activities) + len(RECORD.retention)
    assert all(row["subject"] and row["purpose"] and row["responsible"] for row in rows)


@pytest.mark.parametrize("text", ["activities: 3", "controller: x"])
def test_a_record_that_does_not_fit_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "governance").mkdir()
    (tmp_path / "governance" / "processing.yaml").write_text(text)
    with pytest.raises(WrongUsage, match="does not have the form"):
        processing_record.load_record(tmp_path)
    with pytest.raises(WrongUsage, match="cannot be read"):
        processing_record.load_record(tmp_path / "elsewhere")

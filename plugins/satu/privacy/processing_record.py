"""The record of processing (governance/processing.yaml): purposes, recipients and retention of personal data."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from satu.errors import WrongUsage
from satu.strict import Strict


class Activity(Strict):
    """One purpose for which personal data are processed."""

    name: str
    purpose: str
    legal_basis: str
    data_classes: tuple[Literal["identifier", "personal", "public"], ...]
    tables: tuple[str, ...]
    recipients: tuple[str, ...]


class Retention(Strict):
    """Retention of one kind of data: `days`, or as long as the warehouse exists."""

    data: str
    table: str
    rationale: str
    days: int | None = None


class ProcessingRecord(Strict):
    """The whole record."""

    controller: str
    responsible: str
    activities: tuple[Activity, ...]
    retention: tuple[Retention, ...]

    def days(self, table: str) -> int | None:
        """Return after how many days rows of `table` are deleted; none if they are kept."""
        return next((kept.days for kept in self.retention if kept.table == table), None)


def load_record(project: Path) -> ProcessingRecord:
    """Read the record of a project.

    Raises:
        WrongUsage: it does not exist or has another form.
    """
    path = project / "governance" / "processing.yaml"
    try:
        return ProcessingRecord.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError:
        raise WrongUsage(f"{path} cannot be read; expected the record of processing") from None
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise WrongUsage(f"{path} does not have the form of the record: {details}") from None


def rows(record: ProcessingRecord) -> list[dict[str, Any]]:
    """Return one row per activity, then one per kind of data with a retention, for display."""
    activities = [
        {
            "subject": activity.name,
            "purpose": activity.purpose,
            "legal_basis": activity.legal_basis,
            "data_classes": ", ".join(activity.data_classes),
            "tables": ", ".join(activity.tables),
            "recipients": ", ".join(activity.recipients),
            "kept": "see below",
            "responsible": record.responsible,
        }
        for activity in record.activities
    ]
    kept = [
        {
            "subject": rule.data,
            "purpose": rule.rationale,
            "legal_basis": "",
            "data_classes": "",
            "tables": rule.table,
            "recipients": "",
            "kept": f"{rule.days} days" if rule.days else "as long as the warehouse",
            "responsible": record.responsible,
        }
        for rule in record.retention
    ]
    return [*activities, *kept]

"""The record of processing (governance/processing.yaml): why personal data are here, for whom, and how long."""

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
    """How long data of one kind are kept: `days`, or as long as the warehouse is."""

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
        """Return after how many days what is in `table` is deleted; none where it is kept."""
        return next((kept.days for kept in self.retention if kept.table == table), None)


def load_record(project: Path) -> ProcessingRecord:
    """Read the record of a project.

    Raises:
        WrongUsage: it is not there or does not keep to its form.
    """
    path = project / "governance" / "processing.yaml"
    try:
        return ProcessingRecord.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError:
        raise WrongUsage(f"{path} cannot be read; expected the record of processing") from None
    except ValidationError as error:
        details = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise WrongUsage(f"{path} does not keep to the form of the record: {details}") from None


def rows(record: ProcessingRecord) -> list[dict[str, Any]]:
    """Return one row an activity, then one a kind of data that is kept, for people to read."""
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

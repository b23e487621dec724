"""The record of processing (governance/processing.yaml): why personal data are here, for whom, and how long."""

from pathlib import Path
from typing import Any, Literal

import yaml
from psycopg import sql
from pydantic import BaseModel, ConfigDict, ValidationError

from satu import warehouse
from satu.contracts import Contract
from satu.errors import WrongUsage
from satu.settings import Settings

REJECTED_LINES = "ops.rejected_record"
SUPERSEDED_RECORDS = "raw"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Activity(_Strict):
    """One purpose for which personal data are processed."""

    name: str
    purpose: str
    legal_basis: str
    data_classes: tuple[Literal["identifier", "personal", "public"], ...]
    tables: tuple[str, ...]
    recipients: tuple[str, ...]


class Retention(_Strict):
    """How long data of one kind are kept: `days`, or as long as the warehouse is."""

    data: str
    table: str
    rationale: str
    days: int | None = None


class ProcessingRecord(_Strict):
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


def enforce_retention(settings: Settings, contracts: dict[str, Contract]) -> dict[str, int]:
    """Delete what has passed its day; return how many lines and records. Counts in `ops.file` stay as they are."""
    record = load_record(settings.project_dir)
    done = {REJECTED_LINES: 0, SUPERSEDED_RECORDS: 0}
    with warehouse.connect(settings, warehouse.LOADER) as connection:
        if days := record.days(REJECTED_LINES):
            done[REJECTED_LINES] = connection.execute(
                "update ops.rejected_record as r set raw = null from ops.file as f"
                " where f.file_id = r.file_id and r.raw is not null"
                " and f.loaded_at < now() - make_interval(days => %s)",
                (days,),
            ).rowcount
        if days := record.days(SUPERSEDED_RECORDS):
            for feed in contracts:
                statement = sql.SQL(
                    "delete from {} as r using ops.file as f join ops.file as newer on newer.file_id = f.superseded_by"
                    " where f.file_id = r._file_id and f.status = 'superseded'"
                    " and newer.loaded_at < now() - make_interval(days => %s)"
                )
                done[SUPERSEDED_RECORDS] += connection.execute(
                    statement.format(sql.Identifier("raw", feed)), (days,)
                ).rowcount
    return done

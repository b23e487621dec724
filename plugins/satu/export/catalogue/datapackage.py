"""`datapackage.json`: what the files of a release hold, in the form of Data Package v2 (datapackage.org)."""

import json
from pathlib import Path
from typing import Any

import psycopg

from satu.export.data import Exported
from satu.export.source import ReleaseInfo
from satu.settings import Settings
from satu.warehouse.comments import comments_on

NAME = "datapackage.json"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
_TYPES = {"timestamp": "datetime"}


def write_datapackage(
    connection: psycopg.Connection, settings: Settings, info: ReleaseInfo, exported: list[Exported], folder: Path
) -> None:
    """Write the description of the CSV files: types, keys, meanings, and which codes say why a value is missing."""
    manifest = info.manifest or {}
    keys = {table["name"]: table.get("one_row_per") for table in manifest.get("tables", [])}
    described = {
        "$schema": _PROFILE,
        "name": f"census-{info.area_code}-{info.release_id}".lower(),
        "title": f"Population census of {info.area_name.title()}, release {info.release_id}",
        "description": _description(info),
        "version": info.release_id,
        "created": info.created_at.isoformat(),
        "licenses": [_stated(name=settings.licence, path=_LICENCES.get(settings.licence))],
        "contributors": [_stated(title=settings.publisher, roles=["publisher"], email=settings.publisher_email)],
        "resources": [_resource(connection, table, keys.get(table.name)) for table in exported],
    }
    (folder / NAME).write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _stated(**given: object) -> dict[str, object]:
    """Return what is given and not empty."""
    return {name: value for name, value in given.items() if value}


def _description(info: ReleaseInfo) -> str:
    manifest = info.manifest or {}
    said = [
        "Simulated data: nobody in these figures lives." if manifest.get("is_simulated") else "",
        f"Counts on the reference day {manifest.get('reference_date') or 'that is not known'}.",
        "Every count of people or households is off by up to 4 at random; one that comes out at 1 to 4 is withheld.",
        "Beside a value that can be missing, <value>_status says why; value_status has the codes.",
        f"These figures are {manifest.get('data_status') or 'provisional'}.",
    ]
    return " ".join(filter(None, said))


def _resource(connection: psycopg.Connection, table: Exported, key: list[str] | None) -> dict[str, Any]:
    meant = comments_on(connection, ("released", table.name))
    fields = [
        {
            "name": name,
            "type": _TYPES.get(kind, kind),
            **_stated(description=meant.columns.get(name)),
            **({"trueValues": ["True"], "falseValues": ["False"]} if kind == "boolean" else {}),
            **({"format": "any"} if kind == "timestamp" else {}),
        }
        for name, kind in table.columns.items()
    ]
    schema: dict[str, Any] = {"fields": fields, "missingValues": [""]}
    if key:
        schema["primaryKey"] = key
    return {
        "name": table.name,
        "type": "table",
        "path": f"data/{table.file}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        **_stated(description=meant.table),
        "schema": schema,
    }

"""`datapackage.json`: what the files of a release hold, in the form of Data Package v2 (datapackage.org)."""

import json
from pathlib import Path
from typing import Any

from satu.export.catalogue.subject import Subject
from satu.export.data import Exported

NAME = "datapackage.json"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_LICENCES = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
}
_TYPES = {"timestamp": "datetime"}


def write_datapackage(about: Subject, folder: Path) -> None:
    """Write the description of the CSV files: types, keys, meanings, and which codes say why a value is missing."""
    info, settings = about.info, about.settings
    described = {
        "$schema": _PROFILE,
        "name": f"census-{info.area_code}-{info.release_id}".lower(),
        "title": about.title("en"),
        "description": about.description("en"),
        "version": info.release_id,
        "created": info.created_at.isoformat(),
        "licenses": [_stated(name=settings.licence, path=_LICENCES.get(settings.licence))],
        "contributors": [_stated(title=settings.publisher, roles=["publisher"], email=settings.publisher_email)],
        "resources": [_resource(about, table) for table in about.exported],
    }
    (folder / NAME).write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _stated(**given: object) -> dict[str, object]:
    """Return what is given and not empty."""
    return {name: value for name, value in given.items() if value}


def _resource(about: Subject, table: Exported) -> dict[str, Any]:
    meant = about.meanings[table.name]
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
    if key := about.keys.get(table.name):
        schema["primaryKey"] = list(key)
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

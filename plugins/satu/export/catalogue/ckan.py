"""`ckan.json`: the release as CKAN's `package_create` takes it.

Addresses of resources are relative to the folder of the release: whoever sends the record puts the address where the
folder is served in front, and adds `owner_org`.
"""

import json
import re
from pathlib import Path
from typing import Any

from satu.export.catalogue.subject import File, Subject

NAME = "ckan.json"
_LICENCES = {"CC-BY-4.0": "cc-by", "CC0-1.0": "cc-zero"}
_TAGS = ("census", "population", "sensus penduduk")


def write_ckan(about: Subject, folder: Path) -> None:
    """Write `<folder>/ckan.json`."""
    (folder / NAME).write_text(json.dumps(record(about), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def record(about: Subject) -> dict[str, Any]:
    """Return the record: texts, `tags` as [{name}], `resources`, and `extras` as [{key, value}] of texts."""
    info = about.info
    name = f"{about.info.file_prefix}census-{info.area_code}-{info.release_id}".lower()
    extras = {
        "release_id": info.release_id,
        "spatial_code": info.area_code,
        "spatial_name": about.area_name,
        "temporal": about.info.reference_date,
        "is_simulated": str(about.info.is_simulated).lower(),
        "title_id": about.title("id"),
        "notes_id": about.description("id"),
        "licence_spdx": about.settings.licence,
    }
    tags = [*_TAGS, *(["simulated data"] if about.info.is_simulated else [])]
    return {
        "name": re.sub(r"[^a-z0-9_-]", "-", name)[:100],
        "title": about.title("en"),
        "notes": about.description("en"),
        "license_id": _LICENCES.get(about.settings.licence, "notspecified"),
        "maintainer": about.settings.publisher,
        "maintainer_email": about.settings.publisher_email,
        "version": info.release_id,
        "tags": [{"name": tag} for tag in tags],
        "resources": [_resource(about, file) for file in about.files],
        "extras": [{"key": key, "value": value} for key, value in extras.items() if value],
    }


def _resource(about: Subject, file: File) -> dict[str, Any]:
    said = (about.notice("en"), about.meanings[file.table].table)
    return {
        "name": file.title("en"),
        "url": file.path,
        "format": file.format.upper(),
        "mimetype": file.media_type,
        "description": " ".join(filter(None, said)),
        "size": file.size,
        "hash": f"sha256:{file.sha256}",
    }

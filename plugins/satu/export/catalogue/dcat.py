"""`dcat.jsonld`: the release as one dataset of DCAT-AP 3, in JSON-LD whose context is in the file.

Addresses are relative to the file itself: `../` is the folder of the release.
"""

import json
from pathlib import Path
from typing import Any

from satu.export.catalogue.subject import LANGUAGES, File, Subject

NAME = "dcat.jsonld"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_RELEASE = "../"
_LICENCES = {
    "CC-BY-4.0": "http://publications.europa.eu/resource/authority/licence/CC_BY_4_0",
    "CC0-1.0": "http://publications.europa.eu/resource/authority/licence/CC0",
}
_SPDX_LICENCE = "https://spdx.org/licenses/"
_MEDIA_TYPE = "https://www.iana.org/assignments/media-types/"
_TONGUES = {
    "id": "http://publications.europa.eu/resource/authority/language/IND",
    "en": "http://publications.europa.eu/resource/authority/language/ENG",
}
_POPULATION = "http://publications.europa.eu/resource/authority/data-theme/SOCI"
_KEYWORDS = {"id": ("sensus penduduk", "data simulasi"), "en": ("population census", "simulated data")}
_CONTEXT: dict[str, Any] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": _XSD,
}


def write_dcat(about: Subject, folder: Path) -> None:
    """Write `<folder>/dcat.jsonld`; the folder is directly in that of the release."""
    found = {"@context": _CONTEXT, "@graph": [dataset(about)]}
    (folder / NAME).write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def dataset(about: Subject) -> dict[str, Any]:
    """Return the dataset, with a distribution for each file of data."""
    info, settings = about.info, about.settings
    found: dict[str, Any] = {
        "@id": _RELEASE,
        "@type": "dcat:Dataset",
        "dct:title": [_said(about.title(language), language) for language in LANGUAGES],
        "dct:description": [_said(about.description(language), language) for language in LANGUAGES],
        "dct:identifier": info.release_id,
        "dcat:version": info.release_id,
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": settings.publisher},
        "dct:license": _licence(settings.licence),
        "dct:issued": _typed(info.created_at.isoformat(), "dateTime"),
        "dct:language": [_node(_TONGUES[language], "dct:LinguisticSystem") for language in LANGUAGES],
        "dcat:theme": _node(_POPULATION, "skos:Concept"),
        "dcat:keyword": [
            _said(word, language)
            for language, (always, simulated) in _KEYWORDS.items()
            for word in (always, *([simulated] if about.info.is_simulated else []))
        ],
        "dct:spatial": {
            "@type": "dct:Location",
            "dct:identifier": info.area_code,
            "skos:prefLabel": [_said(about.area_name, language) for language in LANGUAGES],
        },
        "dcat:distribution": [_distribution(about, file) for file in about.files],
    }
    if about.info.reference_date:
        day = _typed(about.info.reference_date, "date")
        found["dct:temporal"] = {"@type": "dct:PeriodOfTime", "dcat:startDate": day, "dcat:endDate": day}
    if settings.publisher_email:
        found["dcat:contactPoint"] = {
            "@type": "vcard:Organization",
            "vcard:fn": settings.publisher,
            "vcard:hasEmail": {"@id": f"mailto:{settings.publisher_email}"},
        }
    return found


def _distribution(about: Subject, file: File) -> dict[str, Any]:
    address = {"@id": f"{_RELEASE}{file.path}", "@type": "http://www.w3.org/2000/01/rdf-schema#Resource"}
    meant = " ".join(filter(None, (about.notice("en"), about.meanings[file.table].table)))
    found: dict[str, Any] = {
        "@type": "dcat:Distribution",
        "dct:title": [_said(file.title(language), language) for language in LANGUAGES],
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        "dcat:mediaType": _node(f"{_MEDIA_TYPE}{file.media_type}", "dct:MediaType"),
        "dcat:byteSize": _typed(str(file.size), "nonNegativeInteger"),
        "dct:license": _licence(about.settings.licence),
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": _node("http://spdx.org/rdf/terms#checksumAlgorithm_sha256", "spdx:ChecksumAlgorithm"),
            "spdx:checksumValue": _typed(file.sha256, "hexBinary"),
        },
    }
    if meant:
        found["dct:description"] = _said(meant, "en")
    return found


def _licence(name: str) -> dict[str, str]:
    return _node(_LICENCES.get(name, f"{_SPDX_LICENCE}{name}"), "dct:LicenseDocument")


def _said(text: str, language: str) -> dict[str, str]:
    return {"@value": text, "@language": language}


def _typed(text: str, kind: str) -> dict[str, str]:
    return {"@value": text, "@type": f"xsd:{kind}"}


def _node(address: str, kind: str) -> dict[str, str]:
    return {"@id": address, "@type": kind}

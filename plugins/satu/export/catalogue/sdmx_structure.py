"""The structures behind the data: a concept scheme, code lists, a data structure and a dataflow a table (SDMX-ML 3.0).

Lists of statuses have the codes that `published.value_status` uses, with the names of SDMX's own lists
(CL_OBS_STATUS 2.2, CL_CONF_STATUS 1.3).
"""

from pathlib import Path
from typing import TYPE_CHECKING

from satu.export.catalogue.sdmx_data import AGENCY, Status, Written, dataflow_id, version
from satu.export.catalogue.subject import Subject

if TYPE_CHECKING:
    from pysdmx.model import Codelist, Component, ConceptScheme, Dataflow, DataStructureDefinition, Role

_CONCEPTS = {
    "REF_AREA": "Reference area",
    "SEX": "Sex",
    "AGE_GROUP": "Age group",
    "INDICATOR": "Indicator",
    "TIME_PERIOD": "Time period",
    "OBS_VALUE": "Observation value",
    "OBS_STATUS": "Observation status",
    "CONF_STATUS": "Confidentiality status",
    "VALUE_STATUS": "Why the value is missing, in the words of the release",
}
_OBS_STATUS = {
    "A": "Normal value",
    "L": "Missing value; data exist but were not collected",
    "M": "Missing value; data cannot exist",
    "N": "Not significant",
    "O": "Missing value",
    "Q": "Missing value; suppressed",
}
_CONF_STATUS = {"A": "Primary confidentiality due to small counts", "F": "Free (free for publication)"}


def write_structure(about: Subject, written: list[Written], statuses: dict[str, Status], target: Path) -> None:
    """Write one message of structures for all tables into `target`; the same release makes the same bytes."""
    from pysdmx.io.format import Format
    from pysdmx.io.writer import write_sdmx
    from pysdmx.model import Organisation
    from pysdmx.model.message import Header

    header = Header(
        id=f"{about.info.file_prefix}{about.info.release_id}".replace(".", "-"),
        test=about.info.is_simulated,
        prepared=about.info.created_at,
        sender=Organisation(id=AGENCY),
    )
    lists = _lists(about, written, statuses)
    structures = [_structure(about, table, lists) for table in written]
    flows = [_dataflow(about, structure) for structure in structures]
    write_sdmx(
        [*lists.values(), _scheme(about, written), *structures, *flows],
        Format.STRUCTURE_SDMX_ML_3_0,
        output_path=str(target),
        header=header,
    )


def _scheme(about: Subject, written: list[Written]) -> "ConceptScheme":
    from pysdmx.model import Concept, ConceptScheme

    more = {name.upper(): name.replace("_", " ").capitalize() for table in written for name in table.dimensions}
    return ConceptScheme(
        id="CS_CENSUS",
        name="Concepts of the population census",
        agency=AGENCY,
        version=version(about.info.release_id),
        items=[Concept(id=name, name=label) for name, label in {**more, **_CONCEPTS}.items()],
    )


def _lists(about: Subject, written: list[Written], statuses: dict[str, Status]) -> dict[str, "Codelist"]:
    """Return the code lists by concept; that of a table's indicators by `INDICATOR <table>`."""
    areas = {place: found for table in written for place, found in table.areas.items()}
    seen: dict[str, dict[str, str]] = {}
    for table in written:
        for name, codes in table.codes.items():
            seen.setdefault(name.upper(), {}).update(codes)
    found = {
        "REF_AREA": _list(about, "CL_AREA", areas),
        "OBS_STATUS": _list(about, "CL_OBS_STATUS", _of(statuses, "observation", _OBS_STATUS)),
        "CONF_STATUS": _list(about, "CL_CONF_STATUS", _of(statuses, "confidentiality", _CONF_STATUS)),
        "VALUE_STATUS": _list(
            about, "CL_VALUE_STATUS", {name: (name.replace("_", " "), s.meaning) for name, s in statuses.items()}
        ),
    }
    for name, codes in seen.items():
        found[name] = _list(about, f"CL_{name}", {key: (value, "") for key, value in codes.items()})
    for table in written:
        meant = about.meanings[table.table].columns
        indicators = {name.upper(): (name, meant.get(name, "")) for name in table.indicators}
        found[f"INDICATOR {table.table}"] = _list(about, f"CL_{table.table.upper()}", indicators)
    return found


def _of(statuses: dict[str, Status], part: str, names: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {key: (names.get(key, key), "") for key in sorted({getattr(status, part) for status in statuses.values()})}


def _list(about: Subject, name: str, codes: dict[str, tuple[str, str]]) -> "Codelist":
    """Return a code list; `codes` is id ↦ (name, description)."""
    from pysdmx.model import Code, Codelist

    return Codelist(
        id=name,
        name=name.removeprefix("CL_").replace("_", " ").capitalize(),
        agency=AGENCY,
        version=version(about.info.release_id),
        items=[Code(id=key, name=label, description=said or None) for key, (label, said) in sorted(codes.items())],
    )


def _structure(about: Subject, table: Written, lists: dict[str, "Codelist"]) -> "DataStructureDefinition":
    from pysdmx.model import Components, DataStructureDefinition, Role

    dimensions = ["REF_AREA", *(name.upper() for name in table.dimensions), "INDICATOR", "TIME_PERIOD"]
    parts = [
        *((name, Role.DIMENSION) for name in dimensions),
        ("OBS_VALUE", Role.MEASURE),
        *((name, Role.ATTRIBUTE) for name in ("OBS_STATUS", "CONF_STATUS", "VALUE_STATUS")),
    ]
    described = " ".join(filter(None, (about.notice("en"), about.meanings[table.table].table)))
    return DataStructureDefinition(
        id=dataflow_id(about, table.table),
        name=f"{about.title('en')}: {table.table}",
        description=described or None,
        agency=AGENCY,
        version=version(about.info.release_id),
        components=Components(
            [
                _component(about, name, role, lists.get(f"INDICATOR {table.table}" if name == "INDICATOR" else name))
                for name, role in parts
            ]
        ),
    )


def _component(about: Subject, name: str, role: "Role", codes: "Codelist | None") -> "Component":
    from pysdmx.model import Component, DataType, ItemReference, Role

    kinds = {"TIME_PERIOD": DataType.PERIOD, "OBS_VALUE": DataType.DECIMAL}
    return Component(
        id=name,
        required=role == Role.DIMENSION or name.endswith("_STATUS"),
        role=role,
        concept=ItemReference("Concept", AGENCY, "CS_CENSUS", version(about.info.release_id), name),
        local_dtype=kinds.get(name, DataType.STRING),
        local_codes=codes,
        attachment_level="O" if role == Role.ATTRIBUTE else None,
    )


def _dataflow(about: Subject, structure: "DataStructureDefinition") -> "Dataflow":
    from pysdmx.model import Dataflow

    return Dataflow(
        id=structure.id,
        name=structure.name,
        description=structure.description,
        agency=AGENCY,
        version=version(about.info.release_id),
        structure=structure,
    )

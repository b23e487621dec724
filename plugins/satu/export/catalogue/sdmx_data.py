"""The observations of a published table as SDMX-CSV 2.0: one line a value, read from the table's CSV file.

Every numeric column of the table becomes a code of INDICATOR. The codes of sex and age are those of SDMX where it has
some: `M`, `Y0T4`, `Y_GE75`, `_T` for totals, `_U` for unknown; the country is `ID`. Text columns (`refused_reason`) and
`is_suppressed` are left out: the status of each value says as much.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from satu.errors import BuildFailed
from satu.export.catalogue.subject import Subject
from satu.export.data import NUMBERS, Exported

AGENCY = "SATU"
_COUNTRY = {"00": "ID"}
_CODES = {"male": "M", "female": "F", "total": "_T", "unknown": "_U"}
_YEARS = re.compile(r"(\d+)-(\d+)")
_FROM_YEAR = re.compile(r"(\d+)\+")
_NOT_IN_A_CODE = re.compile(r"[^A-Za-z0-9_@$-]")
_AREA = ("area_level", "area_code")
SHOWN = "shown"


@dataclass(frozen=True)
class Status:
    """A row of `published.value_status`: why a value is missing, with the codes of SDMX."""

    meaning: str
    observation: str
    confidentiality: str


@dataclass(frozen=True)
class Written:
    """A table as written: its name, its dimensions beside area, indicator and time, its indicators, the codes seen."""

    table: str
    dimensions: tuple[str, ...]
    indicators: tuple[str, ...]
    observations: int
    areas: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Code of the area ↦ (name, level)."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """Dimension ↦ code ↦ value in the published table."""


def version(release_id: str) -> str:
    """Return the version of all structures of a release: `2026-11-28.1` becomes `2026.1128.1`."""
    day, _, number = release_id.partition(".")
    year, month, date = day.split("-")
    return f"{year}.{int(month + date)}.{number}"


def dataflow_id(about: Subject, table: str) -> str:
    """Return the id of the dataflow of a table, also of its structure; it begins with SIMULATED_ for invented data."""
    return f"{about.info.file_prefix}{table}".upper()


def code(value: str) -> str:
    """Return a value of a category as the id of a code of SDMX."""
    if years := _YEARS.fullmatch(value):
        return f"Y{int(years[1])}T{int(years[2])}"
    if oldest := _FROM_YEAR.fullmatch(value):
        return f"Y_GE{int(oldest[1])}"
    return _CODES.get(value) or _NOT_IN_A_CODE.sub("_", value)


def area(area_code: str) -> str:
    """Return the code of an area in the list of areas: that of BPS, or ID for the country."""
    return _COUNTRY.get(area_code, area_code)


def write_data(about: Subject, table: Exported, statuses: dict[str, Status], source: Path, target: Path) -> Written:
    """Write the observations of one table into `target` from its CSV file `source`, line by line.

    Raises:
        BuildFailed: a value has a status that is not in `statuses`.
    """
    keys = about.keys[table.name]
    dimensions = tuple(name for name in keys if name not in _AREA)
    indicators = tuple(name for name, kind in table.columns.items() if kind in NUMBERS and name not in keys)
    areas: dict[str, tuple[str, str]] = {}
    codes: dict[str, dict[str, str]] = {name: {} for name in dimensions}
    structure = f"{AGENCY}:{dataflow_id(about, table.name)}({version(about.info.release_id)})"
    written = 0
    with source.open(encoding="utf-8", newline="") as text, target.open("w", encoding="utf-8", newline="") as data:
        writer = csv.writer(data, lineterminator="\n")
        writer.writerow(
            [
                *("STRUCTURE", "STRUCTURE_ID", "ACTION", "REF_AREA", *(name.upper() for name in dimensions)),
                *("INDICATOR", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "CONF_STATUS", "VALUE_STATUS"),
            ]
        )
        for row in csv.DictReader(text):
            place = area(row["area_code"])
            areas[place] = row["area_name"], row["area_level"]
            for name in dimensions:
                codes[name][code(row[name])] = row[name]
            key = [place, *(code(row[name]) for name in dimensions)]
            for values in _observations(table.name, row, indicators, statuses):
                writer.writerow(["dataflow", structure, "I", *key, values[0], about.info.reference_date, *values[1:]])
                written += 1
    return Written(table.name, dimensions, indicators, written, areas, codes)


def status_of(table: str, status: str, statuses: dict[str, Status]) -> Status:
    """Return what `published.value_status` says of a status in a table.

    Raises:
        BuildFailed: it lacks the status.
    """
    if status not in statuses:
        raise BuildFailed(
            f"{table} has the status {status!r}, which value_status lacks; expected one of"
            f" {', '.join(sorted(statuses))}. Add it to the seed value_status"
        )
    return statuses[status]


def _observations(
    table: str, row: dict[str, str], indicators: tuple[str, ...], statuses: dict[str, Status]
) -> Iterator[tuple[str, str, str, str, str]]:
    for name in indicators:
        status = row.get(f"{name}_status", SHOWN)
        found = status_of(table, status, statuses)
        yield name.upper(), row[name], found.observation, found.confidentiality, status

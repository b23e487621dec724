"""The figures of a release that the site shows, read once and found by area."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg

from satu.export.source import CheckRow, ReleaseInfo, read


class Row(dict[str, Any]):
    """One row of figures; a column that a release of an older version lacks has no value."""

    def __missing__(self, column: str) -> None:
        """Return nothing."""


Place = tuple[str, str]
"""Level and code of an area."""
LEVELS = ("country", "province", "regency", "district", "village")
BY_AREA = (
    "age_quality",
    "area",
    "characteristic_quality",
    "control_total_comparison",
    "coverage_by_area",
    "coverage_change",
    "coverage_daily",
    "coverage_estimate",
    "coverage_pace",
    "evidence_of_count",
    "household_by_housing",
    "household_by_size",
    "online_recheck",
    "online_recheck_household",
    "population_by_age_sex",
    "population_by_characteristic",
    "population_by_generation",
    "population_by_school_age",
    "population_indicator",
    "registry_agreement",
)
WHOLE = ("asn_participation", "indicator_metadata", "outreach_response", "value_status", "variable_metadata")


@dataclass(frozen=True)
class Figures:
    """One release: `of[table][place]` and `whole[table]` are its rows."""

    info: ReleaseInfo
    of: dict[str, dict[Place, list[Row]]]
    whole: dict[str, list[Row]]
    checks: list[CheckRow]

    def rows(self, table: str, place: Place) -> list[Row]:
        """Return the rows of a table that are of one area."""
        return self.of.get(table, {}).get(place, [])

    def row(self, table: str, place: Place, **values: object) -> Row:
        """Return the first row of an area with these values; an empty one where there is none."""
        found = (row for row in self.rows(table, place) if all(row.get(key) == value for key, value in values.items()))
        return next(found, Row())

    @property
    def place(self) -> Place:
        """Return the area that the release is of."""
        return self.info.area_level, self.info.area_code

    def areas(self, *levels: str) -> list[Place]:
        """Return the areas of some levels that have coverage, by code."""
        return sorted((p for p in self.of.get("coverage_by_area", {}) if p[0] in levels), key=lambda p: p[1])

    def parts(self, place: Place) -> list[Place]:
        """Return the areas of the next level that are in an area."""
        order = [*LEVELS, "sls"]
        deeper = order[order.index(place[0]) + 1 :]
        for level in deeper:
            found = [part for part in self.areas(level) if part[1].startswith(place[1].removeprefix("00"))]
            if found:
                return found
        return []

    def name(self, place: Place) -> str:
        """Return the name of an area as it stands in the tables."""
        return str(self.row("coverage_by_area", place).get("area_name", place[1]))


def figures(connection: psycopg.Connection, info: ReleaseInfo, checks: list[CheckRow]) -> Figures:
    """Read what the site shows of a release."""
    of = {table: _by_area(read(connection, info.release_id, table)) for table in BY_AREA}
    whole = {table: [Row(row) for row in read(connection, info.release_id, table)] for table in WHOLE}
    return Figures(info, of, whole, checks)


def _by_area(rows: Iterable[dict[str, Any]]) -> dict[Place, list[Row]]:
    found: dict[Place, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["area_level"], row["area_code"]].append(Row(row))
    return dict(found)

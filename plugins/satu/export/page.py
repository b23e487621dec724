"""The page of a release: one file that needs no network, for phones and for large screens."""

from dataclasses import dataclass
from typing import Any

import psycopg

from satu.export.charts import Chart, bars, days, first_age, heading, measures, pyramid
from satu.export.data import Exported
from satu.export.source import CheckRow, ReleaseInfo, read

BARS_LEVEL = "district"
TEMPLATE = "page.html.j2"
GATES = {
    "file": "Delivered files",
    "population": "People and households",
    "release": "Figures to be published",
}


@dataclass(frozen=True)
class Section:
    """One part of the page: charts and, under them, their figures as a table."""

    name: str
    title: str
    charts: list[Chart]
    rows: list[dict[str, Any]]
    columns: list[str]


def render(connection: psycopg.Connection, info: ReleaseInfo, exported: list[Exported], checks: list[CheckRow]) -> str:
    """Return the page as HTML."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from jinja2.utils import htmlsafe_json_dumps
    from markupsafe import Markup
    from plotly.offline import get_plotlyjs

    environment = Environment(
        loader=PackageLoader("satu.export", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["number"] = number
    environment.filters["heading"] = heading
    sections = _sections(connection, info)
    charts = {chart.name: chart.figure for section in sections for chart in section.charts}
    return environment.get_template(TEMPLATE).render(
        info=info,
        key_figures=_key_figures(connection, info),
        sections=sections,
        summary=_summary(checks),
        failed=[check for check in checks if check.success is not True],
        tables=exported,
        figures=htmlsafe_json_dumps(charts),
        plotly=Markup(script(get_plotlyjs())),  # noqa: S704 - the library's own script
    )


def script(source: str) -> str:
    """Return a script escaped for a page: nothing in it ends the script, or begins a comment that hides its end."""
    return source.replace("</script", "<\\/script").replace("<script", "<\\script").replace("<!--", "<\\!--")


def number(value: object) -> str:
    """Return a cell for readers: thousands separators, one decimal, a dash if withheld or unknown."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{float(value):,.1f}" if hasattr(value, "__float__") else str(value)


# The most frequent questions; the files have all columns.
SHOWN = {
    "coverage_by_area": (
        "target_household_count",
        "responded_household_percent",
        "found_person_count",
        "interviewed_person_count",
        "counted_household_count",
        "counted_household_percent",
        "counted_person_count",
        "unresolved_person_count",
    ),
    "coverage_daily": ("event_date", "responded_person_count", "found_person_count", "interviewed_person_count"),
    "population_by_age_sex": ("age_group", "sex", "person_count"),
    "population_indicator": (
        "person_count",
        "young_person_percent",
        "working_age_person_percent",
        "old_person_percent",
        "sex_ratio",
        "total_dependency_ratio",
        "average_household_size",
    ),
    "population_by_characteristic": ("characteristic", "category", "person_count", "person_percent"),
    "household_by_housing": ("characteristic", "category", "household_count", "household_percent"),
    "age_quality": ("person_count", "whipple_index", "myers_blended_index", "un_age_sex_accuracy_index"),
}
QUALITY = ("missing_percent", "imputed_percent", "quality")
# Characteristics that are made of a question of another name.
QUESTIONS = {"duration_of_stay": "months_of_stay"}
# Progress is what officers checked of all who are known; a target is a plan, and stands in the tables.
KEY_FIGURES = {
    "settled_person_percent": "Known people checked by officers, %",
    "counted_person_count": "Residents counted",
    "counted_household_count": "Family cards counted",
    "unresolved_person_count": "People not yet resolved",
}


def _sections(connection: psycopg.Connection, info: ReleaseInfo) -> list[Section]:
    made = [
        _areas(connection, info, "coverage_by_area", "Coverage by kecamatan and phase"),
        _areas(connection, info, "household_status", "Family cards: target, responded, clean, verified"),
        _people(connection, info),
        _areas(connection, info, "population_indicator", "Young, old and of working age"),
        _ages(connection, info),
        _daily(connection, info),
        _areas(connection, info, "registry_agreement", "Agreement with the civil registry"),
        _answers(
            connection, info, "population_by_characteristic", "People by characteristic, and how good the answers are"
        ),
        _answers(connection, info, "household_by_housing", "Homes, and how good the answers are"),
    ]
    return [section for section in made if section]


def _areas(connection: psycopg.Connection, info: ReleaseInfo, name: str, title: str) -> Section | None:
    rows = _of_levels(read(connection, info.release_id, name), (info.area_level, BARS_LEVEL))
    if not rows:
        return None
    columns = _shown(name, rows)
    districts = [row for row in rows if row["area_level"] == BARS_LEVEL] or rows
    chart = bars(name, title, districts, columns)
    return Section(name, title, [] if chart.is_blank else [chart], rows, ["area_name", *columns])


def _people(connection: psycopg.Connection, info: ReleaseInfo) -> Section | None:
    name, title = "population_by_age_sex", "Population by age and sex"
    found = _of_levels(read(connection, info.release_id, name), (info.area_level,))
    rows = [row for row in found if "total" not in (row["age_group"], row["sex"])]
    if not rows:
        return None
    rows.sort(key=lambda row: (first_age(row["age_group"]), str(row["sex"])))
    return Section(name, title, [pyramid(name, title, rows)], rows, _shown(name, rows))


def _ages(connection: psycopg.Connection, info: ReleaseInfo) -> Section | None:
    name, title = "age_quality", "How well ages were told"
    found = _of_levels(read(connection, info.release_id, name), (info.area_level, BARS_LEVEL))
    rows = [row for row in found if row["sex"] == "total"]
    return Section(name, title, [], rows, ["area_name", *_shown(name, rows)]) if rows else None


def _answers(connection: psycopg.Connection, info: ReleaseInfo, name: str, title: str) -> Section | None:
    """Categories with their shares, and beside them how many answers to the question were missing and imputed."""
    rows = _of_levels(read(connection, info.release_id, name), (info.area_level,))
    if not rows:
        return None
    qualities = _of_levels(read(connection, info.release_id, "characteristic_quality"), (info.area_level,))
    of_question = {(row["area_code"], row["characteristic"]): row for row in qualities}
    rows.sort(key=lambda row: (row["characteristic"], row["category"]))
    for row in rows:
        question = QUESTIONS.get(row["characteristic"], row["characteristic"])
        quality = of_question.get((row["area_code"], question), {})
        row.update({column: quality.get(column) for column in QUALITY})
    return Section(name, title, [], rows, [*_shown(name, rows), *QUALITY])


def _daily(connection: psycopg.Connection, info: ReleaseInfo) -> Section | None:
    name, title = "coverage_daily", "People reached, day by day"
    found = _of_levels(read(connection, info.release_id, name), (info.area_level,))
    rows = sorted((row for row in found if row["event_date"]), key=lambda row: row["event_date"])
    if not rows:
        return None
    columns = _shown(name, rows)
    return Section(name, title, [days(name, title, rows, "event_date", columns[1:])], rows, columns)


def _shown(name: str, rows: list[dict[str, Any]]) -> list[str]:
    """Return the columns to show: the selection for the table, or all figures if there is none."""
    return [column for column in SHOWN.get(name, measures(rows)) if column in rows[0]]


def _of_levels(rows: list[dict[str, Any]], levels: tuple[str, ...]) -> list[dict[str, Any]]:
    found = [row for row in rows if row["area_level"] in levels]
    return sorted(found, key=lambda row: (levels.index(row["area_level"]), row["area_code"]))


def _key_figures(connection: psycopg.Connection, info: ReleaseInfo) -> list[tuple[str, object]]:
    """Return the headline figures of the whole area: as published, so that they agree with the tables below."""
    rows = _of_levels(read(connection, info.release_id, "coverage_by_area"), (info.area_level,))
    whole = rows[0] if rows else {}
    figures: list[tuple[str, object]] = [
        (label, whole[column]) for column, label in KEY_FIGURES.items() if whole.get(column) is not None
    ]
    estimates = _of_levels(read(connection, info.release_id, "coverage_estimate"), (info.area_level,))
    for row in estimates:
        if row["sex"] == "total" and row["estimate_lower_count"] is not None:
            interval = f"{number(row['estimate_lower_count'])} to {number(row['estimate_upper_count'])}"
            figures.insert(2, ("Residents by the survey's estimate, 95 % interval", interval))
    return figures


def _summary(checks: list[CheckRow]) -> list[dict[str, Any]]:
    summary = []
    for gate, title in GATES.items():
        mine = [check for check in checks if check.gate == gate]
        failed = {
            severity: sum(check.success is not True for check in mine if check.severity == severity)
            for severity in ("critical", "warning", "info")
        }
        summary.append({"title": title, "checks": len(mine), "passed": len(mine) - sum(failed.values()), **failed})
    return summary

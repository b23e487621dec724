"""Charts as plain mappings for plotly; the colours are also distinct for colour-blind readers."""

from dataclasses import dataclass
from typing import Any

COLOURS = ("#0b5d7a", "#d9822b", "#4b8b3b", "#7a4fa3", "#8a8f98", "#b3324b")
MOST_SERIES = 5
MEASURES = ("_count", "_percent")
_LAYOUT = {
    "font": {"family": "system-ui, sans-serif", "size": 14, "color": "#1b2733"},
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "margin": {"l": 10, "r": 10, "t": 10, "b": 10},
    "legend": {"orientation": "h", "y": -0.12, "x": 0, "yanchor": "top", "traceorder": "normal"},
    "hoverlabel": {"font": {"size": 14}},
    "separators": ".,",
    "dragmode": False,
}


@dataclass(frozen=True)
class Chart:
    """One chart: the id of its element on the page, a description, and plotly's figure."""

    name: str
    description: str
    figure: dict[str, Any]

    @property
    def is_blank(self) -> bool:
        """Every figure is withheld."""
        return all(value is None for series in self.figure["data"] for value in series["x"])


def heading(column: str) -> str:
    """Return a column's name as a heading: `responded_household_count` becomes `Responded family cards`."""
    words = column.removesuffix("_count").removesuffix("_name")
    words = words.removesuffix("_percent") + " %" if words.endswith("_percent") else words
    if column.endswith(MEASURES):
        words = words.replace("household", "family cards").replace("person", "people")
    plain = words.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def measures(rows: list[dict[str, Any]]) -> list[str]:
    """Return the columns that hold figures, in order."""
    return [column for column in rows[0] if column.endswith(MEASURES)]


def bars(name: str, title: str, rows: list[dict[str, Any]], columns: list[str]) -> Chart:
    """Compare areas by percentages, or by counts if there are none; one bar per measure and area."""
    shown = ([column for column in columns if column.endswith("_percent")] or columns)[:MOST_SERIES]
    unit = "%" if shown and shown[0].endswith("_percent") else ""
    areas = [str(row["area_name"]).title() for row in rows]
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "name": heading(column),
            "y": areas,
            "x": [_number(row[column]) for row in rows],
            "marker": {"color": COLOURS[index % len(COLOURS)]},
            "hovertemplate": "%{y}: %{x:,.1f}" + unit if unit else "%{y}: %{x:,}",
        }
        for index, column in enumerate(shown)
    ]
    height = 110 + max(len(areas), 1) * (26 + 15 * len(shown))
    layout = _layout(height, barmode="group", xaxis=_axis(ticksuffix=unit, rangemode="tozero", automargin=True))
    layout["yaxis"] = {"automargin": True, "autorange": "reversed"}
    return Chart(f"chart-{name}", f"Bars of {', '.join(map(heading, shown))} by area. {title}.", _figure(data, layout))


def pyramid(name: str, title: str, rows: list[dict[str, Any]]) -> Chart:
    """Return a population pyramid: men on the left, women on the right, the youngest at the bottom."""
    count, group = "person_count", "age_group"
    groups = list(dict.fromkeys(str(row[group]) for row in rows))
    widest = max((_number(row[count]) or 0 for row in rows), default=0)
    data = []
    for sex, sign, colour in (("male", -1, COLOURS[0]), ("female", 1, COLOURS[1])):
        found = {str(row[group]): _number(row[count]) for row in rows if row.get("sex") == sex}
        values = [found.get(g) for g in groups]
        data.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": {"male": "Men", "female": "Women"}[sex],
                "y": groups,
                "x": [None if value is None else sign * value for value in values],
                "customdata": values,
                "marker": {"color": colour},
                "hovertemplate": "%{y}: %{customdata:,}",
            }
        )
    ticks = _ticks(widest)
    layout = _layout(140 + 24 * len(groups), barmode="relative", bargap=0.08)
    layout["xaxis"] = _axis(tickvals=[*(-t for t in ticks[:0:-1]), *ticks])
    layout["xaxis"]["ticktext"] = [f"{abs(t):,}" for t in layout["xaxis"]["tickvals"]]
    layout["yaxis"] = {"automargin": True, "type": "category"}
    return Chart(f"chart-{name}", f"Population pyramid, men left, women right. {title}.", _figure(data, layout))


def days(name: str, title: str, rows: list[dict[str, Any]], day: str, columns: list[str]) -> Chart:
    """One bar per day, stacked by measure; a day without a figure stays empty."""
    data = [
        {
            "type": "bar",
            "name": heading(column),
            "x": [row[day].isoformat() for row in rows],
            "y": [_number(row[column]) for row in rows],
            "marker": {"color": COLOURS[index % len(COLOURS)], "line": {"width": 0}},
            "hovertemplate": "%{x|%d %b %Y}: %{y:,}",
        }
        for index, column in enumerate(columns)
    ]
    layout = _layout(380, barmode="stack", bargap=0, xaxis=_axis(type="date"), yaxis=_axis(automargin=True))
    description = f"Bars by day of {', '.join(map(heading, columns))}. {title}."
    return Chart(f"chart-{name}", description, _figure(data, layout))


def _figure(data: list[dict[str, Any]], layout: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "layout": layout, "config": {"displayModeBar": False, "responsive": True}}


def _layout(height: int, **more: object) -> dict[str, Any]:
    return {**_LAYOUT, "height": height, **more}


def _axis(**more: object) -> dict[str, Any]:
    return {"gridcolor": "#d9dee4", "zerolinecolor": "#9aa5b1", "fixedrange": True, **more}


def _number(value: object) -> float | int | None:
    return None if value is None else value if isinstance(value, int) else float(str(value))


def first_age(group: object) -> int:
    """Return the youngest age of a group such as `5-9`, for sorting; groups without one come last."""
    digits = "".join(c if c.isdigit() else " " for c in str(group)).split()
    return int(digits[0]) if digits else 999


def _ticks(widest: float) -> list[int]:
    step = 1
    while widest / step > 3:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return [0, *range(step, int(widest) + 1, step)]

"""Charts as SVG, drawn when the site is built; no text in them belongs to a language, so both share them.

Vega-Lite describes them and vl-convert draws them without a browser. They take the colour of text from the page, and
have presentation attributes only, which a strict content security policy allows.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Any

MEN, WOMEN, ACCENT, SOFT = "#3f7fb5", "#c7713b", "#2f8f83", "#8a8f98"
ONLINE, CHECKED = "#7b61b8", "#2f8f83"
_CONFIG = {
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "domainColor": "currentColor",
        "tickColor": "currentColor",
        "gridColor": "currentColor",
        "gridOpacity": 0.15,
        "labelFontSize": 12,
    },
    "text": {"color": "currentColor", "fontSize": 11},
    "font": "sans-serif",
}
_THIN = "replace(format(datum.value, ',d'), /,/g, '\u2009')"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
Values = list[dict[str, Any]]
_PHONE = 450
"""Pixels above which a drawing is scrolled on a phone, so that its text stays readable."""


@dataclass(frozen=True)
class Chart:
    """One drawing; `label` holds its numbers for those who do not see it, `legend` what its colours stand for."""

    svg: str
    label: str
    legend: tuple[tuple[str, str], ...] = ()


def pyramid(groups: list[str], men: list[int | None], women: list[int | None]) -> str:
    """Return a population pyramid: men on the left, women on the right, the oldest at the top; values on the bars.

    A withheld count is a dash; both halves have all groups.
    """
    values: Values = [
        {
            "group": group,
            "side": side,
            "people": people or 0,
            "shown": "\N{EN DASH}" if people is None else _plain(people),
        }
        for side, counts in (("men", men), ("women", women))
        for group, people in zip(groups, counts, strict=True)
    ]
    widest = max((value["people"] for value in values), default=1)

    def half(side: str, colour: str, *, labelled: bool) -> dict[str, Any]:
        scale = {"domain": [0, widest * 1.18], "reverse": side == "men"}
        x = {"field": "people", "type": "quantitative", "scale": scale, "axis": None}
        axis = {"title": None, "ticks": False, "domain": False, "offset": 4} if labelled else None
        scale_y = {"domain": groups[::-1]}
        y = {"field": "group", "type": "ordinal", "sort": None, "scale": scale_y, "axis": axis}
        shift = {"align": "right" if side == "men" else "left", "dx": -3 if side == "men" else 3}
        return {
            "transform": [{"filter": {"field": "side", "equal": side}}],
            "width": 140,
            "height": {"step": 18},
            "layer": [
                {"mark": {"type": "bar", "color": colour}, "encoding": {"x": x, "y": y}},
                {"mark": {"type": "text", **shift}, "encoding": {"x": x, "y": y, "text": {"field": "shown"}}},
            ],
        }

    spec = {
        "data": {"values": values},
        "spacing": 6,
        "hconcat": [half("men", MEN, labelled=False), half("women", WOMEN, labelled=True)],
    }
    return _drawn(spec)


def bars(names: list[str], amounts: list[float | None], shown: list[str], most: float | None = None) -> str:
    """Return horizontal bars, each with its value as it is `shown`."""
    values: Values = [
        {"name": name, "amount": amount or 0, "shown": text}
        for name, amount, text in zip(names, amounts, shown, strict=True)
    ]
    top = most or max((value["amount"] for value in values), default=1) or 1
    x = {"field": "amount", "type": "quantitative", "scale": {"domain": [0, top * 1.1]}, "axis": None}
    y = {
        "field": "name",
        "type": "ordinal",
        "sort": names,
        "axis": {"title": None, "ticks": False, "domain": False, "labelLimit": 190},
    }
    layer = [
        {"mark": {"type": "bar", "color": ACCENT}, "encoding": {"x": x, "y": y}},
        {"mark": {"type": "text", "align": "left", "dx": 3}, "encoding": {"x": x, "y": y, "text": {"field": "shown"}}},
    ]
    return _drawn({"data": {"values": values}, "width": 380, "height": {"step": 24}, "layer": layer})


def curves(
    series: dict[str, list[tuple[date, int | None]]],
    windows: Iterable[tuple[date, date]],
    events: Iterable[date],
    target: int | None,
) -> str:
    """Return cumulative curves by day, with phases as bands, activities of outreach as ticks, a target as a line.

    The noise of each day would make them fall now and then by a few; they are drawn as the highest value so far.
    """
    colours = dict(zip(series, (ONLINE, CHECKED), strict=True))
    points: Values = []
    for name, days in series.items():
        known = [(day, count) for day, count in days if count is not None]
        so_far = accumulate((count for _, count in known), max)
        drawn = zip(known, so_far, strict=True)
        points += [{"series": name, "day": day.isoformat(), "people": count} for (day, _), count in drawn]
    ends = {point["series"]: point for point in points}.values()
    x = {"field": "day", "type": "temporal", "axis": {"title": None, "format": "%Y-%m", "grid": False}}
    y = {"field": "people", "type": "quantitative", "axis": {"title": None, "tickCount": 5, "labelExpr": _THIN}}
    colour = {
        "field": "series",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(colours), "range": list(colours.values())},
    }
    bands = [{"day": start.isoformat(), "end": end.isoformat()} for start, end in windows]
    layer: list[dict[str, Any]] = [
        {
            "data": {"values": bands},
            "mark": {"type": "rect", "color": SOFT, "opacity": 0.16},
            "encoding": {"x": x, "x2": {"field": "end"}},
        },
        {
            "data": {"values": [{"day": day.isoformat()} for day in events]},
            "mark": {"type": "tick", "orient": "vertical", "color": WOMEN, "size": 14, "thickness": 2, "yOffset": -7},
            "encoding": {"x": x, "y": {"value": "height"}},
        },
        {
            "data": {"values": points},
            "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2.5},
            "encoding": {"x": x, "y": y, "color": colour},
        },
        {
            "data": {"values": [{**end, "shown": _plain(end["people"])} for end in ends]},
            "mark": {"type": "text", "align": "left", "dx": 4},
            "encoding": {"x": x, "y": y, "text": {"field": "shown"}},
        },
    ]
    if target:
        rule = {"type": "rule", "color": SOFT, "strokeDash": [5, 4]}
        layer.append({"data": {"values": [{"people": target}]}, "mark": rule, "encoding": {"y": y}})
    return _drawn({"width": 560, "height": 240, "layer": layer})


def _plain(amount: float | None) -> str:
    if amount is None:
        return ""
    text = f"{amount:,.1f}" if isinstance(amount, float) else f"{amount:,}"
    return text.replace(",", "\N{THIN SPACE}")


def _drawn(spec: dict[str, Any]) -> str:
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(json.dumps({"$schema": _SCHEMA, "config": _CONFIG, **spec}))
    # What the drawing says is in the label of the figure; a screen reader need not go through its parts.
    drawn = re.sub(r' (role|aria-[a-z]+|pointer-events|class|font-family)="[^"]*"| opacity="1"', "", drawn)
    drawn = re.sub(r'<path d="(M0,0h0v0h0Z)?"( display="none")?/>', "", drawn)
    drawn = re.sub(r"\b([1-9]\d*\.\d)\d+", r"\1", drawn)
    [width] = re.findall(r'^<svg [^>]*?width="(\d+)"', drawn)
    kind = "wide" if int(width) > _PHONE else "narrow"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" aria-hidden="true" focusable="false" class="{kind}"'
    return re.sub(r"^<svg [^>]*?(?= viewBox)", head, drawn)

"""A picture of how the stages grow: seconds by records, both by powers of ten."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from satu.bench.whole import Size

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 420, 60, 110, 20, 45
_COLOURS = ("#1b6ca8", "#b3541e", "#3a7d44", "#7b4b94", "#8a6d1d", "#a23e48", "#4a4a4a", "#111111")


def growth_svg(sizes: "list[Size]") -> str:
    """Return an SVG with a line for each stage and one for all; each point has its seconds as a title."""
    stages = [*sizes[-1].seconds, "whole"]
    series = {
        stage: [(size.records, size.seconds.get(stage, sum(size.seconds.values()))) for size in sizes]
        for stage in stages
        if all(size.seconds.get(stage, 1.0) > 0 for size in sizes)
    }
    records = [size.records for size in sizes]
    seconds = [value for points in series.values() for _, value in points]
    x = _axis(min(records), max(records), _LEFT, _WIDTH - _RIGHT)
    y = _axis(min(seconds), max(seconds), _HEIGHT - _BOTTOM, _TOP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
        ' font-size="12" role="img" aria-label="Seconds of each stage by records">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">records</text>',
        f'<text x="14" y="{_HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 14 {_HEIGHT / 2})">seconds</text>',
    ]
    for value in _powers(min(records), max(records)):
        lines += _mark(x(value), _HEIGHT - _BOTTOM, x(value), _TOP, f"{value:,.0f}", x(value), _HEIGHT - 28, "middle")
    for value in _powers(min(seconds), max(seconds)):
        lines += _mark(_LEFT, y(value), _WIDTH - _RIGHT, y(value), f"{value:g}", _LEFT - 6, y(value) + 4, "end")
    for colour, (stage, points) in zip(_COLOURS, series.items(), strict=False):
        drawn = [(x(count), y(value), value) for count, value in points]
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b, _ in drawn)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines += [
            f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="{colour}">'
            f"<title>{escape(stage)}: {value:g} s</title></circle>"
            for a, b, value in drawn
        ]
        a, b, value = drawn[-1]
        lines.append(f'<text x="{a + 8:.1f}" y="{b + 4:.1f}" fill="{colour}">{escape(stage)} {value:.0f} s</text>')
    return "\n".join([*lines, "</svg>", ""])


def _axis(least: float, most: float, begin: float, end: float) -> Callable[[float], float]:
    low, high = math.log10(least), math.log10(most)
    return lambda value: begin + (math.log10(value) - low) / ((high - low) or 1) * (end - begin)


def _powers(least: float, most: float) -> list[float]:
    return [10.0**power for power in range(math.ceil(math.log10(least)), math.floor(math.log10(most)) + 1)]


def _mark(x1: float, y1: float, x2: float, y2: float, label: str, x: float, y: float, anchor: str) -> list[str]:
    return [
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#dddddd"/>',
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{label}</text>',
    ]

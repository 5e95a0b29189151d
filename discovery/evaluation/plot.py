"""The plot of an evaluation: for every set, each system's main metric with its interval. SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

# The first of these that a set has.
MAIN_METRICS = ("NDCG@10", "Recall@10", "recall", "intent_macro_f1", "estimate")
PREFERRED = {"tip_of_the_tongue": "Recall@10", "redial": "Recall@10", "inspired": "Recall@10"}
WIDTH, LEFT, RIGHT = 760, 210, 30
ROW, HEAD, FOOT, GAP = 20, 34, 24, 18
_OURS, _OTHER, _GREY = "#b3261e", "#33507a", "#8a8a8a"
_TICKS = 5


def plot(report: Mapping[str, Any]) -> str:
    """Return an SVG document of the report's sets, one panel a set."""
    panels: list[str] = []
    top = 0.0
    for name, one in report["sets"].items():
        metric = main_metric(name, one["systems"])
        if metric is not None:
            drawn, height = _panel(name, one, metric, top)
            panels.append(drawn)
            top += height + GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:.0f}" '
        f'font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{top:.0f}" fill="white"/>{"".join(panels)}</svg>\n'
    )


def main_metric(name: str, systems: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the metric that a set's panel shows, None if no system has a known one."""
    wanted = (PREFERRED.get(name, ""), *MAIN_METRICS)
    return next((m for m in wanted if any(m in values for values in systems.values())), None)


def _panel(name: str, one: Mapping[str, Any], metric: str, top: float) -> tuple[str, float]:
    rows = [(system, values) for system, values in one["systems"].items() if metric in values]
    rows.sort(key=lambda row: -row[1][metric])
    highest = max(_ends(values, metric)[1] for _, values in rows) or 1.0
    height = HEAD + ROW * len(rows) + FOOT
    scale = (WIDTH - LEFT - RIGHT) / highest
    parts = [_text(8, top + 16, f"{name}: {metric}, n = {one['n']}", weight="bold")]
    parts += _axis(top + HEAD, top + height - FOOT, highest, scale)
    for number, (system, values) in enumerate(rows):
        y = top + HEAD + ROW * (number + 0.5)
        parts.append(_row(system, values, metric, y, scale))
    return "".join(parts), height


def _axis(top: float, bottom: float, highest: float, scale: float) -> list[str]:
    parts = []
    for tick in range(_TICKS):
        value = highest * tick / (_TICKS - 1)
        x = LEFT + value * scale
        parts.append(_line(x, top, x, bottom, "#e4e4e4"))
        parts.append(_text(x, bottom + 15, f"{value:.2f}", anchor="middle", fill=_GREY))
    return parts


def _row(system: str, values: Mapping[str, Any], metric: str, y: float, scale: float) -> str:
    colour = _OURS if system.startswith("ours") else _OTHER
    low, high = _ends(values, metric)
    x = LEFT + values[metric] * scale
    return (
        _text(LEFT - 8, y + 4, system, anchor="end", weight="bold" if system == "ours" else "")
        + _line(LEFT + low * scale, y, LEFT + high * scale, y, colour, width=2)
        + f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    )


def _ends(values: Mapping[str, Any], metric: str) -> tuple[float, float]:
    low, high = values.get("ci95", {}).get(metric, (values[metric], values[metric]))
    return max(0.0, low), high


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, width: int = 1) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{width}"/>'
    )


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", weight: str = "", fill: str = "#222"
) -> str:
    bold = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"{bold}>'
        f"{escape(text)}</text>"
    )

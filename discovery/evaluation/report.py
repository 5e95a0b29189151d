"""What an evaluation says: JSON for machines, a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from discovery.evaluation.cases import CaseSet
from discovery.evaluation.scores import Scores, difference, summary

OURS = "ours"


def report_set(case_set: CaseSet, scores: Mapping[str, Scores]) -> dict[str, Any]:
    """Return a set's part of the JSON: systems, and ours minus every other one, paired."""
    report: dict[str, Any] = {
        "n": len(case_set.cases),
        "counts": dict(case_set.counts),
        "systems": {name: summary(one) for name, one in scores.items()},
    }
    if case_set.per_target:
        report["counts"]["targets"] = sum(len(case.targets) for case in case_set.cases)
    if OURS in scores:
        report["differences"] = {
            f"{OURS} - {name}": difference(scores[OURS], other)
            for name, other in scores.items()
            if name != OURS
        }
    return report


def table(name: str, report: Mapping[str, Any]) -> str:
    """Return a set's systems and differences as Markdown tables."""
    counts = ", ".join(f"{key} {value}" for key, value in report.get("counts", {}).items())
    blocks = [f"## {name}: n = {report['n']}" + (f" ({counts})" if counts else "")]
    blocks.append(_rows("system", report["systems"]))
    if differences := report.get("differences"):
        blocks.append(_rows("paired difference", differences))
    return "\n\n".join(blocks) + "\n"


def safety_table(report: Mapping[str, Any]) -> str:
    """Return the safety set as Markdown tables: over all sources, and by source."""
    sources = {
        f"{name} ({'harmful' if one['harmful'] else 'safe'})": {
            key: value for key, value in one.items() if key not in {"harmful", "intents"}
        }
        for name, one in report["sources"].items()
    }
    return f"{table('safety', report)}\n{_rows('source', sources)}\n"


def _rows(label: str, systems: Mapping[str, Mapping[str, Any]]) -> str:
    metrics = list(dict.fromkeys(m for values in systems.values() for m in values if m != "ci95"))
    lines = [_line([label, *metrics]), _line(["---"] * (len(metrics) + 1))]
    for name, values in systems.items():
        lines.append(_line([name, *(_cell(values, metric) for metric in metrics)]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(values: Mapping[str, Any], metric: str) -> str:
    if values.get(metric) is None:
        return ""
    if isinstance(values[metric], int):
        return str(values[metric])
    text = _number(values[metric])
    if (ends := values.get("ci95", {}).get(metric)) is not None:
        text += f" [{_number(ends[0])}, {_number(ends[1])}]"
    return text


def _number(value: float) -> str:
    """Return three digits without the zero before the point: .072."""
    return f"{value:.3f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.3f}"

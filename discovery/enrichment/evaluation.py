"""Measure suggesters on starter records that they have not seen, with and without the logline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from catalog.facts import TitleFacts
from discovery.enrichment.reading import FORMS, Form
from discovery.enrichment.scores import METRICS, Scores, compare, score, summarize
from discovery.enrichment.types import Described, Proposal, Suggester

INPUTS: Mapping[Form, str] = {"facts": "facts only", "synopsis": "facts and logline"}
_BINS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)


def given(described: Sequence[Described], form: Form) -> list[TitleFacts]:
    """Return the facts that a suggester is given in one form."""
    if form == "synopsis":
        return [one.facts for one in described]
    return [replace(one.facts, synopsis="") for one in described]


def evaluate(
    suggesters: Sequence[Suggester],
    held_out: Sequence[Described],
    *,
    best: str,
    report: Callable[[str], object] = lambda line: None,
) -> dict[str, Any]:
    """Return every metric of every suggester with 95% intervals, and what `best` is ahead by.

    Args:
        best: the name of the suggester that the others are compared with, pairwise.
        report: hears of each step.
    """
    truth = [one.description for one in held_out]
    results: dict[str, Any] = {"n": len(held_out), "best": best, "inputs": {}}
    for form in FORMS:
        scores: dict[str, Scores] = {}
        entry: dict[str, Any] = {"systems": {}, "ahead_of": {}, "calibration": {}}
        for suggester in suggesters:
            report(f"{suggester.name}, {INPUTS[form]}, {len(held_out)} titles")
            proposals = suggester.suggest(given(held_out, form))
            scores[suggester.name] = score(proposals, truth)
            entry["systems"][suggester.name] = _as_json(summarize(scores[suggester.name]))
            entry["calibration"][suggester.name] = calibration(proposals, held_out)
        for name, other in scores.items():
            if name != best and best in scores:
                entry["ahead_of"][name] = _as_json(compare(scores[best], other))
        results["inputs"][INPUTS[form]] = entry
    return results


def calibration(
    proposals: Sequence[Sequence[Proposal]], held_out: Sequence[Described]
) -> list[dict[str, float]]:
    """Return how often terms of each band of confidence were right."""
    pairs = np.array(
        [
            (p.confidence, float(p.value in one.description.terms))
            for found, one in zip(proposals, held_out, strict=True)
            for p in found
            if p.kind == "term"
        ]
    )
    bands = []
    for low, high in zip((0.0, *_BINS), _BINS, strict=False):
        chosen = pairs[(pairs[:, 0] >= low) & (pairs[:, 0] < high)]
        if len(chosen):
            said, right = chosen.mean(0)
            bands.append({"from": low, "to": high, "n": len(chosen), "said": said, "right": right})
    return bands


def markdown(results: Mapping[str, Any]) -> str:
    """Return the results as tables: a row a system, then what the best is ahead by."""
    lines = []
    for title, entry in results["inputs"].items():
        lines += [
            f"{title}, {results['n']} titles\n",
            f"| system | {' | '.join(METRICS)} |",
            "|---|" + "---|" * len(METRICS),
            *(f"| {name} | {_cells(found)} |" for name, found in entry["systems"].items()),
            *(
                f"| {results['best']} - {name}, paired | {_cells(found)} |"
                for name, found in entry["ahead_of"].items()
            ),
            "",
        ]
    return "\n".join(lines)


def _as_json(found: Mapping[str, tuple[float, float, float]]) -> dict[str, Any]:
    intervals = {name: [low, high] for name, (_, low, high) in found.items()}
    return {name: value for name, (value, _, _) in found.items()} | {"ci95": intervals}


def _cells(found: Mapping[str, Any]) -> str:
    cells = []
    for name in METRICS:
        low, high = found["ci95"][name]
        cells.append(f"{found[name]:.3f} [{low:.3f}, {high:.3f}]")
    return " | ".join(cells)

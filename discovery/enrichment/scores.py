"""How well proposals match a description: one number a title, so that systems can be paired."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from catalog.models.titles import NOTES
from catalog.text import fold
from discovery.enrichment.reading import Numbers
from discovery.enrichment.types import Description, Proposal

CUTOFF = 8
NARROW = 5
ROUNDS = 2000


@dataclass(frozen=True, slots=True)
class Scores:
    """Sums by title, (titles,) each; a metric is a ratio of two of their totals.

    Notes count only where the description has a grade.
    """

    hits: Numbers
    proposed: Numbers
    wanted: Numbers
    hits_narrow: Numbers
    weight_found: Numbers
    weight_wanted: Numbers
    note_error: Numbers
    notes_exact: Numbers
    notes: Numbers
    keywords_found: Numbers
    keywords_wanted: Numbers


Metric = Callable[[Scores, Numbers], Numbers]


def _ratio(top: str, bottom: str) -> Metric:
    def metric(scores: Scores, draws: Numbers) -> Numbers:
        above: Numbers = draws @ getattr(scores, top)
        below: Numbers = draws @ getattr(scores, bottom)
        return above / np.maximum(below, 1e-9)

    return metric


def _micro_f1(scores: Scores, draws: Numbers) -> Numbers:
    wanted: Numbers = draws @ (scores.proposed + scores.wanted)
    hits: Numbers = draws @ scores.hits
    return 2 * hits / np.maximum(wanted, 1e-9)


def _precision(scores: Scores, draws: Numbers) -> Numbers:
    titles: Numbers = draws.sum(1)
    hits: Numbers = draws @ scores.hits_narrow
    return hits / (NARROW * titles)


# The error alone is better when smaller.
METRICS: Mapping[str, Metric] = {
    f"terms micro-F1@{CUTOFF}": _micro_f1,
    f"terms precision@{NARROW}": _precision,
    f"terms weighted recall@{CUTOFF}": _ratio("weight_found", "weight_wanted"),
    "notes mean absolute error": _ratio("note_error", "notes"),
    "notes exact": _ratio("notes_exact", "notes"),
    f"keywords recall@{CUTOFF}": _ratio("keywords_found", "keywords_wanted"),
}


def score(proposals: Sequence[Sequence[Proposal]], truth: Sequence[Description]) -> Scores:
    """Compare the proposals for each title with its description; both in the same order.

    A note that is not proposed counts as 0, none: that is what a viewer would have to assume.
    """
    rows = [_one(found, wanted) for found, wanted in zip(proposals, truth, strict=True)]
    return Scores(*np.array(rows, dtype=np.float64).T)


def _one(found: Sequence[Proposal], wanted: Description) -> tuple[float, ...]:
    terms = [p.value for p in found if p.kind == "term"][:CUTOFF]
    hits = [wanted.terms.get(term, 0) for term in terms]
    grades = {p.value: p.weight for p in found if p.kind == "content"}
    errors = [
        abs(grades.get(note, 0) - wanted.notes[note]) for note in NOTES if note in wanted.notes
    ]
    keywords = {fold(p.value) for p in found if p.kind == "keyword"}
    asked = {fold(keyword) for keyword in wanted.keywords}
    return (
        sum(h > 0 for h in hits),
        len(terms),
        len(wanted.terms),
        sum(h > 0 for h in hits[:NARROW]),
        sum(hits),
        sum(wanted.terms.values()),
        sum(errors),
        sum(e == 0 for e in errors),
        len(errors),
        len(keywords & asked),
        len(asked),
    )


def summarize(scores: Scores) -> dict[str, tuple[float, float, float]]:
    """Return each metric's value and its 95% interval, by bootstrap over titles."""
    return {name: _with_interval(metric, scores) for name, metric in METRICS.items()}


def compare(better: Scores, worse: Scores) -> dict[str, tuple[float, float, float]]:
    """Return each metric's paired difference and its 95% interval: the same draws for both."""
    draws, all_once = _draws(len(better.hits))
    found = {}
    for name, metric in METRICS.items():
        gains = metric(better, draws) - metric(worse, draws)
        value = float((metric(better, all_once) - metric(worse, all_once))[0])
        low, high = np.quantile(gains, [0.025, 0.975])
        found[name] = (value, float(low), float(high))
    return found


def _with_interval(metric: Metric, scores: Scores) -> tuple[float, float, float]:
    draws, all_once = _draws(len(scores.hits))
    low, high = np.quantile(metric(scores, draws), [0.025, 0.975])
    return float(metric(scores, all_once)[0]), float(low), float(high)


def _draws(n_titles: int) -> tuple[Numbers, Numbers]:
    """Return (rounds, titles): how often each title was drawn; and one row that takes all once."""
    rng = np.random.default_rng(0)
    picks = rng.multinomial(n_titles, np.full(n_titles, 1 / n_titles), size=ROUNDS)
    return picks.astype(np.float64), np.ones((1, n_titles))

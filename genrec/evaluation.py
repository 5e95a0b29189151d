"""Evaluate rankers on next-title prediction, over the whole catalogue, without sampling.

Every ranker ranks all titles that occur in histories or targets, less the user's own history; ties
count against the target. Intervals are bootstrapped over users. Two rankers are compared on the
same users: the interval of a difference is that of each user's own difference, which is narrower
than what the two intervals suggest.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

from genrec.data import Rows
from genrec.metrics import METRICS, bootstrap_ci95, mean, rank_of
from genrec.rankers import Ranking

logger = logging.getLogger(__name__)

Ranks = Mapping[int, int | None]
"""The rank of each user's target; None where it stands in the user's history."""

NAMES = (
    "genrec",
    "blend",
    "popularity",
    "item_knn",
    "ease",
    "ease_recency",
    "markov",
    "classical_blend",
    "prior",
    "sasrec",
    "gru4rec",
)
"""The rankers in the order of tables. `prior` is the sequential prior without the catalog head."""

COMPARISONS = (
    ("blend", "classical_blend"),
    ("genrec", "classical_blend"),
    ("blend", "genrec"),
    ("blend", "prior"),
    ("genrec", "prior"),
    ("prior", "classical_blend"),
    ("blend", "sasrec"),
    ("blend", "gru4rec"),
    ("genrec", "sasrec"),
    ("genrec", "gru4rec"),
)
PROGRESS_S = 20.0


def rank_targets(
    rankings: Iterable[Ranking], histories: Mapping[int, Rows], targets: Mapping[int, int]
) -> dict[str, Ranks]:
    """Return each ranker's rank of every user's target, by the ranker's name.

    Histories are rows of the catalogue, oldest first.
    """
    users = sorted(targets)
    chosen = [histories[user] for user in users]
    found: dict[str, Ranks] = {}
    for ranking in rankings:
        ranks: dict[str, dict[int, int | None]] = {name: {} for name in ranking.names}
        started = reported = time.monotonic()
        for batch in ranking.batches(chosen):
            for name, scores in ranking([chosen[index] for index in batch]).items():
                for index, row in zip(batch, scores, strict=True):
                    user = users[index]
                    ranks[name][user] = rank_of(targets[user], row, histories[user])
            if time.monotonic() - reported > PROGRESS_S:
                reported = time.monotonic()
                report_progress(ranking.names, len(ranks[name]), len(users), reported - started)
        found |= {name: {user: ranks[name][user] for user in users} for name in ranks}
    return found


def report_progress(names: Sequence[str], done: int, total: int, elapsed_s: float) -> None:
    left = elapsed_s / done * (total - done)
    logger.info("%s: %d of %d users, %.0f s left", ", ".join(names), done, total, left)


def evaluate(
    rankings: Iterable[Ranking],
    histories: Mapping[int, Rows],
    targets: Mapping[int, int],
    *,
    n_titles: int,
    others: Mapping[str, Ranks] | None = None,
) -> dict[str, Any]:
    """Return the report: users, titles, every ranker's metrics, and differences between them.

    `others` are ranks of the same targets by rankers that ran elsewhere, of these users or more:
    those of further users do not count, and a note says how many are missing.
    """
    kept, notes = of_users(others or {}, targets.keys())
    ranks = rank_targets(rankings, histories, targets) | kept
    return {
        "users": len(targets),
        "titles": n_titles,
        "rankers": {name: summary(list(ranks[name].values())) for name in in_order(ranks)},
        "differences": {
            f"{one} - {other}": difference(ranks[one], ranks[other])
            for one, other in COMPARISONS
            if one in ranks and other in ranks
        },
        "notes": notes,
    }


def of_users(others: Mapping[str, Ranks], users: Set[int]) -> tuple[dict[str, Ranks], list[str]]:
    """Return the ranks of these users alone, and a note for each ranker that lacks some."""
    kept: dict[str, Ranks] = {
        name: {user: rank for user, rank in ranks.items() if user in users}
        for name, ranks in others.items()
    }
    notes = [
        f"the ranks of {name} lack {len(users) - len(ranks)} of {len(users)} users: "
        "its figures are of the others"
        for name, ranks in kept.items()
        if len(ranks) < len(users)
    ]
    return kept, notes


def in_order(names: Iterable[str]) -> list[str]:
    """Return names in the order of `NAMES`, others after them."""
    return sorted(names, key=lambda name: NAMES.index(name) if name in NAMES else len(NAMES))


def summary(ranks: Sequence[int | None]) -> dict[str, Any]:
    """Return the mean of every metric and its interval, by the metric's name."""
    result: dict[str, Any] = {"ci95": {}}
    for name, metric in METRICS.items():
        result[name], result["ci95"][name] = with_interval([metric(rank) for rank in ranks])
    return result


def difference(one: Ranks, other: Ranks) -> dict[str, Any]:
    """Return `summary` of the differences, user by user, of those whom both rankers rank."""
    users = sorted(one.keys() & other.keys())
    result: dict[str, Any] = {"users": len(users), "ci95": {}}
    for name, metric in METRICS.items():
        values = [metric(one[user]) - metric(other[user]) for user in users]
        result[name], result["ci95"][name] = with_interval(values)
    return result


def with_interval(values: Sequence[float]) -> tuple[float, list[float]]:
    low, high = bootstrap_ci95(values)
    return rounded(mean(values)), [rounded(low), rounded(high)]


def rounded(value: float) -> float:
    """Return five decimals; without users nan, which JSON readers take for NaN."""
    return value if math.isnan(value) else round(value, 5)


def add_cached(report: dict[str, Any], peers: Mapping[str, Mapping[str, Any]]) -> None:
    """Add figures of peers that ran elsewhere, marked as cached, unless their ranks are there.

    Cached figures say on what they were measured: their users and targets may be others.
    """
    for name, peer in peers.items():
        if name in report["rankers"]:
            continue
        kept = ("target", "converged", "train_s", "device", "threads", "command", "date", "library")
        source = {key: peer[key] for key in kept if key in peer}
        report["rankers"][name] = {**peer["metrics"], "cached": source or True}
    report["rankers"] = {name: report["rankers"][name] for name in in_order(report["rankers"])}


def table(report: Mapping[str, Any]) -> str:
    """Return the report as lines of text: rankers, then differences.

    Cached figures have a *, those of a training that was ended too early two.
    """
    lines = [f"{'':32}" + "".join(f"{name:>28}" for name in METRICS)]
    parts = [*report["rankers"].items(), *report.get("differences", {}).items()]
    for name, values in parts:
        cells = []
        for metric in METRICS:
            low, high = values["ci95"][metric]
            cells.append(f"{values[metric]:>12.4f} [{low:.4f}, {high:.4f}]".rjust(28))
        lines.append(f"{name + marks(values.get('cached')):32}" + "".join(cells))
    return "\n".join(lines)


def marks(cached: Any) -> str:
    if not cached:
        return ""
    return " **" if cached is not True and cached.get("converged") is False else " *"

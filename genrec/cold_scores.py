"""How well rankers find new titles: the metrics of genrec/cold.py's protocol, user by user."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from genrec.cold import NEIGHBOURS, ColdRanker, ColdSplit
from genrec.metrics import bootstrap_ci95, mean, rank_of, reciprocal_rank
from genrec.trainer import sampled_users


def evaluate_cold(
    rankers: Mapping[str, ColdRanker],
    split: ColdSplit,
    *,
    max_users: int | None = None,
) -> dict[str, Any]:
    """Return the metrics of every ranker, and paired differences with content_knn.

    Each metric twice: among all titles, and among the new ones alone ("MRR, new"), where nothing
    depends on how old ones compare with them.
    """
    users = sampled(split, max_users)
    places = {row: place for place, row in enumerate(split.new)}
    found: dict[str, list[dict[str, float]]] = {name: [] for name in rankers}
    for user in users:
        history, target = split.histories[user], split.targets[user]
        for name, ranker in rankers.items():
            scores = ranker(history)
            among_all = rank_of(target, scores, history)
            among_new = rank_of(places[target], scores[list(split.new)], [])
            # A new target is in no history.
            assert among_all is not None and among_new is not None  # noqa: S101, PT018
            found[name].append(cold_metrics(among_all, among_new))
    report: dict[str, Any] = {"users": len(users), "new_titles": len(split.new)}
    return report | with_differences(found, NEIGHBOURS)


def sampled(split: ColdSplit, max_users: int | None) -> list[int]:
    """Return the users who are asked for a new title, so many of them at most, always the same."""
    users = sorted(split.targets)
    return users if max_users is None else sampled_users(users, max_users, seed=0)


def with_differences(
    found: Mapping[str, Sequence[Mapping[str, float]]], base: str
) -> dict[str, Any]:
    """Return the averages of every ranker, and of its paired differences with `base`."""
    return {
        "rankers": {name: averages(values) for name, values in found.items()},
        "differences": {
            f"{name} - {base}": averages(
                [
                    {metric: a[metric] - b[metric] for metric in a}
                    for a, b in zip(values, found[base], strict=True)
                ]
            )
            for name, values in found.items()
            if name != base
        },
    }


def cold_metrics(among_all: int, among_new: int) -> dict[str, float]:
    """Return every metric of one user's target, from its rank among all and among new titles."""
    ranks = {"": among_all, ", new": among_new}
    return {
        f"{name}{suffix}": metric(rank)
        for suffix, rank in ranks.items()
        for name, metric in COLD_METRICS.items()
    }


def averages(values: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return each metric's mean over users, with 95% bootstrap intervals under "ci95"."""
    columns = {metric: [value[metric] for value in values] for metric in values[0]}
    return {metric: round(mean(column), 5) for metric, column in columns.items()} | {
        "ci95": {
            metric: [round(bound, 5) for bound in bootstrap_ci95(column)]
            for metric, column in columns.items()
        }
    }


def recall_at_20(rank: int) -> float:
    """Return 1 if the target is among the first twenty, else 0."""
    return float(rank <= 20)


COLD_METRICS: Mapping[str, Callable[[int], float]] = {
    "MRR": reciprocal_rank,
    "Recall@20": recall_at_20,
}

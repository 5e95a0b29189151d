"""What new titles cost old ones, and how rankers find new ones at the same cost.

A ranker that puts new titles higher finds more of them and loses more old ones, so that one point
on that line says little about a ranker. Here each ranker gets a lift of its own, one number added
to its scores of new titles, as large as lets it lose a given share of the NDCG@10 that it has on
old titles alone. All rankers then pay the same, and are asked for new titles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from genrec.cold import NEIGHBOURS, ColdRanker, ColdSplit
from genrec.cold_scores import COLD_METRICS, sampled, with_differences
from genrec.data import Rows
from genrec.metrics import mean, ndcg_at_10
from genrec.newcomers import bisected

Floats = npt.NDArray[np.floating[Any]]
Ranks = npt.NDArray[np.integer[Any]]
BUDGETS = (0.01, 0.02, 0.05)
"""Shares of the NDCG@10 of old titles."""


@dataclass(frozen=True)
class Asked:
    """What a ranker says to U viewers of N titles, and what each of them chose next.

    `scores` (U, N) are -inf where a title is in the viewer's history; `targets` (U,) are rows.
    """

    scores: Floats
    targets: Ranks

    @classmethod
    def of(cls, ranker: ColdRanker, asked: Sequence[tuple[Rows, int]]) -> Asked:
        scores = np.stack([np.asarray(ranker(history), dtype=np.float64) for history, _ in asked])
        for row, (history, _) in zip(scores, asked, strict=True):
            row[history] = -np.inf
        return cls(scores, np.array([target for _, target in asked]))

    def ranks(self, new: Sequence[int], lift: float) -> Ranks:
        """Return the targets' ranks (U,), ties against them; -inf leaves the new titles out."""
        scores = self.scores.copy()
        scores[:, new] += lift
        goals = np.take_along_axis(scores, self.targets[:, None], axis=1)
        return (scores >= goals).sum(axis=1)


def at_equal_cost(
    rankers: Mapping[str, ColdRanker],
    split: ColdSplit,
    old: Sequence[tuple[Rows, int]],
    *,
    budgets: Sequence[float] = BUDGETS,
    max_users: int | None = None,
) -> dict[str, Any]:
    """Return every ranker's metrics on new titles for each budget, and differences as elsewhere.

    Args:
        old: viewers' histories, without new titles, and the old title that each chose next.
    """
    users = sampled(split, max_users)
    new = list(split.new)
    asked = [(split.histories[user], split.targets[user]) for user in users]
    report: dict[str, Any] = {"users": len(users), "old_users": len(old), "own": {}, "budgets": {}}
    found: dict[float, dict[str, list[dict[str, float]]]] = {budget: {} for budget in budgets}
    lifts: dict[float, dict[str, float]] = {budget: {} for budget in budgets}
    for name, ranker in rankers.items():
        on_old, on_new = Asked.of(ranker, old), Asked.of(ranker, asked)
        alone = old_ndcg(on_old, new, -math.inf)
        report["own"][name] = {"alone": alone, "loss": 1 - old_ndcg(on_old, new, 0.0) / alone}
        for budget in budgets:
            lift = largest_lift(on_old, new, (1 - budget) * alone)
            lifts[budget][name] = lift
            found[budget][name] = [
                {metric: f(int(rank)) for metric, f in COLD_METRICS.items()}
                for rank in on_new.ranks(new, lift)
            ]
    for budget in budgets:
        report["budgets"][str(budget)] = {
            "lifts": lifts[budget],
            **with_differences(found[budget], NEIGHBOURS),
        }
    return report


def old_ndcg(asked: Asked, new: Sequence[int], lift: float) -> float:
    return mean([ndcg_at_10(int(rank)) for rank in asked.ranks(new, lift)])


def largest_lift(asked: Asked, new: Sequence[int], bearable: float) -> float:
    """Return the largest lift, in the ranker's own unit, that leaves old titles so much NDCG@10."""
    return bisected(lambda lift: old_ndcg(asked, new, lift) >= bearable, spread(asked.scores))


def spread(scores: Floats) -> float:
    """Return how far the scores are apart: a lift by more than that changes no order."""
    finite = scores[np.isfinite(scores)]
    return float(finite.max() - finite.min()) + 1

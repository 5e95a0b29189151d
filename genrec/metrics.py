"""Ranking metrics, one function each. Free of torch: the web environment may use them.

All take the rank of the one relevant title (1 is best) and return a number in [0, 1]; without
ground truth (rank None) they return nan, never 0: a user we know nothing about is no failure.
`bootstrap_ci95` puts an interval around a mean over users.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

Metric = Callable[[int | None], float]
CUTOFF = 10
BOOTSTRAP_SAMPLES = 1000


def check_rank(rank: int) -> None:
    if rank < 1:
        raise ValueError(f"ranks start at 1, got {rank}")


def hit_rate_at_10(rank: int | None) -> float:
    """Return 1 if the relevant title is among the first ten, else 0."""
    if rank is None:
        return math.nan
    check_rank(rank)
    return float(rank <= CUTOFF)


def ndcg_at_10(rank: int | None) -> float:
    """Return 1/log2(rank + 1) within the first ten, else 0.

    With one relevant title the ideal gain is 1, so this is already normalised.
    Source: Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques".
    """
    if rank is None:
        return math.nan
    check_rank(rank)
    return 1 / math.log2(rank + 1) if rank <= CUTOFF else 0.0


def reciprocal_rank(rank: int | None) -> float:
    """Return 1/rank, without a cutoff: its mean over users is MRR."""
    if rank is None:
        return math.nan
    check_rank(rank)
    return 1 / rank


METRICS: Mapping[str, Metric] = {
    "HR@10": hit_rate_at_10,
    "NDCG@10": ndcg_at_10,
    "MRR": reciprocal_rank,
}


def rank_of(target: int, scores: npt.NDArray[np.floating], excluded: Sequence[int]) -> int | None:
    """Return the target's rank among all columns that are not excluded.

    A tie counts against the target: a constant score must not look like a good ranking.
    Returns None if the target itself is excluded: there is nothing to find.

    Raises:
        ValueError: the target's score is not a number.
    """
    if target in excluded:
        return None
    if math.isnan(scores[target]):
        raise ValueError(f"column {target} has no score")
    at_least = scores >= scores[target]
    at_least[list(excluded)] = False
    return int(at_least.sum())


def mean(values: Sequence[float]) -> float:
    """Return the mean of the numbers among the values, nan if there is none."""
    known = np.asarray([value for value in values if not math.isnan(value)])
    return float(known.mean()) if known.size else math.nan


def bootstrap_ci95(values: Sequence[float], *, seed: int = 0) -> tuple[float, float]:
    """Return the 95% percentile interval of the mean, resampling users; nan without values.

    Source: Efron 1979, "Bootstrap methods: another look at the jackknife".
    """
    known = np.asarray([value for value in values if not math.isnan(value)])
    if not known.size:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    means = [
        known[rng.integers(0, known.size, known.size)].mean() for _ in range(BOOTSTRAP_SAMPLES)
    ]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)

"""Metrics of ranked lists with several right answers, and paired bootstrap intervals.

Resampled are groups (requests, or whole conversations), so that turns of one conversation are not
taken for independent evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from discovery.evaluation.cases import Case, CaseSet
from genrec.metrics import CUTOFF

Floats = npt.NDArray[np.float64]
Metric = Callable[[Sequence[int], int], float]

SAMPLES = 2000
_SEED = 0


def hit_at_10(ranks: Sequence[int], n_targets: int) -> float:
    """Return 1 if any right answer is among the first ten, else 0."""
    return float(any(rank <= CUTOFF for rank in ranks))


def ndcg_at_10(ranks: Sequence[int], n_targets: int) -> float:
    """Return the gain of the first ten over that of the best ten possible; gains are 0 or 1.

    Source: Järvelin and Kekäläinen 2002, "Cumulated gain-based evaluation of IR techniques".
    """
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(n_targets, CUTOFF) + 1))
    return sum(1 / math.log2(rank + 1) for rank in ranks if rank <= CUTOFF) / ideal


def reciprocal_rank(ranks: Sequence[int], n_targets: int) -> float:
    """Return 1 over the rank of the first right answer, 0 if none was listed."""
    return 1 / min(ranks) if ranks else 0.0


def recall_at(cutoff: int) -> Metric:
    """Return the metric: which share of the right answers is among the first `cutoff`?"""

    def recall(ranks: Sequence[int], n_targets: int) -> float:
        return sum(rank <= cutoff for rank in ranks) / n_targets

    return recall


METRICS: Mapping[str, Metric] = {
    "hit@10": hit_at_10,
    "NDCG@10": ndcg_at_10,
    "MRR": reciprocal_rank,
    **{f"Recall@{cutoff}": recall_at(cutoff) for cutoff in (1, 10, 20, 100, 200)},
}


@dataclass(frozen=True, slots=True)
class Scores:
    """One metric's values, a row each, and the group of each row."""

    values: Mapping[str, Floats]
    groups: npt.NDArray[np.int64]


def score_lists(case_set: CaseSet, lists: Sequence[Sequence[int]]) -> Scores:
    """Score one ranked list a case.

    Raises:
        ValueError: there are not as many lists as cases, or a case has no right answer.
    """
    rows: list[list[float]] = []
    groups: list[int] = []
    numbers: dict[str, int] = {}
    for case, ranked in zip(case_set.cases, lists, strict=True):
        places = {title_id: rank for rank, title_id in enumerate(ranked, 1)}
        for targets in _rows_of(case, case_set):
            if not targets:
                raise ValueError(f"case {case.case_id} has no right answer")
            ranks = [places[t] for t in targets if t is not None and t in places]
            rows.append([METRICS[name](ranks, len(targets)) for name in case_set.metrics])
            groups.append(numbers.setdefault(case.group or case.case_id, len(numbers)))
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(case_set.metrics))
    values = {name: table[:, column] for column, name in enumerate(case_set.metrics)}
    return Scores(values, np.array(groups, dtype=np.int64))


def _rows_of(case: Case, case_set: CaseSet) -> list[tuple[int | None, ...]]:
    if not case_set.per_target:
        return [case.targets]
    return [(target,) for target in case.targets]


def interval(values: Floats, groups: npt.NDArray[np.int64]) -> tuple[float, float]:
    """Return the 95% percentile interval of the mean, resampling groups.

    Source: Efron 1979, "Bootstrap methods: another look at the jackknife".
    """
    n_groups = int(groups.max()) + 1
    sums = np.bincount(groups, weights=values, minlength=n_groups)
    sizes = np.bincount(groups, minlength=n_groups)
    # The same seed everywhere: what is compared is resampled alike.
    draws = np.random.default_rng(_SEED).integers(0, n_groups, (SAMPLES, n_groups))
    means = sums[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def summary(scores: Scores) -> dict[str, object]:
    """Return `{metric: mean, ..., "ci95": {metric: [low, high]}}`."""
    means = {name: round(float(values.mean()), 5) for name, values in scores.values.items()}
    return {**means, "ci95": _intervals(scores.values, scores.groups)}


def difference(ours: Scores, other: Scores) -> dict[str, object]:
    """Return ours minus other over the same rows, as `summary` does."""
    values = {name: ours.values[name] - other.values[name] for name in ours.values}
    return summary(Scores(values, ours.groups))


def _intervals(
    values: Mapping[str, Floats], groups: npt.NDArray[np.int64]
) -> dict[str, list[float]]:
    return {
        name: [round(end, 5) for end in interval(column, groups)] for name, column in values.items()
    }

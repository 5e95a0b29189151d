"""What would another policy be worth? Estimated from what was shown, without showing it.

Arrays in: for each showing the reward, the probability with which the logging policy showed what
it showed, and the probability with which the policy in question would have. Inverse propensity
scoring weighs each reward by the ratio of the two; the self-normalised form divides by the sum of
the weights; the doubly robust form lets a model of the reward explain what it can, and weighs
only the rest. The first and the last are unbiased if every propensity is right.

Showings of one viewer are no independent evidence: who likes much likes much again. So intervals
are over groups of showings, a viewer's each: their sums vary, not the single rows (Liang & Zeger
1986, "Longitudinal data analysis using generalized linear models"), or whole groups are resampled.

Source: Dudik, Langford & Li 2011, "Doubly robust policy evaluation and learning", ICML; Swaminathan
& Joachims 2015, "The self-normalized estimator for counterfactual learning", NeurIPS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

Numbers = npt.NDArray[np.float64]
Groups = npt.NDArray[np.int64]
Interval = Literal["normal", "bootstrap"]

_UPPER = 0.975
_RESAMPLES = 1000


class ZeroPropensity(ValueError):
    """A showing of probability zero: it can't have been drawn by the policy that is said to be."""


class MismatchedLog(ValueError):
    """The columns of a log differ in length, are empty, or hold what is no number."""


@dataclass(frozen=True, slots=True)
class Log:
    """Showings: (n,) each. Rewards are what the estimates are in, such as 1 for a like.

    `expected` is a model's reward of what was shown, `expected_target` its mean over what the
    target policy would show; both only for the doubly robust estimate, and neither may have been
    fitted on the row's own reward. `groups` says whose each showing is, by any numbers; without
    them each is its own.
    """

    rewards: Numbers
    propensities: Numbers
    # The probability that the policy in question shows what was shown.
    target: Numbers
    expected: Numbers | None = None
    expected_target: Numbers | None = None
    groups: Groups | None = None

    def __post_init__(self) -> None:
        columns = {
            "rewards": self.rewards,
            "propensities": self.propensities,
            "target": self.target,
            "expected": self.expected,
            "expected_target": self.expected_target,
            "groups": self.groups,
        }
        for name, column in columns.items():
            if column is not None and (column.shape != self.rewards.shape or not column.size):
                raise MismatchedLog(f"{name} has {column.shape} values, not {self.rewards.shape}.")
            if column is not None and not np.isfinite(column).all():
                raise MismatchedLog(f"{name} holds a value that is no number.")
        _refuse_impossible(self.propensities)

    def weights(self, clip: float | None = None) -> Numbers:
        """Return target / logged, at most `clip`: (n,)."""
        ratios = self.target / self.propensities
        return ratios if clip is None else np.minimum(ratios, clip)

    def by_group(self, *columns: Numbers) -> tuple[Numbers, ...]:
        """Return the sum of each column in each group: (groups,) each."""
        if self.groups is None:
            return columns
        _, places = np.unique(self.groups, return_inverse=True)
        return tuple(
            np.asarray(np.bincount(places, weights=column), dtype=np.float64) for column in columns
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """A policy's reward per showing, with a 95% interval.

    `n_clipped` rows had a weight above the clip: with any, the estimate is biased low.
    `effective_n` is the number of unweighted rows that would say as much. The interval of a single
    group is endless: nothing tells how much viewers differ.
    """

    method: str
    value: float
    low: float
    high: float
    n: int
    n_clipped: int = 0
    effective_n: float = 0.0

    def covers(self, value: float) -> bool:
        return self.low <= value <= self.high


def on_policy(rewards: Numbers, groups: Groups | None = None) -> Estimate:
    """Return what the logging policy itself was worth: the mean reward."""
    log = Log(rewards, np.ones_like(rewards), np.ones_like(rewards), groups=groups)
    return _ratio("logged", rewards, np.ones_like(rewards), log, None, "normal", 0)


def ips(
    log: Log, *, clip: float | None = None, interval: Interval = "normal", seed: int = 0
) -> Estimate:
    """Return the inverse propensity estimate: the mean of weight * reward.

    Raises:
        ZeroPropensity, MismatchedLog: by `Log`, when it is made.
    """
    terms = log.weights(clip) * log.rewards
    return _ratio("IPS", terms, np.ones_like(terms), log, clip, interval, seed)


def doubly_robust(
    log: Log, *, clip: float | None = None, interval: Interval = "normal", seed: int = 0
) -> Estimate:
    """Return the mean of the model's reward of the target, corrected by weighted residuals.

    Raises:
        MismatchedLog: the log brings no model of the reward.
    """
    if log.expected is None or log.expected_target is None:
        raise MismatchedLog("The doubly robust estimate needs `expected` and `expected_target`.")
    terms = log.expected_target + log.weights(clip) * (log.rewards - log.expected)
    return _ratio("DR", terms, np.ones_like(terms), log, clip, interval, seed)


def snips(
    log: Log, *, clip: float | None = None, interval: Interval = "normal", seed: int = 0
) -> Estimate:
    """Return the self-normalised estimate: the weighted mean of the rewards.

    Never outside the range of the rewards. Its error is that of a ratio (delta method). A target
    that would have shown nothing that was shown has no such mean: then it is nan.
    """
    weights = log.weights(clip)
    if not weights.sum():
        return _estimate("SNIPS", log, clip, np.nan, np.nan, np.nan)
    return _ratio("SNIPS", weights * log.rewards, weights, log, clip, interval, seed)


METHODS: tuple[Callable[..., Estimate], ...] = (ips, snips, doubly_robust)


def _ratio(
    method: str,
    over: Numbers,
    under: Numbers,
    log: Log,
    clip: float | None,
    interval: Interval,
    seed: int,
) -> Estimate:
    """Return the estimate sum(over) / sum(under), which is a mean where `under` is 1: (n,) both.

    Its error is that of a ratio of sums over independent groups (delta method).
    """
    value = float(over.sum() / under.sum())
    over, under = log.by_group(over, under)
    n_groups = len(over)
    if n_groups < 2:
        low, high = -np.inf, np.inf
    elif interval == "bootstrap":
        low, high = _bootstrap(over, under, seed)
    else:
        squares = float(((over - value * under) ** 2).sum())
        error = np.sqrt(squares * n_groups / (n_groups - 1)) / float(under.sum())
        # Few groups say little of how much groups differ: Student's t.
        reach = float(stdtrit(n_groups - 1, _UPPER)) * float(error)
        low, high = value - reach, value + reach
    return _estimate(method, log, clip, value, low, high)


def _bootstrap(over: Numbers, under: Numbers, seed: int) -> tuple[float, float]:
    """Return the middle 95% of the ratio over resampled groups."""
    generator = np.random.default_rng(seed)
    values = []
    for _ in range(_RESAMPLES):
        drawn = generator.integers(0, len(over), len(over))
        values.append(over[drawn].sum() / max(under[drawn].sum(), 1e-12))
    low, high = np.quantile(values, (1 - _UPPER, _UPPER))
    return float(low), float(high)


def _estimate(
    method: str, log: Log, clip: float | None, value: float, low: float, high: float
) -> Estimate:
    weights = log.weights(clip)
    squares = float((weights**2).sum())
    return Estimate(
        method=method,
        value=float(value),
        low=float(low),
        high=float(high),
        n=len(log.rewards),
        n_clipped=0 if clip is None else int((log.weights() > clip).sum()),
        effective_n=float(weights.sum()) ** 2 / squares if squares else 0.0,
    )


def _refuse_impossible(propensities: Numbers) -> None:
    impossible = np.flatnonzero((propensities <= 0) | (propensities > 1))
    if impossible.size:
        row = int(impossible[0])
        raise ZeroPropensity(
            f"{impossible.size} rows have a propensity outside (0, 1], the first of them row {row} "
            f"with {propensities[row]}. Nothing can be learned from them: leave them out, and find "
            "out what logged them."
        )

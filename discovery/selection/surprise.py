"""Surprises: a random draw that favours good candidates, with exact probabilities.

Drawn without replacement, each next title with probability proportional to its weight: Gumbel
noise on the scores does it in one sort. The same draw is a race: title i arrives after an
exponential time of rate w_i, and the first k are shown. So a title is in the slate if fewer than
k others arrive before it, which is one integral over its own arrival.

Source: Yellott 1977, "The relationship between Luce's choice axiom, Thurstone's theory of
comparative judgment, and the double exponential distribution", J. Mathematical Psychology 15(2).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

# Surprises are drawn with probability proportional to exp(score / TEMPERATURE).
TEMPERATURE = 0.5
_MAX_EXPONENT = 300.0
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(256)
# Gauss-Legendre for v in [0, 1] with u = I(v; 4, 4): dense at both ends, where the likely and
# the unlikely titles are decided.
_V = (_NODES + 1) / 2
_LOG_LEFT = np.log(betainc(4, 4, 1 - _V))
_DU = _WEIGHTS / 2 * 140 * (_V * (1 - _V)) ** 3

Numbers = npt.NDArray[np.float64]


def draw_surprise(scores: Sequence[float], count: int, seed: str) -> list[int]:
    """Return `count` places in the order drawn; the same for the same seed."""
    # Not for secrets: a draw that the trace can repeat.
    generator = random.Random(seed)  # noqa: S311
    uniform = np.array([max(generator.random(), 1e-12) for _ in scores])
    noisy = np.asarray(scores) / TEMPERATURE - np.log(-np.log(uniform))
    order = np.argsort(-noisy, kind="stable")
    return [int(place) for place in order[:count]]


def chances_of_surprise(scores: Sequence[float], count: int) -> Numbers:
    """Return each title's probability to be among the `count` drawn: (n,), they sum to `count`.

    Integrated over u, the probability that the title itself has arrived: by then, another has
    with probability 1 - (1 - u)^(its weight / the title's).
    """
    n = len(scores)
    if count >= n:
        return np.ones(n)
    values = np.asarray(scores, dtype=np.float64) / TEMPERATURE
    chances = np.empty(n)
    for i in range(n):
        ratios = np.exp(np.minimum(np.delete(values, i) - values[i], _MAX_EXPONENT))
        chances[i] = _DU @ _fewer_than(count, -np.expm1(_LOG_LEFT[:, None] * ratios[None, :]))
    return np.clip(chances, 0.0, 1.0)


def _fewer_than(count: int, arrived: Numbers) -> Numbers:
    """Return P(fewer than `count` of the others have arrived): (nodes,) from (nodes, others)."""
    # Column c: the probability that exactly c have arrived so far.
    exactly = np.zeros((arrived.shape[0], count))
    exactly[:, 0] = 1.0
    for chance in arrived.T:
        exactly[:, 1:] = exactly[:, 1:] * (1 - chance[:, None]) + exactly[:, :-1] * chance[:, None]
        exactly[:, 0] *= 1 - chance
    return np.asarray(exactly.sum(axis=1))

"""What the sequential prior expects of titles that it does not know: what it expects of their kin.

The prior knows titles by their followers, so a new one is a stranger to it. Its kin are the titles
it knows that are nearest by content, and its share is the mean of theirs: a new western is expected
where westerns are. Kin that the viewer has seen are left out, because the prior expects nothing of
those. Source of the idea: content neighbours as the classical answer to a cold start.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

N_KIN = 20
"""Many, because those that a fan of the kind has seen do not count."""

Floats = npt.NDArray[np.floating[Any]]
Places = npt.NDArray[np.int64]


def nearest_known(content: Floats, known: Floats) -> Places:
    """Return the kin (N, K) of titles, as rows of `known`, nearest first; K is `N_KIN` or fewer.

    Args:
        content: (N, C) embeddings of titles that the prior does not know.
        known: (M, C) those of titles that it knows. Their mean is taken off both: embeddings of
            titles share a large one that hides what they differ in.
    """
    centre = known.mean(0)
    nearness = unit(content - centre) @ unit(known - centre).T
    # Sorting all of them would cost more than comparing them.
    n_kin = min(N_KIN, len(known))
    nearest = np.sort(np.argpartition(-nearness, n_kin - 1, axis=1)[:, :n_kin], axis=1)
    order = np.argsort(-np.take_along_axis(nearness, nearest, axis=1), axis=1, kind="stable")
    kin: Places = np.take_along_axis(nearest, order, axis=1)
    return kin


def unit(vectors: Floats) -> Floats:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    result: Floats = vectors / np.maximum(lengths, 1e-9)
    return result


def expected_of_kin(
    likely: npt.NDArray[np.float64], kin: Places, seen: Sequence[int], least: float
) -> npt.NDArray[np.float64]:
    """Return the share of each title (N,): the mean of its unseen kin's, or `least` without any.

    Args:
        likely: (M,) what the prior expects of each title that it knows.
        kin: (N, K) rows of `likely`.
        seen: rows of `likely` that the viewer has seen.
    """
    unseen = np.ones(len(likely))
    unseen[list(seen)] = 0.0
    counts = unseen[kin].sum(1)
    sums = (likely * unseen)[kin].sum(1)
    result: npt.NDArray[np.float64] = np.where(counts > 0, sums / np.maximum(counts, 1.0), least)
    return result

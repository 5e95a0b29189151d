"""The references that are most like a title, and what they vote for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from catalog.facts import TitleFacts
from discovery.enrichment.reading import Form, Numbers, genre_matrix
from discovery.enrichment.references import References

# Chosen by leave-one-out on the part of the starter records that is not held out.
N_NEIGHBOURS = 30
# Shared genres count beside the meaning of the document; both are at most 1.
GENRE_SHARE = 0.4
# Nearer neighbours count more: similarity to this power.
SHARPNESS = 4
STRONGEST = 3.0


class Neighbours(NamedTuple):
    """For each title its nearest references: positions and weights, both (titles, k)."""

    positions: npt.NDArray[np.int64]
    weights: Numbers


def find_neighbours(
    references: References, titles: Sequence[TitleFacts], vectors: Numbers, form: Form
) -> Neighbours:
    """Return the nearest references of titles that were read in `form`; weights add up to 1."""
    alike = vectors @ references.vectors(form).T
    alike += GENRE_SHARE * jaccard(genre_matrix(titles, references.genres), references.genre_rows)
    return _nearest(alike)


def neighbours_among(references: References, form: Form) -> Neighbours:
    """Return every reference's nearest others: itself left out."""
    vectors = references.vectors(form)
    alike = vectors @ vectors.T
    alike += GENRE_SHARE * jaccard(references.genre_rows, references.genre_rows)
    np.fill_diagonal(alike, -np.inf)
    return _nearest(alike)


def vote(neighbours: Neighbours, values: Numbers) -> Numbers:
    """Return (titles, columns): the neighbours' weighted mean of (references, columns) values."""
    mean: Numbers = np.einsum("nk,nkc->nc", neighbours.weights, values[neighbours.positions])
    return mean


def jaccard(left: Numbers, right: Numbers) -> Numbers:
    """Return (left, right): the share of two sets' members that both have; 0 for empty sets."""
    shared = left @ right.T
    either = left.sum(1)[:, None] + right.sum(1)[None, :] - shared
    share: Numbers = shared / np.maximum(either, 1.0)
    return share


def _nearest(alike: Numbers) -> Neighbours:
    k = min(N_NEIGHBOURS, alike.shape[1] - 1)
    positions = np.argsort(-alike, axis=1, kind="stable")[:, :k]
    weights = np.maximum(np.take_along_axis(alike, positions, axis=1), 1e-6) ** SHARPNESS
    return Neighbours(positions, weights / weights.sum(1, keepdims=True))

"""EASE on the ratings, asked with the titles that were mentioned.

EASE's weights are B = -P / diag(P) by column, zero on the diagonal, with P the inverse of
X'X + l I for viewers by titles X (Steck 2019, "Embarrassingly shallow autoencoders for sparse
data"). With fewer viewers than titles, Woodbury's identity gives any row of P from a matrix of
viewers by viewers: nothing of titles by titles is ever made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from discovery.evaluation.index import CatalogueIndex, Floats
from discovery.models import HistoryEntry

REGULARISATION = 100.0
# So that popularity only orders what the weights leave equal.
_TIE = 1e-6


@dataclass(slots=True)
class MentionModel:
    """EASE over viewers' imported histories."""

    index: CatalogueIndex
    # (viewers, titles): 1 for every title of a viewer's history.
    histories: Floats
    inner: npt.NDArray[np.float64] = field(init=False)
    diagonal: npt.NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        gram = self.histories @ self.histories.T
        viewers = np.eye(len(gram)) * REGULARISATION
        inverse = np.linalg.inv(gram.astype(np.float64) + viewers)
        self.inner = np.asarray(inverse, dtype=np.float64)
        explained = np.einsum("vt,vt->t", self.histories, self.inner @ self.histories)
        self.diagonal = np.asarray((1 - explained) / REGULARISATION, dtype=np.float64)

    @classmethod
    def load(cls, index: CatalogueIndex) -> Self | None:
        """Fit on the histories of the database; None if it has none."""
        viewers: dict[int, int] = {}
        cells = [
            (viewers.setdefault(viewer, len(viewers)), index.positions[title_id])
            for viewer, title_id in HistoryEntry.objects.values_list("batch__viewer", "title_id")
            if title_id in index.positions
        ]
        if not cells:
            return None
        histories = np.zeros((len(viewers), len(index.ids)), dtype=np.float32)
        histories[tuple(np.array(cells).T)] = 1
        return cls(index, histories)

    def scores(self, mentioned: Sequence[int]) -> Floats:
        """Return one score a title; without mentions that is popularity's order alone."""
        known = [self.index.positions[pk] for pk in mentioned if pk in self.index.positions]
        scores = _TIE * self.index.popularity.astype(np.float64)
        for row in known:
            # Row of P: (e - X_row' inner X) / l; the division by -diag(P) makes it EASE's.
            explained = self.histories[:, row].astype(np.float64) @ self.inner @ self.histories
            weights = explained / REGULARISATION / self.diagonal
            weights[row] = 0
            scores += weights
        result: Floats = scores.astype(np.float32)
        return result

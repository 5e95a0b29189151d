"""The sequential prior as a teacher: what it expects next, as a second target beside what came.

One title a prediction says little about thousands of others; the prior, fitted in closed form on
the same histories, has an opinion on each. Source of the idea: Hinton et al. 2015, "Distilling the
knowledge in a neural network".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from genrec.data import Rows
from genrec.prior import SequentialPrior


class Teacher:
    """The prior over one catalogue of N titles, whose imdb ids are `keys`."""

    def __init__(self, prior: SequentialPrior, keys: Sequence[str]) -> None:
        n_titles, config = len(keys), prior.config
        places = [prior.rows.get(key, -1) for key in keys]
        rows = torch.tensor([row for row, place in enumerate(places) if place >= 0])
        known = torch.tensor([place for place in places if place >= 0])
        self.rates = torch.tensor(config.rates)
        self.softness = config.softness
        self.known = torch.zeros(n_titles, dtype=torch.bool)
        self.known[rows] = True
        popularity = torch.from_numpy(prior.popularity).float()
        self.floor = torch.zeros(n_titles)
        self.floor[rows] = config.smoothing * popularity[known]
        self.weights = torch.zeros(len(config.rates), n_titles, n_titles)
        for index in range(len(config.rates)):
            dense = dense_weights(prior, index)
            self.weights[index, rows[:, None], rows[None, :]] = dense[known][:, known]

    def expectations(self, histories: Sequence[Rows], seen: Sequence[Tensor]) -> list[Tensor]:
        """Return what is expected before each event of each history, (T, N) summing to 1.

        Args:
            seen: (T, N) for each history, true for the titles that came before.
        """
        longest = max(len(rows) for rows in histories)
        states = torch.zeros(len(histories), len(self.rates), self.weights.shape[1])
        padded = torch.zeros(len(histories), longest, dtype=torch.long)
        for index, rows in enumerate(histories):
            padded[index, : len(rows)] = torch.tensor(rows)
        likely = torch.empty(len(histories), longest, self.weights.shape[1])
        for at in range(longest):
            scores = states.sum(1) / self.softness
            likely[:, at] = self.softness * torch.nn.functional.softplus(scores) + self.floor
            faded = states * self.rates[None, :, None]
            states = faded + self.weights[:, padded[:, at]].transpose(0, 1)
        found = []
        for index, (rows, mask) in enumerate(zip(histories, seen, strict=True)):
            own = likely[index, : len(rows)].masked_fill(mask | ~self.known, 0.0)
            found.append(own / own.sum(1, keepdim=True).clamp(min=1e-12))
        return found


def dense_weights(prior: SequentialPrior, index: int) -> Tensor:
    """Return the prior's weights at one rate as a matrix (M, M)."""
    n_titles = len(prior.keys)
    dense = np.zeros((n_titles, n_titles), dtype=np.float32)
    for row in range(n_titles):
        first, last = prior.starts[index * n_titles + row], prior.starts[index * n_titles + row + 1]
        dense[row, prior.successors[first:last]] = prior.weights[first:last]
    return torch.from_numpy(dense)

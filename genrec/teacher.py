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
    """The prior over one catalogue of N titles, whose imdb ids are `keys`; it knows M of them."""

    def __init__(self, prior: SequentialPrior, keys: Sequence[str]) -> None:
        config = prior.config
        found = [prior.rows.get(key, -1) for key in keys]
        self.rows = torch.tensor([row for row, place in enumerate(found) if place >= 0])
        self.known = torch.tensor(found) >= 0
        self.places = torch.zeros(len(keys), dtype=torch.long)
        self.places[self.rows] = torch.arange(len(self.rows))
        self.rates = torch.tensor(config.rates)
        self.softness = config.softness
        order = [place for place in found if place >= 0]
        popularity = torch.from_numpy(prior.popularity).float()
        self.floor = config.smoothing * popularity[order]
        weights = [dense_weights(prior, index)[order][:, order] for index in range(len(self.rates))]
        self.weights = torch.stack(weights)  # (R, M, M)

    def expectations(self, histories: Sequence[Rows], seen: Sequence[Tensor]) -> list[Tensor]:
        """Return what is expected before each event of each history, (T, N) summing to 1.

        Args:
            seen: (T, N) for each history, true for the titles that came before.
        """
        longest = max(len(rows) for rows in histories)
        n_known = len(self.rows)
        states = torch.zeros(len(histories), len(self.rates), n_known)
        padded = torch.zeros(len(histories), longest, dtype=torch.long)
        for index, rows in enumerate(histories):
            padded[index, : len(rows)] = torch.tensor(rows)
        likely = torch.empty(len(histories), longest, n_known)
        for at in range(longest):
            scores = states.sum(1) / self.softness
            likely[:, at] = self.softness * torch.nn.functional.softplus(scores) + self.floor
            came = padded[:, at]
            added = self.weights[:, self.places[came]].transpose(0, 1)
            after = states * self.rates[None, :, None] + added
            # A title that the prior does not know is passed over, as if it had not been there.
            states = torch.where(self.known[came][:, None, None], after, states)
        found = []
        for index, (rows, mask) in enumerate(zip(histories, seen, strict=True)):
            own = likely[index, : len(rows)].masked_fill(mask[:, self.rows], 0.0)
            whole = torch.zeros(len(rows), len(self.known))
            whole[:, self.rows] = own / own.sum(1, keepdim=True).clamp(min=1e-12)
            found.append(whole)
        return found


def dense_weights(prior: SequentialPrior, index: int) -> Tensor:
    """Return the prior's weights at one rate as a matrix (M, M)."""
    n_titles = len(prior.keys)
    dense = np.zeros((n_titles, n_titles), dtype=np.float32)
    for row in range(n_titles):
        first, last = prior.starts[index * n_titles + row], prior.starts[index * n_titles + row + 1]
        dense[row, prior.successors[first:last]] = prior.weights[first:last]
    return torch.from_numpy(dense)

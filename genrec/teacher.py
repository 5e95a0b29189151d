"""The sequential prior as a teacher: what it expects next, as a second target beside what came.

One title a prediction says little about thousands of others; the prior, fitted in closed form on
the same histories, has an opinion on each. Source of the idea: Hinton et al. 2015, "Distilling the
knowledge in a neural network".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor

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

    def to(self, device: torch.device) -> Self:
        """Move to a device, and return itself."""
        for name in ("rows", "known", "places", "rates", "floor", "weights"):
            setattr(self, name, getattr(self, name).to(device))
        return self

    def expectations(self, rows: Tensor, example: Tensor, at: Tensor, seen: Tensor) -> Tensor:
        """Return what is expected at each of P predictions, (P, N) summing to 1.

        Args:
            rows: (B, E) histories, oldest first; N after their ends.
            example: (P,) whose prediction it is.
            at: (P,) from which of its rows on the history is not known yet.
            seen: (P, N) true for the titles that came before.
        """
        # A title that the prior does not know is passed over, as if it had not been there.
        known = torch.cat([self.known, self.known.new_zeros(1)])[rows]
        places = self.places[rows.clamp(max=len(self.known) - 1)]
        before = known.cumsum(1) - known.long()  # known rows before each
        age = before[:, :, None] - before[:, None, :] - 1  # (B, E now, E then)
        counts = known[:, None, :] & (age >= 0)
        scores = torch.zeros(*rows.shape, len(self.rows), device=rows.device)
        with torch.autocast(rows.device.type, enabled=False):
            for rate, weights in zip(self.rates, self.weights, strict=True):
                fades = torch.where(counts, rate ** age.clamp(min=0), 0.0)
                scores += fades @ weights[places]
        scores = scores[example, at] / self.softness
        likely = self.softness * torch.nn.functional.softplus(scores) + self.floor
        likely = likely.masked_fill(seen[:, self.rows], 0.0)
        whole = torch.zeros(len(at), len(self.known), device=rows.device)
        whole[:, self.rows] = likely / likely.sum(1, keepdim=True).clamp(min=1e-12)
        return whole


def dense_weights(prior: SequentialPrior, index: int) -> Tensor:
    """Return the prior's weights at one rate as a matrix (M, M)."""
    n_titles = len(prior.keys)
    dense = np.zeros((n_titles, n_titles), dtype=np.float32)
    for row in range(n_titles):
        first, last = prior.starts[index * n_titles + row], prior.starts[index * n_titles + row + 1]
        dense[row, prior.successors[first:last]] = prior.weights[first:last]
    return torch.from_numpy(dense)

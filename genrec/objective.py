"""What the catalog head is trained on: hidden states, the titles to predict, and the loss."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from genrec.data import Rows
from genrec.towers import Towers
from genrec.wishes import Facet

Facets = tuple[Facet, ...]


@dataclass(frozen=True)
class Readings:
    """P states that the catalog head reads, each with the row to predict and its wish's facets."""

    hidden: Tensor  # (P, H)
    labels: Tensor  # (P,)
    facets: list[Facets]


class WantedTitles:
    """All titles that satisfy a wish, as a target beside the one that was really next.

    One title a wish teaches slowly what "western" means; all westerns teach it at once. Titles
    are weighted by the square root of their frequency: known ones first, but not only those.
    """

    def __init__(
        self, histories: Sequence[Rows], facets_by_row: Sequence[frozenset[Facet]]
    ) -> None:
        counts = Counter(row for history in histories for row in history)
        n_titles = len(facets_by_row)
        self.weights = torch.tensor([counts[row] ** 0.5 for row in range(n_titles)])
        self.having: dict[Facet, Tensor] = {}
        for row, facets in enumerate(facets_by_row):
            for facet in facets:
                mask = self.having.setdefault(facet, torch.zeros(n_titles, dtype=torch.bool))
                mask[row] = True

    def titles(self, facets: Sequence[Facet]) -> Tensor:
        """Return a distribution (N,) over the titles that have all these facets."""
        mask = torch.stack([self.having[facet] for facet in facets]).all(0)
        weights = self.weights * mask
        return weights / weights.sum()


class CatalogObjective:
    """Cross-entropy of the catalog head, in nats per reading.

    A reading after a wish has two targets, mixed by `soft_share`: the title that was next, and
    all titles that satisfy the wish.
    """

    def __init__(
        self, towers: Towers, wanted: WantedTitles, *, soft_share: float, dropout: float
    ) -> None:
        self.towers = towers
        self.wanted = wanted
        self.soft_share = soft_share
        self.dropout = dropout

    def loss(self, readings: Readings, content: Tensor) -> Tensor:
        """Return the mean loss over readings, given all titles' content (N, C)."""
        rows, biases = self.towers.output_rows(content)
        queries = nn.functional.dropout(self.towers.queries(readings.hidden), self.dropout)
        logits = queries @ rows.T + biases
        losses = nn.functional.cross_entropy(logits, readings.labels, reduction="none")
        wished = [index for index, facets in enumerate(readings.facets) if facets]
        if wished:
            wanted = torch.stack([self.wanted.titles(readings.facets[i]) for i in wished])
            soft = nn.functional.cross_entropy(logits[wished], wanted, reduction="none")
            mixed = (1 - self.soft_share) * losses[wished] + self.soft_share * soft
            losses = losses.index_copy(0, torch.tensor(wished), mixed)
        return losses.mean()


class ReplayBuffer:
    """Readings kept for training the head alone, the oldest overwritten when full."""

    def __init__(self, capacity: int, hidden_size: int, seed: int) -> None:
        self.hidden = torch.zeros(capacity, hidden_size, dtype=torch.float16)
        self.labels = torch.zeros(capacity, dtype=torch.long)
        self.facets: list[Facets] = [()] * capacity
        self.added = 0
        self.rng = random.Random(seed)  # noqa: S311  (sampling, not secrecy)

    def __len__(self) -> int:
        return min(self.added, len(self.labels))

    def add(self, readings: Readings) -> None:
        """Keep readings, scaled to fit float16: the head normalises what it reads."""
        hidden = readings.hidden.detach()
        unit = hidden / hidden.pow(2).mean(-1, keepdim=True).sqrt()
        for index in range(len(readings.labels)):
            at = self.added % len(self.labels)
            self.hidden[at] = unit[index].half()
            self.labels[at] = readings.labels[index]
            self.facets[at] = readings.facets[index]
            self.added += 1

    def sample(self, n_readings: int) -> Readings:
        """Return random readings, with repetition."""
        chosen = self.rng.choices(range(len(self)), k=n_readings)
        return Readings(
            self.hidden[chosen].float(),
            self.labels[chosen],
            [self.facets[index] for index in chosen],
        )

"""The losses: what each task teaches, in nats per prediction.

    next title, wish, positional   masked cross-entropy of the catalog head
    states                         retention, lower layers: states of plain text stay the base's
    language                       cross-entropy of the text head on answers
    retention                      KL from the base's next words, on text the base wrote

The sum is weighted by `TrainConfig`. Sources: GenRec's linear combination of head losses, its KL
task on text that the base generated (see docs/training.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from genrec.data import Rows
from genrec.examples import IGNORE, Example
from genrec.model import GenRec, run_layers, run_upper
from genrec.vocabulary import UNUSED_BIAS
from genrec.wishes import Facet


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
        having: dict[Facet, list[int]] = {}
        for row, facets in enumerate(facets_by_row):
            for facet in facets:
                having.setdefault(facet, []).append(row)
        self.having = {facet: torch.tensor(rows) for facet, rows in having.items()}

    def titles(self, facets: Sequence[Facet]) -> Tensor:
        """Return a distribution (N,) over the titles that have all these facets."""
        counts = torch.zeros(len(self.weights))
        for facet in facets:
            counts[self.having[facet]] += 1
        weights = self.weights * (counts == len(set(facets)))
        return weights / weights.sum()


@dataclass(frozen=True)
class WordBatch:
    """Token ids of plain text (B, T), and per position the next word to learn or IGNORE (B, T)."""

    ids: Tensor
    labels: Tensor


def padded(examples: Sequence[Example], ignore: int = IGNORE) -> tuple[Tensor, Tensor]:
    """Return ids and labels of examples, both (B, T) int64, padded on the right."""
    width = max(len(example.ids) for example in examples)
    ids = torch.zeros(len(examples), width, dtype=torch.long)
    labels = torch.full((len(examples), width), ignore, dtype=torch.long)
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        labels[row, : len(example.labels)] = torch.tensor(example.labels)
    return ids, labels


@dataclass(frozen=True)
class Pasts:
    """What came before each prediction of a batch: B examples of up to E rows, P predictions.

    `example` (P,) and `at` (P,) say whose which row is predicted, in the order of the labels.
    """

    rows: Tensor  # (B, E) int64, N after the end
    example: Tensor
    at: Tensor

    @classmethod
    def of(cls, examples: Sequence[Example], n_titles: int, device: torch.device) -> Pasts:
        longest = max(len(example.rows) for example in examples)
        rows = torch.full((len(examples), longest), n_titles)
        places = torch.zeros(len(examples), longest, dtype=torch.bool)
        for index, example in enumerate(examples):
            n_rows = len(example.rows)
            rows[index, :n_rows] = torch.tensor(example.rows)
            n_labels = sum(label != IGNORE for label in example.labels)
            places[index, n_rows - n_labels : n_rows] = True
        whose, at = places.nonzero(as_tuple=True)
        return cls(rows.to(device), whose.to(device), at.to(device))

    def seen(self, n_titles: int) -> Tensor:
        """Return which titles (P, N) each prediction cannot be: those that came before it.

        A ranking never offers them, so the head need not learn to. A title seen again is itself.
        """
        n_examples, longest = self.rows.shape
        order = torch.arange(longest, device=self.rows.device).expand(n_examples, -1)
        first = torch.full((n_examples, n_titles + 1), longest, device=self.rows.device)
        first = first.scatter_reduce(1, self.rows, order, "amin")[:, :n_titles]
        seen = first[self.example] < self.at[:, None]
        seen[torch.arange(len(self.at)), self.rows[self.example, self.at]] = False
        return seen


class RankingLoss:
    """The catalog head's losses, over the titles that somebody chose.

    A title in no history is no candidate in training: nobody could have chosen one that came later,
    and to hold its absence against it would teach that what is like it is never chosen.
    """

    def __init__(
        self,
        model: GenRec,
        wanted: WantedTitles,
        *,
        soft_share: float,
        dropout: float,
    ) -> None:
        self.model = model
        self.wanted = wanted
        self.unchosen = wanted.weights == 0
        self.soft_share = soft_share
        self.dropout = dropout

    def __call__(
        self, examples: Sequence[Example], content: Tensor, keep: Tensor
    ) -> tuple[Tensor, int]:
        """Return the mean loss over all predictions, and how many tokens were read.

        Args:
            content: (N, C) embeddings of all titles.
            keep: (N,) 0 where a title goes without its residual.
        """
        device = content.device
        ids, labels = padded(examples)
        listed = {row for example in examples for row in example.listed}
        if listed:
            keep = keep.clone()
            keep[sorted(listed)] = 0  # a title that is new has none
        rows = self.model.rows(content, keep)
        ids, labels = ids.to(device), labels.to(device)
        embedded = self.model.embed(ids, rows.input)
        hidden = self.model.lower(nn.functional.dropout(embedded, self.dropout))
        where, at = (labels != IGNORE).nonzero(as_tuple=True)
        queries = self.model.towers.queries(hidden[where, at])
        queries = nn.functional.dropout(queries, self.dropout)
        pasts = Pasts.of(examples, len(content), device)
        seen = pasts.seen(len(content)) | self.unchosen.to(device)
        logits = queries @ rows.output.T + rows.bias
        logits = logits.masked_fill(seen, UNUSED_BIAS)
        if listed:
            logits = self.with_positions(logits, queries, where, examples)
        losses = nn.functional.cross_entropy(logits, labels[where, at], reduction="none")
        facets = [examples[index].facets for index in where.tolist()]
        return self.softened(losses, logits, facets, seen).mean(), ids.numel()

    def with_positions(
        self, logits: Tensor, queries: Tensor, where: Tensor, examples: Sequence[Example]
    ) -> Tensor:
        """Return (P, N + positions): a listed title is predicted by its position alone."""
        places = queries @ self.model.towers.positions.T
        masks = torch.zeros(len(examples), logits.shape[1], device=logits.device)
        unused = torch.zeros(len(examples), places.shape[1], device=logits.device)
        for index, example in enumerate(examples):
            masks[index, list(example.listed)] = UNUSED_BIAS
            unused[index, len(example.listed) :] = UNUSED_BIAS
        return torch.cat([logits + masks[where], places + unused[where]], dim=1)

    def softened(
        self, losses: Tensor, logits: Tensor, facets: Sequence[Any], seen: Tensor
    ) -> Tensor:
        """Mix in the second target of predictions after a wish: all titles that satisfy it."""
        wished = [index for index, named in enumerate(facets) if named]
        if not wished:
            return losses
        wanted = torch.stack([self.wanted.titles(facets[index]) for index in wished])
        wanted = wanted.to(logits.device).masked_fill(seen[wished], 0.0)
        wanted = wanted / wanted.sum(1, keepdim=True)
        soft = nn.functional.cross_entropy(logits[wished], wanted, reduction="none")
        mixed = (1 - self.soft_share) * losses[wished] + self.soft_share * soft
        return losses.index_copy(0, torch.tensor(wished, device=losses.device), mixed)


class LanguageLoss:
    """The losses on plain text. `reference` is the base as it was: frozen, without adapter.

    What the two are compared in runs under the same gradient mode, which decides the precision
    (`genrec.model.halves`); frozen, the reference keeps no graph.
    """

    def __init__(self, model: GenRec, reference: Any) -> None:
        self.model = model
        self.reference = reference
        self.tap_layer = model.towers.config.tap_layer

    def states(self, batch: WordBatch) -> Tensor:
        """Return how far the lower layers' states of plain text are from the base's.

        Squared distance over the base's own spread, dimension by dimension: a few dimensions are
        a hundred times larger than the rest. It keeps the language for the layers above while the
        lower ones learn to rank, at a quarter of the cost of a KL through all layers.
        """
        embedded = self.reference.model.embed_tokens(batch.ids)
        read = batch.labels != IGNORE
        wanted = run_layers(self.reference.model, embedded, 0, self.tap_layer)[read]
        distance = (self.model.lower(embedded)[read] - wanted).pow(2)
        return (distance / (wanted.pow(2).mean(0) + 1e-4)).mean()

    def answers(self, batch: WordBatch) -> Tensor:
        """Return the text head's cross-entropy on the labelled words."""
        read = batch.labels != IGNORE
        logits = self.model.words(self.upper_states(self.model.layers, batch.ids)[read])
        return nn.functional.cross_entropy(logits, batch.labels[read])

    def retention(self, batch: WordBatch) -> Tensor:
        """Return KL(base || model) of the next word, on text that the base wrote."""
        read = batch.labels != IGNORE
        states = self.upper_states(self.reference.model, batch.ids)
        wanted = self.reference.lm_head(states[read]).log_softmax(-1)
        states = self.upper_states(self.model.layers, batch.ids)
        found = self.model.words(states[read]).log_softmax(-1)
        return nn.functional.kl_div(found, wanted, log_target=True, reduction="batchmean")

    def upper_states(self, llama: Any, ids: Tensor) -> Tensor:
        """Return the text head's states of plain text; the lower layers learn nothing from it."""
        with torch.no_grad():
            tapped = run_layers(llama, llama.embed_tokens(ids), 0, self.tap_layer)
        return run_upper(llama, tapped, self.tap_layer)

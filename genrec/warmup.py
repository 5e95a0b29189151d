"""A head start for the towers, without the language model.

Two cheap steps put the towers where training with the frozen base can begin to learn at once:
the input tower starts as a map from a title's embedding to the mean of its words' own input
vectors, so that the base can read an entity token as if it were words; the output tower starts
from a bag-of-content recommender, which sees a hundred times more events per second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from genrec.data import Rows, TitleFacts
from genrec.towers import ResidualMap, Towers

DECAYS = (0.0, 0.5, 0.8, 0.95, 0.99)
RIDGE = 30.0


@torch.no_grad()
def start_input_tower(
    towers: Towers,
    content: Tensor,
    facts: Sequence[TitleFacts],
    words: Tensor,
    tokenizer: Tokenizer,
) -> float:
    """Fit the input tower's linear part by ridge regression. Returns the explained variance.

    Args:
        content: (N, C) raw embeddings.
        words: (V, H) the base's input vectors.
    """
    targets = torch.stack([mean_word(title.words, words, tokenizer) for title in facts])
    known = targets.abs().sum(1) > 0
    x, y = towers.standardise(content)[known], targets[known]
    center = y.mean(0)
    gram = x.T @ x + RIDGE * torch.eye(x.shape[1])
    weight = torch.linalg.solve(gram, x.T @ (y - center))
    residual = y - center - x @ weight
    # A mean of many word vectors is short: stretch the map to the length of one word.
    predicted = x @ weight + center
    stretch = words.norm(dim=1).mean() / predicted.norm(dim=1).mean()
    towers.content_in.linear.weight.copy_(weight.T * stretch)
    towers.content_in.linear.bias.copy_(center * stretch)
    towers.markers.copy_(words.mean(0, keepdim=True).expand_as(towers.markers))
    return float(1 - residual.pow(2).sum() / (y - center).pow(2).sum())


def mean_word(text: str, words: Tensor, tokenizer: Tokenizer) -> Tensor:
    """Return the mean input vector (H,) of a text's tokens; zeros for an empty text."""
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    return words[ids].mean(0) if ids else torch.zeros(words.shape[1])


class BagOfContent(nn.Module):
    """Next-title prediction from decayed means of the history's content."""

    def __init__(self, towers: Towers) -> None:
        super().__init__()
        config = towers.config
        self.towers = towers
        self.context = ResidualMap(
            len(DECAYS) * config.content_dim, config.head_dim, config.bottleneck
        )
        with torch.no_grad():
            self.context.linear.weight.mul_(0.1)
            self.context.up.weight.zero_()

    def forward(self, history: Tensor, content: Tensor) -> Tensor:
        """Return queries (B, T, D) after each of the rows (B, T) of `content` (N, C)."""
        events = self.towers.standardise(content)[history]
        means = torch.einsum("kts,bsc->btkc", decay_weights(history.shape[1]), events)
        return cast(Tensor, self.context(means.flatten(2)))


def decay_weights(n_events: int) -> Tensor:
    """Return (len(DECAYS), T, T): row t weighs the events up to t, and sums to 1."""
    age = torch.arange(n_events)[:, None] - torch.arange(n_events)[None, :]
    past = (age >= 0).float()
    weights = torch.stack([past * decay ** age.clamp(min=0) for decay in DECAYS])
    return weights / weights.sum(-1, keepdim=True)


def stretch_batch(
    histories: Sequence[Rows], starts: Sequence[int], n_events: int
) -> tuple[Tensor, Tensor]:
    """Return stretches (B, T) and the rows that follow each event, (B, T); -1 where none does."""
    history = torch.zeros(len(histories), n_events, dtype=torch.long)
    following = torch.full((len(histories), n_events), -1)
    for index, (rows, start) in enumerate(zip(histories, starts, strict=True)):
        stretch = torch.tensor(rows[start : start + n_events + 1])
        history[index, : len(stretch) - 1] = stretch[:-1]
        following[index, : len(stretch) - 1] = stretch[1:]
    return history, following


def bag_loss(
    model: BagOfContent, batch: tuple[Tensor, Tensor], content: Tensor, n_targets: int
) -> Tensor:
    """Return the mean cross-entropy over at most `n_targets` random positions of a batch."""
    history, following = batch
    rows, biases = model.towers.output_rows(content)
    where = (following >= 0).nonzero()
    where = where[torch.randperm(len(where))[:n_targets]]
    queries = model(history, content)[where[:, 0], where[:, 1]]
    queries = nn.functional.dropout(queries, 0.1)
    targets = following[where[:, 0], where[:, 1]]
    return nn.functional.cross_entropy(queries @ rows.T + biases, targets)

"""The trained part of GenRec: content in, content out, and the head between them.

Both rows of a title, its input row (the entity token a history is made of) and its output row
(its column of the catalogue softmax), are functions of its content embedding, plus a residual for
titles with a history (`residuals`). A title added a minute ago is ranked by the same functions.
Source: the two-tower cold start of Netflix's GenRec.

Shapes: N titles, C = content dimension, H = hidden size of the base, D = head dimension.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from genrec.checkpoint import TowerConfig
from genrec.vocabulary import MARKERS, N_POSITIONS


class ResidualMap(nn.Module):
    """A linear map plus a bottleneck correction that starts at zero."""

    def __init__(self, n_in: int, n_out: int, bottleneck: int) -> None:
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)
        self.down = nn.Linear(n_in, bottleneck)
        self.up = nn.Linear(bottleneck, n_out)

    def forward(self, x: Tensor) -> Tensor:
        correction = self.up(nn.functional.gelu(self.down(x)))
        return cast(Tensor, self.linear(x) + correction)


class Towers(nn.Module):
    """Content towers, history markers and the query map of the catalog head. All float32."""

    def __init__(self, config: TowerConfig) -> None:
        super().__init__()
        self.config = config
        n_content, width = config.content_dim, config.bottleneck
        # Fixed by the training catalogue: raw embeddings share a large mean that hides differences.
        self.content_mean = nn.Parameter(torch.zeros(n_content), requires_grad=False)
        self.content_scale = nn.Parameter(torch.ones(1), requires_grad=False)
        self.content_in = ResidualMap(n_content, config.hidden_size, width)
        self.content_out = ResidualMap(n_content, config.head_dim, width)
        self.content_bias = nn.Linear(n_content, 1)
        self.query_norm = nn.LayerNorm(config.hidden_size)
        self.query = ResidualMap(config.hidden_size, config.head_dim, width)
        self.markers = nn.Parameter(torch.zeros(len(MARKERS), config.hidden_size))
        # What the positional prompt's titles are chosen by: one output row a place in the list.
        self.positions = nn.Parameter(torch.zeros(N_POSITIONS, config.head_dim))
        self.float()

    def standardise(self, content: Tensor) -> Tensor:
        return (content.float() - self.content_mean) * self.content_scale

    def input_rows(self, content: Tensor) -> Tensor:
        """Return entity tokens (N, H) of content embeddings (N, C)."""
        return cast(Tensor, self.content_in(self.standardise(content)))

    def output_rows(self, content: Tensor) -> tuple[Tensor, Tensor]:
        """Return output rows (N, D) and biases (N,) of content embeddings (N, C)."""
        standard = self.standardise(content)
        return self.content_out(standard), self.content_bias(standard).squeeze(-1)

    def queries(self, hidden: Tensor) -> Tensor:
        """Return head queries (..., D) of final hidden states (..., H), in float32.

        float32 matters: in bf16, close scores become ties.
        """
        return cast(Tensor, self.query(self.query_norm(hidden.float())))

    def logits(self, hidden: Tensor, rows: Tensor, biases: Tensor) -> Tensor:
        """Return catalogue logits (..., N) of hidden states (..., H)."""
        return self.queries(hidden) @ rows.T + biases

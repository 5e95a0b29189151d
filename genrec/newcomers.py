"""Give titles that nobody has a history with a fair start.

A title with a history has a residual, and much of it is fame. One without is ranked by its content
alone, below everything that training has seen: its towers learned beside residuals that say more.
The lift is one number, added to the bias of every title without a residual: as large as known
titles can bear, and below zero where they can't bear new ones as they are. A random tenth of them,
stripped of their residuals, plays the new ones; the lift is the largest with which the others lose
at most one percent of the NDCG@10 that they have alone.

Rankings among titles with a residual stay as they are: the number is added to the towers' bias and
taken off every residual's.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

import torch
from torch import Tensor

from genrec.contract import HistoryEvent
from genrec.data import Rows
from genrec.metrics import mean, ndcg_at_10
from genrec.model import GenRec, evaluating
from genrec.ranking import MAX_PROMPT, by_length
from genrec.verbalization import Verbalizer
from genrec.vocabulary import UNUSED_BIAS

STRIPPED_SHARE = 0.1
MOST_LIFT = 6.0
LOSS_BUDGET = 0.01
"""How much of their NDCG@10 known titles may lose to the new ones beside them."""
BATCH_TOKENS = 8192
_HALVINGS = 30


def fit_lift(
    model: GenRec,
    verbalizer: Verbalizer,
    content: Tensor,
    histories: Sequence[Rows],
    targets: Sequence[int],
    *,
    max_events: int,
    seed: int = 0,
) -> float:
    """Return the lift in nats, `MOST_LIFT` up or down; 0 without titles that have a residual.

    Args:
        content: (N, C) embeddings of the catalogue.
        histories: of U viewers, some hundreds, as rows of the catalogue.
        targets: what each of them chose next.
    """
    known = (cast(Tensor, model.places) >= 0).nonzero().squeeze(1).tolist()
    stripped = sorted(random.Random(seed).sample(known, int(STRIPPED_SHARE * len(known))))  # noqa: S311
    asked = [i for i, target in enumerate(targets) if target in set(known) - set(stripped)]
    if not stripped or not asked:
        return 0.0
    with evaluating(model):
        chosen = [histories[index] for index in asked]
        logits = _bare_logits(model, verbalizer, content, chosen, stripped, max_events)
    for row, history in zip(logits, chosen, strict=True):
        row[history] = UNUSED_BIAS
    goals = logits.gather(1, torch.tensor([[targets[index]] for index in asked]))
    newcomers = logits[:, stripped] - goals
    # Known titles above the goal, itself left out; a tie counts against it.
    above = (logits >= goals).sum(1) - 1 - (newcomers >= 0).sum(1)

    def ndcg(lift: float) -> float:
        ranks = above + (newcomers + lift >= 0).sum(1) + 1
        return mean([ndcg_at_10(rank) for rank in ranks.tolist()])

    bearable = (1 - LOSS_BUDGET) * ndcg(-math.inf)
    return round(bisected(lambda lift: ndcg(lift) >= bearable, MOST_LIFT), 3)


def bisected(bears: Callable[[float], bool], reach: float) -> float:
    """Return the largest number within `reach` of 0 that `bears` takes, given that -reach is."""
    low, high = -reach, reach
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if bears(middle) else (low, middle)
    return low


@contextmanager
def lifted(model: GenRec, lift: float) -> Iterator[None]:
    """Lift every title without a residual for a while; then the model is as it was, bit for bit."""
    biases = (model.towers.content_bias.bias, model.residuals.bias)
    before = [bias.detach().clone() for bias in biases]
    with torch.no_grad():
        biases[0].add_(lift)
        biases[1].sub_(lift)
    try:
        yield
    finally:
        with torch.no_grad():
            for bias, value in zip(biases, before, strict=True):
                bias.copy_(value)


def _bare_logits(
    model: GenRec,
    verbalizer: Verbalizer,
    content: Tensor,
    histories: Sequence[Rows],
    stripped: Sequence[int],
    max_events: int,
) -> Tensor:
    """Return logits (U, N) of all titles, some of them without their residuals as outputs."""
    keep = torch.ones(len(content), device=content.device)
    keep[list(stripped)] = 0
    inputs, bare = model.rows(content).input, model.rows(content, keep)
    logits = torch.empty(len(histories), len(content))
    at_once = BATCH_TOKENS // verbalizer.event_tokens
    for batch in by_length(histories, at_once, max_events):
        prompts = [
            verbalizer.prompt(
                "",
                [HistoryEvent(slot=row) for row in histories[index][-max_events:]],
                max_tokens=MAX_PROMPT,
            )
            for index in batch
        ]
        ids = torch.zeros(len(prompts), max(map(len, prompts)), dtype=torch.long)
        for index, prompt in enumerate(prompts):
            ids[index, : len(prompt)] = torch.tensor(prompt)
        last = torch.tensor([len(prompt) - 1 for prompt in prompts])
        hidden = model.lower(model.embed(ids.to(content.device), inputs))
        queries = model.towers.queries(hidden[torch.arange(len(prompts)), last])
        logits[batch] = (queries @ bare.output.T + bare.bias).cpu()
    return logits

"""Rank a catalogue by the catalog head, in plain torch: for validation and evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from genrec.contract import HistoryEvent
from genrec.data import Rows
from genrec.model import GenRec, evaluating
from genrec.verbalization import Verbalizer

Scores = npt.NDArray[np.float32]
MAX_PROMPT = 2048


def head_scores(
    model: GenRec,
    verbalizer: Verbalizer,
    content: Tensor,
    histories: Sequence[Rows],
    *,
    max_events: int,
    wish: str = "",
) -> Iterator[Scores]:
    """Yield each history's logits (N,) over all titles, from the prompt that serving would build.

    All histories go through the model at once: give some of similar length.
    """
    events = [[HistoryEvent(slot=row) for row in history[-max_events:]] for history in histories]
    yield from event_scores(model, verbalizer, content, events, wish=wish)


def event_scores(
    model: GenRec,
    verbalizer: Verbalizer,
    content: Tensor,
    histories: Sequence[Sequence[HistoryEvent]],
    *,
    wish: str = "",
) -> Iterator[Scores]:
    """Yield each history's logits (N,), of events with their kinds and times."""
    prompts = [verbalizer.prompt(wish, events, max_tokens=MAX_PROMPT) for events in histories]
    ids = torch.zeros(len(prompts), max(map(len, prompts)), dtype=torch.long)
    for index, prompt in enumerate(prompts):
        ids[index, : len(prompt)] = torch.tensor(prompt)
    last = torch.tensor([len(prompt) - 1 for prompt in prompts])
    with evaluating(model):
        rows = model.rows(content)
        hidden = model.lower(model.embed(ids.to(content.device), rows.input))
        state = hidden[torch.arange(len(prompts)), last]
        logits = model.towers.logits(state, rows.output, rows.bias)
    yield from logits.cpu().numpy()


def by_length(histories: Sequence[Rows], at_once: int, max_events: int) -> Iterator[list[int]]:
    """Yield batches of indices of histories of similar length, at most `at_once` events padded."""
    lengths = [min(len(history), max_events) + 1 for history in histories]
    batch: list[int] = []
    for index in sorted(range(len(histories)), key=lambda i: (lengths[i], i)):
        if batch and (len(batch) + 1) * lengths[index] > at_once:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch

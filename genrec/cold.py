"""How new titles rank: train without the newest ones, then ask for them.

The newest titles of a catalogue leave the training histories altogether. Of every user who saw
one, the last one seen is the target, and what came before it, without new titles, the history.
Candidates are all titles, old and new, less that history. Rankers:

    popularity    how often a title occurs in training: never, for a new one
    content_knn   mean cosine between a title's content and that of the history's last titles
    two_tower     the catalog head, new titles by content alone
    positional    new titles listed in the prompt, scored by their positions
    both          the mean of the log-probabilities of the last two
    blend         what ships: two_tower, and the sequential prior, which speaks of new titles' kin

Sources: the two cold-start paths of Netflix's GenRec.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from genrec.contract import HistoryEvent
from genrec.data import Rows
from genrec.errors import GenRecError
from genrec.model import CatalogRows, GenRec, evaluating
from genrec.prior import BlendConfig, SequentialPrior
from genrec.rankers import ModelRanking
from genrec.ranking import MAX_PROMPT
from genrec.recipe import TrainingData
from genrec.verbalization import Verbalizer
from genrec.vocabulary import N_POSITIONS, UNUSED_BIAS

Found = TypeVar("Found")
Scores = npt.NDArray[np.floating[Any]]
ColdRanker = Callable[[Rows], Scores]
NEIGHBOURS = "content_knn"
KNN_EVENTS = 20
LEAST_HISTORY = 3


@dataclass(frozen=True)
class ColdSplit:
    """New rows; training histories without them; a history and a new target of each user asked."""

    new: tuple[int, ...]
    training: dict[int, Rows]
    histories: dict[int, Rows]
    targets: dict[int, int]


def newest_rows(data: TrainingData, share: float) -> tuple[int, ...]:
    """Return the newest rows by year, then by movie id; a title without a year is old."""
    order = sorted(
        range(len(data.facts)),
        key=lambda row: (data.facts[row].year or 0, data.catalogue.movie_ids[row]),
        reverse=True,
    )
    return tuple(sorted(order[: max(1, round(share * len(order)))]))


def split_cold(data: TrainingData, share: float = 0.1) -> ColdSplit:
    """Hold the newest titles out.

    Raises:
        GenRecError: nobody saw one after three older titles.
    """
    new = newest_rows(data, share)
    held = frozenset(new)
    complete = {user: [*rows, data.validation[user]] for user, rows in data.histories.items()}
    training = {u: [row for row in rows if row not in held] for u, rows in complete.items()}
    histories: dict[int, Rows] = {}
    targets: dict[int, int] = {}
    for user, rows in complete.items():
        at = max((index for index, row in enumerate(rows) if row in held), default=-1)
        before = [row for row in rows[: max(at, 0)] if row not in held]
        if len(before) >= LEAST_HISTORY:
            histories[user], targets[user] = before, rows[at]
    if not targets:
        raise GenRecError("Nobody saw a new title after three older ones: give a larger share.")
    return ColdSplit(
        new, {u: rows for u, rows in training.items() if len(rows) > 2}, histories, targets
    )


def without_new(data: TrainingData, split: ColdSplit) -> TrainingData:
    """Return the training data of a cold run; each user's last old title validates."""
    return replace(
        data,
        histories={user: rows[:-1] for user, rows in split.training.items()},
        validation={user: rows[-1] for user, rows in split.training.items()},
    )


def content_knn(content: Tensor) -> ColdRanker:
    """Rank by the mean cosine with the history's last titles."""
    values = torch.nn.functional.normalize(content - content.mean(0), dim=1)

    def rank(history: Rows) -> Scores:
        return (values @ values[history[-KNN_EVENTS:]].mean(0)).cpu().numpy()

    return rank


class Positional:
    """Rank with the new titles in the prompt, as many prompts as it takes to list them all."""

    def __init__(
        self,
        model: GenRec,
        verbalizer: Verbalizer,
        content: Tensor,
        new: Sequence[int],
        *,
        max_events: int,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.verbalizer = verbalizer
        self.content = content
        self.new = list(new)
        self.max_events = max_events
        random.Random(seed).shuffle(self.new)  # noqa: S311  (sampling, not secrecy)

    def lists(self) -> Iterator[list[int]]:
        for start in range(0, len(self.new), N_POSITIONS):
            yield self.new[start : start + N_POSITIONS]

    def __call__(self, history: Rows) -> Scores:
        """Return log-probabilities (N,): a new title's from the prompt that lists it.

        An old title's is the mean over all prompts.
        """
        keep = torch.ones(len(self.content), device=self.content.device)
        keep[self.new] = 0
        lists = list(self.lists())
        with evaluating(self.model):
            rows = self.model.rows(self.content, keep)
            logs = self.log_probabilities(history, lists, rows).cpu()
        n_titles = len(self.content)
        total = logs[:, :n_titles].mean(0)
        for row, listed in zip(logs, lists, strict=True):
            total[listed] = row[n_titles : n_titles + len(listed)]
        return total.numpy()

    def log_probabilities(
        self, history: Rows, lists: Sequence[Sequence[int]], rows: CatalogRows
    ) -> Tensor:
        """Return log-probabilities (L, N + positions) of all titles and places, a row a list."""
        events = [HistoryEvent(slot=row) for row in history[-self.max_events :]]
        prompts = [
            self.verbalizer.prompt("", events, max_tokens=MAX_PROMPT, new=listed)
            for listed in lists
        ]
        ids = torch.zeros(len(prompts), max(map(len, prompts)), dtype=torch.long)
        unused = torch.zeros(len(prompts), len(self.content) + N_POSITIONS)
        for index, (prompt, listed) in enumerate(zip(prompts, lists, strict=True)):
            ids[index, : len(prompt)] = torch.tensor(prompt)
            unused[index, list(listed)] = UNUSED_BIAS
            unused[index, len(self.content) + len(listed) :] = UNUSED_BIAS
        last = torch.tensor([len(prompt) - 1 for prompt in prompts])
        device = self.content.device
        hidden = self.model.lower(self.model.embed(ids.to(device), rows.input))
        queries = self.model.towers.queries(hidden[torch.arange(len(prompts)), last])
        titles = queries @ rows.output.T + rows.bias
        places = queries @ self.model.towers.positions.T
        return (torch.cat([titles, places], dim=1) + unused.to(device)).log_softmax(1)


def remembered(compute: Callable[[Rows], Found]) -> Callable[[Rows], Found]:
    """Compute once a history what several rankers share, and what several tables ask for."""
    kept: dict[tuple[int, ...], Found] = {}

    def found(history: Rows) -> Found:
        key = tuple(history)
        if key not in kept:
            kept[key] = compute(history)
        return kept[key]

    return found


def mean_of(first: ColdRanker, second: ColdRanker) -> ColdRanker:
    """Return the mean of two rankers' log-probabilities."""
    return lambda history: (first(history) + second(history)) / 2


def changed_by_order(
    make: Callable[[int], Positional], histories: Sequence[Rows], n_orders: int = 2
) -> float:
    """Return in how many cases another order of the list changes the first new title."""
    rankers = [make(seed) for seed in range(n_orders)]
    changed = 0
    for history in histories:
        firsts = set()
        for ranker in rankers:
            scores = ranker(history)
            firsts.add(max(sorted(ranker.new), key=lambda row: scores[row]))
        changed += len(firsts) > 1
    return changed / len(histories)


def cold_rankers(
    model: GenRec,
    verbalizer: Verbalizer,
    content: Tensor,
    split: ColdSplit,
    *,
    max_events: int,
    prior: SequentialPrior | None = None,
    keys: Sequence[str] = (),
    blend: BlendConfig | None = None,
) -> Mapping[str, ColdRanker]:
    """Return every ranker by its name; "blend" with a prior, fitted without new titles."""
    counts = np.zeros(len(content), dtype=np.float32)
    for rows in split.training.values():
        np.add.at(counts, rows, 1)
    config = blend or BlendConfig()
    ranking = ModelRanking(model, verbalizer, content, keys, prior, config, max_events)
    shipped = remembered(lambda history: {n: m[0] for n, m in ranking([history]).items()})
    positional = remembered(
        Positional(model, verbalizer, content, split.new, max_events=max_events)
    )

    def towers(history: Rows) -> Scores:
        return shipped(history)["genrec"]

    rankers: dict[str, ColdRanker] = {
        "popularity": lambda history: counts,
        NEIGHBOURS: content_knn(content),
        "two_tower": towers,
        "positional": positional,
        "both": mean_of(towers, positional),
    }
    if prior is not None:
        rankers["blend"] = lambda history: shipped(history)["blend"]
    return rankers

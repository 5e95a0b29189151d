"""The tasks of both stages: from a batch's number to its loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from accelerate import PartialState
from torch import Tensor

from genrec.ahead import Ahead
from genrec.examples import Example, ExampleMaker
from genrec.language_data import WordBatches, to_device
from genrec.model import GenRec
from genrec.objective import LanguageLoss, RankingLoss, WantedTitles
from genrec.recipe import TrainConfig
from genrec.trainer import Task


class RankTasks:
    """Next title, wish, positional and, with text of the base, states."""

    def __init__(
        self,
        config: TrainConfig,
        model: GenRec,
        examples: ExampleMaker,
        full: Tensor,
        facts: Tensor,
        *,
        reference: Any = None,
        texts: WordBatches | None = None,
    ) -> None:
        self.config = config
        self.model = model
        self.examples = examples
        self.full = full
        self.facts = facts
        self.texts = texts
        wanted = WantedTitles(examples.histories, examples.facets)
        self.loss = RankingLoss(
            model,
            wanted,
            soft_share=config.soft_share,
            dropout=config.dropout,
        )
        self.language = LanguageLoss(model, reference)

    def tasks(self) -> dict[str, Task]:
        """Return the tasks whose weight is not zero."""
        next_titles = self.ahead(self.examples.next_titles, "next")
        wishes = self.ahead(self.examples.wishes, "wish")
        positional = self.ahead(self.examples.positional, "positional")
        makers: dict[str, Task] = {
            "next": lambda n: self.rank(next_titles(n)),
            "wish": lambda n: self.rank(wishes(n)),
            "positional": lambda n: self.rank(positional(n)),
        }
        if self.texts is not None:
            makers["states"] = self.states
        settings = self.config.rank_tasks
        return {t: make for t, make in makers.items() if t in settings and settings[t].weight > 0}

    def ahead(
        self, make: Callable[[int, int], list[Example]], task: str
    ) -> Callable[[int], list[Example]]:
        """Return the batches of a task by number; it may be one that the recipe leaves out."""
        setting = self.config.rank_tasks.get(task)
        size = setting.size if setting else 0
        return Ahead(
            partial(sized, make, size),
            n_workers=self.config.workers,
            stride=PartialState().num_processes,
        )

    def rank(self, examples: list[Example]) -> tuple[Tensor, int]:
        keep = torch.rand(len(self.full), device=self.full.device) >= self.config.residual_dropout
        return self.loss(examples, self.mixed_content(), keep.float())

    def mixed_content(self) -> Tensor:
        """Return (N, C): each title by its facts alone or by its full document, at random.

        So the towers serve titles that nobody has described as well as those that somebody has.
        """
        shape = (len(self.full), 1)
        facts_only = torch.rand(shape, device=self.full.device) < self.config.facts_share
        return torch.where(facts_only, self.facts, self.full)

    def states(self, number: int) -> tuple[Tensor, int]:
        assert self.texts is not None  # noqa: S101  (not a task without)
        batch = to_device(self.texts.batch(number), self.full.device)
        return self.language.states(batch), batch.ids.numel()


def sized(make: Callable[[int, int], list[Example]], size: int, number: int) -> list[Example]:
    return make(number, size)


def talk_tasks(
    config: TrainConfig, model: GenRec, reference: Any, batches: Mapping[str, WordBatches]
) -> dict[str, Task]:
    """Return the tasks of the text head: answers, and retention on text of the base."""
    loss = LanguageLoss(model, reference)

    def answers(number: int) -> tuple[Tensor, int]:
        batch = to_device(batches["answers"].batch(number), model.towers.markers.device)
        return loss.answers(batch), batch.ids.numel()

    def retention(number: int) -> tuple[Tensor, int]:
        batch = to_device(batches["retention"].batch(number), model.towers.markers.device)
        return loss.retention(batch), batch.ids.numel()

    makers: dict[str, Task] = {"answers": answers, "retention": retention}
    settings = config.talk_tasks
    return {t: make for t, make in makers.items() if t in settings and settings[t].weight > 0}

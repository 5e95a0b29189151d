"""Train GenRec on histories and language tasks.

A run is a directory: a checkpoint and a log for each stage. Running the same command again goes
on where it stopped; a finished stage is not trained again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn

from genrec.base import read_base
from genrec.checkpoint import read_artefact
from genrec.errors import GenRecError
from genrec.examples import IGNORE, ExampleMaker
from genrec.interrupts import stopping_on_signals
from genrec.language_data import WordBatches
from genrec.lora import add_lora, lora_factors
from genrec.metrics import METRICS, mean, rank_of
from genrec.model import GenRec, load_base
from genrec.prior import SequentialPrior
from genrec.prior_fitting import fit_prior
from genrec.ranking import by_length, head_scores
from genrec.recipe import TrainConfig, TrainingData, without
from genrec.starting import (
    new_model,
    start_from_artefact,
    start_query_norm,
    start_text_head,
    start_towers,
    trainable_towers,
)
from genrec.talking import TextPaths, language_tasks, talk_stage, texts_of_base
from genrec.tasks import RankTasks
from genrec.trainer import Groups, Stage, Task, sampled_users
from genrec.verbalization import Verbalizer

logger = logging.getLogger(__name__)

VALIDATION_TOKENS = 8192
START_BATCHES = 4
START_TOKENS = 2048


class Run:
    """One training run: the model and everything that its stages share."""

    def __init__(
        self,
        config: TrainConfig,
        data: TrainingData,
        base: Path,
        texts: TextPaths,
        run: Path,
        *,
        start: Path | None = None,
        talk_start: Path | None = None,
    ) -> None:
        """Make the model, untrained or, with `start`, as that artefact has learned it.

        With `talk_start`, stage talk goes on from that artefact's text head.
        """
        if texts.base_texts is None and "states" in config.rank_tasks:
            logger.warning("no --base-texts: nothing keeps the language while it learns to rank")
            config = without(config, "states")
        self.config = config
        self.start = read_artefact(start).identity if start else None
        self.talk_start = read_artefact(talk_start).identity if talk_start else None
        self.data = data
        self.base = base
        self.texts = texts
        self.text_hashes = texts.identity
        self.directory = run
        torch.manual_seed(config.seed)
        torch.set_num_threads(config.threads)
        self.full = torch.from_numpy(data.catalogue.full)
        self.facts = torch.from_numpy(data.catalogue.facts)
        self.model = new_model(config, data, base)
        self.verbalizer = Verbalizer.from_directory(
            base,
            self.model.vocabulary,
            mode=config.mode,
            titles={row: title.title for row, title in enumerate(data.facts)},
        )
        self.examples = ExampleMaker(
            list(data.histories.values()),
            data.facts,
            self.verbalizer,
            forms=data.forms,
            max_events=config.max_events,
            seed=config.seed,
        )
        fit = start_towers(
            self.model,
            self.facts,
            self.full,
            data.facts,
            self.examples.histories,
            self.verbalizer.tokenizer,
        )
        logger.info("input tower starts from words: %.0f%% of their variance", 100 * fit)
        self.start_head()
        add_lora(self.model.base, config.lora_rank)
        if start is not None:
            start_from_artefact(self.model, start, base, data.catalogue.embedding_version)
        if talk_start is not None:
            start_text_head(self.model, talk_start, base)
        self.stage: Stage | None = None
        self.stopped = False

    @torch.no_grad()
    def start_head(self) -> None:
        """Standardise the states that the head will read, of all prompts that it learns from.

        Raises:
            GenRecError: wishes are to be trained, and the titles have no facts to make them of.
        """
        inputs = self.model.rows(self.full).input
        states = []
        for number in range(START_BATCHES):
            batch = self.examples.next_titles(number, START_TOKENS)
            wishes = "wish" in self.config.rank_tasks
            wished = self.examples.wishes(number, len(batch)) if wishes else []
            for example in [*batch, *wished]:
                embedded = self.model.embed(torch.tensor([example.ids]), inputs)
                noisy = nn.functional.dropout(embedded, self.config.dropout)
                read = torch.tensor(example.labels) != IGNORE
                states.append(self.model.lower(noisy)[0, read])
        start_query_norm(self.model.towers, torch.cat(states))

    def train(self, stages: tuple[str, ...]) -> None:
        """Run stages, in their order; an interrupt ends the one that is running.

        "talk" alone builds on the "rank" of the run's directory: GenRecError if there is none.
        """
        device = Accelerator().device
        if device.type == "cuda":
            torch.set_float32_matmul_precision("high")
        self.model.to(device)
        reference = load_base(self.base, self.model.vocabulary.n_words).to(device)
        tasks: Mapping[str, Task] = {}
        if "talk" in stages:  # before stage rank: what it lacks would be known hours later
            tasks = language_tasks(self.config, self.model, reference, self.base, self.texts)
        rank = self.rank_stage(reference)
        n_steps = self.run_or_restore(rank, "rank" in stages)
        if n_steps is None:
            raise GenRecError(f"{self.directory} has no stage rank: train that one first.")
        # Layers above are fitted to what those below have become: more rank, another talk.
        self.run_or_restore(self.talk_stage(tasks, n_steps), "talk" in stages)

    def run_or_restore(self, stage: Stage, wanted: bool) -> int | None:
        """Run a stage, or take up what it was; return its steps, None if it never was."""
        if not wanted or self.stopped:
            saved = stage.restore()
            return saved.step if saved else None
        self.stage = stage
        with stopping_on_signals(self.stop):
            return stage.run()

    @property
    def identity(self) -> dict[str, str]:
        """Hash what decides stage rank: data, base, settings, start, but not how long it takes."""
        texts = self.text_hashes if "states" in self.config.rank_tasks else {}
        return {
            "settings": self.config.digest(),
            "--start": self.start or "",
            "--base": read_base(self.base).weights_sha256,
            **self.data.identity,
            "--base-texts": texts.get("--base-texts", ""),
        }

    def rank_stage(self, reference: Any) -> Stage:
        config, model = self.config, self.model
        full, facts = (value.to(device_of(model)) for value in (self.full, self.facts))
        texts = self.state_texts()
        tasks = RankTasks(
            config,
            model,
            self.examples,
            full,
            facts,
            reference=reference,
            texts=texts,
        )
        lower = [value for _, value in lora_factors(model.base, 0, config.tap_layer)]
        share = config.rank_rate_share
        groups: Groups = [
            (lower, share * config.lora_rate),
            (trainable_towers(model.towers), share * config.tower_rate),
            (list(model.residuals.parameters()), share * config.residual_rate),
        ]
        return Stage(
            "rank",
            config.rank_minutes,
            model,
            tasks.tasks(),
            config.rank_tasks,
            groups,
            config=config,
            run=self.directory,
            identity=self.identity,
            validate=self.validate,
        )

    def prior(self, *, complete: bool = False) -> SequentialPrior | None:
        """Fit the prior to the training histories; None, with the reason logged, without ids.

        `complete` adds the validation titles: for use, when there is nothing left to measure.
        """
        histories = list(self.data.histories.values())
        if complete:
            lasts = self.data.validation
            histories = [[*rows, lasts[user]] for user, rows in self.data.histories.items()]
        try:
            return fit_prior(histories, len(self.data.catalogue), self.data.keys)
        except GenRecError as error:
            logger.warning("no sequential prior: %s", error)
            return None

    def state_texts(self) -> WordBatches | None:
        """Return the texts that hold the lower layers' states, unless that task is left out."""
        if "states" not in self.config.rank_tasks or self.texts.base_texts is None:
            return None
        size = self.config.rank_tasks["states"].size
        return texts_of_base(self.base, self.texts.base_texts, size, self.config.seed)

    def talk_stage(self, tasks: Mapping[str, Task], rank_steps: int) -> Stage:
        """Return the stage of the text head, on top of so many steps of rank."""
        return talk_stage(
            self.config,
            self.model,
            tasks,
            name=f"talk-{rank_steps}",
            run=self.directory,
            identity={
                **self.identity,
                "--talk-start": self.talk_start or "",
                **self.text_hashes,
            },
        )

    def validate(self) -> Mapping[str, float]:
        """Return the mean metrics of a sample of users, the same one all through a run."""
        ranks = self.validation_ranks()
        return {name: mean([metric(rank) for rank in ranks]) for name, metric in METRICS.items()}

    def validation_ranks(self) -> list[int | None]:
        """Rank the validation title of each user of the sample."""
        data, config = self.data, self.config
        users = sampled_users(sorted(data.validation), config.validation_users, config.seed)
        histories = [data.histories[user] for user in users]
        ranks: dict[int, int | None] = {}
        content = self.full.to(device_of(self.model))
        at_once = VALIDATION_TOKENS // self.verbalizer.event_tokens
        for batch in by_length(histories, at_once, config.max_events):
            chosen = [histories[index] for index in batch]
            scores = head_scores(
                self.model, self.verbalizer, content, chosen, max_events=config.max_events
            )
            for index, row in zip(batch, scores, strict=True):
                ranks[index] = rank_of(data.validation[users[index]], row, histories[index])
        return [ranks[index] for index in range(len(users))]

    def stop(self) -> None:
        self.stopped = True
        if self.stage is not None:
            self.stage.stop()


def device_of(model: GenRec) -> torch.device:
    return model.towers.markers.device

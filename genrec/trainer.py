"""The training loop: three phases, each cheaper per event than the next one is exact.

1. bag: the output tower learns from histories alone, without the base (`warmup`).
2. replay: the head learns to read states of the base as it is, each state several times.
3. model: everything is trained through the frozen base.
"""

from __future__ import annotations

import logging
import random
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from genrec.checkpoint import TowerConfig
from genrec.examples import IGNORE, ExampleMaker
from genrec.files import read_json
from genrec.model import GenRec, load_base, padded
from genrec.objective import CatalogObjective, Readings, ReplayBuffer, WantedTitles
from genrec.progress import Progress
from genrec.recipe import TrainConfig, TrainingData
from genrec.towers import Towers
from genrec.verbalization import Verbalizer
from genrec.vocabulary import Vocabulary
from genrec.warmup import BagOfContent, bag_loss, start_input_tower, stretch_batch

logger = logging.getLogger(__name__)

WARM_UP_STEPS = 15
QUERY_START = 0.1
START_BATCHES = 12


class Trainer:
    """One run: the model, its optimiser and its clock."""

    def __init__(self, config: TrainConfig, data: TrainingData, base: Path) -> None:
        self.config = config
        self.data = data
        torch.manual_seed(config.seed)
        torch.set_num_threads(config.threads)
        self.rng = random.Random(config.seed)  # noqa: S311  (sampling, not secrecy)
        self.full = torch.from_numpy(data.catalogue.full)
        self.facts = torch.from_numpy(data.catalogue.facts)
        base_config = read_json(base / "config.json")
        vocabulary = Vocabulary(int(base_config["vocab_size"]), len(data.catalogue))
        towers = Towers(
            TowerConfig(
                hidden_size=int(base_config["hidden_size"]),
                tap_layer=config.tap_layer,
                head_dim=config.head_dim,
                bottleneck=config.bottleneck,
            )
        )
        self.model = GenRec(
            load_base(base, config.tap_layer, vocabulary.n_words), towers, vocabulary
        )
        self.verbalizer = Verbalizer.from_directory(base, vocabulary)
        self.examples = ExampleMaker(
            list(data.histories.values()),
            data.facts,
            self.verbalizer,
            max_events=config.max_events,
            seed=config.seed,
        )
        wanted = WantedTitles(self.examples.histories, self.examples.facets)
        self.objective = CatalogObjective(
            towers, wanted, soft_share=config.soft_share, dropout=config.dropout
        )
        self.stopped = False
        self.hidden_size = towers.config.hidden_size
        self.progress = Progress(config.minutes * 60)

    def run(self) -> None:
        """Train for the configured time."""
        start_towers(self)
        bag_seconds = self.progress.total_s * self.config.bag_share
        self.phase("bag", bag_seconds, *self.bag_phase())
        replay_seconds = self.progress.total_s * self.config.replay_share
        self.phase("replay", replay_seconds, *self.replay_phase())
        rest = self.progress.total_s - self.progress.elapsed_s()
        self.phase("model", rest, *self.model_phase())

    def bag_phase(self) -> tuple[Any, torch.optim.Optimizer]:
        bag = BagOfContent(self.model.towers)
        parameters = [
            *bag.context.parameters(),
            *self.model.towers.content_out.parameters(),
            *self.model.towers.content_bias.parameters(),
        ]
        histories = self.examples.histories

        def loss() -> tuple[Tensor, int]:
            chosen = self.rng.choices(histories, k=self.config.bag_batch)
            n_events = self.config.max_events
            starts = [self.rng.randrange(max(1, len(rows) - n_events)) for rows in chosen]
            batch = stretch_batch(chosen, starts, n_events)
            n_targets = self.config.bag_targets
            return bag_loss(bag, batch, self.mixed_content(), n_targets), n_targets

        return loss, self.optimizer([(parameters, self.config.learning_rate)])

    def replay_phase(self) -> tuple[Any, torch.optim.Optimizer]:
        """Train the head on states of the base as it is: a third of the cost of training through.

        Each state is read several times while the buffer fills.
        """
        config = self.config
        buffer = ReplayBuffer(config.replay_capacity, self.hidden_size, config.seed)

        def loss() -> tuple[Tensor, int]:
            n_tokens = 0
            if buffer.added < config.replay_reads * config.replay_batch or self.rng.random() < (
                1 / config.replay_reads
            ):
                with torch.no_grad():
                    readings, n_tokens = self.read_batch(self.mixed_content())
                buffer.add(readings)
            readings = buffer.sample(config.replay_batch)
            return self.objective.loss(readings, self.mixed_content()), n_tokens

        towers = self.model.towers
        head = [*towers.query.parameters(), *towers.query_norm.parameters()]
        return loss, self.tower_optimizer(head, self.config.learning_rate)

    def model_phase(self) -> tuple[Any, torch.optim.Optimizer]:
        """Train everything, through the frozen base."""

        def loss() -> tuple[Tensor, int]:
            content = self.mixed_content()
            readings, n_tokens = self.read_batch(content)
            return self.objective.loss(readings, content), n_tokens

        parameters = list(self.model.towers.parameters())
        return loss, self.tower_optimizer(parameters, self.config.model_learning_rate)

    def read_batch(self, content: Tensor) -> tuple[Readings, int]:
        """Run one batch of either kind of example through the base. Also returns its tokens."""
        config = self.config
        if self.rng.random() < config.wish_share:
            batch = [self.examples.wish_example() for _ in range(config.wish_batch)]
        else:
            batch = [self.examples.history_example() for _ in range(config.history_batch)]
        ids, labels = padded(batch, IGNORE)
        hidden = self.model.hidden(ids, self.model.entity_rows(content))
        examples, positions = (labels != IGNORE).nonzero(as_tuple=True)
        facets = [batch[index].facets for index in examples.tolist()]
        readings = Readings(hidden[examples, positions], labels[examples, positions], facets)
        return readings, ids.numel()

    def tower_optimizer(self, parameters: list[nn.Parameter], rate: float) -> torch.optim.Optimizer:
        """Return an optimiser of parameters and, at their own rate, of the output rows."""
        towers = self.model.towers
        output = [*towers.content_out.parameters(), *towers.content_bias.parameters()]
        taken = {id(parameter) for parameter in output}
        others = [p for p in parameters if p.requires_grad and id(p) not in taken]
        return self.optimizer([(others, rate), (output, self.config.output_learning_rate)])

    def mixed_content(self) -> Tensor:
        """Return (N, C): each title by its facts alone or by its full document, at random."""
        facts_only = torch.rand(len(self.full), 1) < self.config.facts_share
        return torch.where(facts_only, self.facts, self.full)

    def optimizer(self, groups: list[tuple[list[nn.Parameter], float]]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(
            [{"params": parameters, "lr": rate, "peak": rate} for parameters, rate in groups],
            betas=(0.9, 0.98),
            weight_decay=self.config.weight_decay,
        )

    def phase(
        self, name: str, seconds: float, next_loss: Any, optimizer: torch.optim.Optimizer
    ) -> None:
        """Step until the phase's time is up, with a warm-up and a linear decay of the rates."""
        started = time.monotonic()
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        step = 0
        while (elapsed := time.monotonic() - started) < seconds and not self.stopped:
            warm = min(1.0, (step + 1) / WARM_UP_STEPS)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * warm * max(0.03, 1 - elapsed / seconds)
            loss, n_items = next_loss()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, self.config.max_grad_norm, error_if_nonfinite=True)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            self.progress.report(name, step, loss.item(), n_items)


@torch.no_grad()
def start_towers(trainer: Trainer) -> None:
    """Standardise what the towers read, and give them their head start."""
    towers = trainer.model.towers
    both = torch.cat([trainer.full, trainer.facts])
    towers.content_mean.copy_(both.mean(0))
    towers.content_scale.copy_(1 / (both - both.mean(0)).std())
    for bottleneck in (towers.content_in, towers.content_out, towers.query):
        nn.init.zeros_(bottleneck.up.weight)
        nn.init.zeros_(bottleneck.up.bias)
    # Small first logits: the first steps should not unlearn random preferences.
    towers.query.linear.weight.mul_(QUERY_START)
    words = trainer.model.base.embed_tokens.weight
    fit = start_input_tower(
        towers, trainer.facts, trainer.data.facts, words, trainer.verbalizer.tokenizer
    )
    logger.info("input tower starts from words: %.0f%% of their variance", 100 * fit)
    start_query_norm(trainer)


def start_query_norm(trainer: Trainer) -> None:
    """Let the head see every dimension of the states alike.

    A few dimensions of a language model's states are a hundred times larger than the rest;
    without this the head would learn from those alone for a long time.
    """
    content = trainer.mixed_content()
    batches = [trainer.read_batch(content)[0].hidden for _ in range(START_BATCHES)]
    states = torch.cat(batches)
    normed = nn.functional.layer_norm(states, states.shape[-1:])
    spread = normed.std(0) + 1e-3
    norm = trainer.model.towers.query_norm
    norm.weight.copy_(1 / spread)
    norm.bias.copy_(-normed.mean(0) / spread)

"""Train the towers of GenRec on histories, with the base frozen.

The base's weights never change, so its text head stays exactly the base's. What is trained: the
content towers, the history marker, and the catalog head's query map. The catalogue is a softmax
over all titles; the loss is cross-entropy at every position with a label (masked elsewhere), in
nats per label.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from genrec.base import read_base
from genrec.checkpoint import HEADS_NAME, Artefact, write_artefact
from genrec.evaluation import evaluate, genrec_ranker, popularity_ranker
from genrec.files import staged_directory
from genrec.recipe import TrainConfig, TrainingData
from genrec.trainer import Trainer


def validate(trainer: Trainer) -> dict[str, Any]:
    """Rank the last title of a sample of users, by facts alone, as most titles are served."""
    data, config = trainer.data, trainer.config
    users = sorted(data.validation)
    if len(users) > config.validation_users:
        users = sorted(trainer.rng.sample(users, config.validation_users))
    trainer.model.eval()
    rankers = {
        "genrec": genrec_ranker(
            trainer.model, trainer.verbalizer, trainer.facts, max_events=config.max_events
        ),
        "popularity": popularity_ranker(list(data.histories.values()), len(data.catalogue)),
    }
    targets = {user: data.validation[user] for user in users}
    histories = {user: data.histories[user] for user in users}
    return evaluate(rankers, histories, targets, n_titles=len(data.catalogue))


def save_artefact(trainer: Trainer, base: Path, out: Path, metrics: dict[str, Any]) -> None:
    """Write the towers in bf16 with everything that says where they come from."""
    tensors = {
        f"towers.{name}": value.to(torch.bfloat16).contiguous()
        for name, value in trainer.model.towers.state_dict().items()
    }
    with staged_directory(out) as stage:
        save_file(tensors, stage / HEADS_NAME, metadata={"format": "pt"})
        write_artefact(
            stage,
            Artefact(
                name=trainer.config.name,
                base=read_base(base),
                embedding_version=trainer.data.catalogue.embedding_version,
                towers=trainer.model.towers.config,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                genrec_version=version("moodreel"),
                training={**asdict(trainer.config), "tokens_seen": trainer.progress.seen},
                metrics=metrics,
            ),
        )


@contextmanager
def stopping_on_signals(trainer: Trainer) -> Iterator[None]:
    """Let an interrupt or a termination end training instead of the process."""

    def stop(number: int, frame: object) -> None:
        trainer.stopped = True

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def train(config: TrainConfig, data: TrainingData, base: Path, out: Path) -> dict[str, Any]:
    """Train for `config.minutes`, write the artefact to `out`, and return its metrics.

    An interrupt ends training early; what was learned is validated and written all the same.
    """
    trainer = Trainer(config, data, base)
    with stopping_on_signals(trainer):
        trainer.run()
    metrics = validate(trainer)
    save_artefact(trainer, base, out, metrics)
    return metrics

"""What decides a training run: its settings and its data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from genrec.data import (
    Catalogue,
    Rows,
    TitleFacts,
    read_catalogue,
    read_histories,
    read_title_facts,
)
from genrec.errors import GenRecError


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training run, kept in the artefact."""

    name: str = "genrec"
    minutes: float = 28
    bag_share: float = 0.3
    replay_share: float = 0.2
    tap_layer: int = 8
    head_dim: int = 384
    bottleneck: int = 512
    max_events: int = 64
    history_batch: int = 16
    wish_batch: int = 24
    bag_batch: int = 16
    bag_targets: int = 768
    replay_batch: int = 512
    replay_reads: int = 4
    replay_capacity: int = 200_000
    wish_share: float = 0.5
    soft_share: float = 0.5
    facts_share: float = 0.6
    learning_rate: float = 2e-3
    model_learning_rate: float = 1e-3
    output_learning_rate: float = 5e-4
    weight_decay: float = 0.01
    dropout: float = 0.1
    max_grad_norm: float = 1.0
    validation_users: int = 300
    threads: int = 2
    seed: int = 0


@dataclass(frozen=True)
class TrainingData:
    """Histories without their validation target, as rows of the catalogue."""

    catalogue: Catalogue
    facts: list[TitleFacts]
    histories: dict[int, Rows]
    validation: dict[int, int]


def read_training_data(sequences: Path, titles: Path, title_facts: Path) -> TrainingData:
    """Read everything; each user's last title becomes the validation target.

    Raises:
        GenRecError: a file is not what it should be, or a title has no embedding.
    """
    histories = {user: ids for user, ids in read_histories(sequences).items() if len(ids) > 2}
    if not histories:
        raise GenRecError(f"{sequences} holds no history of three titles or more.")
    catalogue = read_catalogue(titles).only({title for ids in histories.values() for title in ids})
    rows = catalogue.rows
    as_rows = {user: [rows[title] for title in ids] for user, ids in histories.items()}
    return TrainingData(
        catalogue=catalogue,
        facts=read_title_facts(title_facts, catalogue),
        histories={user: ids[:-1] for user, ids in as_rows.items()},
        validation={user: ids[-1] for user, ids in as_rows.items()},
    )

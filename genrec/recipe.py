"""What decides a training run: its settings and its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

from genrec.data import (
    Catalogue,
    Rows,
    TitleFacts,
    read_catalogue,
    read_histories,
    read_title_facts,
)
from genrec.errors import GenRecError
from genrec.verbalization import Mode
from genrec.wishes import Forms, read_forms

MODES: tuple[str, ...] = get_args(Mode)


@dataclass(frozen=True)
class TaskConfig:
    """One task of a stage: its weight in the sum, and its batch.

    It takes part in every `every`-th step, so that costly tasks can be rare; the weight is not
    raised for that. `size` counts examples for wish and positional, tokens for the others.
    """

    weight: float
    size: int
    every: int = 1


# A wish has one target where a history has two hundred: few or heavy ones shake every step.
RANK_TASKS: Mapping[str, TaskConfig] = {
    "next": TaskConfig(weight=1.0, size=2048),
    "wish": TaskConfig(weight=0.15, size=24, every=4),
    "positional": TaskConfig(weight=0.2, size=4, every=8),
    "states": TaskConfig(weight=0.3, size=512, every=6),
}
TALK_TASKS: Mapping[str, TaskConfig] = {
    "answers": TaskConfig(weight=1.0, size=1024),
    "retention": TaskConfig(weight=1.0, size=512, every=2),
}


def read_mode(text: str) -> str:
    """Return a mode as it was written. Raises ValueError for what is none."""
    if text not in MODES:
        raise ValueError(text)
    return text


READERS: Mapping[str, tuple[Callable[[str], Any], str]] = {
    "int": (int, "a whole number"),
    "float": (float, "a number"),
    "str": (str, "text"),
    "Mode": (read_mode, " or ".join(MODES)),
}
"""By the annotation of a setting: what reads it, and what it is."""


TIMES = ("rank_minutes", "talk_minutes", "validate_every_s", "save_every_s")
FREE = frozenset({*TIMES, "threads", "workers", "validation_users", "name"})
"""Settings with which a run may go on otherwise than it began."""


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides a training run, kept in the checkpoints and in the artefact.

    Stage "rank" trains the layers that the catalog head reads, the towers and the residuals;
    stage "talk" the layers above, for the text head. The second changes no ranking.
    """

    name: str = "genrec"
    rank_minutes: float = 72
    talk_minutes: float = 15
    mode: Mode = "entity"
    tap_layer: int = 6
    head_dim: int = 384
    bottleneck: int = 512
    lora_rank: int = 32
    residual_least: int = 5
    residual_dropout: float = 0.1
    facts_share: float = 0.3
    max_events: int = 200
    soft_share: float = 0.5
    dropout: float = 0.2
    lora_rate: float = 7e-4
    tower_rate: float = 1e-3
    residual_rate: float = 1e-3
    talk_rate: float = 4e-4
    # Scales the rates of stage rank: at full rates, a start from an artefact is soon forgotten.
    rank_rate_share: float = 1.0
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    warm_up_steps: int = 60
    rank_tasks: Mapping[str, TaskConfig] = field(default_factory=lambda: RANK_TASKS)
    talk_tasks: Mapping[str, TaskConfig] = field(default_factory=lambda: TALK_TASKS)
    validation_users: int = 600
    validate_every_s: float = 600
    save_every_s: float = 300
    threads: int = 2
    # Processes that make the batches of each task of stage rank ahead, where a GPU waits for them.
    workers: int = 0
    seed: int = 0

    def digest(self) -> str:
        """Name what decides a run, but not how long it takes."""
        kept = {name: value for name, value in asdict(self).items() if name not in FREE}
        return sha256(repr(kept).encode()).hexdigest()[:12]


def changed(config: TrainConfig, setting: str) -> TrainConfig:
    """Return a config with one setting changed, such as "dropout=0.3" or "wish.weight=0.1".

    Raises:
        GenRecError: there is no such setting, or the value is none of its kind.
    """
    name, _, text = setting.partition("=")
    task, _, part = name.strip().rpartition(".")
    if not task:
        return replace(config, **{part: read_value(config, part, text)})
    stages = [stage for stage in ("rank_tasks", "talk_tasks") if task in getattr(config, stage)]
    if not stages:
        known = ", ".join([*config.rank_tasks, *config.talk_tasks])
        raise GenRecError(f"There is no task {task!r}: {known}.")
    tasks: Mapping[str, TaskConfig] = getattr(config, stages[0])
    new = replace(tasks[task], **{part: read_value(tasks[task], part, text)})
    with_new: dict[str, Any] = {stages[0]: {**tasks, task: new}}
    return replace(config, **with_new)


def read_value(settings: TrainConfig | TaskConfig, name: str, text: str) -> Any:
    """Read a setting's value from text, as its type wants it."""
    readers = {f.name: READERS[str(f.type)] for f in fields(settings) if str(f.type) in READERS}
    if name not in readers:
        raise GenRecError(f"There is no setting {name!r}: {', '.join(sorted(readers))}.")
    read, kind = readers[name]
    try:
        return read(text)
    except ValueError as error:
        raise GenRecError(f"{name} is {kind}, not {text!r}.") from error


def without(config: TrainConfig, task: str) -> TrainConfig:
    """Return a config without a task, of either stage.

    Raises:
        GenRecError: there is no such task.
    """
    if task not in {**config.rank_tasks, **config.talk_tasks}:
        known = ", ".join([*config.rank_tasks, *config.talk_tasks])
        raise GenRecError(f"There is no task {task!r}: {known}.")
    return replace(
        config,
        rank_tasks={name: s for name, s in config.rank_tasks.items() if name != task},
        talk_tasks={name: s for name, s in config.talk_tasks.items() if name != task},
    )


@dataclass(frozen=True)
class TrainingData:
    """Histories without their validation target, as rows of the catalogue."""

    catalogue: Catalogue
    facts: list[TitleFacts]
    forms: Forms
    histories: dict[int, Rows]
    validation: dict[int, int]

    @property
    def keys(self) -> tuple[str, ...]:
        """The titles' imdb ids, "" where unknown."""
        return tuple(title.imdb for title in self.facts)

    @property
    def identity(self) -> dict[str, str]:
        """Hash what is trained on by the option that names its file.

        So a checkpoint is not continued on other data.
        """
        catalogue = self.catalogue
        histories = [(user, self.histories[user]) for user in sorted(self.histories)]
        titles = (catalogue.embedding_version, catalogue.movie_ids)
        vectors = (catalogue.full.tobytes(), catalogue.facts.tobytes())
        facts = [replace(title, terms=(), logline="") for title in self.facts]
        return {
            "--sequences": content_hash(histories),
            "--titles": content_hash(titles, *vectors),
            "--facts": content_hash(facts),
            "--described": content_hash([(title.terms, title.logline) for title in self.facts]),
            "--ontology": content_hash(sorted(self.forms.items())),
        }


def content_hash(value: Any, *more: bytes) -> str:
    """Return a hash of a value that has an exact repr, and of bytes."""
    digest = sha256(repr(value).encode())
    for part in more:
        digest.update(part)
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class DataPaths:
    """Where the training data is. `described` and `ontology` are optional, and go together."""

    sequences: Path
    titles: Path
    facts: Path
    described: Path | None = None
    ontology: Path | None = None


def read_training_data(paths: DataPaths) -> TrainingData:
    """Read everything; each user's last title becomes the validation target.

    Raises:
        GenRecError: a file is not what it should be, or a title has no embedding.
    """
    read = read_histories(paths.sequences)
    histories = {user: ids for user, ids in read.items() if len(ids) > 2}
    if not histories:
        raise GenRecError(f"{paths.sequences} holds no history of three titles or more.")
    titles = {title for ids in histories.values() for title in ids}
    catalogue = read_catalogue(paths.titles).only(titles)
    rows = catalogue.rows
    as_rows = {user: [rows[title] for title in ids] for user, ids in histories.items()}
    return TrainingData(
        catalogue=catalogue,
        facts=read_title_facts(paths.facts, catalogue, paths.described),
        forms=read_forms(paths.ontology) if paths.ontology else {},
        histories={user: ids[:-1] for user, ids in as_rows.items()},
        validation={user: ids[-1] for user, ids in as_rows.items()},
    )

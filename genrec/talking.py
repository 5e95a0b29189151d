"""Stage talk: the text head learns, on lower layers that stay what they are.

A run of `genrec train` ends with it. By itself (`genrec train-talk`) it goes on from an artefact,
whose ranking stays what it is, bit for bit: no histories are needed, and none are read.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from safetensors.torch import save_file
from torch import Tensor

from genrec.adapter import read_adapter
from genrec.base import read_base
from genrec.checkpoint import (
    ADAPTER_NAME,
    HEADS_NAME,
    PRIOR_NAME,
    RESIDUALS_NAME,
    AdapterConfig,
    Artefact,
    check_fit,
    read_artefact,
    write_artefact,
)
from genrec.errors import GenRecError
from genrec.files import file_sha256, read_json, staged_directory
from genrec.interrupts import stopping_on_signals
from genrec.language_data import (
    WordBatches,
    answers,
    load_chat_tokenizer,
    read_jsonl,
    written_by_base,
)
from genrec.lora import TARGET_MODULES, adapter_tensors, add_lora, lora_factors
from genrec.model import GenRec, load_base, load_towers
from genrec.recipe import TALK_TASKS, TrainConfig
from genrec.residuals import Residuals
from genrec.starting import start_layers
from genrec.tasks import talk_tasks
from genrec.trainer import Stage, Task
from genrec.vocabulary import Vocabulary

logger = logging.getLogger(__name__)

TALK_SETTINGS = ("talk_minutes", "talk_rate", "talk_tasks", "seed")
"""What of a recipe decides stage talk by itself, beside those of every stage."""


@dataclass(frozen=True)
class TextPaths:
    """Text for the text head: language examples, and what the base wrote."""

    language: Path | None = None
    base_texts: Path | None = None

    @property
    def identity(self) -> dict[str, str]:
        """Hash the files that are given, by their options.

        Raises:
            GenRecError: one can't be read.
        """
        given = {"--language": self.language, "--base-texts": self.base_texts}
        try:
            return {name: file_sha256(path)[:16] for name, path in given.items() if path}
        except OSError as error:
            raise GenRecError(f"Cannot read {error.filename}: {error.strerror}.") from error


def language_tasks(
    config: TrainConfig, model: GenRec, reference: Any, base: Path, texts: TextPaths
) -> Mapping[str, Task]:
    """Return the tasks of the stage.

    Raises:
        GenRecError: a file is not given, can't be read or holds nothing to train on.
    """
    if texts.language is None or texts.base_texts is None:
        raise GenRecError("Stage talk needs --language and --base-texts; or --stages rank.")
    sizes = {name: task.size for name, task in {**TALK_TASKS, **config.talk_tasks}.items()}
    examples = answers(read_jsonl(texts.language), load_chat_tokenizer(base))
    batches = {
        "answers": WordBatches("answers", examples, sizes["answers"], config.seed),
        "retention": texts_of_base(base, texts.base_texts, sizes["retention"], config.seed),
    }
    return talk_tasks(config, model, reference, batches)


def texts_of_base(base: Path, path: Path, max_tokens: int, seed: int) -> WordBatches:
    """Return batches of what the base wrote."""
    texts = written_by_base(read_jsonl(path), load_chat_tokenizer(base))
    return WordBatches("texts", texts, max_tokens, seed)


def talk_stage(
    config: TrainConfig,
    model: GenRec,
    tasks: Mapping[str, Task],
    *,
    name: str,
    run: Path,
    identity: Mapping[str, str],
) -> Stage:
    """Return the stage that trains the layers above the catalog head, and nothing else."""
    upper = lora_factors(model.base, config.tap_layer, len(model.layers.layers))
    return Stage(
        name,
        config.talk_minutes,
        model,
        tasks,
        config.talk_tasks,
        [([value for _, value in upper], config.talk_rate)],
        config=config,
        run=run,
        identity=identity,
    )


class TalkRun:
    """Stage talk alone, from an artefact on; `directory` keeps its checkpoints and log."""

    def __init__(
        self, config: TrainConfig, artefact: Path, base: Path, texts: TextPaths, directory: Path
    ) -> None:
        """Make the model as the artefact has learned it; sizes are its own, not the recipe's.

        Raises:
            GenRecError: the artefact is damaged, or of another base.
        """
        self.artefact = read_artefact(artefact)
        check_fit(read_base(base), self.artefact, read_json(base / "config.json"))
        towers, adapter = self.artefact.towers, self.artefact.adapter
        rank = adapter.rank if adapter else config.lora_rank
        self.config = replace(config, tap_layer=towers.tap_layer, lora_rank=rank)
        self.source = artefact
        self.base = base
        self.texts = texts
        self.directory = directory
        words = Vocabulary(int(read_json(base / "config.json")["vocab_size"]), 0)
        residuals = Residuals((), towers.hidden_size, towers.head_dim)
        self.model = GenRec(
            load_base(base, words.n_words), load_towers(artefact), residuals, words, ()
        )
        add_lora(self.model.base, rank)
        start_layers(self.model, artefact, self.artefact, 0)
        self.stopped = False

    def train(self) -> None:
        """Train until the minutes are up; an interrupt ends it with a checkpoint."""
        device = Accelerator().device
        self.model.to(device)
        reference = load_base(self.base, self.model.vocabulary.n_words).to(device)
        tasks = language_tasks(self.config, self.model, reference, self.base, self.texts)
        identity = {
            "--artefact": self.artefact.identity,
            "settings": self.config.digest(),
            **self.texts.identity,
        }
        stage = talk_stage(
            self.config, self.model, tasks, name="talk", run=self.directory, identity=identity
        )
        with stopping_on_signals(stage.stop):
            stage.run()
        self.stopped = stage.stopped

    def ship(self, out: Path) -> Artefact:
        """Write the artefact with its new text head, everything else copied as it is."""
        rank = self.config.lora_rank
        settings = asdict(self.config)
        trained_with = {name: settings[name] for name in TALK_SETTINGS}
        with staged_directory(out) as stage:
            for name in (HEADS_NAME, RESIDUALS_NAME, PRIOR_NAME):
                if name in self.artefact.hashes:
                    shutil.copyfile(self.source / name, stage / name)
            save_file(self.adapter(), stage / ADAPTER_NAME, metadata={"format": "pt"})
            write_artefact(
                stage,
                replace(
                    self.artefact,
                    adapter=self.artefact.adapter or AdapterConfig(rank, rank, TARGET_MODULES),
                    created=datetime.now(UTC).isoformat(timespec="seconds"),
                    genrec_version=version("moodreel"),
                    training={
                        **self.artefact.training,
                        **trained_with,
                        "talk_start": self.artefact.identity,
                    },
                ),
            )
            return read_artefact(stage)

    def adapter(self) -> dict[str, Tensor]:
        """Return the lower layers' changes as the artefact has them, the upper as trained."""
        old = read_adapter(self.source) if self.artefact.adapter else {}
        new = adapter_tensors(self.model.base)
        tap = self.config.tap_layer
        lower = {name: value for name, value in old.items() if layer_of(name) < tap}
        return lower | {name: value for name, value in new.items() if layer_of(name) >= tap}


def layer_of(name: str) -> int:
    """Return the number of the layer of a tensor such as "layers.3.mlp.up_proj.lora_A"."""
    return int(name.split(".")[1])

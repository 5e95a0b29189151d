"""GenRec in plain torch, for training and evaluation; `serving.model` is its twin in vLLM.

The base is frozen and runs only as far as the catalog head reads. The text head is the base's
own, unchanged, so it is not part of this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from genrec.base import read_base
from genrec.checkpoint import HEADS_NAME, check_fit, read_artefact
from genrec.examples import Example
from genrec.files import read_json
from genrec.towers import Towers
from genrec.vocabulary import Vocabulary


def load_base(directory: Path, tap_layer: int, n_words: int) -> Any:
    """Return the first `tap_layer` layers of a base, frozen, in float32, without its last norm."""
    from transformers import LlamaConfig, LlamaModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    config = LlamaConfig(**read_json(directory / "config.json"))
    config.vocab_size = n_words
    config.num_hidden_layers = tap_layer
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # the layers above the tap are left out on purpose
    model = LlamaModel.from_pretrained(
        directory, config=config, dtype=torch.float32, attn_implementation="sdpa"
    )
    transformers_logging.set_verbosity(verbosity)
    model.norm = nn.Identity()
    return model.requires_grad_(False).eval()


class GenRec(nn.Module):
    """A frozen base with towers. `content` (N, C) fixes which title each slot is."""

    def __init__(self, base: Any, towers: Towers, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.base = base
        self.towers = towers
        self.vocabulary = vocabulary

    def embed(self, ids: Tensor, entity_rows: Tensor) -> Tensor:
        """Return input vectors (B, T, H) of ids (B, T); entity rows are slots, then markers."""
        is_word = ids < self.vocabulary.n_words
        words = self.base.embed_tokens(torch.where(is_word, ids, 0))
        rows = entity_rows[(ids - self.vocabulary.n_words).clamp(min=0)]
        return torch.where(is_word.unsqueeze(-1), words, rows)

    def entity_rows(self, content: Tensor) -> Tensor:
        """Return the input rows of all slots and markers, (N + markers, H)."""
        return torch.cat([self.towers.input_rows(content), self.towers.markers])

    def hidden(self, ids: Tensor, entity_rows: Tensor) -> Tensor:
        """Return the state the catalog head reads, (B, T, H). Right padding needs no mask."""
        embedded = self.embed(ids, entity_rows)
        return cast(Tensor, self.base(inputs_embeds=embedded, use_cache=False).last_hidden_state)


def load_genrec(artefact: Path, base: Path, n_slots: int) -> GenRec:
    """Load an artefact on its base, for a catalogue of `n_slots` titles.

    Raises:
        GenRecError: the artefact is damaged, or was trained on another base.
    """
    from safetensors.torch import load_file

    head, config = read_artefact(artefact), read_json(base / "config.json")
    check_fit(read_base(base), head, config)
    towers = Towers(head.towers)
    tensors = load_file(artefact / HEADS_NAME)
    towers.load_state_dict(
        {name.removeprefix("towers."): value.float() for name, value in tensors.items()}
    )
    vocabulary = Vocabulary(int(config["vocab_size"]), n_slots)
    loaded = load_base(base, head.towers.tap_layer, vocabulary.n_words)
    return GenRec(loaded, towers, vocabulary).eval()


def padded(examples: Sequence[Example], ignore: int) -> tuple[Tensor, Tensor]:
    """Return ids and labels of examples, both (B, T) int64, padded on the right."""
    width = max(len(example.ids) for example in examples)
    ids = torch.zeros(len(examples), width, dtype=torch.long)
    labels = torch.full((len(examples), width), ignore, dtype=torch.long)
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.tensor(example.ids)
        labels[row, : len(example.labels)] = torch.tensor(example.labels)
    return ids, labels

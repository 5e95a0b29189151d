"""GenRec in plain torch, for training and evaluation; `serving.model` is its twin in vLLM.

The catalog head reads the state after `tap_layer` layers, the text head the last layer: a ranking
runs the lower layers only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from genrec.base import read_base
from genrec.checkpoint import HEADS_NAME, RESIDUALS_NAME, check_fit, read_artefact
from genrec.files import read_json
from genrec.residuals import Residuals, added, read_residuals
from genrec.towers import Towers
from genrec.vocabulary import Vocabulary

CPU_BFLOAT16 = ("avx512_bf16", "amx_bf16")


def run_layers(llama: Any, hidden: Tensor, first: int, last: int) -> Tensor:
    """Run layers [first, last) of a LlamaModel over states (B, T, H).

    Attention is causal, so right padding needs no mask. Where `halves` says so the layers multiply
    in bfloat16, as vLLM does; what is added up between them, and all that comes before and after,
    is float32.
    """
    positions = torch.arange(hidden.shape[1], device=hidden.device)[None]
    rotary = llama.rotary_emb(hidden, positions)
    with torch.autocast(hidden.device.type, torch.bfloat16, enabled=halves(hidden.device)):
        for layer in llama.layers[first:last]:
            hidden = layer(
                hidden,
                attention_mask=None,
                position_ids=positions,
                position_embeddings=rotary,
                use_cache=False,
            )
    return hidden


def run_upper(llama: Any, tapped: Tensor, tap_layer: int) -> Tensor:
    """Run the layers of a LlamaModel from `tap_layer` on over states (B, T, H), and its norm."""
    return cast(Tensor, llama.norm(run_layers(llama, tapped, tap_layer, len(llama.layers))))


def halves(device: torch.device) -> bool:
    """Tell whether layers multiply in bfloat16: on a GPU, and to learn on a CPU made for it.

    A CPU without such instructions emulates them, four times as slowly as float32. Rankings on any
    CPU are float32: figures do not depend on which it is.
    """
    if device.type == "cuda":
        return True
    return torch.is_grad_enabled() and any(map(torch.cpu.get_capabilities().get, CPU_BFLOAT16))


@dataclass(frozen=True)
class CatalogRows:
    """A catalogue as the model sees it: N titles in, N titles out."""

    input: Tensor  # (N, H) entity tokens
    output: Tensor  # (N, D)
    bias: Tensor  # (N,)


def load_base(directory: Path, n_words: int) -> Any:
    """Return a base with its text head, frozen, in float32."""
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    config = LlamaConfig(**read_json(directory / "config.json"))
    config.vocab_size = n_words
    model = LlamaForCausalLM.from_pretrained(
        directory, config=config, dtype=torch.float32, attn_implementation="sdpa"
    )
    return model.requires_grad_(False).eval()


class GenRec(nn.Module):
    """A base with towers and residuals, for one catalogue of N titles.

    `keys` are the titles' imdb ids ("" where unknown): they find the residuals.
    """

    def __init__(
        self,
        base: Any,
        towers: Towers,
        residuals: Residuals,
        vocabulary: Vocabulary,
        keys: Sequence[str],
    ) -> None:
        super().__init__()
        self.base = base
        self.towers = towers
        self.residuals = residuals
        self.vocabulary = vocabulary
        self.register_buffer("places", residuals.places(keys), persistent=False)

    @property
    def layers(self) -> Any:
        return self.base.model

    def rows(self, content: Tensor, keep: Tensor | None = None) -> CatalogRows:
        """Return all rows of content embeddings (N, C).

        `keep` (N,) is 0 where a title's residual is left out; None leaves none out.
        """
        places = cast(Tensor, self.places)
        kept = torch.ones(len(content), device=content.device) if keep is None else keep
        output, bias = self.towers.output_rows(content)
        return CatalogRows(
            added(self.towers.input_rows(content), self.residuals.input, places, kept),
            added(output, self.residuals.output, places, kept),
            added(bias, self.residuals.bias, places, kept),
        )

    def embed(self, ids: Tensor, inputs: Tensor) -> Tensor:
        """Return input vectors (B, T, H) of ids (B, T), given entity tokens `inputs` (N, H)."""
        is_word = ids < self.vocabulary.n_words
        words = self.layers.embed_tokens(torch.where(is_word, ids, 0))
        table = torch.cat([inputs, self.towers.markers])
        rows = table[(ids - self.vocabulary.n_words).clamp(min=0)]
        return torch.where(is_word.unsqueeze(-1), words, rows)

    def lower(self, embedded: Tensor) -> Tensor:
        """Return the states that the catalog head reads, (B, T, H), of input vectors (B, T, H)."""
        return run_layers(self.layers, embedded, 0, self.towers.config.tap_layer)

    def upper(self, tapped: Tensor) -> Tensor:
        """Return the states that the text head reads, (B, T, H), of the lower layers' states."""
        return run_upper(self.layers, tapped, self.towers.config.tap_layer)

    def words(self, hidden: Tensor) -> Tensor:
        """Return the text head's logits (..., V) of states (..., H)."""
        return cast(Tensor, self.base.lm_head(hidden))


@contextmanager
def evaluating(model: GenRec) -> Iterator[None]:
    """Switch dropout off for a while."""
    was = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was)


def load_genrec(artefact: Path, base: Path, keys: Sequence[str]) -> GenRec:
    """Load an artefact on its base, for a catalogue whose titles have these imdb ids.

    Raises:
        GenRecError: the artefact is damaged, or was trained on another base.
    """
    from genrec.adapter import merge_artefact

    head, config = read_artefact(artefact), read_json(base / "config.json")
    check_fit(read_base(base), head, config)
    towers = load_towers(artefact)
    vocabulary = Vocabulary(int(config["vocab_size"]), len(keys))
    loaded = load_base(base, vocabulary.n_words)
    merge_artefact(loaded, artefact)
    sizes = head.towers.hidden_size, head.towers.head_dim
    path = artefact / RESIDUALS_NAME
    residuals = read_residuals(path, *sizes) if path.exists() else Residuals((), *sizes)
    return GenRec(loaded, towers, residuals, vocabulary, keys).eval()


def load_towers(artefact: Path) -> Towers:
    """Load the towers of an artefact, in float32.

    Raises:
        GenRecError: the artefact is damaged.
    """
    from safetensors.torch import load_file

    towers = Towers(read_artefact(artefact).towers)
    tensors = load_file(artefact / HEADS_NAME)
    towers.load_state_dict(
        {name.removeprefix("towers."): value.float() for name, value in tensors.items()}
    )
    return towers

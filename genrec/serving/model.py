"""A Llama with entity tokens as inputs and a second head over the catalogue.

`compute_logits` returns [words | slots | markers] in float32, so vLLM's sampler, logprobs and
structured outputs work on both heads without a change. `heads.HeadGate` decides which part a
request sees. The text head reads the last layer, as in the base; the catalog head reads the layer
it was trained on, so hidden states carry both.

A batch of nothing but rankings goes no further than that layer: a fifth of the work. In the cache
its prompts then have no keys and values of the layers above; nobody reads those, because prefixes
are cached under a salt that only rankings know (`catalog_head`). In a batch with a language request
all layers are run, and what the upper ones make of a ranking is thrown away.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from vllm.config import VllmConfig
from vllm.model_executor.models.llama import LlamaForCausalLM, LlamaModel
from vllm.sequence import IntermediateTensors

from genrec.assembly import CATALOG_DIRECTORY
from genrec.checkpoint import RESIDUALS_NAME, TowerConfig
from genrec.errors import GenRecError
from genrec.residuals import Residuals, added, read_residuals
from genrec.serving.heads import only_rankings
from genrec.towers import Towers
from genrec.vocabulary import MARKERS, TOTAL_MARKER, UNUSED_BIAS, Vocabulary


class EntityLlamaModel(LlamaModel):
    """A Llama whose ids from `n_words` on are looked up in a table of entity rows.

    Returns (T, 2 H): the state of the last layer, then the one that the catalog head reads. The
    first is of no use where `only_lower` is true.
    """

    end_layer: int

    def __init__(self, *, vllm_config: VllmConfig, prefix: str = "", **extra: Any) -> None:
        super().__init__(vllm_config=vllm_config, prefix=prefix, **extra)
        config = vllm_config.model_config.hf_config
        self.n_words = int(config.genrec_n_words)
        n_rows = int(config.genrec_n_slots) + len(MARKERS)
        # A buffer, not a parameter: the loader must not look for it in the checkpoint.
        self.register_buffer(
            "entity_rows", torch.zeros(n_rows, config.hidden_size), persistent=False
        )
        self.tap_layer = int(config.genrec_towers["tap_layer"])
        self._set_aux_hidden_state_layers((self.tap_layer,))
        # A compiled model has its layers fixed, and a pipeline's later stages wait for the earlier.
        self.can_stop = (
            vllm_config.model_config.enforce_eager
            and vllm_config.parallel_config.pipeline_parallel_size == 1
        )

    def only_lower(self) -> bool:
        """Tell whether nobody in the current batch needs the layers above the catalog head's."""
        return self.can_stop and only_rankings()

    def embed_input_ids(self, input_ids: Tensor) -> Tensor:
        is_word = input_ids < self.n_words
        words = super().embed_input_ids(torch.where(is_word, input_ids, 0))
        # Clamped, because profiling and padding pass ids of every kind.
        rows = (input_ids - self.n_words).clamp(0, self.entity_rows.shape[0] - 1)
        return torch.where(is_word.unsqueeze(-1), words, self.entity_rows[rows])

    def forward(
        self,
        input_ids: Tensor | None,
        positions: Tensor,
        intermediate_tensors: IntermediateTensors | None,
        inputs_embeds: Tensor | None = None,
        **extra: Any,
    ) -> Tensor | IntermediateTensors:
        top = self.end_layer
        try:
            self.end_layer = self.tap_layer if self.only_lower() else top
            output = super().forward(
                input_ids, positions, intermediate_tensors, inputs_embeds, **extra
            )
        finally:
            self.end_layer = top
        if isinstance(output, IntermediateTensors):  # not the last of several pipeline stages
            return output
        last, (tapped,) = output
        return torch.cat([last, tapped], dim=-1)


def load_residuals(vllm_config: VllmConfig, towers: TowerConfig) -> Residuals:
    """Read the residuals beside the model, in float32; none if the artefact has none.

    Raises:
        GenRecError: missing, damaged or of other sizes. The server then does not start.
    """
    model_config = vllm_config.model_config
    n_titles = int(getattr(model_config.hf_config, "genrec_residuals", 0))
    sizes = towers.hidden_size, towers.head_dim
    if not n_titles:
        return Residuals((), *sizes)
    path = Path(model_config.model) / CATALOG_DIRECTORY / RESIDUALS_NAME
    residuals = read_residuals(path, *sizes)
    if len(residuals.keys) != n_titles:
        raise GenRecError(
            f"{path} holds {len(residuals.keys)} residuals, expected {n_titles}: assemble again."
        )
    return residuals


class GenRecForCausalLM(LlamaForCausalLM):
    """The served model. Catalogue rows live in buffers that `set_rows` rewrites in place."""

    def __init__(self, *, vllm_config: VllmConfig, prefix: str = "", **extra: Any) -> None:
        config = vllm_config.model_config.hf_config
        self.vocabulary = Vocabulary(config.genrec_n_words, config.genrec_n_slots)
        # The embedding and the LM head keep the words' size; everybody else sees all ids.
        config.vocab_size = self.vocabulary.n_words
        try:
            super().__init__(vllm_config=vllm_config, prefix=prefix, **extra)
        finally:
            config.vocab_size = self.vocabulary.size
        towers = TowerConfig(**config.genrec_towers)
        self.towers = Towers(towers)
        self.residuals = load_residuals(vllm_config, towers)
        n_slots = self.vocabulary.n_slots
        rows = torch.zeros(n_slots, towers.head_dim, dtype=torch.float32)
        biases = torch.full((n_slots,), UNUSED_BIAS, dtype=torch.float32)
        self.register_buffer("catalog_rows", rows, persistent=False)
        self.register_buffer("catalog_biases", biases, persistent=False)

    def _init_model(
        self,
        vllm_config: VllmConfig,
        prefix: str = "",
        layer_type: type[nn.Module] | None = None,
    ) -> LlamaModel:
        extra = {"layer_type": layer_type} if layer_type else {}
        return EntityLlamaModel(vllm_config=vllm_config, prefix=prefix, **extra)

    def load_weights(self, weights: Any) -> set[str]:
        loaded = super().load_weights(weights)
        self.model.entity_rows[self.vocabulary.n_slots :] = self.towers.markers.data.to(
            self.model.entity_rows
        )
        # Read in the constructor: they are no weights of the base, and vLLM must not miss them.
        return loaded | {f"residuals.{name}" for name, _ in self.residuals.named_parameters()}

    def compute_logits(self, hidden_states: Tensor) -> Tensor | None:
        """Return (B, words + slots + markers) float32 logits of hidden states (B, 2 H).

        Markers are no answers, but one carries the catalogue's total: see `TOTAL_MARKER`.
        """
        last, tapped = hidden_states.chunk(2, dim=-1)
        if self.model.only_lower():
            words = tapped.new_full((len(tapped), self.vocabulary.n_words), -torch.inf)
        elif (words := super().compute_logits(last)) is None:
            return None
        catalog = self.towers.logits(tapped, self.catalog_rows, self.catalog_biases)
        markers = catalog.new_full((catalog.shape[0], len(MARKERS)), UNUSED_BIAS)
        markers[:, MARKERS.index(TOTAL_MARKER)] = catalog.logsumexp(dim=-1)
        return torch.cat([words.float(), catalog, markers], dim=-1)

    @torch.no_grad()
    def set_rows(self, slots: Sequence[int], content: Tensor, keys: Sequence[str]) -> None:
        """Project content embeddings (N, C) into the input and output rows of N slots.

        Titles whose imdb id in `keys` (N) has a residual get it added.
        """
        device = self.catalog_rows.device
        residuals, places = self.residuals, self.residuals.places(keys).to(device)
        keep = torch.ones(len(slots), device=device)
        where = torch.as_tensor(slots, dtype=torch.long, device=device)
        content = content.to(device)
        inputs = added(self.towers.input_rows(content), residuals.input, places, keep)
        rows, biases = self.towers.output_rows(content)
        self.model.entity_rows[where] = inputs.to(self.model.entity_rows)
        self.catalog_rows[where] = added(rows, residuals.output, places, keep)
        self.catalog_biases[where] = added(biases, residuals.bias, places, keep)

    @torch.no_grad()
    def clear_rows(self, slots: Sequence[int]) -> None:
        """Make slots unrankable: no input, no output, a bias below any title's."""
        where = torch.as_tensor(slots, dtype=torch.long, device=self.catalog_rows.device)
        self.model.entity_rows[where] = 0
        self.catalog_rows[where] = 0
        self.catalog_biases[where] = UNUSED_BIAS

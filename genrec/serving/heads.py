"""Keep every request to its own head.

Language requests see words only; a ranking request sees slots only. The catalog head answers
solely to `http`, which proves itself with a value that never leaves the API server's memory
except on its way to the engine: a chat request cannot ask for it by parameters.

The gate also knows what the layers needn't do: a batch of nothing but rankings ends at the layer
that the catalog head reads (`model.EntityLlamaModel`).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor
from vllm import SamplingParams
from vllm.v1.sample.logits_processor import BatchUpdate, LogitsProcessor
from vllm.v1.sample.logits_processor.builtin import process_dict_updates

if TYPE_CHECKING:
    from vllm.config import VllmConfig

HEAD_KEY = "genrec_catalog"
CATALOG_PASS = secrets.token_hex(16)


class HeadGate(LogitsProcessor):
    """Mask the other head's logits, and refuse parameters that would look behind the mask."""

    n_words: ClassVar[int | None] = None
    """Set by `http` when the server starts; None in the engine, which validates nothing."""
    of_engine: ClassVar[HeadGate | None] = None
    """The gate of this process's engine; None before there is one."""

    @classmethod
    def validate_params(cls, sampling_params: SamplingParams) -> None:
        """Raise ValueError, which becomes HTTP 400, for parameters that mix the heads."""
        passed = (sampling_params.extra_args or {}).get(HEAD_KEY)
        if passed is not None and not secrets.compare_digest(str(passed), CATALOG_PASS):
            raise ValueError("The catalog head answers on POST /genrec/rank only.")
        refuse_bypasses(sampling_params)
        if cls.n_words is not None:
            check_allowed_ids(sampling_params, cls.n_words, catalog=passed is not None)

    def __init__(self, vllm_config: VllmConfig, device: torch.device, is_pin_memory: bool) -> None:
        config = vllm_config.model_config.hf_config
        self.split: int | None = getattr(config, "genrec_n_words", None)
        self.ranking: dict[int, bool] = {}
        self.n_requests = 0
        HeadGate.of_engine = self

    def is_argmax_invariant(self) -> bool:
        return False

    def update_state(self, batch_update: BatchUpdate | None) -> None:
        process_dict_updates(self.ranking, batch_update, catalog_request)
        if batch_update is not None:
            self.n_requests = batch_update.batch_size

    def apply(self, logits: Tensor) -> Tensor:
        """Mask (B, words + slots + markers) logits in place."""
        if self.split is None:
            return logits
        if not self.ranking:
            logits[:, self.split :] = -torch.inf
            return logits
        ranks = torch.zeros(logits.shape[0], 1, dtype=torch.bool)
        ranks[[row for row in self.ranking if row < logits.shape[0]]] = True
        ranks = ranks.to(logits.device)
        logits[:, self.split :].masked_fill_(~ranks, -torch.inf)
        logits[:, : self.split].masked_fill_(ranks, -torch.inf)
        return logits


def only_rankings() -> bool:
    """Tell whether the engine's current batch has requests, all of them for the catalog head.

    vLLM updates its logits processors before a step's forward pass.
    """
    gate = HeadGate.of_engine
    return gate is not None and 0 < gate.n_requests == len(gate.ranking)


def catalog_request(
    params: SamplingParams, prompt_ids: list[int] | None, output_ids: list[int]
) -> bool | None:
    """Return True for a ranking request, None (no state to keep) for a language request."""
    return True if HEAD_KEY in (params.extra_args or {}) else None


def refuse_bypasses(params: SamplingParams) -> None:
    """Raise ValueError for parameters whose answers are computed before the mask."""
    for name in ("prompt_logprobs", "prompt_logprob_token_ids", "logprob_token_ids"):
        if getattr(params, name) is not None:
            raise ValueError(f"{name} is not available on this server.")


def check_allowed_ids(params: SamplingParams, n_words: int, *, catalog: bool) -> None:
    """Raise ValueError if `allowed_token_ids` names ids of the other head."""
    if any((token_id >= n_words) is not catalog for token_id in params.allowed_token_ids or ()):
        head = "catalog" if catalog else "text"
        raise ValueError(f"allowed_token_ids must belong to the {head} head.")

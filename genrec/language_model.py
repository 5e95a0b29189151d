"""The text head by itself, in plain torch: what retention, base texts and `ask` generate with.

Serving goes through vLLM; this is the same model (the base, with an artefact's LoRA merged in)
under the same chat template, in float32, for commands that run once and report. On a GPU where
there is one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import AutoTokenizer, LlamaForCausalLM, PreTrainedTokenizerBase
from transformers.utils import logging as transformers_logging

from genrec.adapter import merge_artefact
from genrec.base import read_base
from genrec.checkpoint import read_artefact
from genrec.contract import plain_text
from genrec.errors import GenRecError

logger = logging.getLogger(__name__)

REPORT_EVERY_S = 20.0

Message = Mapping[str, str]
Conversation = Sequence[Message]


@dataclass(frozen=True)
class Generated:
    """A generated answer, without its end mark; `ended` tells whether the model set one."""

    text: str
    ended: bool


@dataclass(frozen=True)
class LanguageModel:
    """A causal language model and its tokenizer, ready to generate."""

    model: nn.Module
    tokenizer: PreTrainedTokenizerBase

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    @property
    def end_id(self) -> int:
        return int(cast(int, self.tokenizer.eos_token_id))

    def prompt_ids(self, messages: Conversation) -> list[int]:
        """Return the ids of the chat template's text, up to where the answer begins.

        Contents pass through `plain_text`, as in the application.
        """
        safe = [
            {"role": message["role"], "content": plain_text(message["content"])}
            for message in messages
        ]
        text = self.tokenizer.apply_chat_template(safe, tokenize=False, add_generation_prompt=True)
        return list(self.tokenizer(cast(str, text), add_special_tokens=False)["input_ids"])


def load_language_model(base: Path, artefact: Path | None) -> LanguageModel:
    """Load a prepared base in float32, with an artefact's LoRA merged into it if one is given.

    Raises:
        GenRecError: not a prepared base, or not an artefact of this base.
    """
    transformers_logging.disable_progress_bar()
    info = read_base(base)
    model = LlamaForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    if artefact is not None:
        trained_on = read_artefact(artefact).base
        if trained_on.weights_sha256 != info.weights_sha256:
            raise GenRecError(
                f"{artefact} was trained on {trained_on.name} with other weights than {base}: "
                "prepare that base, or give an artefact of this one."
            )
        merge_artefact(model, artefact)
    tokenizer = AutoTokenizer.from_pretrained(base)
    tokenizer.padding_side = "left"
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return LanguageModel(cast(nn.Module, model).requires_grad_(False).to(device), tokenizer)


@torch.inference_mode()
def generate(
    language: LanguageModel,
    conversations: Sequence[Conversation],
    *,
    max_new_tokens: int,
    batch_size: int = 32,
    temperature: float = 0.0,
    top_p: float = 1.0,
    seed: int = 0,
) -> list[Generated]:
    """Answer every conversation, in order: greedily, or sampled if there is a temperature.

    Batches hold prompts of similar length, padded on the left. The log says how far it is.
    """
    torch.manual_seed(seed)
    started = reported = time.monotonic()
    prompts = [language.prompt_ids(messages) for messages in conversations]
    options: dict[str, Any] = {"do_sample": False}
    if temperature:
        options = {"do_sample": True, "temperature": temperature, "top_p": top_p, "top_k": 0}
    answers: dict[int, Generated] = {}
    for batch in batches_by_length([len(ids) for ids in prompts], batch_size):
        ids, mask = padded_left([prompts[index] for index in batch], language.end_id)
        made = language.model.generate(
            input_ids=ids.to(language.device),
            attention_mask=mask.to(language.device),
            max_new_tokens=max_new_tokens,
            pad_token_id=language.end_id,
            eos_token_id=language.end_id,
            **options,
        )
        for index, row in zip(batch, made[:, ids.shape[1] :].tolist(), strict=True):
            answers[index] = read_answer(language, row)
        now = time.monotonic()
        if now - reported >= REPORT_EVERY_S:
            reported = now
            left_s = (now - started) / len(answers) * (len(prompts) - len(answers))
            logger.info("%d of %d answers, %.0f s left", len(answers), len(prompts), left_s)
    return [answers[index] for index in range(len(prompts))]


def read_answer(language: LanguageModel, ids: Sequence[int]) -> Generated:
    """Cut an answer at its end mark and decode it."""
    ended = language.end_id in ids
    kept = ids[: list(ids).index(language.end_id)] if ended else ids
    return Generated(cast(str, language.tokenizer.decode(kept)).strip(), ended)


def batches_by_length(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Yield batches of indices, longest first, so that the largest one fails at once."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    for start in range(0, len(order), size):
        yield order[start : start + size]


def padded_left(prompts: Sequence[Sequence[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """Return ids and attention mask, both (B, T), with the prompts flush right."""
    width = max(len(prompt) for prompt in prompts)
    ids = torch.full((len(prompts), width), pad_id)
    mask = torch.zeros((len(prompts), width), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    return ids, mask

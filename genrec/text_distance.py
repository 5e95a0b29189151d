"""How far a tuned model has moved from its base on given text: KL divergence and perplexity."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from genrec.language_model import Conversation, LanguageModel, batches_by_length

BATCH_SIZE = 4


@dataclass(frozen=True)
class ScoredText:
    """A prompt and the answer to measure on it; `ended` answers include their end mark."""

    prompt_messages: Conversation
    text: str
    ended: bool = True


@torch.inference_mode()
def text_distance(
    base: LanguageModel, tuned: LanguageModel, texts: Sequence[ScoredText]
) -> dict[str, float]:
    """Return KL(base || tuned) in nats per token, and both perplexities, over all answer tokens.

    Raises:
        ValueError: there are no texts.
    """
    if not texts:
        raise ValueError("no texts to measure on")
    kl = base_loss = tuned_loss = 0.0
    n_tokens = 0
    for ids, mask, labels in batches(base, texts):
        answers = labels >= 0
        base_logs = log_probabilities(base, ids, mask)[answers]
        tuned_logs = log_probabilities(tuned, ids, mask)[answers]
        chosen = labels[answers].unsqueeze(1)
        kl += float((base_logs.exp() * (base_logs - tuned_logs)).sum())
        base_loss -= float(base_logs.gather(1, chosen).sum())
        tuned_loss -= float(tuned_logs.gather(1, chosen).sum())
        n_tokens += int(answers.sum())
    return {
        "texts": len(texts),
        "tokens": n_tokens,
        "kl_nats_per_token": kl / n_tokens,
        "base_perplexity": math.exp(base_loss / n_tokens),
        "tuned_perplexity": math.exp(tuned_loss / n_tokens),
    }


def log_probabilities(language: LanguageModel, ids: Tensor, mask: Tensor) -> Tensor:
    """Return log-probabilities (B, T, V): at each position, of the token that comes next."""
    output: Any = language.model(input_ids=ids, attention_mask=mask)
    logits: Tensor = output.logits
    return logits.float().log_softmax(-1)


def batches(
    language: LanguageModel, texts: Sequence[ScoredText]
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield ids, mask and labels, each (B, T), padded on the right.

    A label is the id that comes next if it belongs to the answer, and -1 otherwise.
    """
    encoded = [encode_text(language, text) for text in texts]
    for batch in batches_by_length([len(ids) for ids, _ in encoded], BATCH_SIZE):
        width = max(len(encoded[index][0]) for index in batch)
        ids = torch.full((len(batch), width), language.end_id)
        mask = torch.zeros((len(batch), width), dtype=torch.long)
        labels = torch.full((len(batch), width), -1)
        for row, index in enumerate(batch):
            tokens, start = encoded[index]
            ids[row, : len(tokens)] = torch.tensor(tokens)
            mask[row, : len(tokens)] = 1
            labels[row, start - 1 : len(tokens) - 1] = torch.tensor(tokens[start:])
        yield ids.to(language.device), mask.to(language.device), labels.to(language.device)


def encode_text(language: LanguageModel, text: ScoredText) -> tuple[list[int], int]:
    """Return the ids of prompt and answer, and where the answer starts."""
    prompt = language.prompt_ids(text.prompt_messages)
    answer = list(language.tokenizer(text.text, add_special_tokens=False)["input_ids"])
    return prompt + answer + [language.end_id] * text.ended, len(prompt)

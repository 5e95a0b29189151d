"""Text for the text head: answers of the language tasks, and text that the base wrote.

Files of JSON lines. Language examples: {"id", "task", "messages", "answer", "held_out"}; the base's
texts: {"prompt_messages", "text", "ended"}. Prompts get the base's chat template, as in serving.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from genrec.errors import GenRecError
from genrec.examples import IGNORE, Example
from genrec.objective import WordBatch, padded

MAX_TOKENS = 320


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file of JSON lines.

    Raises:
        GenRecError: it cannot be read, or a line is not JSON.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise GenRecError(f"Cannot read {path} as JSON lines: {error}.") from error


def load_chat_tokenizer(base: Path) -> Any:
    """Return the base's tokenizer with its chat template."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(base)


def chat_example(
    tokenizer: Any, messages: Sequence[Mapping[str, str]], answer: str, *, ended: bool = True
) -> Example:
    """Return a prompt and its answer; only the answer, and its end, are to be learned.

    An answer that was cut off has no end: `ended` is False.
    """
    prompt = tokenizer.apply_chat_template(
        list(messages), add_generation_prompt=True, tokenize=True, return_dict=False
    )
    end = [tokenizer.eos_token_id] if ended else []
    written = [*tokenizer.encode(answer, add_special_tokens=False), *end]
    ids = [*prompt, *written]
    # A label is what comes next.
    labels = [*[IGNORE] * (len(prompt) - 1), *written, IGNORE]
    return Example(ids[:MAX_TOKENS], labels[:MAX_TOKENS])


def answers(records: Iterable[Mapping[str, Any]], tokenizer: Any) -> list[Example]:
    """Return the examples of language tasks that may be trained on."""
    return [
        chat_example(tokenizer, record["messages"], record["answer"])
        for record in records
        if not record["held_out"]
    ]


def written_by_base(records: Iterable[Mapping[str, Any]], tokenizer: Any) -> list[Example]:
    """Return the base's own texts, with their prompts."""
    return [
        chat_example(tokenizer, r["prompt_messages"], r["text"], ended=r["ended"]) for r in records
    ]


class WordBatches:
    """Batches of similar length, a function of seed and number alone."""

    def __init__(self, name: str, examples: Sequence[Example], max_tokens: int, seed: int) -> None:
        if not examples:
            raise GenRecError(f"There is no text to train {name} on.")
        self.name = name
        self.examples = sorted(examples, key=lambda example: len(example.ids))
        self.max_tokens = max_tokens
        self.seed = seed

    def batch(self, number: int) -> WordBatch:
        """Return neighbours in length around a random place, at most `max_tokens` when padded."""
        rng = random.Random(f"{self.seed}:{self.name}:{number}")  # noqa: S311
        last = rng.randrange(len(self.examples)) + 1
        size = max(1, self.max_tokens // len(self.examples[last - 1].ids))
        # A window of four times the batch: the same neighbours do not always meet.
        window = range(max(0, last - 4 * size), last)
        chosen = rng.sample(window, min(size, len(window)))
        ids, labels = padded([self.examples[index] for index in chosen])
        return WordBatch(ids, labels)


def to_device(batch: WordBatch, device: torch.device) -> WordBatch:
    """Return a batch on a device."""
    return WordBatch(batch.ids.to(device), batch.labels.to(device))

"""What a trained text head says on held-out language tasks, and how far it is from its base.

An answer counts as right if greedy decoding would write it word for word: every word that it
consists of is the likeliest one after those before it. That is stricter than `genrec retention`,
which generates and checks, and a hundred times as fast.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from genrec.examples import IGNORE, Example
from genrec.language_data import (
    chat_example,
    load_chat_tokenizer,
    read_jsonl,
    to_device,
    written_by_base,
)
from genrec.model import evaluating, load_base
from genrec.objective import LanguageLoss, WordBatch, padded
from genrec.training import Run, device_of

HELD_OUT_EVERY = 10
BATCH = 16


def split_texts(path: Path, work: Path) -> tuple[Path, Path]:
    """Write nine tenths of the base's texts for training, and the rest to measure on."""
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    found = work / "texts.jsonl", work / "texts_held_out.jsonl"
    found[0].write_text("".join(t for i, t in enumerate(lines) if i % HELD_OUT_EVERY))
    found[1].write_text("".join(t for i, t in enumerate(lines) if not i % HELD_OUT_EVERY))
    return found


def without_task_records(path: Path, task: str, out: Path) -> Path:
    """Write language examples without those of a task that may be trained on."""
    records = [r for r in read_jsonl(path) if r["task"] != task or r["held_out"]]
    out.write_text("".join(json.dumps(record) + "\n" for record in records))
    return out


def language_figures(run: Run, language: Path, texts: Path) -> dict[str, Any]:
    """Return loss and share of right answers by task, and KL to the base in nats a word."""
    tokenizer = load_chat_tokenizer(run.base)
    reference = load_base(run.base, run.model.vocabulary.n_words).to(device_of(run.model))
    loss = LanguageLoss(run.model, reference)
    records = [record for record in read_jsonl(language) if record["held_out"]]
    tasks: dict[str, Any] = {}
    with evaluating(run.model):
        for task in sorted({record["task"] for record in records}):
            asked = [
                chat_example(tokenizer, record["messages"], record["answer"])
                for record in records
                if record["task"] == task
            ]
            tasks[task] = answer_figures(loss, asked)
        distance = distance_to_base(loss, written_by_base(read_jsonl(texts), tokenizer))
    return {"tasks": tasks, "kl_nats_per_word": distance}


def answer_figures(loss: LanguageLoss, examples: Sequence[Example]) -> dict[str, float]:
    """Return the loss a word, and the share of answers that are right word for word."""
    total, n_words, n_right = 0.0, 0, 0
    for batch in batches(loss, examples):
        read = batch.labels != IGNORE
        logits = loss.model.words(loss.upper_states(loss.model.layers, batch.ids)[read]).float()
        wanted = batch.labels[read]
        total += float(nn.functional.cross_entropy(logits, wanted, reduction="sum"))
        n_words += len(wanted)
        wrong = torch.zeros_like(batch.labels, dtype=torch.bool)
        wrong[read] = logits.argmax(-1) != wanted
        n_right += int((~wrong.any(1)).sum())
    return {
        "n": len(examples),
        "loss": round(total / n_words, 4),
        "right": round(n_right / len(examples), 4),
    }


def distance_to_base(loss: LanguageLoss, examples: Sequence[Example]) -> float:
    total, n_words = 0.0, 0
    for batch in batches(loss, examples):
        words = int((batch.labels != IGNORE).sum())
        total += float(loss.retention(batch)) * words
        n_words += words
    return round(total / n_words, 5)


def batches(loss: LanguageLoss, examples: Sequence[Example]) -> Iterator[WordBatch]:
    """Yield batches of like length, on the model's device."""
    ordered = sorted(examples, key=lambda example: len(example.ids))
    device = loss.model.towers.markers.device
    for start in range(0, len(ordered), BATCH):
        yield to_device(WordBatch(*padded(ordered[start : start + BATCH])), device)

"""`genrec prepare`: what the language training reads, in one directory.

language.jsonl           the examples of the language tasks, checked
texts.jsonl              texts by the base, for training
texts_evaluation.jsonl   texts by the base on other topics, for evaluation only
prepared.json            which base, how many, which seeds
"""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from genrec.base import read_base
from genrec.base_texts import (
    BaseText,
    evaluation_prompts,
    training_prompts,
    write_base_texts,
)
from genrec.errors import GenRecError
from genrec.files import file_sha256, read_json, write_json
from genrec.language_model import LanguageModel, load_language_model

logger = logging.getLogger(__name__)

EXAMPLE_FIELDS: Mapping[str, type] = {
    "id": str,
    "task": str,
    "messages": list,
    "answer": str,
    "held_out": bool,
}
ROLES = frozenset({"system", "user", "assistant"})


@dataclass(frozen=True)
class PrepareOptions:
    """What to prepare, from which base."""

    base: Path
    language: Path
    out: Path
    n_texts: int = 600
    n_evaluation_texts: int = 120
    max_new_tokens: int = 96
    seed: int = 1


def prepare(options: PrepareOptions) -> dict[str, Any]:
    """Check the examples and have the base write its texts, unless that is done already.

    Takes about six minutes on two idle cores. Returns what `prepared.json` holds.

    Raises:
        GenRecError: examples that training couldn't read, or a base that isn't prepared.
    """
    examples = read_language_examples(options.language)
    settings = {
        "base": read_base(options.base).weights_sha256,
        "language_sha256": file_sha256(options.language),
        **{name: value for name, value in asdict(options).items() if isinstance(value, int)},
    }
    done = options.out / "prepared.json"
    if done.exists() and read_json(done).get("settings") == settings:
        return read_json(done)
    options.out.mkdir(parents=True, exist_ok=True)
    texts, evaluation = base_texts(load_language_model(options.base, None), options)
    write_lines(options.out / "texts.jsonl", [asdict(text) for text in texts])
    write_lines(options.out / "texts_evaluation.jsonl", [asdict(text) for text in evaluation])
    write_lines(options.out / "language.jsonl", examples)
    held_out = Counter(example["task"] for example in examples if example["held_out"])
    prepared = {
        "settings": settings,
        "texts": len(texts),
        "evaluation_texts": len(evaluation),
        "examples": Counter(example["task"] for example in examples),
        "held_out": held_out,
    }
    write_json(done, prepared)
    return prepared


def base_texts(
    language: LanguageModel, options: PrepareOptions
) -> tuple[list[BaseText], list[BaseText]]:
    """Return the base's texts for training and those for evaluation."""
    training = write_base_texts(
        language,
        training_prompts(options.n_texts, options.seed),
        max_new_tokens=options.max_new_tokens,
        seed=options.seed,
        prefix="training",
    )
    evaluation = write_base_texts(
        language,
        evaluation_prompts(options.n_evaluation_texts, options.seed + 1),
        max_new_tokens=options.max_new_tokens,
        seed=options.seed + 1,
        prefix="evaluation",
    )
    return training, evaluation


def read_language_examples(path: Path) -> list[dict[str, Any]]:
    """Return the examples of the language tasks.

    Raises:
        GenRecError: a line that is no example; the message names it.
    """
    examples = read_lines(path)
    for number, example in enumerate(examples, start=1):
        wrong = [
            name for name, kind in EXAMPLE_FIELDS.items() if not isinstance(example.get(name), kind)
        ]
        messages = example.get("messages") or [{}]
        if wrong or not all(message.get("role") in ROLES for message in messages):
            raise GenRecError(
                f"{path}, line {number}: no language example: check {', '.join(wrong) or 'roles'}."
            )
    return examples


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON-lines file.

    Raises:
        GenRecError: the file is missing or a line of it is no JSON object.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        values = [json.loads(line) for line in lines if line.strip()]
    except OSError as error:
        raise GenRecError(f"Cannot read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise GenRecError(f"{path} is not JSON lines: {error}.") from error
    if not all(isinstance(value, dict) for value in values):
        raise GenRecError(f"{path} must hold one JSON object a line.")
    return values


def write_lines(path: Path, values: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON object a line; the file is the old one or the new one, never a part."""
    stage = path.with_name(f".{path.name}.{os.getpid()}.new")
    text = "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)
    stage.write_text(text, encoding="utf-8")
    stage.rename(path)

"""Texts by the base model itself: what training must not unlearn.

The tuned model is held to the base's own distribution on text the base wrote, so that tuning
for one purpose costs little of the rest. The prompts are ours (`base_prompts.toml`), the answers
are sampled. Texts for training and for evaluation have no topic in common.
"""

from __future__ import annotations

import logging
import random
import tomllib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from genrec.language_model import LanguageModel, Message, generate

logger = logging.getLogger(__name__)

PROMPTS = Path(__file__).with_name("base_prompts.toml")
SYSTEM_SHARE = 0.3
TEMPERATURE = 0.8
TOP_P = 0.95


@dataclass(frozen=True)
class BaseText:
    """One answer of the base. `ended`: the base closed it, it was not cut off."""

    id: str
    prompt_messages: list[Message]
    text: str
    ended: bool


def training_prompts(n: int, seed: int) -> list[list[Message]]:
    """Return n conversations: every whole prompt once, then templates with topics."""
    data = read_prompts()
    return make_prompts(data["whole"], data["templates"], data["topics"], data["systems"], n, seed)


def evaluation_prompts(n: int, seed: int) -> list[list[Message]]:
    """Return n conversations on topics that no training prompt mentions."""
    data = read_prompts()
    return make_prompts([], data["templates"], data["held_out_topics"], data["systems"], n, seed)


def read_prompts() -> dict[str, Any]:
    return tomllib.loads(PROMPTS.read_text(encoding="utf-8"))


def make_prompts(
    whole: list[str],
    templates: list[str],
    topics: list[str],
    systems: list[str],
    n: int,
    seed: int,
) -> list[list[Message]]:
    """Combine prompts; no combination comes twice. Some have a system message before them.

    Raises:
        ValueError: there are fewer than n combinations.
    """
    rng = random.Random(seed)  # noqa: S311  (sampling, not secrecy)
    combined = [template.format(topic=topic) for template in templates for topic in topics]
    rng.shuffle(combined)
    texts = list(islice([*whole, *combined], n))
    if len(texts) < n:
        raise ValueError(f"only {len(texts)} prompts can be made, {n} were asked for")
    conversations: list[list[Message]] = []
    for text in texts:
        system = rng.random() < SYSTEM_SHARE
        first = [{"role": "system", "content": rng.choice(systems)}] if system else []
        conversations.append([*first, {"role": "user", "content": text}])
    return conversations


def write_base_texts(
    language: LanguageModel,
    conversations: list[list[Message]],
    *,
    max_new_tokens: int,
    seed: int,
    prefix: str,
) -> list[BaseText]:
    """Sample one answer per conversation; empty answers are left out."""
    logger.info("%s: sampling %d texts", prefix, len(conversations))
    answers = generate(
        language,
        conversations,
        max_new_tokens=max_new_tokens,
        temperature=TEMPERATURE,
        top_p=TOP_P,
        seed=seed,
    )
    return [
        BaseText(f"{prefix}-{index:04d}", messages, answer.text, answer.ended)
        for index, (messages, answer) in enumerate(zip(conversations, answers, strict=True))
        if answer.text
    ]

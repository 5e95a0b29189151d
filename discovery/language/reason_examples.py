"""Examples of the reason task: the prompt of a pick, and a sentence that the checks accept.

A seed (`reason_seeds.jsonl`) is a sentence that a person wrote with slots for facts, and the shape
of the pick that it suits: what links the title to the wish. Its expansions say it of starter
titles. Whatever `grounding.check_reason` would refuse is no example, however true.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from discovery.language.reason_contexts import PickShape, build_context
from discovery.language.reason_slots import MissingFact, slots_of
from discovery.language.record import LanguageExample, is_held_out, wire_messages
from discovery.language.starter_titles import starter_shelf
from discovery.reasons.explaining import prompt_facts, reason_messages
from discovery.reasons.grounding import check_reason, first_sentence
from discovery.reasons.templates import ReasonContext

TASK = "reason"
SEEDS = Path(__file__).with_name("reason_seeds.jsonl")
EXPANSIONS = 6
# About 45 tokens: what is longer would be cut off when GenRec writes it.
MAX_ANSWER_CHARS = 150


@dataclass(frozen=True, slots=True)
class ReasonSeed:
    """A sentence with slots, and the shape of the picks that it suits."""

    id: str
    shape: PickShape
    text: str


class WrittenReason(NamedTuple):
    """One expansion, with the context that its answer was checked against."""

    id: str
    context: ReasonContext
    answer: str
    held_out: bool


def reason_examples(*, seed: int = 0) -> list[LanguageExample]:
    """Return all examples of the task; the same for the same `seed`."""
    return [
        {
            "id": one.id,
            "task": TASK,
            "messages": wire_messages(reason_messages(one.context)),
            "answer": one.answer,
            "held_out": one.held_out,
        }
        for one in written_reasons(seed=seed)
    ]


def written_reasons(*, seed: int = 0) -> list[WrittenReason]:
    """Return every expansion; no prompt is there twice."""
    taken: set[str] = set()
    return [one for sentence in read_seeds() for one in _expand(sentence, seed, taken)]


def read_seeds() -> list[ReasonSeed]:
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    return [_seed_of(json.loads(line)) for line in lines]


def _seed_of(line: dict[str, str]) -> ReasonSeed:
    return ReasonSeed(line["id"], PickShape.parse(line["shape"]), line["text"])


def _expand(sentence: ReasonSeed, seed: int, taken: set[str]) -> list[WrittenReason]:
    held_out = is_held_out(sentence.id)
    found = list(islice(_accepted(sentence, seed, held_out, taken), EXPANSIONS))
    return [
        WrittenReason(f"{sentence.id}.{number}", context, answer, held_out)
        for number, (context, answer) in enumerate(found, start=1)
    ]


def _accepted(
    sentence: ReasonSeed, seed: int, held_out: bool, taken: set[str]
) -> Iterator[tuple[ReasonContext, str]]:
    shelf = starter_shelf(held_out=held_out)
    rng = random.Random(f"{seed} {sentence.id}")  # noqa: S311 - it draws examples, no secrets
    for title in shelf.drawn(f"{seed} {sentence.id}"):
        context = build_context(title, sentence.shape, shelf, rng)
        if context is None:
            continue
        answer = _written(sentence.text, context, sentence.shape)
        prompt = f"{title.name}: {prompt_facts(context)}"
        if answer and prompt not in taken and is_acceptable(answer, context):
            taken.add(prompt)
            yield context, answer


def _written(text: str, context: ReasonContext, shape: PickShape) -> str:
    """Return the sentence with its slots filled; empty if a fact for one is missing."""
    try:
        return text.format_map(slots_of(context, shape))
    except MissingFact:
        return ""


def is_acceptable(answer: str, context: ReasonContext) -> bool:
    """Say whether the app would show this very sentence whole."""
    whole = len(answer) <= MAX_ANSWER_CHARS and first_sentence(answer) == answer
    return whole and check_reason(answer, context).ok

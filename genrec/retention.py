"""Language retention: what tuning cost the base, and what it taught it.

Everything is generated greedily in plain torch, by the base and by the tuned model: an
instruction set of ours with mechanical checks, the held-out examples of the language tasks, and
prompts that carry a viewing history. JSON validity here is that of free generation; in serving,
decoding is constrained by the schema and checked there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genrec.base import read_base
from genrec.checkpoint import read_artefact
from genrec.continuation import is_continuation
from genrec.history_prompts import history_prompts
from genrec.instruction_checks import Instruction, passes, read_instructions
from genrec.language_model import Conversation, LanguageModel, generate, load_language_model
from genrec.language_scores import (
    Answered,
    by_group,
    json_validity,
    paired_difference,
    task_scores,
)
from genrec.preparation import read_language_examples, read_lines
from genrec.text_distance import ScoredText, text_distance

logger = logging.getLogger(__name__)

# Room for a whole answer of each task, in tokens; for parse and reason it is what the application
# allows. Other answers are short.
MAX_TOKENS: Mapping[str, int] = {"parse": 80, "taste": 64, "reason": 48, "clarify": 48}
SHORT = 32
HISTORY_TOKENS = 64
N_PARSES = 500
N_CONTINUATION = 500
N_HISTORY_PROMPTS = 200
N_SHOWN = 10


@dataclass(frozen=True)
class RetentionOptions:
    """What to measure, on which texts.

    For a quick look, `max_examples` bounds each part and `max_tokens` each answer.
    """

    base: Path
    model: Path
    texts: Path
    language: Path
    max_examples: int | None = None
    max_tokens: int | None = None
    batch_size: int = 32


@dataclass(frozen=True)
class Material:
    """Everything that is asked of both models."""

    instructions: list[Instruction]
    held_out: list[dict[str, Any]]
    parses: list[dict[str, Any]]
    histories: list[list[Mapping[str, str]]]
    texts: list[ScoredText]


@dataclass(frozen=True)
class Answers:
    """What one model answered: aligned with the material."""

    instructions: list[str]
    held_out: list[Answered]
    parses: list[Answered]
    histories: list[str]


def measure_retention(options: RetentionOptions) -> dict[str, Any]:
    """Run base and tuned model on everything and return the report.

    Raises:
        GenRecError: a file is missing or isn't what it should be, or the artefact is not of
            this base.
    """
    started = time.monotonic()
    material = read_material(options)
    base = load_language_model(options.base, None)
    tuned = load_language_model(options.base, options.model)
    by_base = Respondent("base", base, options).answer_all(material)
    by_tuned = Respondent("tuned", tuned, options).answer_all(material)
    return {
        "base": read_base(options.base).name,
        "artefact": read_artefact(options.model).identity,
        "decoding": "greedy, float32, unconstrained",
        "device": base.device.type,
        "instructions": instruction_report(material.instructions, by_base, by_tuned),
        "base_texts": text_distance(base, tuned, material.texts),
        "language": {
            "base": task_scores(by_base.held_out),
            "tuned": task_scores(by_tuned.held_out),
        },
        "parse_json": {
            "held_out": sum(example["held_out"] for example in material.parses),
            "base": json_validity(by_base.parses),
            "tuned": json_validity(by_tuned.parses),
        },
        "continuation": {
            "base": continuation_report(material, by_base),
            "tuned": continuation_report(material, by_tuned),
        },
        "cost_s": round(time.monotonic() - started, 1),
    }


def read_material(options: RetentionOptions) -> Material:
    """Read what is asked. Parses beyond the held-out ones are filled up with trained ones: they
    count for JSON validity alone.
    """
    examples = read_language_examples(options.language)
    held_out = [example for example in examples if example["held_out"]]
    parses = [example for example in held_out if example["task"] == "parse"]
    trained = [e for e in examples if e["task"] == "parse" and not e["held_out"]]
    parses += trained[: max(0, N_PARSES - len(parses))]
    texts = [
        ScoredText(text["prompt_messages"], text["text"], text.get("ended", True))
        for text in read_lines(options.texts)
    ]
    most = options.max_examples
    return Material(
        instructions=spread(read_instructions(), most),
        held_out=spread(held_out, most),
        parses=spread(parses, most),
        histories=history_prompts(N_HISTORY_PROMPTS)[:most],
        texts=spread(texts, most),
    )


def spread(items: Sequence[Any], most: int | None) -> list[Any]:
    """Return at most `most` items, evenly from the whole sequence."""
    if most is None or len(items) <= most:
        return list(items)
    return [items[index * len(items) // most] for index in range(most)]


@dataclass(frozen=True)
class Respondent:
    """A model that answers everything, and says in the log how far it is."""

    name: str
    language: LanguageModel
    options: RetentionOptions

    def answer_all(self, material: Material) -> Answers:
        held_out = self.examples(material.held_out)
        answered = {item.example["id"]: item for item in held_out}
        missing = [example for example in material.parses if example["id"] not in answered]
        answered |= {item.example["id"]: item for item in self.examples(missing)}
        return Answers(
            instructions=self.instructions(material.instructions),
            held_out=held_out,
            parses=[answered[example["id"]] for example in material.parses],
            histories=self.answer(material.histories, HISTORY_TOKENS, "histories"),
        )

    def instructions(self, instructions: Sequence[Instruction]) -> list[str]:
        """Answer every instruction within its own limit; those of one limit go together."""
        answers: dict[str, str] = {}
        for limit in sorted({item.max_new_tokens for item in instructions}):
            group = [item for item in instructions if item.max_new_tokens == limit]
            prompts = [[{"role": "user", "content": item.instruction}] for item in group]
            texts = self.answer(prompts, limit, f"instructions of {limit} tokens")
            answers |= {item.id: text for item, text in zip(group, texts, strict=True)}
        return [answers[item.id] for item in instructions]

    def examples(self, examples: Sequence[dict[str, Any]]) -> list[Answered]:
        """Answer examples of the language tasks, task by task; they come back in their order."""
        answers: dict[str, Answered] = {}
        for task in sorted({example["task"] for example in examples}):
            group = [example for example in examples if example["task"] == task]
            prompts = [example["messages"] for example in group]
            texts = self.answer(prompts, MAX_TOKENS.get(task, SHORT), task)
            for example, text in zip(group, texts, strict=True):
                answers[example["id"]] = Answered(example, text)
        return [answers[example["id"]] for example in examples]

    def answer(self, prompts: Sequence[Conversation], max_tokens: int, what: str) -> list[str]:
        started = time.monotonic()
        limit = min(max_tokens, self.options.max_tokens or max_tokens)
        made = generate(
            self.language, prompts, max_new_tokens=limit, batch_size=self.options.batch_size
        )
        seconds = time.monotonic() - started
        logger.info("%s: %d answers to %s in %.0f s", self.name, len(made), what, seconds)
        return [item.text for item in made]


def instruction_report(
    instructions: Sequence[Instruction], base: Answers, tuned: Answers
) -> dict[str, Any]:
    """Return both scores with a paired interval, by group, and what was lost and won."""
    marks = [
        [passes(text, item.check) for item, text in zip(instructions, texts, strict=True)]
        for texts in (base.instructions, tuned.instructions)
    ]
    changed = [
        {
            "id": item.id,
            "instruction": item.instruction,
            "base": base.instructions[index],
            "tuned": tuned.instructions[index],
        }
        for index, item in enumerate(instructions)
        if marks[0][index] != marks[1][index]
    ]
    return {
        **paired_difference(*marks),
        "groups": by_group([item.group for item in instructions], *marks),
        "changed": changed,
    }


def continuation_report(material: Material, answers: Answers) -> dict[str, Any]:
    """Return how many answers go on with a history, over up to 500 prompts of all kinds.

    Prompts with a history come first, then instructions and tasks by turns.
    """
    asked = [prompt[-1]["content"] for prompt in material.histories]
    pairs = list(zip(asked, answers.histories, strict=True))
    instructed = [item.instruction for item in material.instructions]
    others = list(zip(instructed, answers.instructions, strict=True))
    others += [(item.example["messages"][-1]["content"], item.text) for item in answers.held_out]
    pairs += spread(others, N_CONTINUATION - len(pairs))
    fallen = [(prompt, text) for prompt, text in pairs if is_continuation(text)]
    return {
        "n": len(pairs),
        "with_history": len(asked),
        "fallen": len(fallen),
        "examples": [{"prompt": prompt, "answer": text} for prompt, text in fallen[:N_SHOWN]],
    }

"""Examples of the clarify task: a vague wish, and one question with answers to tap.

A seed (`clarify_seeds.jsonl`) has what a person may say in two ways, as something they want ("a
comedy") or as a sentence ("make me laugh"), and the question that narrows it. Its expansions say
the same as people do: with a greeting, a please, or in a hurry.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from discovery.language.clarify_prompt import Clarification, clarification_text, clarify_messages
from discovery.language.record import LanguageExample, is_held_out, number_of, wire_messages

TASK = "clarify"
SEEDS = Path(__file__).with_name("clarify_seeds.jsonl")
EXPANSIONS = 4
# Around what somebody wants: "a comedy".
_ASKING = (
    "{}",
    "{} please",
    "I want {}",
    "looking for {}",
    "can you find {}?",
    "in the mood for {}",
    "{} for tonight",
    "any ideas for {}?",
    "we'd like {}",
    "show me {}",
    "I could do with {}",
    "recommend {}",
    "hi, {}",
    "got {}?",
    "maybe {}",
    "I feel like {}",
    "hey, I'd love {}",
    "need {} asap",
)
# Around a whole sentence: "make me laugh".
_SAYING = (
    "{}",
    "hi, {}",
    "{}, thanks",
    "hmm, {}",
    "hello! {}",
    "so, {}",
    "{} :)",
    "ok, {}",
    "well, {}",
    "{}!!",
)


class ClarifySeed(BaseModel):
    """What may be said, and the question with its answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    wants: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    ask: str
    options: tuple[str, ...]


def clarify_examples(*, seed: int = 0) -> list[LanguageExample]:
    """Return all examples of the task; the same for the same `seed`. No wish is there twice."""
    taken: set[str] = set()
    return [example for one in read_seeds() for example in _expand(one, seed, taken)]


def read_seeds() -> list[ClarifySeed]:
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    return [ClarifySeed.model_validate_json(line) for line in lines]


def _expand(one: ClarifySeed, seed: int, taken: set[str]) -> Iterator[LanguageExample]:
    answer = clarification_text(one.ask, one.options)
    schema = Clarification.model_json_schema()
    for number, wish in enumerate(islice(_wishes(one, seed, taken), EXPANSIONS), start=1):
        yield {
            "id": f"{one.id}.{number}",
            "task": TASK,
            "messages": wire_messages(clarify_messages(wish)),
            "answer": answer,
            "held_out": is_held_out(one.id),
            "schema": schema,
        }


def _wishes(one: ClarifySeed, seed: int, taken: set[str]) -> Iterator[str]:
    """Yield ways to say it: as written first, then in frames that the seed decides."""
    said = [(frame, words) for words in one.wants for frame in _ASKING]
    said += [(frame, words) for words in one.says for frame in _SAYING]
    said.sort(key=lambda pair: (pair[0] != "{}", number_of(f"{seed} {one.id} {pair}")))
    for frame, words in said:
        wish = _framed(frame, words)
        if wish.lower() not in taken:
            taken.add(wish.lower())
            yield wish


def _framed(frame: str, words: str) -> str:
    wish = frame.format(words)
    for doubled in ("??", "?,", "? :)", "?!!"):
        wish = wish.replace(doubled, "?")
    return wish

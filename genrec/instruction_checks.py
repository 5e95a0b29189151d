"""Instructions of ours whose answers a program can check: what a base can do, before and after.

`instructions.jsonl` holds one a line: `{"id", "instruction", "max_new_tokens", "check"}`. A check
is an object with a `kind` and its parameters; `CHECKS` says what each kind asks. They are lenient
about punctuation and letter case unless that is what the instruction is about.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from genrec.errors import GenRecError

PATH = Path(__file__).with_name("instructions.jsonl")
Check = Mapping[str, Any]

# fmt: off
_NUMBER_WORDS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
]
# fmt: on
_FENCE = re.compile(r"^```(?:json)?\s*\n(.*?)\n?```$", re.DOTALL)
_SENTENCE_END = re.compile(r"[.!?]+(?=\s|$)")
MAX_ITEM_WORDS = 4


@dataclass(frozen=True)
class Instruction:
    """One instruction, and how its answer is checked."""

    id: str
    instruction: str
    max_new_tokens: int
    check: Check

    @property
    def group(self) -> str:
        return self.id.rpartition("-")[0]


def read_instructions(path: Path = PATH) -> list[Instruction]:
    """Return the instruction set.

    Raises:
        GenRecError: a line that is no instruction, or a check of an unknown kind.
    """
    instructions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            instruction = Instruction(**json.loads(line))
            passes("", instruction.check)
        except (TypeError, ValueError, KeyError) as error:
            raise GenRecError(f"{path.name}, line {number}: {error!r}") from error
        instructions.append(instruction)
    return instructions


def passes(answer: str, check: Check) -> bool:
    """Tell whether an answer does what was asked.

    Raises:
        KeyError: a check of an unknown kind, or without one of its parameters.
    """
    return CHECKS[check["kind"]](answer.strip(), check)


def plain(text: str) -> str:
    """Return lower-case words with single spaces: no punctuation but what is inside words."""
    return " ".join(re.findall(r"[\w₂]+(?:['\u2019-][\w]+)*", text.casefold()))


def says(answer: str, value: str) -> bool:
    """Tell whether an answer contains a value as whole words."""
    return f" {plain(value)} " in f" {plain(answer)} "


def contains(answer: str, check: Check) -> bool:
    return any(says(answer, value) for value in check["values"])


def lacks(answer: str, check: Check) -> bool:
    return not contains(answer, check)


def equals(answer: str, check: Check) -> bool:
    if check.get("exact"):
        return answer.strip(" \"'\n") in check["values"]
    return plain(answer) in [plain(value) for value in check["values"]]


def starts(answer: str, check: Check) -> bool:
    """An article before the word is no matter."""
    words = re.sub(r"^(?:a|an|the) ", "", plain(answer))
    return any(f"{words} ".startswith(f"{plain(value)} ") for value in check["values"])


def ends(answer: str, check: Check) -> bool:
    return answer.rstrip(" \"'\n").endswith(tuple(check["values"]))


def n_words(answer: str, check: Check) -> bool:
    return within(len(plain(answer).split()), check)


def n_sentences(answer: str, check: Check) -> bool:
    return within(len(_SENTENCE_END.findall(answer)), check)


def n_lines(answer: str, check: Check) -> bool:
    pattern = re.compile(check["pattern"])
    return within(sum(bool(pattern.match(line)) for line in answer.splitlines()), check)


def n_times(answer: str, check: Check) -> bool:
    return within(f" {plain(answer)} ".replace(" ", "  ").count(
        f" {plain(check['value']).replace(' ', '  ')} "), check)  # fmt: skip


def within(count: int, check: Check) -> bool:
    least, most = int(check["least"]), int(check["most"])
    return least <= count <= most


def is_list(answer: str, check: Check) -> bool:
    """A list of short items on one line."""
    items = [item.strip(" .") for item in answer.split(check["separator"])]
    short = all(0 < len(item.split()) <= MAX_ITEM_WORDS for item in items)
    return len(items) == int(check["n"]) and short and "\n" not in answer


def number(answer: str, check: Check) -> bool:
    """The last number counts, as in "2 + 2 = 4"."""
    found = re.findall(r"\d+|[a-z]+", answer.casefold())
    numbers = [
        int(word) if word.isdigit() else _NUMBER_WORDS.index(word)
        for word in found
        if word.isdigit() or word in _NUMBER_WORDS
    ]
    wanted = int(check["value"])
    return bool(numbers) and numbers[-1] == wanted


def upper(answer: str, check: Check) -> bool:
    return answer != answer.lower() and answer == answer.upper()


def lower(answer: str, check: Check) -> bool:
    return answer != answer.upper() and answer == answer.lower()


def substring(answer: str, check: Check) -> bool:
    return any(value in answer for value in check["values"])


def under_schema(answer: str, check: Check) -> bool:
    return is_valid_json(answer, check["schema"])


def is_valid_json(text: str, schema: Mapping[str, Any]) -> bool:
    """Tell whether a text is JSON under a schema; a code fence around it is forgiven."""
    fenced = _FENCE.match(text.strip())
    try:
        value = json.loads(fenced[1] if fenced else text)
    except ValueError:
        return False
    return bool(Draft202012Validator(dict(schema)).is_valid(value))


def every(answer: str, check: Check) -> bool:
    parts: Sequence[Check] = check["checks"]
    # Every part is looked at, so that a bad check is noticed with any answer.
    results = [passes(answer, part) for part in parts]
    return all(results)


CHECKS: Mapping[str, Callable[[str, Check], bool]] = {
    "all": every,
    "contains": contains,
    "lacks": lacks,
    "equals": equals,
    "starts": starts,
    "ends": ends,
    "words": n_words,
    "sentences": n_sentences,
    "lines": n_lines,
    "count": n_times,
    "list": is_list,
    "number": number,
    "upper": upper,
    "lower": lower,
    "substring": substring,
    "json": under_schema,
}

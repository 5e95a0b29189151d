"""Questions about titles without their row: knowledge of the catalogue, put into the weights.

Multiple choice with "None of the above", true or false, and open questions. The letters of the
right answers take turns, and so do true and false: neither is worth guessing. "None of the above"
is always D, and right in a quarter of the cases.

Source of the idea: knowledge injection by question answering over item metadata.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

from catalog.facts import TitleFacts
from discovery.language.record import LanguageExample, number_of
from discovery.language.title_rows import Row, false_values, read_seeds, values_of
from discovery.wording import listed

TASK = "metadata_qa"
SYSTEM = "Answer questions about films and series in a few words."
LETTERS = "ABCD"
NONE = "None of the above"
FACTS = (
    "director", "year", "cast", "genre", "terms", "country", "cast", "runtime", "language",
    "creator", "kind", "popularity",
)  # fmt: skip
# How the forms take turns; their number shares no divisor with that of the facts.
FORMS = ("choice", "open", "choice", "statement", "choice", "open", "statement")
_LISTED = {"director": 2, "creator": 2, "terms": 3, "genre": 2}


def title_recall(rows: list[Row], n: int, *, held_out: bool) -> Iterator[LanguageExample]:
    """Yield n examples; the same ones every time.

    Raises:
        ValueError: there are too few titles to make them of.
    """
    letters, truths = cycle(LETTERS), cycle((True, False))
    forms, facts_in_turn = cycle(FORMS), cycle(FACTS)
    form, fact, made = next(forms), next(facts_in_turn), 0
    for number, (key, facts) in enumerate(islice(cycle(rows), 20 * n)):
        if made == n:
            return
        if form == "choice" and fact == "kind":
            form = "statement"  # another fact in its place would tie forms to facts
        if not values_of(facts, fact):
            continue
        rng = random.Random(number_of(f"{TASK} {key} {number}"))  # noqa: S311
        match form:
            case "choice":
                question, answer = choice(facts, fact, next(letters), rng)
            case "statement":
                question, answer = statement(facts, fact, next(truths), rng)
            case _:
                question, answer = open_question(facts, fact, rng)
        yield {
            "id": f"{TASK}/{form}/{fact}/{key}/{number}",
            "task": TASK,
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": question},
            ],
            "answer": answer,
            "held_out": held_out,
        }
        made += 1
        form, fact = next(forms), next(facts_in_turn)
    if made < n:
        raise ValueError(f"{len(rows)} titles make only {made} examples of {n}")


def choice(facts: TitleFacts, fact: str, letter: str, rng: random.Random) -> tuple[str, str]:
    """Return a question with four options, and the right one, which is at `letter`."""
    options = false_values(facts, fact, 3, rng)
    right = NONE
    if letter != LETTERS[-1]:
        right = rng.choice(values_of(facts, fact)[:3])
        options[LETTERS.index(letter)] = right
    lines = [f"{mark}. {text}" for mark, text in zip(LETTERS, [*options, NONE], strict=True)]
    return "\n".join([wording(facts, fact, rng), *lines]), f"{letter}. {right}"


def statement(facts: TitleFacts, fact: str, true: bool, rng: random.Random) -> tuple[str, str]:
    """Return a statement to judge, and "True." or "False."."""
    value = rng.choice(values_of(facts, fact)[:3]) if true else false_values(facts, fact, 1, rng)[0]
    text: str = rng.choice(read_seeds()["recall"][fact]["say"])
    said = text.format(title=asked_title(facts, fact), value=value)
    return f"True or false? {said}", f"{true}."


def open_question(facts: TitleFacts, fact: str, rng: random.Random) -> tuple[str, str]:
    """Return a question and its answer in full."""
    values = values_of(facts, fact)[: _LISTED.get(fact, 1)]
    return wording(facts, fact, rng), f"{listed(values)}."


def wording(facts: TitleFacts, fact: str, rng: random.Random) -> str:
    texts: list[Any] = read_seeds()["recall"][fact]["stem"]
    return str(rng.choice(texts)).format(title=asked_title(facts, fact))


def asked_title(facts: TitleFacts, fact: str) -> str:
    """Name the title; with its year, because names repeat, unless that is the question."""
    return facts.name if fact == "year" else facts.label

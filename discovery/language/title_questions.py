"""Examples of questions that are answered from a title's row, or with "not known".

A third can't be answered: the row was stripped of what is asked, nobody's row holds it, or the
question names an actor whom a list of three doesn't settle. Other facts are dropped at random,
so that a missing line alone says nothing.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

from catalog.facts import TitleFacts
from discovery.language.record import LanguageExample, number_of, wire_messages
from discovery.language.title_prompt import (
    MAX_CAST,
    MAX_DIRECTORS,
    MAX_GENRES,
    MAX_PLACES,
    NOT_KNOWN,
    title_messages,
)
from discovery.language.title_rows import FIELDS, Row, false_values, read_seeds, values_of
from discovery.wording import listed

TASK = "title_answer"
ASKED = ("director", "year", "cast", "runtime", "country", "language", "genre", "terms", "kind")
CLAIMED = ("director", "cast", "year", "country", "longer", "shorter")
CLAIMED_FACT = {"longer": "runtime", "shorter": "runtime"}
DROPPED_SHARE = 0.2
# About 120 tokens with the chat template; longer rows are served, but not trained on.
MAX_BYTES = 312
ROUGH_SHARE = 0.25
_MOST = {
    "director": MAX_DIRECTORS,
    "creator": MAX_DIRECTORS,
    "cast": MAX_CAST,
    "genre": MAX_GENRES,
    "country": MAX_PLACES,
    "language": MAX_PLACES,
    "terms": 3,
}
# How the examples take turns: a third of them has no answer.
TURNS = ("ask", "claim", "masked", "ask", "ask", "never", "ask", "claim", "masked_or_cast")


def title_questions(rows: list[Row], n: int, *, held_out: bool) -> Iterator[LanguageExample]:
    """Yield n examples; the same ones every time.

    Raises:
        ValueError: there are too few titles to make them of.
    """
    turns, made = cycle(TURNS), 0
    turn = next(turns)
    for number, (key, facts) in enumerate(islice(cycle(rows), 20 * n)):
        if made == n:
            return
        rng = random.Random(number_of(f"{TASK} {key} {number}"))  # noqa: S311
        row, question, answer = _MAKERS[turn](facts, rng)
        messages = wire_messages(title_messages(row, rough(question, rng)))
        if sum(len(message["content"].encode()) for message in messages) > MAX_BYTES:
            continue
        made += 1
        yield {
            "id": f"{TASK}/{turn}/{key}/{number}",
            "task": TASK,
            "messages": messages,
            "answer": answer,
            "held_out": held_out,
        }
        turn = next(turns)
    if made < n:
        raise ValueError(f"{len(rows)} titles make only {made} examples of {n}")


# The row that is shown, the question and the answer.
Made = tuple[TitleFacts, str, str]


def asked(facts: TitleFacts, rng: random.Random) -> Made:
    """Ask for a fact that the row has."""
    known = [name for name in names_for(facts) if values_of(facts, name)]
    name = rng.choice(known)
    row = thinned(facts, rng, keep=FIELDS.get(name, ""))
    return row, wording(facts, name, rng), answer_of(facts, name)


def masked(facts: TitleFacts, rng: random.Random) -> Made:
    """Ask for a fact that the row lacks, or has lost."""
    name = rng.choice([name for name in names_for(facts) if name != "kind"])
    row = without(thinned(facts, rng), FIELDS[name])
    return row, wording(facts, name, rng), NOT_KNOWN


def never_held(facts: TitleFacts, rng: random.Random) -> Made:
    """Ask what no row holds."""
    question = rng.choice(read_seeds()["answer"]["never"]["ask"])
    return thinned(facts, rng), question.format(title=facts.name), NOT_KNOWN


def masked_or_cast(facts: TitleFacts, rng: random.Random) -> Made:
    """Ask whether somebody plays in it who isn't listed, or about a stripped fact."""
    if rng.random() < 0.5 or not facts.cast:
        return masked(facts, rng)
    (name,) = false_values(facts, "cast", 1, rng)
    row = thinned(facts, rng, keep="cast")
    return row, claim(facts, "cast", name, rng), NOT_KNOWN


def claimed(facts: TitleFacts, rng: random.Random) -> Made:
    """Ask whether something is so; the row tells."""
    name = rng.choice([name for name in CLAIMED if values_of(facts, CLAIMED_FACT.get(name, name))])
    if name in CLAIMED_FACT:
        return claimed_length(facts, name, rng)
    values = values_of(facts, name)
    row = thinned(facts, rng, keep=FIELDS[name])
    if name == "cast" or rng.random() < 0.5:
        return row, claim(facts, name, rng.choice(values[: _MOST.get(name, 1)]), rng), "Yes."
    (false,) = false_values(facts, name, 1, rng)
    return row, claim(facts, name, false, rng), f"No, {correction(facts, name)}"


def claimed_length(facts: TitleFacts, name: str, rng: random.Random) -> Made:
    """Ask whether it is longer or shorter than some minutes."""
    runtime = facts.runtime_min or 0
    minutes = max(5, 5 * round((runtime + rng.choice((-1, 1)) * rng.randrange(5, 50)) / 5))
    minutes += 5 if minutes == runtime else 0
    longer = runtime > minutes
    word = "Yes" if longer == (name == "longer") else "No"
    row = thinned(facts, rng, keep="runtime_min")
    return row, claim(facts, name, str(minutes), rng), f"{word}, it takes {runtime} minutes."


def correction(facts: TitleFacts, name: str) -> str:
    """Say what is true instead."""
    values = listed(values_of(facts, name)[: _MOST.get(name, 1)])
    return {"director": f"{values} directed it."}.get(name, f"it is from {values}.")


def names_for(facts: TitleFacts) -> list[str]:
    """Return the facts that one may ask of a title: a series has creators, not directors."""
    made_by = "creator" if facts.kind == "series" else "director"
    return [made_by if name == "director" else name for name in ASKED]


def answer_of(facts: TitleFacts, name: str) -> str:
    """Return the answer from the part of the row that the prompt shows."""
    values = values_of(facts, name)[: _MOST.get(name, 1)]
    if name == "kind":
        return f"A {values[0]}."
    words = listed(values)
    return f"{words[:1].upper()}{words[1:]}."


def wording(facts: TitleFacts, name: str, rng: random.Random) -> str:
    texts: list[str] = read_seeds()["answer"][name]["ask"]
    return rng.choice(texts).format(title=facts.name)


def claim(facts: TitleFacts, name: str, value: str, rng: random.Random) -> str:
    texts: list[str] = read_seeds()["answer"]["claims"][name]
    return rng.choice(texts).format(title=facts.name, value=value)


def thinned(facts: TitleFacts, rng: random.Random, *, keep: str = "") -> TitleFacts:
    """Drop some facts at random, never the one to keep."""
    for field in dict.fromkeys(FIELDS.values()):
        if field != keep and rng.random() < DROPPED_SHARE:
            facts = without(facts, field)
    return facts


def without(facts: TitleFacts, field: str) -> TitleFacts:
    empty: Any = None if field in ("year", "runtime_min") else ()
    return replace(facts, **{field: empty})


def rough(question: str, rng: random.Random) -> str:
    """Write some questions as people type them: small letters, no full stop."""
    return question.lower().rstrip("?.") if rng.random() < ROUGH_SHARE else question


_MAKERS = {
    "ask": asked,
    "claim": claimed,
    "masked": masked,
    "never": never_held,
    "masked_or_cast": masked_or_cast,
}

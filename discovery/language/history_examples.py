"""Examples of answering a person who has spelled out what they have seen.

A small language model likes to go on with a list instead of answering. A seed
(`history_seeds.jsonl`) is what people ask or say then, in a few wordings, and short answers, with
slots for what the history tells. Its expansions put it beside histories of starter titles in many
layouts. The application spells out no history for the text head: this is for the day it does, and
for people who paste their own.

`genrec retention` measures this with titles, layouts and questions of its own: no title that it
uses is drawn here, and the tests keep the rest, and its instructions, apart.
"""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from catalog.facts import TitleFacts
from discovery.language.history_layouts import LAYOUTS, told
from discovery.language.reason_slots import MissingFact, Slots
from discovery.language.record import LanguageExample, is_held_out, wire_messages
from discovery.language.starter_titles import TitleShelf, starter_shelf
from discovery.language.taste_examples import plural_genre
from discovery.language.taste_viewers import FEELS, Viewer, draw_viewer, shared_genres

TASK = "history_answer"
SEEDS = Path(__file__).with_name("history_seeds.jsonl")
EXPANSIONS = 14
MIN_TITLES, MAX_TITLES = 3, 7
MAX_NAME_CHARS = 40
# Slots of what several titles share: they need a viewer whose titles do.
_SHARED = ("eel}", "{genres}", "nlike}")
_SYSTEM_SHARE = 0.15
_SYSTEMS = (
    "You are a helpful assistant.",
    "You help people find something to watch. Be brief.",
    "Answer what the viewer asks.",
)
_NUMBERS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight")


def history_examples(*, seed: int = 0) -> list[LanguageExample]:
    """Return all examples of the task; the same for the same `seed`."""
    return [example for line in read_seeds() for example in islice(_expand(line, seed), EXPANSIONS)]


def read_seeds() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SEEDS.read_text(encoding="utf-8").splitlines()]


def _expand(line: dict[str, Any], seed: int) -> Iterator[LanguageExample]:
    """Yield examples of a seed without end, each with a history of its own."""
    rng = random.Random(f"{seed} {line['id']}")  # noqa: S311 - it draws examples, no secrets
    held_out = is_held_out(line["id"])
    shelf = film_shelf(held_out=held_out)
    number = 0
    while True:
        ask, say = rng.choice(line["ask"]), rng.choice(line["say"])
        is_shared = any(slot in ask + say for slot in _SHARED)
        viewer = draw_viewer("likes" if is_shared else "broad", shelf, rng)
        titles = () if viewer is None else viewer.liked[:MAX_TITLES]
        if viewer is None or len(titles) < MIN_TITLES:
            continue
        slots = history_slots(viewer, titles, shelf, rng)
        try:
            asked, said = ask.format_map(slots), say.format_map(slots)
        except MissingFact:
            continue
        number += 1
        needs_years = "year}" in ask + say or "{older}" in ask + say
        layout = rng.choice([one for one in LAYOUTS if one is not told or not needs_years])
        yield {
            "id": f"{line['id']}.{number}",
            "task": TASK,
            "messages": wire_messages(history_messages(layout(titles, rng), asked, rng)),
            "answer": said,
            "held_out": held_out,
        }


def history_messages(history: str, asked: str, rng: random.Random) -> list[BaseMessage]:
    """Return a prompt: the question after the history as a rule, now and then before it."""
    gap = rng.choice(("\n", "\n", "\n\n", " "))
    first, second = (asked, history) if rng.random() < 0.2 else (history, asked)
    has_system = rng.random() < _SYSTEM_SHARE
    start: list[BaseMessage] = [SystemMessage(rng.choice(_SYSTEMS))] if has_system else []
    return [*start, HumanMessage(f"{first}{gap}{second}")]


def history_slots(
    viewer: Viewer, titles: Sequence[TitleFacts], shelf: TitleShelf, rng: random.Random
) -> Slots:
    """Return what the history tells, by slot."""
    older, newer = sorted(rng.sample(list(titles), 2), key=lambda title: title.year or 0)
    one = rng.choice(titles)
    named = {title.name for title in titles}
    slots = {
        "first": titles[0].name,
        "first_year": str(titles[0].year),
        "last": titles[-1].name,
        "any": one.name,
        "any_year": str(one.year),
        "stranger": rng.choice([t.name for t in shelf.titles if t.name not in named]),
        "count": _NUMBERS[len(titles)],
    }
    if older.year != newer.year:
        slots |= {"older": older.name, "newer": newer.name, "newer_year": str(newer.year)}
    if viewer.anchor:
        shown = {term for title in titles for term in title.tags}
        slots |= {
            "feel": viewer.anchor,
            "genres": plural_genre(shared_genres(titles)[:1]),
            "unlike": rng.choice(sorted(FEELS - shown)),
        }
    capitals = {name.capitalize(): value[:1].upper() + value[1:] for name, value in slots.items()}
    return Slots({name: value for name, value in (capitals | slots).items() if value})


@cache
def film_shelf(*, held_out: bool) -> TitleShelf:
    """Return the films of one side that `genrec retention` does not measure with."""
    measured = measured_titles()
    shelf = starter_shelf(held_out=held_out)
    return TitleShelf.of(
        title
        for title in shelf.titles
        if title.kind == "film"
        and title.year
        and len(title.name) <= MAX_NAME_CHARS
        and title.label not in measured
    )


def measured_titles() -> frozenset[str]:
    """Return the titles of the prompts that `genrec retention` measures with."""
    return frozenset(measured_prompts()["titles"])


def measured_prompts() -> dict[str, Any]:
    """Return the data of those prompts: of a file, for GenRec's own code is not imported here."""
    path = settings.BASE_DIR / "genrec" / "history_prompts.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))

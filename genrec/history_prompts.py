"""Prompts that carry a viewing history: the hardest test of not going on with it."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

from genrec.contract import HistoryEvent
from genrec.language_model import Message
from genrec.verbalization import Text, text_events

PATH = Path(__file__).with_name("history_prompts.toml")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MIN_EVENTS, MAX_EVENTS = 3, 8


def history_prompts(n: int, *, seed: int = 0) -> list[list[Message]]:
    """Return n conversations; every question comes with histories in every form."""
    data = tomllib.loads(PATH.read_text(encoding="utf-8"))
    rng = random.Random(seed)  # noqa: S311  (sampling, not secrecy)
    prompts: list[list[Message]] = []
    for number in range(n):
        ask = data["asks"][number % len(data["asks"])]
        form = FORMS[number // len(data["asks"]) % len(FORMS)]
        titles = rng.sample(data["titles"], rng.randint(MIN_EVENTS, MAX_EVENTS))
        text = f"{form(titles, rng)}\n{ask}".strip()
        prompts.append([{"role": "user", "content": text}])
    return prompts


def as_verbalized(titles: list[str], rng: random.Random) -> str:
    """Write a history as the model's own text mode does."""
    ages = sorted((rng.randrange(0, 400) for _ in titles), reverse=True)
    events = [
        HistoryEvent(slot=slot, kind=rng.choice(("liked", "seen", "played", "saved")), days_ago=age)
        for slot, age in enumerate(ages)
    ]
    shown = text_events(events, dict(enumerate(titles)))
    return "".join(part.text for parts in shown for part in parts if isinstance(part, Text)).strip()


def as_log(titles: list[str], rng: random.Random) -> str:
    """Write a history as a log with days and hours."""
    lines = [
        f"{rng.choice(DAYS)} {rng.randrange(1, 12)}PM {age} days ago played {title}"
        for age, title in zip(range(3 * len(titles), 0, -3), titles, strict=True)
    ]
    return "\n".join(lines)


def as_sentence(titles: list[str], rng: random.Random) -> str:
    """Write a history as a person would say it."""
    opening = rng.choice(("I have seen", "Lately I watched", "I liked", "Last month we saw"))
    return f"{opening} {', '.join(titles[:-1])} and {titles[-1]}."


FORMS = (as_verbalized, as_log, as_sentence)

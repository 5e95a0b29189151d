"""Ways in which people write down what they have seen: diaries, tables, exports, messages.

None of them is a layout that `genrec retention` measures with, nor the model's own text mode: what
the text head learns here has to hold for those as well.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence

from catalog.facts import TitleFacts
from discovery.wording import listed

Layout = Callable[[Sequence[TitleFacts], random.Random], str]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HEADINGS = ("", "My list:\n", "History\n", "Watched so far:\n", "# Films\n", "Here is my log.\n")


def dashes(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    mark = rng.choice(("-", "*", "•", ">", "[x]", "✓"))
    return rng.choice(_HEADINGS) + "\n".join(f"{mark} {title.label}" for title in titles)


def numbers(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    form = rng.choice(("{}. {}", "{}) {}", "#{} {}"))
    lines = [form.format(number, title.label) for number, title in enumerate(titles, start=1)]
    return rng.choice(_HEADINGS) + "\n".join(lines)


def marks(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    """With what each was worth: points, stars or a word."""
    form = rng.choice(("{}: {}/10", "{} - {} out of 10", "{} ({} points)", "{} = {}"))
    return "\n".join(form.format(title.label, rng.randint(3, 10)) for title in titles)


def stars(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    return "\n".join(f"{'★' * rng.randint(1, 5)} {title.label}" for title in titles)


def dates(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    day, month = rng.randint(1, 20), rng.randrange(12)
    form = rng.choice(
        ("{day} {name}: {title}", "{name} {day} - {title}", "2024-{n:02}-{day:02} {title}")
    )
    lines = [
        form.format(day=day + number, name=_MONTHS[month], n=month + 1, title=title.label)
        for number, title in enumerate(titles)
    ]
    return rng.choice(_HEADINGS) + "\n".join(lines)


def evenings(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    """Date, hour and what was done, as a set-top box writes it."""
    day, month = rng.randint(1, 20), rng.choice(_MONTHS)
    did = rng.choice(("finished", "started", "stream of", "rented", "thumbs up for"))
    return "\n".join(
        f"{month} {day + number}, {rng.randint(18, 23)}h{rng.randrange(60):02}: {did} {title.label}"
        for number, title in enumerate(titles)
    )


def table(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    mark = rng.choice((";", ",", " | ", "\t"))
    rows = [mark.join(("title", "year")), *(f"{t.name}{mark}{t.year}" for t in titles)]
    return "\n".join(rows)


def as_json(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    named = [{"title": title.name, "year": title.year} for title in titles]
    whole = {"seen": named} if rng.random() < 0.5 else named
    return json.dumps(whole, ensure_ascii=False)


def run_on(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    mark = rng.choice((", ", "; ", " / ", " -> ", " + ", " then "))
    return rng.choice(("", "seen: ", "list = ", "So far: ")) + mark.join(t.label for t in titles)


def told(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    names = [title.name for title in titles]
    form = rng.choice(
        (
            "First came {first}, then {rest}.",
            "We started with {first} and went on to {rest}.",
            "My holidays: {first} on the plane, {rest} at home.",
            "{first} was the beginning, and {rest} followed.",
            "On my shelf stand {first} along with {rest}.",
        )
    )
    return form.format(first=names[0], rest=listed(names[1:]))


def weeks(titles: Sequence[TitleFacts], rng: random.Random) -> str:
    first = rng.randint(1, 40)
    return "\n".join(f"Week {first + n}: {title.label}" for n, title in enumerate(titles))


LAYOUTS: tuple[Layout, ...] = (
    dashes, numbers, marks, stars, dates, evenings, table, as_json, run_on, told, weeks,
)  # fmt: skip

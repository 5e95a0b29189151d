"""Titles and candidates that are made up, for tests of the selection."""

from __future__ import annotations

import random

from catalog.facts import TitleFacts
from discovery.selection import Selection
from discovery.types import Candidate

GENRES = ("Comedy", "Drama", "Horror", "Western", "War")


def facts(
    title_id: int,
    name: str,
    *genres: str,
    director: str = "",
    minutes: int | None = 100,
    kind: str = "film",
) -> TitleFacts:
    makers = (director,) if director else ()
    return TitleFacts(title_id, kind, name, 2000, minutes, genres, directors=makers)


def candidates(n: int) -> list[Candidate]:
    return [Candidate(title_id=i, score=2.0 - 0.1 * i) for i in range(1, n + 1)]


def chosen_of(selection: Selection) -> list[int]:
    return [item.candidate.title_id for item in selection.chosen]


def made_up(generator: random.Random, n: int) -> dict[int, TitleFacts]:
    """Return titles with one or two genres, some of a series or a director, some of no runtime."""
    return {
        i: facts(
            i,
            f"Saga {i}" if generator.random() < 0.2 else f"Tale{i}",
            *sorted({generator.choice(GENRES), generator.choice(GENRES)}),
            director=f"Director {generator.randrange(n)}",
            minutes=None if generator.random() < 0.1 else generator.randrange(60, 180),
        )
        for i in range(1, n + 1)
    }

"""Titles of the starter metadata as questions see them: true values, and plausible false ones.

How often a title is rated is what the default catalogue says, in fifths of the starter titles.
"""

from __future__ import annotations

import random
import tomllib
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from catalog.facts import TitleFacts
from catalog.starter.records import StarterRecord, read_starter
from discovery.enrichment.heldout import default_catalogue
from discovery.language.record import is_held_out, number_of

SEEDS = Path(__file__).with_name("title_seeds.toml")
# False values are taken from titles of about the same age.
NEIGHBOURS = 120
MAX_YEARS_OFF = 12
MAX_MINUTES_OFF = 45
# Of as many titles each, from the least to the most often rated.
RATED = ("hardly ever", "seldom", "now and then", "often", "all the time")
# A title's genres and words are never all that could be said: values that fit many titles are
# no fair lies.
_NO_LIES = frozenset({"Drama", "classic", "crowd-pleaser", "moving", "funny"})

Row = tuple[str, TitleFacts]


@cache
def read_seeds() -> Mapping[str, Any]:
    """Return the wordings, read once."""
    return tomllib.loads(SEEDS.read_text(encoding="utf-8"))


def facts_of_record(record: StarterRecord) -> TitleFacts:
    """Return a record as the catalogue would hold it after an import."""
    terms = sorted(record.vibes, key=lambda name: (-record.vibes[name], name))
    return TitleFacts(
        title_id=0,
        kind=record.kind,
        name=record.title,
        year=record.year,
        runtime_min=record.runtime_min,
        genres=record.genres,
        directors=record.creators if record.kind == "series" else record.directors,
        cast=record.cast,
        tags=tuple(terms),
        languages=record.languages,
        countries=record.countries,
    )


@cache
def read_rows() -> tuple[Row, ...]:
    """Return (key, facts) of every title, shuffled by the hash of its key."""
    rows = [(record.key, facts_of_record(record)) for record in read_starter()]
    return tuple(sorted(rows, key=lambda row: number_of(f"order {row[0]}")))


def rows_of_side(held_out: bool) -> list[Row]:
    """Return the titles that are trained on, or those that are not."""
    return [row for row in read_rows() if is_held_out(f"title {row[0]}") == held_out]


def values_of(facts: TitleFacts, name: str) -> tuple[str, ...]:
    """Return the true values of a fact as they are written in answers; empty if not known."""
    match name:
        case "director" | "creator":
            fits = (facts.kind == "series") == (name == "creator")
            return facts.directors if fits else ()
        case "year":
            return (str(facts.year),) if facts.year else ()
        case "runtime":
            return (f"{facts.runtime_min} minutes",) if facts.runtime_min else ()
        case "kind":
            return (facts.kind,)
        case "popularity":
            rated = _rated().get((facts.kind, facts.name, facts.year))
            return (rated,) if rated else ()
        case _:
            values: tuple[str, ...] = getattr(facts, FIELDS[name])
            return values


FIELDS: Mapping[str, str] = {
    "director": "directors",
    "creator": "directors",
    "year": "year",
    "cast": "cast",
    "runtime": "runtime_min",
    "country": "countries",
    "language": "languages",
    "genre": "genres",
    "terms": "tags",
}


def false_values(facts: TitleFacts, name: str, n: int, rng: random.Random) -> list[str]:
    """Return n different values that are not true of a title, from titles much like it.

    Raises:
        ValueError: there are fewer.
    """
    true = set(values_of(facts, name)) | _NO_LIES
    if name == "year":
        found = [str(year) for year in near(facts.year or 0, MAX_YEARS_OFF, rng) if year <= 2025]
    elif name == "runtime":
        minutes = near(facts.runtime_min or 0, MAX_MINUTES_OFF, rng, least=8)
        found = [f"{value} minutes" for value in minutes if value > 0]
    elif name == "kind":
        found = ["film", "series"]
    elif name == "popularity":
        found = list(RATED)
        rng.shuffle(found)
    else:
        pool = {value for other in neighbours(facts) for value in values_of(other, name)}
        found = sorted(pool)
        rng.shuffle(found)
    false = [value for value in dict.fromkeys(found) if value not in true]
    if len(false) < n:
        raise ValueError(f"only {len(false)} false values of {name} for {facts.label}")
    return false[:n]


def near(value: int, most: int, rng: random.Random, *, least: int = 1) -> list[int]:
    """Return all numbers `least` to `most` away, in random order."""
    numbers = [value + sign * off for off in range(least, most + 1) for sign in (-1, 1)]
    rng.shuffle(numbers)
    return numbers


def neighbours(facts: TitleFacts) -> Iterable[TitleFacts]:
    """Return the titles of the same kind that are nearest in time."""
    return _neighbours(facts.kind, facts.year or 0)


@cache
def _neighbours(kind: str, year: int) -> tuple[TitleFacts, ...]:
    same = [facts for _, facts in read_rows() if facts.kind == kind]
    same.sort(key=lambda facts: abs((facts.year or 0) - year))
    return tuple(same[:NEIGHBOURS])


@cache
def _rated() -> Mapping[tuple[str, str, int | None], str]:
    """Return how often each title is rated that the default catalogue has ratings of."""
    catalogue = default_catalogue()
    known = {}
    for record in read_starter():
        found = catalogue.get(record.imdb or "")
        if found and found.popularity is not None:
            known[record.kind, record.title, record.year] = found.popularity
    ordered = sorted(known.values())
    return {
        title: RATED[bisect_left(ordered, value) * len(RATED) // len(ordered)]
        for title, value in known.items()
    }

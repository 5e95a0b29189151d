"""The words that the lexical parser knows, read from `lexicon.toml` beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8")
)
_WORDS = {name: frozenset(words) for name, words in _DATA["words"].items()}

GenreWeights = Mapping[str, float]


def _tuples(table: str) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in _DATA[table].items()}


def _terms(table: str) -> dict[str, tuple[tuple[str, ...], GenreWeights]]:
    return {name: (tuple(entry["words"]), entry["genres"]) for name, entry in _DATA[table].items()}


STRONG_GENRES = _tuples("strong_genres")
WEAK_GENRES = _tuples("weak_genres")
ALL_GENRES = STRONG_GENRES | WEAK_GENRES
HEAD_GENRES = _WORDS["head_genres"]
FILM_WORDS = _WORDS["film"]
FILLERS = _WORDS["fillers"]
NEGATIONS = _WORDS["negations"]
BRIDGES = _WORDS["bridges"]
SOFTENERS = _WORDS["softeners"]
MILD = _WORDS["mild"]
ARTICLES = _WORDS["articles"]

# Name -> (words that say it, genres it leans to).
MOODS = _terms("moods")
THEMES = _terms("themes")
CONTENT = _terms("content")
MOOD_OF = {form: mood for mood, (forms, _) in MOODS.items() for form in forms}
THEME_OF = {form: theme for theme, (forms, _) in THEMES.items() for form in forms}
CONTENT_OF = {form: note for note, (forms, _) in CONTENT.items() for form in forms}

# Adjective -> (language, countries).
PLACES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    word: (place["language"], tuple(place["countries"])) for word, place in _DATA["places"].items()
}
COUNTRIES: Mapping[str, tuple[str, ...]] = {
    country.lower(): (country,) for _, countries in PLACES.values() for country in countries
} | _tuples("countries")

NUMBERS: Mapping[str, int] = _DATA["numbers"]
ORDINALS: Mapping[str, int] = _DATA["ordinals"]
DECADES: Mapping[str, int] = _DATA["decades"]

# Plain words: alone they are no title, however many films are called so.
COMMON_WORDS = FILLERS | FILM_WORDS | _WORDS["common"] | frozenset(ALL_GENRES) | frozenset(MOOD_OF)

"""The words that the lexical parser knows: `lexicon.toml` beside this file, and the ontology.

The lexicon has grammar, genres, places and numbers; what titles are like is the catalogue's own
vocabulary, `catalog/ontology.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from catalog.ontology import load_ontology
from catalog.text import fold
from discovery.understanding.inflecting import with_inflections

_DATA: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8")
)
_WORDS = {name: frozenset(words) for name, words in _DATA["words"].items()}

GenreWeights = Mapping[str, float]


def _tuples(table: str) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in _DATA[table].items()}


STRONG_GENRES = _tuples("strong_genres")
WEAK_GENRES = _tuples("weak_genres")
ALL_GENRES = STRONG_GENRES | WEAK_GENRES
HEAD_GENRES = _WORDS["head_genres"]
FILM_WORDS = _WORDS["film"]
FILLERS = _WORDS["fillers"]
TALK = _WORDS["talk"] | FILLERS
NEGATIONS = _WORDS["negations"]
REFUSES_ANY = _WORDS["refuses_any"]
CANNOTS = _WORDS["cannot"]
BRIDGES = _WORDS["bridges"]
SOFTENERS = _WORDS["softeners"]
MILD = _WORDS["mild"]
ARTICLES = _WORDS["articles"]
SMALL_WORDS = _WORDS["small"]
RARE_WORDS = _WORDS["rare"]

_ONTOLOGY = load_ontology().terms.values()
# Term -> genres it leans to. Moods say how a title feels, themes what it has and where it plays.
MOODS: Mapping[str, GenreWeights] = {term.name: term.leans for term in _ONTOLOGY if term.is_mood}
THEMES: Mapping[str, GenreWeights] = {
    term.name: term.leans for term in _ONTOLOGY if not term.is_mood
}
_MOOD_FORMS = {fold(form): term.name for term in _ONTOLOGY if term.is_mood for form in term.forms}
_THEME_FORMS = {
    fold(form): term.name for term in _ONTOLOGY if not term.is_mood for form in term.forms
}
_SAID = _MOOD_FORMS.keys() | _THEME_FORMS.keys() | ALL_GENRES.keys() | FILM_WORDS
# Folded words that say a term -> the term. Of moods, single words are mostly adjectives.
MOOD_OF = with_inflections(
    _MOOD_FORMS,
    plurals=[form for form in _MOOD_FORMS if " " in form or form in _WORDS["nouns"]],
    compared=_WORDS["compared"],
    taken=_SAID,
)
THEME_OF = with_inflections(
    _THEME_FORMS, plurals=_THEME_FORMS, compared=(), taken=_SAID | MOOD_OF.keys()
)
# Phrases with a word of a term in them that say something else: "box office".
IDIOMS = _WORDS["idioms"]
# Note -> genres that are played down with it, and the words that say it.
CONTENT: Mapping[str, GenreWeights] = {
    note: entry["genres"] for note, entry in _DATA["content"].items()
}
CONTENT_OF = {form: note for note, entry in _DATA["content"].items() for form in entry["words"]}

# Adjective -> (language, countries).
PLACES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    word: (place["language"], tuple(place["countries"])) for word, place in _DATA["places"].items()
}
COUNTRIES: Mapping[str, tuple[str, ...]] = {
    country.lower(): (country,) for _, countries in PLACES.values() for country in countries
} | _tuples("countries")


def _correctable() -> dict[str, int]:
    says = {
        1: (FILLERS,),
        2: (THEME_OF, SOFTENERS, NEGATIONS, FILM_WORDS),
        3: (MOOD_OF, COUNTRIES, ORDINALS),
        4: (ALL_GENRES, CONTENT_OF, PLACES, DECADES, NUMBERS, _WORDS["grammar"]),
    }
    words: dict[str, int] = {}
    for weight, forms in says.items():
        for form in (fold(form) for table in forms for form in table):
            # "Driven" says something only within "character driven".
            said = form.split() if weight == max(says) or " " not in form else []
            words |= {word: weight for word in said if len(word) >= 3}
    return words


SERVICES: Mapping[str, str] = _DATA["services"]
NUMBERS: Mapping[str, int] = _DATA["numbers"]
ORDINALS: Mapping[str, int] = _DATA["ordinals"]
DECADES: Mapping[str, int] = _DATA["decades"]


class RealWordSlip(NamedTuple):
    """An English word that is a slip where `before`, a pattern, matches what follows."""

    meant: str
    before: str


# Folded word -> how much it says: a misspelling that is as near to two words means the larger.
CORRECTABLE: Mapping[str, int] = _correctable()
MISSPELT: Mapping[str, str] = _DATA["misspelt"]
REAL_WORD_SLIPS: Mapping[str, tuple[RealWordSlip, ...]] = {
    word: tuple(RealWordSlip(*slip) for slip in slips)
    for word, slips in _DATA["real_word_slips"].items()
}

# Plain words: alone they are no title, however many films are called so.
COMMON_WORDS = FILLERS | FILM_WORDS | _WORDS["common"] | frozenset(ALL_GENRES) | frozenset(MOOD_OF)

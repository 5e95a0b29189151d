"""What a message lets go of its own conditions: "old films ... they don't have to be old"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from catalog.text import fold
from discovery.understanding.asides import lifted, need_not_be, permitted
from discovery.understanding.lexicon import ALL_GENRES, CONTENT_OF, MOOD_OF, THEME_OF
from discovery.understanding.words import Reading
from genrec.contract import Query

# "From the 2000s, though older ones are welcome": the bound that such a word opens.
_OPENED: Mapping[str, str] = {
    "older": "year_min",
    "newer": "year_max",
    "recent": "year_max",
    "modern": "year_max",
    "shorter": "runtime_min",
    "longer": "runtime_max",
}
_AGES = frozenset({"old", "new", "recent"})


def settle_needless(reading: Reading) -> None:
    """Drop conditions that the same message calls needless, or goes beyond."""
    low = reading.text.lower()
    for words in map(_words, need_not_be(low)):
        _drop_genres(reading, words)
        for name in ("year_min", "year_max"):
            said = reading.evidence.get(name, "").lower().split()
            if said and said[-1] in _AGES & words:
                _drop(reading, name)
    for words in map(_words, permitted(low)):
        for word in words & _OPENED.keys():
            _drop(reading, _OPENED[word])


def allow(query: Query, message: str) -> Query:
    """Return the conversation's Query without refusing what a message permits: "horror is fine"."""
    clauses = [f" {fold(clause)} " for clause in lifted(message.lower())]
    words = {word for clause in clauses for word in clause.split()}
    if not words:
        return query
    genres = set(_genres(words))
    notes = {CONTENT_OF[word] for word in words & CONTENT_OF.keys()}
    terms = (MOOD_OF | THEME_OF).items()
    less = {f"less {term}" for form, term in terms if any(f" {form} " in one for one in clauses)}
    return query.model_copy(
        update={
            "genres_none": tuple(genre for genre in query.genres_none if genre not in genres),
            "content_max": {n: most for n, most in query.content_max.items() if n not in notes},
            "moods": tuple(mood for mood in query.moods if mood not in less),
        }
    )


def _drop_genres(reading: Reading, words: set[str]) -> None:
    gone = set(_genres(words))
    for name in ("genres_all", "genres_any"):
        kept = tuple(genre for genre in reading.fields.get(name, ()) if genre not in gone)
        if name in reading.fields and kept:
            reading.fields[name] = kept
        else:
            _drop(reading, name)


def _drop(reading: Reading, name: str) -> None:
    reading.fields.pop(name, None)
    reading.evidence.pop(name, None)


def _genres(words: Iterable[str]) -> Iterable[str]:
    return (genre for word in words for genre in ALL_GENRES.get(word, ()))


def _words(clause: str) -> set[str]:
    return set(clause.replace(",", " ").split())

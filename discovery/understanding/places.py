"""Languages and countries: "in French", "a Korean film", "from Japan"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from discovery.understanding.lexicon import (
    ALL_GENRES,
    COUNTRIES,
    FILM_WORDS,
    MOOD_OF,
    PLACES,
    THEME_OF,
)
from discovery.understanding.terms import Term, TermReader

SPOKEN = frozenset({"language", "speaking", "dialogue", "audio"})
_MADE = frozenset({"made", "produced", "filmed", "shot"})
_THINGS = frozenset({"something", "anything", "sth", "smth"})
_BETWEEN = frozenset(MOOD_OF) | frozenset(THEME_OF) | frozenset(PLACES) | {"or", "and"}


@dataclass(frozen=True, slots=True)
class ReadPlaces(TermReader):
    """Reads where titles come from and what is spoken in them.

    A place word counts only beside "film", a genre or alone: "French films" but not "about the
    French Revolution". "From Japan" is where it was made; "in Japan" may be only where it plays.
    """

    def __call__(self) -> None:
        for position in range(len(self.words)):
            if term := self.term_at(position, PLACES):
                self._read_word(term)
            if term := self.term_at(position, COUNTRIES):
                before = self.key(position - 1)
                made = before == "in" and self.key(position - 2) in _MADE
                if before == "from" or made:
                    self._add(COUNTRIES[term.key], position - 1, term.after)

    def _read_word(self, term: Term) -> None:
        language, countries = PLACES[term.key]
        before, after = self.key(term.first - 1), self.key(term.after)
        if language and (before == "in" or after in SPOKEN):
            first = term.first - (before == "in")
            last = term.after + (after in SPOKEN)
            self.reading.add("languages", language, *self.span(first, last))
            self._read_more_languages(last)
        elif countries and (
            self._beside_film(term)
            or before in _THINGS
            or ((term.first == 0 or self._stands_apart(term)) and self._ends(term))
            or len(self.reading.free_words()) <= 2
        ):
            self._add(countries, term.first, term.after)

    def _read_more_languages(self, position: int) -> None:
        """Read the rest of "in English or Korean"; "in French or Korean films" ends before it."""
        while self.key(position) in {"or", "and"} or (
            self.key(position) in PLACES and self.comma_before(position)
        ):
            first = position + (self.key(position) in {"or", "and"})
            term = self.term_at(first, PLACES)
            if term is None or not PLACES[term.key][0] or self.key(term.after) in FILM_WORDS:
                return
            self.reading.add("languages", PLACES[term.key][0], *self.span(term.first, term.after))
            position = term.after

    def _ends(self, term: Term) -> bool:
        """Say whether a clause ends behind a term: "German, but not about the war"."""
        return term.after >= len(self.words) or self.comma_before(term.after)

    def _stands_apart(self, term: Term) -> bool:
        """Say whether a clause begins with a term: "a crime drama, British", "make it British"."""
        made = self.key(term.first - 1) == "it" and self.key(term.first - 2) in {"make", "keep"}
        return made or self.comma_before(term.first)

    def _beside_film(self, term: Term) -> bool:
        """Say whether "film" or a genre follows, with at most a mood or two between."""
        for position in range(term.after, term.after + 3):
            if self.key(position) in FILM_WORDS or self.term_at(position, ALL_GENRES):
                return True
            if self.key(position) not in _BETWEEN:
                return False
        return False

    def _add(self, countries: Iterable[str], first: int, after: int) -> None:
        for country in countries:
            self.reading.add("countries", country, *self.span(first, after))

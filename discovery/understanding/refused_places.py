"""Countries and languages that a message refuses: "no French or Korean films", "not in English".

A Query has no field for them; see `unkept`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from discovery.understanding.lexicon import ALL_GENRES, CONTENT_OF, COUNTRIES, FILM_WORDS, PLACES
from discovery.understanding.patterns import AROUND, DO_NOT, IS_NOT, REFUSED
from discovery.understanding.places import SPOKEN
from discovery.understanding.terms import Term, TermReader
from discovery.understanding.unkept import CLAUSE, GENRE, leave_out
from discovery.understanding.words import Reading

_JOINS = frozenset({"or", "nor", "and"})
_ENDS = _JOINS | {"please", "though", "but", "either", "thanks", "at"}
_LOOKED_BACK = 120
_CONTENT = "|".join(CONTENT_OF)
# Ends where a place is refused. What is refused before it, in one list, has been read.
_REFUSED = re.compile(
    rf"\b(?:{REFUSED}{AROUND}(?: (?:{GENRE}|{_CONTENT})(?: {GENRE}| films?| movies?)*,?){{1,3}} "
    rf"(?P<listed>n?or{AROUND} )|{REFUSED}{AROUND} |non[- ]?)$"
    rf"|{CLAUSE}(?:no|not|avoid|skip){AROUND} (?P<genre>{GENRE}{AROUND} )$"
)
_NOT_ONLY = re.compile(
    rf"\b(?:not|{IS_NOT}|{DO_NOT} \w+) (?:only|just|exclusively|necessarily){AROUND} $"
)


@dataclass(frozen=True, slots=True)
class ReadRefusedPlaces(TermReader):
    """Takes refused places out before genres are refused: "no Korean horror" refuses no horror."""

    # Languages and countries, as a Query has them.
    refused: set[str] = field(default_factory=set)

    def __call__(self) -> None:
        for position in range(len(self.words)):
            for known in (PLACES, COUNTRIES):
                if term := self.term_at(position, known):
                    self._read_term(term, known)

    def _read_term(self, term: Term, known: Collection[str]) -> None:
        start = self.words[term.first].start
        before = self.reading.text[max(0, start - _LOOKED_BACK) : start].lower()
        if unlimited := _NOT_ONLY.search(before):
            self.reading.blank(start - len(unlimited[0]), self.words[term.after - 1].end)
            return
        refused = _REFUSED.search(before)
        after = self._after_films(self._after_list(term, known))
        if refused is None or not self._ends_refusal(after):
            return
        end = self.words[after - 1].end
        listed, named = refused["listed"] or "", start - len(refused["genre"] or "")
        begin = start - len(listed or refused[0])
        for position in range(term.first, after):
            if found := self.term_at(position, PLACES):
                language, countries = PLACES[found.key]
                self.refused.update((language, *countries))
            elif found := self.term_at(position, COUNTRIES):
                self.refused.update(COUNTRIES[found.key])
        leave_out(self.reading, "countries or languages", begin, end, (named, end))

    def _after_list(self, term: Term, known: Collection[str]) -> int:
        """Return where a list of places ends: "French, German or Korean"."""
        after = position = term.after
        while position < len(self.words):
            joined = self.key(position) in _JOINS
            position += joined
            position += joined and self.key(position) in {"in", "from"}
            if not (joined or self.comma_before(position)):
                break
            item = self.term_at(position, known)
            if item is None:
                break
            position = item.after
            after = position if joined else after
        return after

    def _after_films(self, position: int) -> int:
        while self.key(position) in FILM_WORDS | SPOKEN or self.term_at(position, ALL_GENRES):
            term = self.term_at(position, ALL_GENRES)
            position = term.after if term else position + 1
        return position

    def _ends_refusal(self, after: int) -> bool:
        """Say whether what is refused ends there; "no English accents" refuses no place."""
        return (
            after >= len(self.words)
            or self.comma_before(after)
            or self.key(after) in _ENDS
            or self.key(after - 1) in FILM_WORDS | SPOKEN
            or self.key(after - 1) in ALL_GENRES
        )


def refused_places(message: str) -> frozenset[str]:
    """Return the languages and countries that a message refuses: what was asked for, is no more."""
    reader = ReadRefusedPlaces(Reading.of(message))
    reader()
    return frozenset(reader.refused)

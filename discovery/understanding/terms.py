"""Runs of words that the lexicon knows, found in what is left of a message."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from discovery.understanding.words import Reading, Word

_LONGEST_TERM = 5


# Vocabularies are constants: they are known by what they are, and stay.
_FIRST_WORDS: dict[int, tuple[Collection[str], frozenset[str]]] = {}


def _first_words(known: Collection[str]) -> frozenset[str]:
    """Return the words that begin a term: most positions of a message begin none."""
    kept = _FIRST_WORDS.get(id(known))
    if kept is None or kept[0] is not known:
        kept = known, frozenset(term.split(" ", 1)[0] for term in known)
        _FIRST_WORDS[id(known)] = kept
    return kept[1]


@dataclass(frozen=True, slots=True)
class Term:
    """A run of words that the lexicon knows."""

    first: int
    count: int
    key: str

    @property
    def after(self) -> int:
        return self.first + self.count


@dataclass(frozen=True, slots=True)
class TermReader:
    """Finds terms in one message; the readers of tastes, refusals and places extend it."""

    reading: Reading

    @property
    def words(self) -> list[Word]:
        return self.reading.words

    def key(self, position: int) -> str:
        """Return the folded word at a position; empty outside the message or once understood."""
        if not 0 <= position < len(self.words):
            return ""
        word = self.words[position]
        return word.key if self.reading.is_free(word) else ""

    def term_at(self, position: int, known: Collection[str]) -> Term | None:
        """Return the longest known run of words that begins at a position."""
        if (first := self.key(position)) not in _first_words(known):
            return None
        found = Term(position, 1, first) if first in known else None
        key = first
        for count in range(2, _LONGEST_TERM + 1):
            if not (word := self.key(position + count - 1)):
                break
            key = f"{key} {word}"
            if key in known:
                found = Term(position, count, key)
        return found

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Return where words [first, after) stand in the text."""
        return self.words[first].start, self.words[after - 1].end

    def comma_before(self, position: int) -> bool:
        between = self.reading.text[self.words[position - 1].end : self.words[position].start]
        return any(mark in between for mark in ",;.!?")

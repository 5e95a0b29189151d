"""Runs of words that the lexicon knows, found in what is left of a message."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from discovery.understanding.words import Reading, Word

_LONGEST_TERM = 5


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

    def term_at(self, position: int, known: Container[str]) -> Term | None:
        """Return the longest known run of words that begins at a position."""
        for count in range(_LONGEST_TERM, 0, -1):
            keys = [self.key(position + i) for i in range(count)]
            if all(keys) and (key := " ".join(keys)) in known:
                return Term(position, count, key)
        return None

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Return where words [first, after) stand in the text."""
        return self.words[first].start, self.words[after - 1].end

    def comma_before(self, position: int) -> bool:
        between = self.reading.text[self.words[position - 1].end : self.words[position].start]
        return any(mark in between for mark in ",;.!?")

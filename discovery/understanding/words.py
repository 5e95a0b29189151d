"""A message as words with positions, and a record of which of them have been understood."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from catalog.text import fold
from discovery.types import Correction
from discovery.understanding.linking import NamedTitle
from genrec.contract import MAX_MESSAGE_CHARS, TitleRef, plain_text

# A run of letters and digits, with apostrophes inside; "&" reads "and".
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|&")
_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
MAX_NAME_WORDS = 9
# As many words as the longest message of speech holds; longer runs of single letters are noise.
MAX_WORDS = 450


# A line this short was ended on purpose; longer ones may be broken by where they were typed.
_SHORT_LINE = 60
_BULLET = re.compile(r"^(?:[*•\-\u2013>]|\d{1,2}[.)]) ?")


def _joined_lines(text: str) -> str:
    """Return text with single spaces, and line breaks only where they end an item or a paragraph.

    Rules read words with spaces between them; lists are told by their lines.
    """
    lines = [" ".join(line.split()) for line in text.split("\n")]
    joined = ""
    for before, line in zip(["", *lines], lines, strict=False):
        if joined and line:
            meant = len(before) < _SHORT_LINE or _BULLET.match(line)
            joined += "\n" if meant else " "
        joined += line
    return joined


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as written, folded for matching, and where it stands."""

    text: str
    key: str
    start: int
    end: int

    @property
    def capitalised(self) -> bool:
        return self.text[0].isupper() or self.text[0].isdigit()


@dataclass(frozen=True, slots=True)
class Mention:
    """A title that was named in a message: in which field, where, and what else it could be."""

    field: str
    reference: TitleRef
    # All titles of that name, best known first; one if the year or the name said which.
    candidates: tuple[NamedTitle, ...]
    start: int
    end: int


@dataclass(slots=True)
class Reading:
    """What has been understood so far of one message.

    `left` is the text with understood spans blanked out, so that a later rule can't read the
    same words twice: "2001" of "2001: A Space Odyssey" is no year.
    """

    text: str
    words: list[Word]
    left: str
    # The message before corrections, and where each place of `text` stands in it.
    said: str = ""
    places: list[int] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    # Every word counts as it is spelt.
    literal: bool = False
    mentions: list[Mention] = field(default_factory=list)
    # Where the message asks for nothing; see `asides`.
    asides: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, message: str, *, literal: bool = False) -> Reading:
        plain = html.unescape(plain_text(message, max_chars=MAX_MESSAGE_CHARS))
        text = _joined_lines(plain.translate(_QUOTES))
        reading = cls._of_text(text)
        reading.literal = literal
        return reading

    @classmethod
    def _of_text(cls, text: str) -> Reading:
        words = [Word(m[0], fold(m[0]), m.start(), m.end()) for m in _WORD.finditer(text)][
            :MAX_WORDS
        ]
        # Lower-casing may change the length of some letters; positions must stay.
        left = "".join(low if len(low := c.lower()) == 1 else c for c in text)
        return cls(text, words, left, said=text, places=list(range(len(text) + 1)))

    def respelt(self, spans: Iterable[tuple[int, int, str]]) -> Reading:
        """Return a fresh reading with (start, end, spelling) put in: spans in order, apart."""
        pieces: list[str] = []
        places: list[int] = []
        corrections = []
        done = 0
        for start, end, meant in spans:
            said = self.text[start:end]
            spelling = meant.capitalize() if said[0].isupper() else meant
            pieces += (self.text[done:start], spelling)
            places += self.places[done:start]
            places += (self.places[min(start + i, end)] for i in range(len(spelling)))
            corrections.append(Correction(self.quote(start, end), meant))
            done = end
        places += self.places[done:]
        reading = Reading._of_text("".join((*pieces, self.text[done:])))
        reading.said, reading.places = self.said, places
        reading.corrections = [*self.corrections, *corrections]
        return reading

    def quote(self, start: int, end: int) -> str:
        """Return what the viewer typed there, slips and all."""
        return " ".join(self.said[self.places[start] : self.places[end]].split())

    def set(self, name: str, value: Any, start: int, end: int) -> None:
        """Set a field, keep the viewer's words for it, and blank them out."""
        self.fields[name] = value
        self.cite(name, start, end)

    def add(self, name: str, value: Any, start: int, end: int) -> None:
        """Append to a field that holds several values, without repeating one."""
        values = self.fields.get(name, ())
        self.fields[name] = values if value in values else (*values, value)
        self.cite(name, start, end)

    def cite(self, name: str, start: int, end: int) -> None:
        span = self.quote(start, end).strip(" ,.;:!?")
        known = self.evidence.get(name)
        if known != span:
            self.evidence[name] = f"{known}; {span}" if known else span
        self.blank(start, end)

    def blank(self, start: int, end: int) -> None:
        # A control character, which `plain_text` has removed: no rule matches across it.
        self.left = self.left[:start] + "\x00" * (end - start) + self.left[end:]

    def is_aside(self, position: int) -> bool:
        return any(start <= position < end for start, end in self.asides)

    @contextmanager
    def without_asides(self) -> Iterator[None]:
        """Hide from the rules, for as long as this lasts, what asks for nothing."""
        whole = self.left
        for start, end in self.asides:
            self.blank(start, end)
        yield
        for start, end in self.asides:
            self.left = self.left[:start] + whole[start:end] + self.left[end:]

    def is_free(self, word: Word) -> bool:
        return self.left[word.start] != "\x00"

    def free_words(self) -> list[Word]:
        return [word for word in self.words if self.is_free(word)]

    def index_at(self, position: int) -> int | None:
        """Return the index of the first word that starts at or after a position."""
        return next((i for i, word in enumerate(self.words) if word.start >= position), None)

    def key(self, first: int, count: int) -> str:
        return " ".join(word.key for word in self.words[first : first + count])

    def spans(self, *, longest: int = MAX_NAME_WORDS) -> Iterator[tuple[int, int]]:
        """Yield (first word, number of words) of every run of up to `longest` words."""
        for first in range(len(self.words)):
            for count in range(1, min(longest, len(self.words) - first) + 1):
                yield first, count

"""Collections that a message names: "something funny from the Christmas shelf".

Only an exact name counts, and only where a collection is meant: before a word like "shelf", or
after "from the" if the name has two words or more. "In the American South" is a place, whatever
the editors have called a collection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from discovery.understanding.linking import NamedCollection, Names
from discovery.understanding.patterns import NONE_OF
from discovery.understanding.words import Reading

SHELF_WORDS = frozenset({"shelf", "collection", "list", "selection", "picks"})
_PLACED = re.compile(r"\b(?:from|in|within|inside|on|off|of|out of|browse)\s+$")
_FROM = re.compile(r"\b(?:from|within|inside|out of|browse)\s+$")
_ARTICLE = re.compile(r"\b(?:the|your|our|my|this|that)\s+$")
_REFUSED = re.compile(
    rf"\b{NONE_OF}"
    r"(?: (?:anything|something|one|ones|titles?|films?|movies?|series))?\s+$"
)


@dataclass(frozen=True, slots=True)
class ReadCollections:
    """Reads the collections of one message."""

    reading: Reading
    names: Names

    def __call__(self) -> None:
        # The longest name first: "Christmas horror" before "Christmas".
        known = sorted(self.names.collections(), key=lambda found: -len(found.key))
        for collection in known:
            for start, end in list(self._mentions(collection)):
                self._read(collection, start, end)

    def _mentions(self, collection: NamedCollection) -> Iterator[tuple[int, int]]:
        """Yield where a collection is meant: from before "from the" to after "shelf"."""
        wanted = core_of(collection.key)
        for first, count in self.reading.spans(longest=len(wanted)):
            words = self.reading.words[first : first + count]
            if [word.key for word in words] != wanted or not all(map(self.reading.is_free, words)):
                continue
            following = self.reading.words[first + count : first + count + 1]
            called_shelf = [word.key for word in following if word.key in SHELF_WORDS]
            start = self._start(words[0].start)
            before = self.reading.left[start : words[0].start]
            alone = len(words) == len(self.reading.words) and len(words) > 1
            from_there = len(words) > 1 and _FROM.search(_ARTICLE.sub("", before))
            if called_shelf or from_there or alone:
                yield start, following[0].end if called_shelf else words[-1].end

    def _start(self, position: int) -> int:
        """Return where "from the" before a position begins."""
        left = self.reading.left[:position]
        for pattern in (_ARTICLE, _PLACED):
            if match := pattern.search(left):
                left = left[: match.start()]
        return len(left)

    def _read(self, collection: NamedCollection, start: int, end: int) -> None:
        if _REFUSED.search(self.reading.left[:start]):
            self.reading.blank(start, end)
            self.reading.notes.append(f"I can't leave out a collection yet: {collection.name}.")
            return
        self.reading.add("collections", collection.slug, start, end)


def core_of(key: str) -> list[str]:
    """Return the words of a collection's folded name that tell it from others."""
    words = key.split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    if len(words) > 1 and words[-1] in SHELF_WORDS:
        words = words[:-1]
    return words

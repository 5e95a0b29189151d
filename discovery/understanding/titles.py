"""Titles that a message names: "like Alien", "nothing like Grease", "I've seen Aliens".

The catalogue decides where a name ends: the longest run of words after a trigger that is a title
wins, so "The Good, the Bad and the Ugly" is one name. A name that the catalogue lacks ends at the
next comma or small word, and its words are kept for the search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from discovery.types import Correction
from discovery.understanding.dictionary import is_form, is_word
from discovery.understanding.lexicon import (
    ALL_GENRES,
    COMMON_WORDS,
    CONTENT_OF,
    FILLERS,
    MOOD_OF,
    NUMBERS,
    ORDINALS,
    THEME_OF,
)
from discovery.understanding.linking import Names, is_shortened
from discovery.understanding.mentions import attitude_after, attitude_to
from discovery.understanding.naming import (
    CONTINUES,
    LOWER_CASE_POPULARITY,
    FindTitles,
    Found,
    is_meant,
)
from discovery.understanding.title_triggers import TITLE_TRIGGERS, Relation
from discovery.understanding.words import Mention, Word
from genrec.contract import TitleRef

_BETWEEN = re.compile(r"^[\s,;/&+\"'*_•-]*(?:(?:and|or|meets|crossed with|x|with)\s)?[\s\"']*$")
_JOIN = re.compile(r"^(?:,? and |, ?| ?& | or | meets |/)")
_QUOTED = re.compile(r'"([^"]{1,80})"')
# "The 1972 Solaris": `homonyms` reads which.
_VERSION = re.compile(
    r"(?:the |that )(?:original|old|older|new|newer|latest|recent|classic|first|remake|reboot|"
    r"(?:18|19|20)\d\d|(?:19|20)?[0-9]0'?s)(?: version| film| movie| one)?(?: of)? (?:the )?"
)
_TITLED = re.compile(r"\b(?:like|film|movie|called|titled|to)\s*$")
_UNKNOWN_END = re.compile(
    r"[,.;:!?()\"]|\b(?:but|and|or|with|without|under|over|from|that|which|where|in|on|for|"
    r"before|after|less|more|please|only|no|not|set|directed|starring|about|by)\b"
)
_LOOSE_TRIGGERS = frozenset({"inspired by ", "based on ", "fan of ", "fans of ", "mix of "})
_BARE_NEGATIONS = frozenset({"no", "not", "but not"})
_DETERMINERS = frozenset({"a", "an", "some", "my", "this", "that", "these", "those", "it"})
_BETWEEN_TITLES = frozenset({"meets", "crossed with"})
_PLAIN = COMMON_WORDS | CONTENT_OF.keys() | THEME_OF.keys() | NUMBERS.keys() | ORDINALS.keys()
_DESCRIPTIVE = ALL_GENRES.keys() | MOOD_OF.keys() | THEME_OF.keys()


@dataclass(frozen=True, slots=True)
class ReadTitles(FindTitles):
    """Reads the titles of one message."""

    names: Names

    def __call__(self) -> None:
        self._read_whole_message()
        self._read_quoted()
        for relation, pattern in TITLE_TRIGGERS:
            self._read_triggered(relation, pattern)
        self._read_suffixed()
        self._read_mentioned()

    def _read_whole_message(self) -> None:
        """A message that is nothing but titles asks for more like them."""
        words = self.reading.words
        plain = len(words) == 1 and (
            words[0].key in _DESCRIPTIVE
            or (words[0].key in COMMON_WORDS and not words[0].capitalised)
        )
        named: list[Found] = []
        position, end = 0, len(self.reading.text.rstrip(' .!?")'))
        while not plain and (found := self._next_title(position, len(named), quoted=True)):
            named.append(found)
            position = found.end
        if named and position >= end:
            for found in named:
                self._take("like", found, self.reading.words[found.first].start)

    def _read_quoted(self) -> None:
        for match in _QUOTED.finditer(self.reading.text):
            first = self.reading.index_at(match.start(1))
            if first is None or not self.reading.is_free(self.reading.words[first]):
                continue
            before = self.reading.left[: match.start()]
            relation: Relation = "like"
            for triggered, pattern in TITLE_TRIGGERS:
                if re.search(pattern + r"\s*$", before):
                    relation = triggered
                    break
            found = self.title_at(first, quoted=True)
            word = self.reading.words[first]
            if found and found.count == 1 and not (word.capitalised or _TITLED.search(before)):
                continue  # The "boy" of a film is in quotes as well.
            if found and found.end >= match.end(1) - 1:
                self._take(relation, found, match.start())

    def _read_mentioned(self) -> None:
        """Read the titles that no word leads to; see `mentions`."""
        first = 0
        while first < len(self.reading.words):
            found = self.mentioned_at(first)
            if found is None:
                first += 1
                continue
            start = self.reading.words[first].start
            attitude = attitude_to(self.reading, start, found.end)
            if attitude is not None:
                self._take(attitude, found, start)
            first += found.count

    def _read_triggered(self, relation: Relation, pattern: str) -> None:
        for trigger in list(re.finditer(pattern + r"\b[\s:;.]*", self.reading.left)):
            if "\x00" in self.reading.left[trigger.start() : trigger.end()]:
                continue
            start = trigger.start()
            if trigger[0].strip() in _BETWEEN_TITLES:
                start = self._read_title_before(trigger)
            if trigger[0].strip() in _BARE_NEGATIONS and self._is_small_word(trigger.end()):
                continue
            end = self._read_list(relation, trigger.end(), start)
            if end == trigger.end():
                end = self._read_unknown_title(relation, trigger)
                if end != trigger.end():
                    self._read_list(relation, end, end, taken=1)

    def _is_small_word(self, position: int) -> bool:
        """Say whether a lone word without a capital follows: "no heat" is no title."""
        first = self.reading.index_at(position)
        if first is None or self.reading.words[first].capitalised:
            return False
        found = self.title_at(first)
        return found is not None and found.count == 1

    def _read_list(self, relation: Relation, position: int, start: int, *, taken: int = 0) -> int:
        """Read titles with commas and the like between them; return where the last one ends."""
        while (found := self._next_title(position, taken)) is not None:
            if relation == "exclude_titles":
                relation = attitude_after(self.reading, found.end, relation) or relation
            self._take(relation, found, start)
            position, start, taken = found.end, self._word_after(found), taken + 1
        return self._read_misspelt_next(relation, position) if taken else position

    def _read_misspelt_next(self, relation: Relation, position: int) -> int:
        """Read a misspelt title after a read one: "Alien and Jawss"; return where it ends."""
        joined = _JOIN.match(self.reading.left[position:])
        words = self._mention_after(position + joined.end()) if joined else []
        if self.reading.literal or not words or not words[0].capitalised:
            return position
        key = " ".join(word.key for word in words)
        title = None if all(is_word(word.key) for word in words) else self.names.similar_title(key)
        if title is None:
            return position
        mention = self.reading.text[words[0].start : words[-1].end]
        first = self.reading.words.index(words[0])
        self._take(relation, Found(title, first, len(words), words[-1].end), words[0].start)
        self.reading.corrections.append(Correction(mention, title.name))
        return self._read_list(relation, words[-1].end, words[-1].end, taken=1)

    def _read_title_before(self, trigger: re.Match[str]) -> int:
        """Read the first title of "Jaws meets Alien"; return where the mention starts."""
        last = next(
            (i for i, w in enumerate(self.reading.words) if w.end + 1 == trigger.start()), -1
        )
        for first in range(max(0, last - 6), last + 1):
            found = self.title_at(first)
            if found and found.first + found.count == last + 1:
                self._take("like", found, self.reading.words[first].start)
                break
        return trigger.start()

    def _next_title(self, position: int, taken: int, *, quoted: bool = False) -> Found | None:
        """Return the title at a position; after the first one only words of a list may precede."""
        first = self.reading.index_at(position)
        if first is None:
            return None
        word = self.reading.words[first]
        if taken and word.key in {"and", "or", "meets", "x", "with"}:
            first += 1
            if first >= len(self.reading.words):
                return None
        gap = self.reading.text[position : self.reading.words[first].start]
        if not _BETWEEN.match(gap.lower()):
            return None
        found = self.title_at(first, quoted=quoted)
        if found is None and (version := _VERSION.match(self.reading.left[word.start :])):
            of_version = self.reading.index_at(word.start + version.end())
            found = None if of_version is None else self.title_at(of_version, quoted=True)
        return found

    def _read_unknown_title(self, relation: Relation, trigger: re.Match[str]) -> int:
        """Link a shortened or misspelt title, or keep the words of one that isn't there.

        Returns where the mention ends, or where it would begin if there is none.
        """
        words = self._mention_after(trigger.end())
        if not words:
            return trigger.end()
        if owned := self._title_after_owner(words):
            self._take(relation, owned, trigger.start())
            return owned.end
        end = words[-1].end
        mention = self.reading.text[words[0].start : end]
        key = " ".join(word.key for word in words)
        # A run of English words is another name, not a slip.
        literal = self.reading.literal or all(is_word(w.key) or is_form(w.key) for w in words)
        title = self.names.similar_title(key, literal=literal)
        well_known = title is not None and title.popularity >= LOWER_CASE_POPULARITY
        if title and (words[0].capitalised or (relation == "like" and well_known)):
            first = self.reading.words.index(words[0])
            self._take(relation, Found(title, first, len(words), end), trigger.start(), mention)
            if not is_shortened(key, title):
                self.reading.corrections.append(Correction(mention, title.name))
        elif words[0].capitalised and self._compares(relation, trigger):
            self.reading.add(relation, TitleRef(mention=mention), trigger.start(), end)
            then = "I went by its words" if relation == "like" else "I can't tell what is like it"
            self.reading.notes.append(f"“{mention}” isn't in the catalogue, so {then}.")
        else:
            return trigger.end()
        return end

    def _compares(self, relation: Relation, trigger: re.Match[str]) -> bool:
        """Say whether the words after a trigger must be a title: "like ...", "nothing like ..."."""
        if relation == "unlike":
            return trigger[0].strip().lower().endswith(("like", "similar to"))
        return relation == "like" and trigger[0] not in _LOOSE_TRIGGERS

    def _mention_after(self, position: int) -> list[Word]:
        """Return the words up to the next comma or small word, if they can name a title."""
        rest = self.reading.text[position:]
        stop = _UNKNOWN_END.search(rest.lower())
        while stop and stop[0] == ":" and CONTINUES.match(rest[stop.start() :]):
            stop = _UNKNOWN_END.search(rest.lower(), stop.end())
        limit = position + (stop.start() if stop else len(rest))
        words = [word for word in self.reading.words if position <= word.start < limit]
        while words and words[-1].key in FILLERS:
            words.pop()
        named = 1 <= len(words) <= 6 and all(map(self.reading.is_free, words))
        if not named or words[0].key in _DETERMINERS:
            return []
        return [] if all(map(_is_plain, words)) else words

    def _title_after_owner(self, words: list[Word]) -> Found | None:
        """Return the title of "Satoshi Kon's Paprika"; the owner is left to the people."""
        first = self.reading.words.index(words[0])
        for offset, word in enumerate(words[:-1]):
            if word.text.lower().endswith("'s"):
                return self.title_at(first + offset + 1)
        return None

    def _read_suffixed(self) -> None:
        """Read "Alien-like" and "Hitchcockian"-style mentions of a title: "Matrix-esque"."""
        for match in re.finditer(r"[- ](?:like|esque|style|type)\b", self.reading.left):
            last = next(
                (i for i, w in enumerate(self.reading.words) if w.end == match.start()), None
            )
            if last is None or match[0][0] == " ":
                continue
            for first in range(max(0, last - 5), last + 1):
                run = self.reading.words[first : last + 1]
                if titles := self.titles_of(run):
                    if all(map(self.reading.is_free, run)) and is_meant(titles[0], run):
                        found = Found(titles[0], first, len(run), match.end())
                        self._take("like", found, run[0].start)
                    break

    def _take(self, relation: Relation, found: Found, start: int, mention: str = "") -> None:
        title = found.title
        words = mention or self.reading.text[self.reading.words[found.first].start : found.end]
        reference = TitleRef(
            mention=words.strip(' "')[:200], title_id=title.title_id, label=title.label
        )
        self.reading.add(relation, reference, start, found.end)
        candidates = found.homonyms or (title,)
        first = self.reading.words[found.first].start
        self.reading.mentions.append(Mention(relation, reference, candidates, first, found.end))

    def _word_after(self, found: Found) -> int:
        following = self.reading.index_at(found.end)
        return self.reading.words[following].start if following is not None else found.end


def _is_plain(word: Word) -> bool:
    """Say whether a word alone names nothing: "oceans", but not those of "Ocean's Eleven"."""
    owns = word.text.lower().endswith("'s") and word.key in THEME_OF
    return word.key in _PLAIN and not owns

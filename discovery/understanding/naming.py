"""Which title a run of words names, if it is meant as a name at all."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from discovery.understanding.lexicon import COMMON_WORDS, MOOD_OF
from discovery.understanding.linking import NamedTitle
from discovery.understanding.mentions import looks_named, setting_of
from discovery.understanding.words import Reading, Word

CONTINUES = re.compile(r": [A-Z0-9]")
_YEAR_AFTER = re.compile(r"^\W{0,2}\(?(?:from |of |the )?((?:18|19|20)\d\d)\b\)?")
# A lower-case word is a title only if many know it; "her" and "it" never are.
LOWER_CASE_POPULARITY = 0.6
_CAPITALISED_POPULARITY = 0.25
_OBSCURE = 0.4


@dataclass(frozen=True, slots=True)
class Found:
    """A title that starts at a word, how many words it takes, and where the mention ends."""

    title: NamedTitle
    first: int
    count: int
    end: int
    # Others of the same name, if the message doesn't say which by a year.
    homonyms: tuple[NamedTitle, ...] = ()


@dataclass(frozen=True, slots=True)
class FindTitles:
    """Finds the titles of one message, by the names that occur in it."""

    reading: Reading
    titles: Mapping[str, list[NamedTitle]]
    # Names of people that occur in it: "Ed Wood" is one, unless something says it is the film.
    people: Container[str]

    def mentioned_at(self, first: int) -> Found | None:
        words = self.reading.words
        for count in range(min(9, len(words) - first), 0, -1):
            run = words[first : first + count]
            titles = self.titles_of(run) if all(map(self.reading.is_free, run)) else []
            if not titles or " ".join(word.key for word in run) in self.people:
                continue
            chosen = self._choose(titles, run, quoted=True)
            if chosen is None:
                continue
            title, end, homonyms = chosen
            if not homonyms or looks_named(title, run, setting_of(self.reading, run)):
                return Found(title, first, count, end, homonyms)
        return None

    def title_at(self, first: int, *, quoted: bool = False) -> Found | None:
        """Return the longest title that starts at a word and is meant as one."""
        words = self.reading.words
        for count in range(min(9, len(words) - first), 0, -1):
            run = words[first : first + count]
            if not all(self.reading.is_free(word) for word in run):
                continue
            found = self._choose(self.titles_of(run), run, quoted=quoted)
            if found:
                title, end, homonyms = found
                return Found(title, first, count, end, homonyms)
        return None

    def titles_of(self, run: list[Word]) -> list[NamedTitle]:
        """Return the titles of a name, best known first.

        "Heat" is "Heat", however well known "The Heat" is; "Matrix", which is nothing else or
        something hardly anybody knows, is "The Matrix".
        """
        key = " ".join(word.key for word in run)
        exact = self.titles.get(key, [])
        with_article = self.titles.get(f"the {key}") or self.titles.get(f"a {key}", [])
        known = exact and exact[0].popularity >= _OBSCURE
        return exact + with_article if known or not with_article else with_article + exact

    def _choose(
        self, titles: Iterable[NamedTitle], run: list[Word], *, quoted: bool
    ) -> tuple[NamedTitle, int, tuple[NamedTitle, ...]] | None:
        """Pick the homonym of the year that follows, else the most popular one."""
        candidates = list(titles)
        if not candidates:
            return None
        end = run[-1].end
        year = _YEAR_AFTER.match(self.reading.text[end : end + 14])
        dated = [t for t in candidates if year and t.year and abs(t.year - int(year[1])) <= 1]
        if year and dated:
            best = min(dated, key=lambda t: (abs((t.year or 0) - int(year[1])), -t.popularity))
            return best, end + year.end(), ()
        if CONTINUES.match(self.reading.text[end:]):
            return None  # "The Babysitter: Killer Queen" is another film than "The Babysitter"
        if not (quoted or is_meant(candidates[0], run)):
            return None
        best = candidates[0]
        return best, end, tuple(title for title in candidates if title.key == best.key)


def is_meant(title: NamedTitle, run: list[Word]) -> bool:
    """Say whether words that are a title's are used as one, not as plain words."""
    if len(run) == 1 and run[0].capitalised and run[0].key in MOOD_OF:
        return title.popularity >= LOWER_CASE_POPULARITY  # "like Halloween"
    if all(word.key in COMMON_WORDS for word in run):
        capitalised = sum(word.capitalised for word in run)
        return len(run) > 1 and capitalised == len(run)
    if run[0].key in {"a", "an", "some"} and not run[0].capitalised:
        return False
    capitals = any(word.capitalised for word in run)
    needed = _CAPITALISED_POPULARITY if capitals or len(run) > 3 else LOWER_CASE_POPULARITY
    return title.popularity >= needed

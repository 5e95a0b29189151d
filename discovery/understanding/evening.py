"""The shape of an evening: "three comedies and a drama", "two films in four hours", "95 minutes".

A time for several titles is the time of all together; a time that somebody has is the time of one
title, unless several are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from discovery.understanding.lexicon import ALL_GENRES, FILM_WORDS, NUMBERS
from discovery.understanding.patterns import COUNT_WORD, LENGTH, length_of, number_of
from discovery.understanding.terms import Term, TermReader
from discovery.understanding.words import Reading

MOST_TITLES = 20
_FILMS = (
    r"(?:\w{1,12} ){0,2}(?:films?|movies?|titles?|episodes|comedies|dramas|thrillers|westerns|"
    r"documentaries|musicals|horrors|things|ones)"
)
_N = rf"(?P<count>\d{{1,2}}|one|a|{COUNT_WORD})"
_UP_TO = r"(?:(?:about|around|at most|up to|less than|under|only|just|the|exactly|max) )*"
_HAVE = r"(?:have|has|have got|'ve got|'ve|got|there(?:'s| is| are))"
_TOTAL = r"(?:in total|altogether|all together|together|combined|overall|in all|total)"
_SEVERAL: Mapping[str, int] = {"double": 2, "triple": 3}

# Each has a length; those with a count or "double" say how many it is for.
_TOTALS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_N} {_FILMS}(?: (?:that|to|which|we|can|could|will|would|fit|fits|watch|i))*"
        rf" (?:in|within|into|for) {_UP_TO}{LENGTH}(?: {_TOTAL}| of time)?",
        rf"\b{_HAVE} {_UP_TO}{LENGTH}(?: (?:left|free|tonight|to fill|to watch|to spend))* "
        rf"(?:for|to watch|to see|with|to fit in) {_N} {_FILMS}",
        rf"\b{LENGTH} (?:for|to fit) {_N} {_FILMS}",
        rf"\b{_N} {_FILMS},? {_UP_TO}{LENGTH} {_TOTAL}",
        r"\b(?P<several>double|triple) (?:feature|bill)s?,?(?: (?:in|within|of|under|for|that "
        rf"fits(?: in(?:to)?)?))* {_UP_TO}{LENGTH}(?: {_TOTAL})?",
    )
)
_ALONE = re.compile(rf"\b(?:in |within |under )?{_UP_TO}{LENGTH} {_TOTAL}")
_WITHIN = re.compile(rf"\b(?:in|within) {_UP_TO}{LENGTH}")
_BUDGET = re.compile(
    rf"\b(?:(?:i|we|i'?ve|we'?ve|only|just|we only|i only|i just) )?{_HAVE} {_UP_TO}{LENGTH}"
    r"(?: (?:left|free|to (?:kill|spare|fill|watch|spend)|before \w+(?: \w+)?|tonight))*"
)
_MANY = re.compile(rf"\b(?:[2-9]|{COUNT_WORD}) {_FILMS}")
_TO_KILL = re.compile(rf"\b(?:to )?(?:kill|fill|spare) {_UP_TO}{LENGTH}")
_FEATURE = re.compile(r"\b(double|triple) (?:feature|bill)s?\b")


def read_evening(reading: Reading) -> None:
    """Read quotas, and the minutes of the whole evening or of one film."""
    ReadQuotas(reading)()
    for pattern in _TOTALS:
        for match in list(pattern.finditer(reading.left)):
            _take_total(reading, match)
    if feature := _FEATURE.search(reading.left):
        reading.set("count", _SEVERAL[feature[1]], *feature.span())
    several = reading.fields.get("count", 1) > 1 or bool(_MANY.search(reading.left))
    for pattern in (_ALONE, _WITHIN, _BUDGET) if several else (_BUDGET, _TO_KILL):
        if (length := pattern.search(reading.left)) and (minutes := length_of(length)):
            field = "runtime_total" if several else "runtime_max"
            reading.set(field, minutes, *length.span())
            break


def _take_total(reading: Reading, match: re.Match[str]) -> None:
    groups = match.groupdict()
    count = _SEVERAL[groups["several"]] if "several" in groups else number_of(groups["count"])
    minutes = length_of(match)
    if "\x00" in match[0] or minutes is None or count is None or not 1 <= count <= MOST_TITLES:
        return
    several = count > 1
    films = re.search(r"\b(?:films?|movies?)\b", match[0])
    reading.set("count", count, *match.span())
    reading.cite("runtime_total" if several else "runtime_max", *match.span())
    reading.fields["runtime_total" if several else "runtime_max"] = minutes
    _keep_genre(reading, match)
    if films:
        reading.fields.setdefault("kinds", ("film",))
        reading.cite("kinds", *match.span())


def _keep_genre(reading: Reading, match: re.Match[str]) -> None:
    """Read the genre of "two comedies in four hours", which has been blanked out."""
    for word in (word for word in reading.words if match.start() <= word.start < match.end()):
        for genre in ALL_GENRES.get(word.key, ()):
            reading.add("genres_all", genre, word.start, word.end)


@dataclass(frozen=True, slots=True)
class ReadQuotas(TermReader):
    """Reads "three comedies and a drama": at least two kinds, one of them with a number."""

    def __call__(self) -> None:
        position = 0
        while position < len(self.words):
            quotas, after, numbered = self._quotas_at(position)
            total = sum(quotas.values())
            if len(quotas) > 1 and numbered and total <= MOST_TITLES:
                span = self.span(position, after)
                self.reading.set("quotas", quotas, *span)
                self.reading.set("count", total, *span)
            position = after if len(quotas) > 1 else position + 1

    def _quotas_at(self, position: int) -> tuple[dict[str, int], int, bool]:
        """Return how many of what are listed from a position, where that ends, if counted."""
        quotas: dict[str, int] = {}
        after, numbered = position, False
        while (counted := self._counted_genre(position)) is not None:
            number, term = counted
            numbered |= number > 1 or self.key(position) in {"one", "1"}
            genre = ALL_GENRES[term.key][0]
            quotas[genre] = quotas.get(genre, 0) + number
            position = after = self._after_film_words(term.after)
            while self.key(position) in {"and", "plus", "with", "then"}:
                position += 1
        return quotas, after, numbered

    def _counted_genre(self, position: int) -> tuple[int, Term] | None:
        said = self.key(position)
        number = int(said) if said.isdecimal() and len(said) < 3 else NUMBERS.get(said)
        if not number or number > MOST_TITLES:
            return None
        for start in (position + 1, position + 2):
            if term := self.term_at(start, ALL_GENRES):
                return number, term
        return None

    def _after_film_words(self, position: int) -> int:
        # "One" begins the next kind: "one western, one musical".
        while self.key(position) in FILM_WORDS - {"one"}:
            position += 1
        return position

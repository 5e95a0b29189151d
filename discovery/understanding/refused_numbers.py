"""Years and lengths that a message refuses: "nothing older than 1980", "nothing from the 80s".

The end of a range that is refused leaves the other one: "nothing recent" is up to when recent
years begin. Years in between can't be left out (`unkept`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from discovery.understanding.numbers import (
    CENTURY,
    DECADE,
    LAST_YEARS,
    MORE,
    NEWER,
    NOT_LONG,
    OLD_BEFORE,
    OLD_FILM,
    OLDER,
    RECENT,
    RECENT_YEARS,
    THE,
    YEAR,
    decades_of,
    last_years,
    runtime_of,
    years_of,
)
from discovery.understanding.patterns import (
    AROUND,
    CANNOT,
    DO_NOT,
    LENGTH,
    ONLY,
    REFUSED,
    WOULD_NOT,
    length_of,
)
from discovery.understanding.rules import Apply, Rule, apply_rules
from discovery.understanding.unkept import CLAUSE, GENRE, leave_out
from discovery.understanding.words import Reading

_REFUSED = rf"{REFUSED}{AROUND}"
_HAVE_NOT = r"(?:have|has)(?: not|n't)(?= (?:got|the|time|any)\b)"
_FILMS = r"(?:films?|movies?|series|shows?|releases?|cinema|stuff|ones?|titles?)"
_ITEM = rf"{THE}(?:{DECADE}|{YEAR}\b)"
_MORE_ITEMS = rf"(?:(?:, {_ITEM}){{0,3}},? ?(?:or|nor|and|to|until|through|&|-) ?{_ITEM})?"
_HEADS = rf"(?: (?:{GENRE}|{_FILMS})\b){{0,3}}"
# "I don't mind more than two hours", "I can't find anything over three hours".
_REFUSES_NOTHING = r"(?! (?:mind|care|object|matter|find|know|remember)\b)"


def read_refused_numbers(reading: Reading, *, newest_year: int) -> None:
    """Read refused years and lengths, before the wished ones are read."""
    apply_rules(_RULES, reading)
    recent = _NOT_RECENT.search(reading.left)
    if recent and re.search(r" the \w+$", recent[0]):
        # "Not the new one" is about one certain title.
        reading.blank(*recent.span())
    elif recent:
        reading.set("year_max", newest_year - RECENT_YEARS - 1, *recent.span())
    if last := _NOT_LAST_YEARS.search(reading.left):
        reading.set("year_max", newest_year - last_years(last) - 1, *last.span())


def _given_up(reading: Reading, match: re.Match[str]) -> None:
    reading.blank(*match.span())


def _unkept(what: str) -> Apply:
    def apply(reading: Reading, match: re.Match[str]) -> None:
        leave_out(reading, what, *match.span(), match.span("named"))

    return apply


def _century(reading: Reading, match: re.Match[str]) -> None:
    if match[1] in {"this", "21st"}:
        reading.set("year_max", 1999, *match.span())
    else:
        reading.set("year_min", 2000, *match.span())


def _old(reading: Reading, match: re.Match[str]) -> None:
    reading.set("year_min", OLD_BEFORE, *match.span())


def _length(reading: Reading, match: re.Match[str]) -> None:
    """Read "no three hour films", which wants shorter ones; "no 90 minute films" may not."""
    minutes = length_of(match)
    if minutes is not None and minutes > NOT_LONG:
        reading.set("runtime_max", minutes - 1, *match.span())
    else:
        _unkept("just one length")(reading, match)


_NOT_RECENT = re.compile(rf"\b{_REFUSED} (?:{RECENT.pattern})")
_NOT_LAST_YEARS = re.compile(rf"\b{_REFUSED} (?:{LAST_YEARS.pattern})")


def _rules() -> Iterator[Rule]:
    def rule(pattern: str, apply: Apply) -> Rule:
        return Rule(re.compile(r"\b" + pattern), apply)

    # What is given up for something else is no wish: "the eighties instead of the nineties".
    yield rule(rf"(?:instead of|rather than|forget(?: about)?|not) {THE}{DECADE}", _given_up)
    yield rule(rf"(?:not|{DO_NOT} want) {ONLY}{AROUND} {THE}{DECADE}", _given_up)
    yield rule(
        rf"(?:{CANNOT}|{WOULD_NOT}|{DO_NOT}|{_HAVE_NOT}){_REFUSES_NOTHING}(?: [\w']+){{1,5}}? "
        rf"{MORE} {LENGTH}",
        runtime_of("runtime_max"),
    )
    yield rule(
        rf"{_REFUSED} (?P<named>{LENGTH}(?: (?:long|in length|{_FILMS})\b){_HEADS})", _length
    )
    yield rule(rf"{_REFUSED} {OLDER}{THE}{YEAR}\b", years_of(0, None))
    yield rule(rf"{_REFUSED} {NEWER}{THE}{YEAR}\b", years_of(None, 0))
    yield rule(rf"{_REFUSED} {OLDER}{THE}{DECADE}", decades_of("since"))
    yield rule(rf"{_REFUSED} {NEWER}{THE}{DECADE}", decades_of("until"))
    yield rule(rf"{_REFUSED} since {THE}{YEAR}\b", years_of(None, -1))
    yield rule(rf"{_REFUSED} since {THE}{DECADE}", decades_of("before"))
    on = r"(?:on|onwards?|(?:or|and) (?:later|newer|after|above|up))\b"
    yield rule(rf"{_REFUSED} {THE}{YEAR} {on}", years_of(None, -1))
    yield rule(rf"{_REFUSED} {THE}{DECADE} {on}", decades_of("before"))
    yield rule(rf"{_REFUSED} {CENTURY}(?: {_FILMS}\b)?", _century)
    yield rule(rf"{_REFUSED} {OLD_FILM}", _old)
    years = _unkept("just some years")
    placed = rf"(?:(?:from|in|of|during|between|year) {THE}{YEAR}\b|(?:(?:from|in|of|during) )?"
    placed += rf"{THE}{DECADE}){_MORE_ITEMS}"
    yield rule(rf"{_REFUSED} (?P<named>{placed}{_HEADS})", years)
    yield rule(
        rf"{_REFUSED} (?P<named>{YEAR}{_MORE_ITEMS}(?: (?:{GENRE}|{_FILMS})\b){_HEADS})", years
    )
    yield Rule(
        re.compile(rf"{CLAUSE}(?:no|not|avoid|skip){AROUND} (?P<named>{GENRE}{AROUND} {placed})"),
        years,
    )


_RULES = tuple(_rules())

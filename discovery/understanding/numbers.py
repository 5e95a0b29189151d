"""Hard wishes that are numbers: years, runtimes, ages, how many.

Every pattern is a fixed sequence of short alternatives without nested repetition, so matching
is linear in the message's length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from discovery.understanding.ages import read_ages
from discovery.understanding.counts import count_rules
from discovery.understanding.evening import read_evening
from discovery.understanding.lexicon import DECADES
from discovery.understanding.patterns import (
    CANNOT,
    FILLER,
    LENGTH,
    NOT,
    NUMBER_WORD,
    WOULD_NOT,
    length_of,
    number_of,
)
from discovery.understanding.rules import Apply, Rule, apply_rules
from discovery.understanding.words import Reading

RECENT_YEARS = 10
OLD_BEFORE = 1970
# Minutes of the longest film that isn't called long.
NOT_LONG = 120

YEAR = r"((?:18[7-9]|19\d|20\d)\d)"
DECADE = r"(?:(early|mid|late)[ -])?(?:(19|20)?'?([0-9]0)'?s|(" + "|".join(DECADES) + r"))\b"
THE = r"(?:the |year |about |around )*"
OLDER = r"(?:before|older than|earlier than|prior to|pre)[ -]"
NEWER = r"(?:after|newer than|later than|more recent than|past|post)[ -]"
CENTURY = r"(?:the )?(this|last|21st|20th|previous) century\b"
OLD_FILM = (
    r"(?:(?:an? )?(?:really |very )?old (?=(?:\w{1,12} ){0,3}(?:films?|movies?|romances?|"
    r"comed\w{1,3}|dramas?|westerns?|thrillers?|horrors?|musicals?)\b)"
    r"(?:black[ -]and[ -]white)?)"
)
MORE = r"(?:over|above|more than|longer than|at least|exceeding|greater than)"
_LESS = (
    r"(?:under|below|less than|fewer than|shorter than|at most|within|up to|max|maximum|max of|"
    r"maximum of|not exceeding)"
)

_NOT_LONG = (
    r"(?:(?: (?:be|ones?|films?|movies?|series|anything|something|that's|thats|that|which|is|are))*"
    r" (?:too|so|very|overly|that|super|really|terribly|crazy|extremely))+ long\b"
    r"(?! (?:ago|for|until|till|before|after|since|as|lost|time|way|enough|list|distance|gone))"
)


def read_numbers(reading: Reading, *, newest_year: int) -> None:
    """Read years, runtimes, ages and the number of titles asked for.

    "Recent" is the `RECENT_YEARS` up to `newest_year`, which is the catalogue's.
    """
    read_ages(reading)
    read_evening(reading)
    apply_rules(_RULES, reading)
    if recent := RECENT.search(reading.left):
        reading.set("year_min", newest_year - RECENT_YEARS, *recent.span())
    if last := LAST_YEARS.search(reading.left):
        reading.set("year_min", newest_year - last_years(last), *last.span())
    _drop_empty_ranges(reading)


def last_years(match: re.Match[str]) -> int:
    """Return how many years a match of `LAST_YEARS` goes back."""
    return 10 if match["decade"] else 5 if match["few"] else number_of(match[1]) or RECENT_YEARS


def decade_range(match: re.Match[str], group: int = 1) -> tuple[int, int]:
    """Return the first and last year of a decade matched by `DECADE`, whose groups start there."""
    part, century, digits, word = (match[group + i] for i in range(4))
    if word:
        start = DECADES[word]
    elif century:
        start = int(century) * 100 + int(digits)
    else:
        start = (2000 if digits == "00" else 1900) + int(digits)
    first, last = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}.get(part or "", (0, 9))
    return start + first, start + last


def _is_an_age(match: re.Match[str]) -> bool:
    """Say whether "mid 20s" or "thirties", without "the" or a century, is how old somebody is."""
    young = match[3] in {"20", "30"} or match[4] in {"twenties", "thirties"}
    return young and not match[2] and "the " not in match[0]


def years_of(low: int | None, high: int | None) -> Apply:
    """Make an action: the bounds are the matched year plus an offset; None is no bound."""

    def apply(reading: Reading, match: re.Match[str]) -> None:
        year = int(match[1])
        if low is not None:
            reading.set("year_min", year + low, *match.span())
        if high is not None:
            reading.set("year_max", year + high, *match.span())

    return apply


def decades_of(kind: str) -> Apply:
    def apply(reading: Reading, match: re.Match[str]) -> None:
        if kind == "in" and _is_an_age(match):
            return
        first, last = decade_range(match)
        if kind in {"in", "since"}:
            reading.set("year_min", first, *match.span())
        if kind == "after":
            reading.set("year_min", last + 1, *match.span())
        if kind in {"in", "until"}:
            reading.set("year_max", last, *match.span())
        if kind == "before":
            reading.set("year_max", first - 1, *match.span())

    return apply


def _year_span(reading: Reading, match: re.Match[str]) -> None:
    low, high = sorted((int(match[1]), int(match[2])))
    reading.set("year_min", low, *match.span())
    reading.set("year_max", high, *match.span())


def _decade_span(reading: Reading, match: re.Match[str]) -> None:
    ranges = sorted((decade_range(match, 1), decade_range(match, 5)))
    reading.set("year_min", ranges[0][0], *match.span())
    reading.set("year_max", ranges[1][1], *match.span())


def _century(reading: Reading, match: re.Match[str]) -> None:
    if match[1] in {"this", "21st", "twenty-first"}:
        reading.set("year_min", 2000, *match.span())
    else:
        reading.set("year_max", 1999, *match.span())


def _old(reading: Reading, match: re.Match[str]) -> None:
    reading.set("year_max", OLD_BEFORE - 1, *match.span())


def runtime_of(name: str) -> Apply:
    def apply(reading: Reading, match: re.Match[str]) -> None:
        minutes = length_of(match)
        if minutes is not None:
            reading.set(name, minutes, *match.span())

    return apply


def _about(reading: Reading, match: re.Match[str]) -> None:
    if (minutes := length_of(match)) is not None:
        reading.set("runtime_min", max(1, minutes - 15), *match.span())
        reading.set("runtime_max", minutes + 15, *match.span())


def _hour_or_two(reading: Reading, match: re.Match[str]) -> None:
    reading.set("runtime_max", 120, *match.span())


def _not_long(reading: Reading, match: re.Match[str]) -> None:
    reading.set("runtime_max", NOT_LONG, *match.span())


def _minutes(reading: Reading, match: re.Match[str]) -> None:
    low, high = sorted((int(match[1]), int(match[2])))
    reading.set("runtime_min", low, *match.span())
    reading.set("runtime_max", high, *match.span())


def _drop_empty_ranges(reading: Reading) -> None:
    """Two bounds that leave nothing between them were misread: keep neither."""
    for low, high in (("year_min", "year_max"), ("runtime_min", "runtime_max")):
        if reading.fields.get(low, 0) > reading.fields.get(high, 9999):
            for name in (low, high):
                reading.fields.pop(name)
                reading.evidence.pop(name, None)


RECENT = re.compile(
    r"\b(?<!more )(?:recent|recently|latest|new|brand new|newish)(?= (?:\w{1,12} )?(?:films?|"
    r"movies?|releases?|series|shows?|ones?|stuff|comed\w{1,4}|thrillers?|"
    r"horrors?|dramas?)\b| releases?\b)|\b(?<!more )(?:recent|recently made|from recent years)\b"
)
LAST_YEARS = re.compile(
    r"\b(?:(?:from|in|of|within) )?(?:the )?(?:last|past) (?:(\d{1,2}|" + NUMBER_WORD + r") years|"
    r"(?:couple of|few) (?P<few>years)|(?P<decade>decade))\b"
)


def _rules() -> Iterator[Rule]:
    def rule(pattern: str, apply: Apply) -> Rule:
        return Rule(re.compile(r"\b" + pattern), apply)

    # Runtimes first: "over 90 minutes" must not leave "90" to others.
    lasts = r"(?:go(?:es)? on for|runs?|lasts?|takes?|is|be)(?: for)?"
    yield rule(
        rf"(?:{CANNOT}|{WOULD_NOT}|mustn't|shouldn't|not) {lasts} {LENGTH}",
        runtime_of("runtime_max"),
    )
    yield rule(
        rf"{NOT}(?: \w+)?(?: {lasts})? {LENGTH} (?:or|and) (?:more|over|longer)\b",
        runtime_of("runtime_max"),
    )
    yield rule(rf"{NOT}{FILLER} {MORE} {LENGTH}", runtime_of("runtime_max"))
    yield rule(rf"{NOT}{FILLER} {_LESS} {LENGTH}", runtime_of("runtime_min"))
    yield rule(rf"{NOT}{FILLER} (?:more|longer) than {LENGTH}", runtime_of("runtime_max"))
    yield rule(rf"{MORE} {LENGTH}", runtime_of("runtime_min"))
    yield rule(rf"{_LESS} {LENGTH}", runtime_of("runtime_max"))
    yield rule(rf"{LENGTH} (?:or|and) (?:less|under|shorter|below)\b", runtime_of("runtime_max"))
    yield rule(rf"{LENGTH} (?:max|maximum|tops|at most)\b", runtime_of("runtime_max"))
    yield rule(rf"{LENGTH} (?:or|and) (?:more|over|longer)\b", runtime_of("runtime_min"))
    yield rule(r"(?:for )?(?:an|one) hour or two\b", _hour_or_two)
    yield rule(rf"{NOT}{_NOT_LONG}", _not_long)
    yield rule(
        r"(?:between )?(\d{2,3})(?: and | to | ?- ?)(\d{2,3}) ?(?:minutes|mins|min)\b", _minutes
    )
    yield rule(rf"(?:about|around|roughly|approximately|circa) {LENGTH}(?: long)?", _about)
    yield rule(rf"(?:for )?{LENGTH}(?: or so\b|-ish\b| ish\b|,? give or take\b)", _about)
    yield rule(rf"{LENGTH}(?= of (?:something|anything|fun|laughs|comedy|action|horror)\b)", _about)
    yield rule(
        rf"{LENGTH} (?:is|would be|will be) (?:fine|ok|okay|the limit|all right)\b",
        runtime_of("runtime_max"),
    )
    yield rule(rf"{LENGTH} (?:long|in length|films?\b|movies?\b)", _about)

    yield rule(rf"between {THE}{YEAR} (?:and|to|-) {THE}{YEAR}\b", _year_span)
    yield rule(rf"(?:from )?{YEAR} ?(?:-|to|until|through|and) ?{YEAR}\b", _year_span)
    yield rule(
        rf"(?:between |from |in )?{THE}{DECADE} ?(?:and|to|or|-|&|through|until|,) ?{THE}"
        rf"{DECADE}",
        _decade_span,
    )
    yield rule(rf"{OLDER}{THE}{YEAR}\b", years_of(None, -1))
    yield rule(rf"{NEWER}{THE}{YEAR}\b", years_of(1, None))
    yield rule(rf"{OLDER}{THE}{DECADE}", decades_of("before"))
    yield rule(rf"{NEWER}{THE}{DECADE}", decades_of("after"))
    yield rule(rf"(?:since|starting in|starting from) {THE}{YEAR}\b", years_of(0, None))
    yield rule(rf"(?:from|in) {YEAR} (?:on|onwards?|or later|and later)\b", years_of(0, None))
    yield rule(rf"{YEAR} (?:or|and) (?:newer|later|after|onwards?|up|above)\b", years_of(0, None))
    yield rule(rf"{YEAR} (?:or|and) (?:older|earlier|before)\b", years_of(None, 0))
    yield rule(rf"{YEAR}\+", years_of(0, None))
    yield rule(rf"(?:since|from) {THE}{DECADE} (?:on|onwards?|or later)\b", decades_of("since"))
    yield rule(rf"since {THE}{DECADE}", decades_of("since"))
    yield rule(rf"(?:until|till|up to|through) {YEAR}\b", years_of(None, 0))
    yield rule(rf"(?:from|in|of|made in|released in|year) (?:the year )?{YEAR}\b", years_of(0, 0))
    yield rule(
        rf"{YEAR}(?= (?:[\w-]{{1,12}} )?(?:films?|movies?|series|releases?)\b)", years_of(0, 0)
    )
    yield rule(rf"(?:(?:from|in|of|during) )?{THE}(?<!mid-){DECADE}", decades_of("in"))
    # "20th Century Women" and "20th Century Fox" are names.
    films = r"(?= (?:films?|movies?|cinema|classics?|comed\w{1,3}|dramas?|thrillers?)\b)"
    yield rule(rf"(?:from|of|in|during) {CENTURY}", _century)
    yield rule(rf"{CENTURY}(?:(?<!20th century)|{films})", _century)
    yield rule(
        r"(?<!no )(?<!not )(?<!not in )(?<!without )(?<!nothing in )"
        rf"(?:{OLD_FILM}|black[ -]and[ -]white\b)",
        _old,
    )


_RULES = (*_rules(), *count_rules())

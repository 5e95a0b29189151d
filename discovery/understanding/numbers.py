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

_YEAR = r"((?:18[7-9]|19\d|20\d)\d)"
_DECADE = r"(?:(early|mid|late)[ -])?(?:(19|20)?'?([0-9]0)'?s|(" + "|".join(DECADES) + r"))\b"
_THE = r"(?:the |year |about |around )*"
_MORE = r"(?:over|above|more than|longer than|at least|exceeding|greater than)"
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
    if recent := _RECENT.search(reading.left):
        reading.set("year_min", newest_year - RECENT_YEARS, *recent.span())
    if last := _LAST_YEARS.search(reading.left):
        span = 10 if last["decade"] else 5 if last["few"] else number_of(last[1]) or RECENT_YEARS
        reading.set("year_min", newest_year - span, *last.span())
    _drop_empty_ranges(reading)


def decade_range(match: re.Match[str], group: int = 1) -> tuple[int, int]:
    """Return the first and last year of a decade matched by `_DECADE`, whose groups start there."""
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


def _years(low: int | None, high: int | None) -> Apply:
    """Make an action: the bounds are the matched year plus an offset; None is no bound."""

    def apply(reading: Reading, match: re.Match[str]) -> None:
        year = int(match[1])
        if low is not None:
            reading.set("year_min", year + low, *match.span())
        if high is not None:
            reading.set("year_max", year + high, *match.span())

    return apply


def _decades(kind: str) -> Apply:
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


def _given_up(reading: Reading, match: re.Match[str]) -> None:
    reading.blank(*match.span())


def _runtime(name: str) -> Apply:
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


_RECENT = re.compile(
    r"\b(?<!more )(?:recent|recently|latest|new|brand new|newish)(?= (?:\w{1,12} )?(?:films?|"
    r"movies?|releases?|series|shows?|ones?|stuff|comed\w{1,4}|thrillers?|"
    r"horrors?|dramas?)\b| releases?\b)|\b(?<!more )(?:recent|recently made|from recent years)\b"
)
_LAST_YEARS = re.compile(
    r"\b(?:(?:from|in|of|within) )?(?:the )?(?:last|past) (?:(\d{1,2}|" + NUMBER_WORD + r") years|"
    r"(?:couple of|few) (?P<few>years)|(?P<decade>decade))\b"
)


def _rules() -> Iterator[Rule]:
    def rule(pattern: str, apply: Apply) -> Rule:
        return Rule(re.compile(r"\b" + pattern), apply)

    # What is given up for something else is no wish: "the eighties instead of the nineties".
    yield rule(rf"(?:instead of|rather than|forget(?: about)?|not) {_THE}{_DECADE}", _given_up)
    # Runtimes first: "over 90 minutes" must not leave "90" to others.
    lasts = r"(?:go(?:es)? on for|runs?|lasts?|takes?|is|be)(?: for)?"
    yield rule(
        rf"(?:{CANNOT}|{WOULD_NOT}|mustn't|shouldn't|not) {lasts} {LENGTH}",
        _runtime("runtime_max"),
    )
    yield rule(
        rf"{NOT}(?: \w+)?(?: {lasts})? {LENGTH} (?:or|and) (?:more|over|longer)\b",
        _runtime("runtime_max"),
    )
    yield rule(rf"{NOT}{FILLER} {_MORE} {LENGTH}", _runtime("runtime_max"))
    yield rule(rf"{NOT}{FILLER} {_LESS} {LENGTH}", _runtime("runtime_min"))
    yield rule(rf"{NOT}{FILLER} (?:more|longer) than {LENGTH}", _runtime("runtime_max"))
    yield rule(rf"{_MORE} {LENGTH}", _runtime("runtime_min"))
    yield rule(rf"{_LESS} {LENGTH}", _runtime("runtime_max"))
    yield rule(rf"{LENGTH} (?:or|and) (?:less|under|shorter|below)\b", _runtime("runtime_max"))
    yield rule(rf"{LENGTH} (?:max|maximum|tops|at most)\b", _runtime("runtime_max"))
    yield rule(rf"{LENGTH} (?:or|and) (?:more|over|longer)\b", _runtime("runtime_min"))
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
        _runtime("runtime_max"),
    )
    yield rule(rf"{LENGTH} (?:long|in length|films?\b|movies?\b)", _about)

    yield rule(rf"between {_THE}{_YEAR} (?:and|to|-) {_THE}{_YEAR}\b", _year_span)
    yield rule(rf"(?:from )?{_YEAR} ?(?:-|to|until|through|and) ?{_YEAR}\b", _year_span)
    yield rule(
        rf"(?:between |from |in )?{_THE}{_DECADE} ?(?:and|to|or|-|&|through|until|,) ?{_THE}"
        rf"{_DECADE}",
        _decade_span,
    )
    older = r"(?:before|older than|earlier than|prior to|pre)"
    newer = r"(?:after|newer than|later than|more recent than|past|post)"
    gap = r"(?: |-)"
    made = (
        r"(?: (?:that's|thats|made|released|from|that|is|was|much|any|films?|movies?|looking for|"
        r"want|interested in|into|anything|stuff|ones?|really|watch(?:ing)?|to))*"
    )
    yield rule(rf"{NOT}{made} {older}{gap}{_THE}{_YEAR}\b", _years(0, None))
    yield rule(rf"{NOT}{made} {newer}{gap}{_THE}{_YEAR}\b", _years(None, 0))
    yield rule(rf"{NOT}{made} {older}{gap}{_THE}{_DECADE}", _decades("since"))
    yield rule(rf"{NOT}{made} {newer}{gap}{_THE}{_DECADE}", _decades("until"))
    yield rule(rf"{older}{gap}{_THE}{_YEAR}\b", _years(None, -1))
    yield rule(rf"{newer}{gap}{_THE}{_YEAR}\b", _years(1, None))
    yield rule(rf"{older}{gap}{_THE}{_DECADE}", _decades("before"))
    yield rule(rf"{newer}{gap}{_THE}{_DECADE}", _decades("after"))
    yield rule(rf"(?:since|starting in|starting from) {_THE}{_YEAR}\b", _years(0, None))
    yield rule(rf"(?:from|in) {_YEAR} (?:on|onwards?|or later|and later)\b", _years(0, None))
    yield rule(rf"{_YEAR} (?:or|and) (?:newer|later|after|onwards?|up|above)\b", _years(0, None))
    yield rule(rf"{_YEAR} (?:or|and) (?:older|earlier|before)\b", _years(None, 0))
    yield rule(rf"{_YEAR}\+", _years(0, None))
    yield rule(rf"(?:since|from) {_THE}{_DECADE} (?:on|onwards?|or later)\b", _decades("since"))
    yield rule(rf"since {_THE}{_DECADE}", _decades("since"))
    yield rule(rf"(?:until|till|up to|through) {_YEAR}\b", _years(None, 0))
    yield rule(rf"(?:from|in|of|made in|released in|year) (?:the year )?{_YEAR}\b", _years(0, 0))
    yield rule(
        rf"{_YEAR}(?= (?:[\w-]{{1,12}} )?(?:films?|movies?|series|releases?)\b)", _years(0, 0)
    )
    yield rule(rf"(?:(?:from|in|of|during) )?{_THE}(?<!mid-){_DECADE}", _decades("in"))
    # "20th Century Women" and "20th Century Fox" are names.
    films = r"(?= (?:films?|movies?|cinema|classics?|comed\w{1,3}|dramas?|thrillers?)\b)"
    century = r"(?:the )?(this|last|21st|20th|previous) century\b"
    yield rule(rf"(?:from|of|in|during) {century}", _century)
    yield rule(rf"{century}(?:(?<!20th century)|{films})", _century)
    yield rule(
        r"(?<!no )(?<!not )(?<!not in )(?<!without )(?<!nothing in )"
        r"(?:(?:an? )?(?:really |very )?old (?=(?:\w{1,12} ){0,3}(?:films?|movies?|romances?|"
        r"comed\w{1,3}|dramas?|westerns?|thrillers?|horrors?|musicals?)\b)"
        r"(?:black[ -]and[ -]white)?|black[ -]and[ -]white\b)",
        _old,
    )


_RULES = (*_rules(), *count_rules())

"""Hard wishes that are numbers: years, runtimes, ages, how many.

Every pattern is a fixed sequence of short alternatives without nested repetition, so matching
is linear in the message's length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from discovery.understanding.lexicon import DECADES, NUMBERS
from discovery.understanding.words import Reading

RECENT_YEARS = 10
OLD_BEFORE = 1970
# What a parent means by "kids".
CHILD_AGE = 10
TEEN_AGE = 13
RATING_AGES = {"g": 6, "pg": 10, "pg-13": 13, "pg13": 13, "r-rated": 16, "r rated": 16, "r": 16}

_YEAR = r"((?:18[7-9]|19\d|20\d)\d)"
_DECADE = r"(?:(early|mid|late)[ -])?(?:(19|20)?'?([0-9]0)'?s|(" + "|".join(DECADES) + r"))\b"
_THE = r"(?:the |year |about |around )*"
_NUMBER_WORD = "|".join(sorted(NUMBERS, key=len, reverse=True))
_COUNT_WORD = "|".join(word for word in NUMBERS if word not in {"a", "an", "one", "hundred"})

_LENGTH = (
    r"(?:(?P<mins>\d{1,3}|" + _NUMBER_WORD + r")(?: |-)?(?:minutes|minute|mins|min|m)\b"
    r"|(?P<half>(?:an )?hour and a half|(?P<halfn>\w{1,6}) and a half hours?)"
    r"|(?P<hours>\d(?:\.\d)?|" + _NUMBER_WORD + r") ?(?:hours|hour|hrs|hr|h)\b"
    r"(?: ?(?:and )?(?P<rest>\d{1,2}) ?(?:minutes|mins|min|m)?\b)?"
    r"|(?P<clock>\d)h(?P<clockmin>\d{1,2})m?\b)"
)
_MORE = r"(?:over|above|more than|longer than|at least|exceeding|greater than)"
_LESS = (
    r"(?:under|below|less than|fewer than|shorter than|at most|within|up to|max|maximum|max of|"
    r"maximum of|not exceeding)"
)
_NOT = r"(?:no|not|nothing|none|never|isn't|isnt|don't want|dont want)"
_FILLER = r"(?: (?:be|it|too|that|is|that's|thats|anything|films?|movies?|to be|one|a|any|much))*"


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern, and what a match of it says."""

    pattern: re.Pattern[str]
    apply: Callable[[Reading, re.Match[str]], None]


def read_numbers(reading: Reading, *, newest_year: int) -> None:
    """Read years, runtimes, ages and the number of titles asked for.

    "Recent" is the `RECENT_YEARS` up to `newest_year`, which is the catalogue's.
    """
    for rule in _RULES:
        for match in list(rule.pattern.finditer(reading.left)):
            if "\x00" not in reading.left[match.start() : match.end()]:
                rule.apply(reading, match)
    if recent := _RECENT.search(reading.left):
        reading.set("year_min", newest_year - RECENT_YEARS, *recent.span())
    if last := _LAST_YEARS.search(reading.left):
        span = NUMBERS.get(last[1]) or int(last[1])
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


def length_of(match: re.Match[str]) -> int | None:
    """Return the minutes of a length matched by `_LENGTH`, if they make sense."""
    if match["mins"]:
        minutes = _number(match["mins"])
    elif match["half"]:
        hours = _number(match["halfn"]) if match["halfn"] else 1
        minutes = None if hours is None else hours * 60 + 30
    elif match["clock"]:
        minutes = int(match["clock"]) * 60 + int(match["clockmin"])
    else:
        minutes = round(float(NUMBERS.get(match["hours"]) or match["hours"]) * 60)
        minutes += int(match["rest"] or 0)
    return minutes if minutes is not None and 10 <= minutes <= 600 else None


def _number(word: str) -> int | None:
    return int(word) if word.isdecimal() and len(word) < 4 else NUMBERS.get(word)


def _years(low: int | None, high: int | None) -> Callable[[Reading, re.Match[str]], None]:
    """Make an action: the bounds are the matched year plus an offset; None is no bound."""

    def apply(reading: Reading, match: re.Match[str]) -> None:
        year = int(match[1])
        if low is not None:
            reading.set("year_min", year + low, *match.span())
        if high is not None:
            reading.set("year_max", year + high, *match.span())

    return apply


def _decades(kind: str) -> Callable[[Reading, re.Match[str]], None]:
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


def _runtime(name: str) -> Callable[[Reading, re.Match[str]], None]:
    def apply(reading: Reading, match: re.Match[str]) -> None:
        minutes = length_of(match)
        if minutes is not None:
            reading.set(name, minutes, *match.span())

    return apply


def _about(reading: Reading, match: re.Match[str]) -> None:
    if (minutes := length_of(match)) is not None:
        reading.set("runtime_min", max(1, minutes - 15), *match.span())
        reading.set("runtime_max", minutes + 15, *match.span())


def _age(reading: Reading, match: re.Match[str]) -> None:
    age = next((int(group) for group in match.groups() if group and group.isdecimal()), None)
    _set_age(reading, match, min(age or CHILD_AGE, 21))


def _rating(reading: Reading, match: re.Match[str]) -> None:
    _set_age(reading, match, RATING_AGES[match[1]])


def _fixed_age(age: int) -> Callable[[Reading, re.Match[str]], None]:
    return lambda reading, match: _set_age(reading, match, age)


def _set_age(reading: Reading, match: re.Match[str], age: int) -> None:
    """Keep the strictest of several ages."""
    reading.set("age_max", min(age, reading.fields.get("age_max", age)), *match.span())


def _count(reading: Reading, match: re.Match[str]) -> None:
    count = _number(match[1])
    if count and 1 <= count <= 20:
        reading.set("count", count, *match.span(1))


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
_LAST_YEARS = re.compile(r"\b(?:last|past) (\d{1,2}|" + _NUMBER_WORD + r") years\b")


def _rules() -> Iterator[Rule]:
    def rule(pattern: str, apply: Callable[[Reading, re.Match[str]], None]) -> Rule:
        return Rule(re.compile(r"\b" + pattern), apply)

    # Runtimes first: "over 90 minutes" must not leave "90" to others.
    yield rule(rf"{_NOT}{_FILLER} {_MORE} {_LENGTH}", _runtime("runtime_max"))
    yield rule(rf"{_NOT}{_FILLER} {_LESS} {_LENGTH}", _runtime("runtime_min"))
    yield rule(rf"{_NOT}{_FILLER} (?:more|longer) than {_LENGTH}", _runtime("runtime_max"))
    yield rule(rf"{_MORE} {_LENGTH}", _runtime("runtime_min"))
    yield rule(rf"{_LESS} {_LENGTH}", _runtime("runtime_max"))
    yield rule(rf"{_LENGTH} (?:or|and) (?:less|under|shorter|below)\b", _runtime("runtime_max"))
    yield rule(rf"{_LENGTH} (?:max|maximum|tops|at most)\b", _runtime("runtime_max"))
    yield rule(rf"{_LENGTH} (?:or|and) (?:more|over|longer)\b", _runtime("runtime_min"))
    yield rule(rf"(?:about|around|roughly|approximately|circa) {_LENGTH}(?: long)?", _about)
    yield rule(rf"{_LENGTH} (?:long|in length|films?\b|movies?\b)", _about)

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
    made = r"(?: (?:that's|thats|made|released|from|that|is|was|much|any|films?|movies?))*"
    yield rule(rf"{_NOT}{made} {older}{gap}{_THE}{_YEAR}\b", _years(0, None))
    yield rule(rf"{_NOT}{made} {newer}{gap}{_THE}{_YEAR}\b", _years(None, 0))
    yield rule(rf"{_NOT}{made} {older}{gap}{_THE}{_DECADE}", _decades("since"))
    yield rule(rf"{_NOT}{made} {newer}{gap}{_THE}{_DECADE}", _decades("until"))
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
    yield rule(rf"{_YEAR}(?= (?:films?|movies?|series|releases?)\b)", _years(0, 0))
    yield rule(rf"(?:(?:from|in|of|during) )?{_THE}(?<!mid-){_DECADE}", _decades("in"))
    yield rule(r"(?:from |of |in )?(?:the )?(this|last|21st|20th|previous) century\b", _century)
    yield rule(
        r"(?:(?:an? )?(?:really |very )?old (?=(?:\w{1,12} ){0,3}(?:films?|movies?|romances?|"
        r"comed\w{1,3}|dramas?|westerns?|thrillers?|horrors?|musicals?)\b)"
        r"(?:black[ -]and[ -]white)?|black[ -]and[ -]white\b)",
        _old,
    )

    yield rule(r"(?:for|with) (?:my |our |a |an )?(\d{1,2})[ -]?(?:year|yr)s?[ -]olds?\b", _age)
    yield rule(r"(?:kid|child|children|family)[ -]?(?:friendly|safe|appropriate)\b", _age)
    yield rule(
        r"(?:(?:suitable|appropriate|ok|okay|safe|good|fine) )?(?:for|with (?=my |our |the ))"
        r"(?: ?(?:the|my|our|small|young|little))* ?(?:kids?|children|child|toddlers?|son|daughter|"
        r"grandkids|grandchildren)\b",
        _age,
    )
    yield rule(
        r"(?:suitable |ok |okay )?(?:for|with) (?:my |our |the )?(?:teens|teenagers?)\b",
        _fixed_age(TEEN_AGE),
    )
    # A lone "g" is more often the end of "e.g.".
    yield rule(
        r"(pg-13|pg13|pg|(?<=rated )g|g(?=[ -]rated\b))(?:[ -]rated)?"
        r"(?: or (?:lower|below|under|less))?(?= (?:films?|movies?)\b|$|[,.!])",
        _rating,
    )
    yield rule(
        rf"{_NOT}{_FILLER} r[ -]rated\b(?: films?| movies?)?", _fixed_age(RATING_AGES["r-rated"])
    )
    yield rule(
        rf"(?:top |give me |show me )?(\d{{1,2}}|{_COUNT_WORD})(?= (?:\w{{1,12}} )?(?:\w{{1,12}} )?"
        r"(?:films|movies|titles|shows|series|suggestions|recommendations|picks|options|comedies|"
        r"thrillers|dramas|westerns|documentaries|musicals|horrors)\b)",
        _count,
    )


_RULES = tuple(_rules())

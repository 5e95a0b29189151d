"""Pieces of patterns that several readers share: numbers in words, lengths, negations."""

from __future__ import annotations

import re

from discovery.understanding.lexicon import NUMBERS

NUMBER_WORD = "|".join(sorted(NUMBERS, key=len, reverse=True))
COUNT_WORD = "|".join(word for word in NUMBERS if word not in {"a", "an", "one", "hundred"})

LENGTH = (
    r"(?:(?P<mins>\d{1,3}|" + NUMBER_WORD + r")(?: |-)?(?:minutes|minute|mins|min|m)\b"
    r"|(?P<half>(?:an )?hour and a half|(?P<halfn>\w{1,6}) and a half hours?)"
    r"|(?P<halfhour>half an hour|half-hour)\b"
    r"|(?P<hours>\d(?:\.\d)?|" + NUMBER_WORD + r") ?(?:hours|hour|hrs|hr|h)\b"
    r"(?: ?(?:and )?(?P<rest>\d{1,2}|ten|fifteen|twenty|thirty|forty|fifty)"
    r" ?(?:minutes|mins|min|m)?\b)?"
    r"|(?P<clock>\d)h(?P<clockmin>\d{1,2})m?\b)"
)
NOT = r"(?:no|not|nothing|none|never|isn't|isnt|don't want|dont want)"
FILLER = r"(?: (?:be|it|too|that|is|that's|thats|anything|films?|movies?|to be|one|a|any|much))*"


def length_of(match: re.Match[str]) -> int | None:
    """Return the minutes of a length matched by `LENGTH`, if they make sense."""
    if match["mins"]:
        minutes = number_of(match["mins"])
    elif match["half"]:
        hours = number_of(match["halfn"]) if match["halfn"] else 1
        minutes = None if hours is None else hours * 60 + 30
    elif match["halfhour"]:
        minutes = 30
    elif match["clock"]:
        minutes = int(match["clock"]) * 60 + int(match["clockmin"])
    else:
        minutes = round(float(NUMBERS.get(match["hours"]) or match["hours"]) * 60)
        minutes += number_of(match["rest"] or "0") or 0
    return minutes if minutes is not None and 10 <= minutes <= 600 else None


def number_of(word: str) -> int | None:
    return int(word) if word.isdecimal() and len(word) < 4 else NUMBERS.get(word)

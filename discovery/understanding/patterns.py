"""Pieces of patterns that several readers share: numbers, lengths, negations, who watches.

Readers that go word by word have their negations in `lexicon.toml`.
"""

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
DO_NOT = r"(?:do(?:es)? not|do(?:es)?n'?t|did not|didn'?t)"
IS_NOT = r"(?:(?:is|are|was|were) not|(?:is|are|was|were)n'?t)"
CANNOT = r"(?:cannot|can'?t|could not|couldn'?t)"
WOULD_NOT = r"(?:(?:would|will) not|wouldn'?t|won'?t)"
# What refuses the thing named right after it.
NONE_OF = r"(?:not|no|nothing|without|never|except(?: for)?|excluding)"
NOT = rf"(?:no|not|nothing|none|never|{IS_NOT}|{DO_NOT} want)"
# What refuses the thing named behind it, with words of `AROUND` between: "nothing made in ...".
REFUSED = (
    rf"(?:(?<!why )(?:{NONE_OF}|none|{IS_NOT}|{DO_NOT} (?:want|like|enjoy|fancy|need|watch|do)|"
    rf"(?:{WOULD_NOT}|{CANNOT}|shouldn't|mustn't) be|{WOULD_NOT} (?:want|like)|{CANNOT} stand)|"
    r"avoid(?:ing)?|leave out|leaving out|minus|skip|anything but|anyone but|exclude|sick of|"
    r"tired of|hate|drop)"
)
AROUND = (
    r"(?: (?:more|any|anything|other|ones?|stuff|that|that's|thats|which|is|are|was|were|be|an?|"
    r"films?|movies?|series|shows?|things?|titles?|the|of|else|made|released|filmed|shot|produced|"
    r"see|seeing|watch|watching|too|very|really|much|all|those|these|to|into|fans?|interested|"
    r"looking|mood|in|for|from|want))*"
)
ONLY = r"(?:only|just)"
CHILDREN = (
    r"(?:kids?|children|child|sons?|daughters?|boys?|girls?|grandkids|grandchildren|grandsons?|"
    r"granddaughters?|nephews?|nieces?|little ones?)"
)
# Who watches along, or likes other things.
RELATIVE = (
    r"(?:girlfriend|boyfriend|wife|husband|partner|mom|mum|mother|dad|father|parents?|brothers?|"
    r"sisters?|sons?|daughters?|kids?|children|family|grandma|grandpa|grandparents|in-laws|"
    r"mother-in-law|father-in-law|friends?|flatmates?|roommates?|guests?|date|colleagues?|"
    r"coworkers?|boss)"
)
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

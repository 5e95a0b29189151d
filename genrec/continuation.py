"""Has the assistant stopped answering and begun to continue a viewing history?

A language model tuned on histories may fall into them: it writes events, as in
`Thursday 3PM 4 days ago played "Alien"`, or a list of titles with times, or entity tokens. The
detector looks for the forms in which histories are written (`genrec.verbalization`, and others a
model might make up), not for films as such: naming three films in an answer is fine.
"""

from __future__ import annotations

import re

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_CLOCK = r"\d{1,2}(?::\d{2})?\s?(?:[ap]\.?m\b\.?)|\d{1,2}:\d{2}"
_VERB = r"(?:liked|disliked|seen|saved|played|watched|rewatched|bookmarked|rated)"
_AGO = r"(?:today|yesterday|\d+ (?:minute|hour|day|week|month|year)s? ago)"
_QUOTED = r"[\"\u201c][^\"\u201d\n]{1,120}[\"\u201d]"
_YEAR = r"\((?:18|19|20)\d{2}\)"

# One of these is enough: nobody answers a question this way.
_SURE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Thursday 3PM 4 days ago played
        rf"\b{_DAY},? (?:at )?(?:{_CLOCK})[ ,]+{_AGO}",
        rf"\b{_AGO}[ ,:]+{_VERB}\b[ :]+(?:{_QUOTED}|[^\n.]{{1,60}}{_YEAR})",
        # Liked 3 days ago: "Alien (1979)".
        rf"\b{_VERB} {_AGO}: ?[\"\u201c\w]",
        # This week: Liked: ...
        rf"\b(?:today|this week|this month|this year|earlier): {_VERB}: ?\S",
        # A slot or marker of the catalogue, written out.
        r"<\|?(?:title|slot|item|movie|entity|history)[_ -]?\d*\|?>",
        r"\[(?:title|slot|item|movie|entity)[_ ]?\d+\]",
    )
)
# An event in words at the start of a line or sentence; two of them make a history.
_EVENT = re.compile(
    rf"(?:^|[\n.;])\s*(?:[-*\u2022]|\d+[.)])?\s*"
    rf"(?:{_VERB}:? (?:{_QUOTED}|[A-Z][^\n.;]{{0,60}}{_YEAR})"
    rf"|{_DAY},? (?:at )?(?:{_CLOCK})[ ,:-]+\S"
    rf"|(?:{_AGO})[ ,:-]+(?:{_QUOTED}|[A-Z][^\n.;]{{0,60}}{_YEAR}))",
    re.IGNORECASE,
)
# A title with a time on the same line: "Alien (1979), 9 PM"; three of them make a history.
_TITLE_WITH_TIME = re.compile(
    rf"(?:{_QUOTED}|{_YEAR})[^\n]{{0,12}}(?:{_CLOCK}|{_AGO}|\b{_DAY}\b)"
    rf"|(?:{_CLOCK}|{_AGO}|\b{_DAY}\b)[^\n]{{0,12}}(?:{_QUOTED}|[A-Z][^\n]{{0,50}}{_YEAR})",
    re.IGNORECASE,
)
# A bare run of titles, as a history without words would be written out.
_BARE_TITLE = re.compile(rf"[^\n(),]{{1,60}} {_YEAR}[,;.]?\s*")
MIN_EVENTS = 2
MIN_TITLES_WITH_TIMES = 3
MIN_BARE_TITLES = 5
BARE_SHARE = 0.9


def is_continuation(text: str) -> bool:
    """Tell whether a text reads like a viewing history instead of an answer."""
    return (
        any(pattern.search(text) for pattern in _SURE)
        or len(_EVENT.findall(text)) >= MIN_EVENTS
        or len(_TITLE_WITH_TIME.findall(text)) >= MIN_TITLES_WITH_TIMES
        or is_bare_run(text)
    )


def is_bare_run(text: str) -> bool:
    """Tell whether a text is one unbroken run of titles with years, and hardly anything else."""
    # Numbered or itemised lists are how an assistant answers "name five films".
    if re.search(r"(?:^|\n)\s*(?:[-*\u2022]|\d+[.)])", text):
        return False
    titles = _BARE_TITLE.findall(text)
    covered = sum(len(title) for title in titles)
    return len(titles) >= MIN_BARE_TITLES and covered >= BARE_SHARE * max(1, len(text.strip()))

"""Wishes that the catalogue can't answer: ratings of other sites, where a title can be watched.

A rating is left out, and that is said. Where a title must be available is a hard wish like others:
it is kept, and the answer offers the titles of which it isn't known.
"""

from __future__ import annotations

import re

from discovery.understanding.lexicon import SERVICES
from discovery.understanding.words import Reading

RATINGS_NOTE = "I don't know what {site} gives a title, so I left that wish out."
PLACES_NOTE = "The catalogue doesn't say yet where a title can be watched."

_SITE = r"(imdb|rotten tomatoes|rt|metacritic|letterboxd|tmdb|filmweb)"
_SCORE = r"(?:\d{1,3}(?:\.\d)?(?: ?%| ?/ ?10| out of 10| stars?| points)?\+?|fresh|certified fresh)"
_ABOUT = (
    r"(?:(?:with|that|which|has|have|is|are|an?|the|at least|over|above|more than|better than|"
    r"minimum|min|of|rated|rating|ratings|score|scores|scored|scoring|higher than|on|than|or) )*"
)
_RATINGS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b{_ABOUT}{_SCORE}(?: (?:or (?:higher|more|above|better|up)|and (?:up|above)|plus))?"
        rf" (?:on|at|from|in) (?:the )?{_SITE}\b(?: (?:rating|score))?",
        rf"\b{_ABOUT}{_SITE} (?:rating|score)s?(?: {_ABOUT}{_SCORE}"
        r"(?: or (?:higher|more|above|better))?)?",
        rf"\b{_ABOUT}{_SITE} {_ABOUT}{_SCORE}(?: or (?:higher|more|above|better))?",
        rf"\b(?:highly|well|best|top) rated (?:on|at|by) {_SITE}\b",
    )
)
_SITE_NAMES = {
    "imdb": "IMDb",
    "rotten tomatoes": "Rotten Tomatoes",
    "rt": "Rotten Tomatoes",
    "metacritic": "Metacritic",
    "letterboxd": "Letterboxd",
    "tmdb": "TMDB",
    "filmweb": "Filmweb",
}
_SERVICE = "|".join(sorted(map(re.escape, SERVICES), key=len, reverse=True))
_ON_SERVICE = re.compile(
    r"\b(?:(?:only |must be |has to be |needs to be |that's |thats |that is |which is |i can |"
    r"i could |currently |available |streaming |streamable |stream |watch |to )*)"
    rf"(?:on|from|via) (?:my )?({_SERVICE})(?![\w+])"
    rf"(?:(?:,| or| and|/)+ ?(?:on )?({_SERVICE})(?![\w+]))?"
)
# "I saw it on Netflix" is no wish, nor is a post's talk about what they have.
_PAST = re.compile(
    r"\b(?:saw|seen|watched|found|added|came|finished|was|were|everything)\b[^.!?]*$"
)
_SOFT = re.compile(r"\b(?:preferably|ideally|maybe|hopefully|bonus|if possible)\b")


def read_unknowable(reading: Reading) -> None:
    """Read ratings and services."""
    for pattern in _RATINGS:
        for match in list(pattern.finditer(reading.left)):
            if "\x00" not in match[0]:
                note = RATINGS_NOTE.format(site=_SITE_NAMES[match[1]])
                reading.blank(*match.span())
                reading.notes.append(note)
    for match in list(_ON_SERVICE.finditer(reading.left)):
        if not _PAST.search(reading.text[: match.start()].lower()):
            _read_service(reading, match)


def _read_service(reading: Reading, match: re.Match[str]) -> None:
    around = reading.left[max(0, match.start() - 20) : match.end() + 15]
    if _SOFT.search(around):
        reading.blank(*match.span())
    else:
        for service in filter(None, match.groups()):
            reading.add("availability", SERVICES[service], *match.span())
    if PLACES_NOTE not in reading.notes:
        reading.notes.append(PLACES_NOTE)

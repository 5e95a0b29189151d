"""Titles that a viewer may mean by what they type, also misspelt."""

from __future__ import annotations

import re

from catalog.models import Title
from catalog.text import fold
from catalog.title_search import count_slips, search_titles

TITLES_OFFERED = 8
TITLES_SEARCHED = 60
_YEAR_LAST = re.compile(r"(?P<words>.+) (?P<year>(?:18|19|20)\d\d)")


def find_titles(words: str) -> list[Title]:
    """Return the published titles that are likeliest meant; a year may follow the name."""
    key = fold(words)
    found = _named(key)
    # Only if that finds nothing more: "Blade Runner 2049" is a name.
    if (match := _YEAR_LAST.fullmatch(key)) is not None:
        year = int(match["year"])
        dated = sorted(_named(match["words"]), key=lambda title: abs((title.year or 0) - year))
        found = list(dict.fromkeys([*found, *dated]))
    return found[:TITLES_OFFERED]


def _named(key: str) -> list[Title]:
    """Return the titles whose own name is like `key`: the search knows people, too."""
    if not key:
        return []
    found = search_titles(Title.objects.published(), key)[:TITLES_SEARCHED]
    words = key.split()
    return [
        title
        for title in found
        if key in title.name_key or count_slips(words, title.name_key.split()) is not None
    ]

"""Fold text for matching, and bring the names that sources use to one spelling.

Pure: no Django. The importers, the search and the parser of wishes share these functions, so
that "Amélie", "amelie" and "AMÉLIE" meet in the same key.
"""

from __future__ import annotations

import re
import unicodedata

# Letters that Unicode does not decompose, but that people type without their stroke.
_STROKES = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ħ": "h",
    }
)
_APOSTROPHES = re.compile("(?<=\\w)['\u2019\u02bc\u02b9\u2032](?=\\w)")
_SPACES = re.compile(r"\s+")
_FRACTIONS = re.compile("[\u00bc-\u00be\u2150-\u215e]")
_NOT_ASCII_WORD = re.compile(r"[^a-z0-9]+")
_KEPT_CATEGORIES = "LMN"
# Vowel signs, viramas and dakuten have lower classes: without them, words of Indic scripts
# and Japanese would turn into others.
_LOWEST_ACCENT_CLASS = 10

GENRE_ALIASES = {
    "sci fi": ("Science Fiction",),
    "scifi": ("Science Fiction",),
    "sf": ("Science Fiction",),
    "sci fi and fantasy": ("Science Fiction", "Fantasy"),
    "action and adventure": ("Action", "Adventure"),
    "war and politics": ("War",),
    "childrens": ("Family",),
    "children": ("Family",),
    "kids": ("Family",),
    "noir": ("Film Noir",),
    "biopic": ("Biography",),
    "romcom": ("Romance", "Comedy"),
    "rom com": ("Romance", "Comedy"),
    "romantic": ("Romance",),
    "animated": ("Animation",),
    "cartoon": ("Animation",),
    "historical": ("History",),
    "suspense": ("Thriller",),
    "imax": (),
    "no genres listed": (),
}

_LANGUAGE_ALIASES = {
    "american english": "English",
    "australian english": "English",
    "british english": "English",
    "quebec french": "French",
    "brazilian portuguese": "Portuguese",
    "flemish dutch": "Dutch",
    "flemish": "Dutch",
    "modern greek": "Greek",
    "modern hebrew": "Hebrew",
    "bangla": "Bengali",
    "farsi": "Persian",
    "castilian": "Spanish",
    "egyptian arabic": "Arabic",
    "moroccan arabic": "Arabic",
    "classical arabic": "Arabic",
    "yue chinese": "Cantonese",
    "standard chinese": "Mandarin",
    "mandarin chinese": "Mandarin",
    "putonghua": "Mandarin",
    "standard taiwanese mandarin": "Mandarin",
    "multiple languages": "",
    "artistic language": "",
    "unknown": "",
    "none": "",
}

_COUNTRY_ALIASES = {
    "usa": "United States",
    "us": "United States",
    "united states of america": "United States",
    "uk": "United Kingdom",
    "great britain": "United Kingdom",
    "kingdom of great britain": "United Kingdom",
    "peoples republic of china": "China",
    "british hong kong": "Hong Kong",
    "taiwan island": "Taiwan",
    "kingdom of the netherlands": "Netherlands",
    "kingdom of italy": "Italy",
    "occupied palestinian territory": "Palestine",
    "federal republic of yugoslavia": "Yugoslavia",
    "socialist federal republic of yugoslavia": "Yugoslavia",
    "republic of korea": "South Korea",
    "korea": "South Korea",
    "czechia": "Czech Republic",
    "russian federation": "Russia",
    "the bahamas": "Bahamas",
}


def fold(text: str) -> str:
    """Return the key under which `text` is matched: lower case, no accents, no punctuation.

    Leading articles stay ("the wall" is not "wall"). An apostrophe inside a word vanishes, so
    "Ocean's" and "Oceans" meet; "&" reads "and". Text of nothing but punctuation (a film is
    called "$") keeps it: an empty key would match everything.
    """
    # Composed first: a loose accent would hide the apostrophe after it.
    composed = unicodedata.normalize("NFC", text)
    plain = _APOSTROPHES.sub("", composed.casefold().replace("&", " and "))
    # Most names are ASCII, and an import folds half a million of them.
    key = _NOT_ASCII_WORD.sub(" ", plain) if plain.isascii() else _fold_unicode(plain)
    return key.strip() or _SPACES.sub(" ", text.casefold()).strip()


def _fold_unicode(text: str) -> str:
    """Return case-folded text without accents, with single spaces for everything else."""
    letters = (
        letter
        for letter in unicodedata.normalize("NFKD", _spaced_fractions(text))
        if unicodedata.combining(letter) < _LOWEST_ACCENT_CLASS
    )
    spaced = (
        letter if unicodedata.category(letter)[0] in _KEPT_CATEGORIES else " " for letter in letters
    )
    # Compatibility characters such as squared letters decompose to capitals: fold case again.
    plain = "".join(spaced).casefold().translate(_STROKES)
    return _SPACES.sub(" ", unicodedata.normalize("NFC", plain))


def _spaced_fractions(text: str) -> str:
    """Set fractions apart, so that "8\u00bd" meets "8 1/2", not "81/2"."""
    return _FRACTIONS.sub(r" \g<0>", text)


def canonical_genres(name: str) -> tuple[str, ...]:
    """Return the catalogue's genres for a source's or a viewer's word: one, several or none."""
    alias = GENRE_ALIASES.get(fold(name))
    if alias is not None:
        return alias
    cleaned = _SPACES.sub(" ", name.replace("-", " ")).strip()
    return (cleaned.title() if cleaned.islower() else cleaned,) if cleaned else ()


def canonical_language(name: str) -> str:
    """Return the catalogue's name of a language; empty if the name says nothing."""
    cleaned = _SPACES.sub(" ", re.sub(r"\s+language$", "", name.strip(), flags=re.IGNORECASE))
    alias = _LANGUAGE_ALIASES.get(fold(cleaned))
    return _capitalised(cleaned) if alias is None else alias


def canonical_country(name: str) -> str:
    """Return the catalogue's name of a country."""
    cleaned = _SPACES.sub(" ", name.strip())
    return _COUNTRY_ALIASES.get(fold(cleaned)) or _capitalised(cleaned)


def _capitalised(name: str) -> str:
    return name.title() if name.islower() else name

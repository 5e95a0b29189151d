"""Read the cells of a source's row. Each function raises ValueError with a reason to report.

Empty cells mean that the source does not know: None, or an empty tuple.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

from catalog.text import canonical_country, canonical_genres, canonical_language, fold

# Shorter than any film that is shown on its own: a slip of the source.
MIN_RUNTIME_MIN = 5
MAX_RUNTIME_MIN = 1000
MIN_YEAR = 1870
MAX_YEAR = 2100

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_LIFE_DATES = re.compile(r"\s*\(\d{4}\s*[-\u2013]\s*\d{0,4}\)$")
# Some cells hold the title of an encyclopaedia's list where a person should be.
_NOT_A_PERSON = re.compile(r"^list of ", re.IGNORECASE)


def parse_number(value: Any) -> int | None:
    """Return a whole number, or None for an empty cell."""
    if value is None or value == "":
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError("not a number") from None
    if not math.isfinite(number) or number != int(number):
        raise ValueError("not a whole number")
    return int(number)


def parse_year(value: Any) -> int | None:
    year = parse_number(value)
    if year is not None and not MIN_YEAR <= year <= MAX_YEAR:
        raise ValueError(f"not between {MIN_YEAR} and {MAX_YEAR}")
    return year


def parse_runtime(value: Any) -> int | None:
    """Return minutes."""
    minutes = parse_number(value)
    if minutes is not None and not MIN_RUNTIME_MIN <= minutes <= MAX_RUNTIME_MIN:
        raise ValueError(f"not between {MIN_RUNTIME_MIN} and {MAX_RUNTIME_MIN} minutes")
    return minutes


def parse_genres(value: Any) -> tuple[str, ...]:
    return _distinct(genre for name in split_cell(value) for genre in canonical_genres(name))


def parse_languages(value: Any) -> tuple[str, ...]:
    return _distinct(map(canonical_language, split_cell(value)))


def parse_countries(value: Any) -> tuple[str, ...]:
    return _distinct(map(canonical_country, split_cell(value)))


def parse_people(value: Any) -> tuple[str, ...]:
    """Return names in the order of the cell: suffixes joined again, life dates dropped."""
    names: list[str] = []
    for part in split_cell(value):
        if fold(part) in _SUFFIXES and names:
            names[-1] = f"{names[-1]} {part}"
        elif not _NOT_A_PERSON.match(part):
            names.append(_LIFE_DATES.sub("", part))
    return _distinct(names, key=fold)


def find_strays(value: Any) -> list[str]:
    """Return the parts of a cell of people that are no people: `parse_people` leaves them out."""
    parts = split_cell(value) if isinstance(value, str) else []
    return [part for part in parts if _NOT_A_PERSON.match(part)]


def split_cell(value: Any) -> list[str]:
    if value is not None and not isinstance(value, str):
        raise ValueError("not text")
    return [part.strip() for part in (value or "").split(",") if part.strip()]


def _distinct(
    values: Iterable[str], key: Callable[[str], str] = lambda value: value
) -> tuple[str, ...]:
    """Return values without empty ones and repetitions; the first spelling stays."""
    first: dict[str, str] = {}
    for value in values:
        if value:
            first.setdefault(key(value), value)
    return tuple(first.values())

"""Ids of titles elsewhere, as files write them. Each function raises ValueError with a reason."""

from __future__ import annotations

import re
from typing import Any

from catalog.importing.cells import parse_number

_IMDB = re.compile(r"tt\d{7,9}")


def parse_imdb(value: Any) -> str:
    """Return an IMDb id such as "tt0078748"; of a number its seven digits; empty if unknown."""
    if value is None or value == "":
        return ""
    text = str(value).strip()
    if _IMDB.fullmatch(text):
        return text
    if not re.fullmatch(r"\d{1,9}(\.0)?", text) or float(text) == 0:
        raise ValueError("not an IMDb id, which is tt and 7 to 9 digits")
    return f"tt{int(float(text)):07d}"


def parse_id(value: Any) -> str:
    """Return a number above 0 as text; empty if unknown."""
    number = parse_number(value)
    if number is not None and number <= 0:
        raise ValueError("an id is a number above 0")
    return "" if number is None else str(number)

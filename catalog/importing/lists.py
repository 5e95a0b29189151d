"""Read cells that hold several values, in the ways that files write them.

A JSON or Python list of names or of objects with a name, names between "|", names between
commas, or a real list (JSON, parquet). Each function raises ValueError with a reason to report.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from typing import Any

MAX_LITERAL_CHARS = 200_000
MAX_DEPTH = 20


def split_list(value: Any, *, separator: str = "") -> list[str]:
    """Return the names in a cell, in order, without empty ones and repetitions.

    Args:
        separator: what stands between names; without it "|" if there is one, else a comma.
    """
    return list(dict.fromkeys(name for name in map(_name, items(value, separator)) if name))


def items(value: Any, separator: str = "") -> list[Any]:
    """Return the items of a cell as they are: texts, numbers or objects."""
    if value is None or value == "":
        return []
    if isinstance(value, list | tuple):
        return list(value)
    if not isinstance(value, str):
        raise ValueError("neither text nor a list")
    text = value.strip()
    if text[:1] == "[":
        return _literal(text)
    parts = text.split(separator or ("|" if "|" in text else ","))
    return [part.strip() for part in parts]


def _literal(text: str) -> list[Any]:
    """Read a list as JSON or Python writes it. Nothing is run: literals only."""
    if len(text) > MAX_LITERAL_CHARS:
        raise ValueError(f"a list of more than {MAX_LITERAL_CHARS} characters")
    # A parser follows every bracket down: far too many end the process.
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise ValueError("a list in a list in a list")
    try:
        found = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        try:
            found = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            raise ValueError("a list that is neither JSON nor Python") from None
    if not isinstance(found, list):
        raise ValueError("not a list")
    return found


def _depth(text: str) -> int:
    """Return how deep brackets nest; those within quotes may count, which errs on the safe side."""
    depth = deepest = 0
    for letter in text:
        if letter in "[{(":
            depth += 1
            deepest = max(deepest, depth)
        elif letter in "]})":
            depth -= 1
    return deepest


def _name(item: Any) -> str:
    if isinstance(item, Mapping):
        item = item.get("name") or item.get("english_name") or ""
    if isinstance(item, int | float) and not isinstance(item, bool):
        item = str(item)
    if item is None:
        return ""
    if not isinstance(item, str):
        raise ValueError("a list of something other than names")
    return item.strip()

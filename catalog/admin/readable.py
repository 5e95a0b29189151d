"""What changed in a title, in words for people: a line a fact, tag, genre or person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.snapshots import BOOKKEEPING, FACTS, GROUPS, Difference

LABELS = {
    "name": "Title",
    "runtime_min": "Runtime (minutes)",
    "age_min": "Youngest age",
    "artwork_alt": "Artwork description",
    "content_notes": "Content note",
    "genres": "Genre",
    "tags": "Tag",
    "credits": "Credit",
    "external_ids": "Id at",
    "kindred": "Kindred",
    "publish_at": "Publish at",
    "withdraw_at": "Withdraw at",
}
GRADES = ("0 none", "1 mild", "2 strong", "3 extreme")
NOTHING = "–"  # noqa: RUF001 - an en dash, as in a table


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that changed; `key` and `element` are as in a snapshot."""

    label: str
    before: str
    after: str
    key: str = ""
    element: str = ""


def lines_of(change: Difference) -> list[Line]:
    """Return what differs, facts first; who may overwrite what is left out."""
    return [
        Line(_label(key, element, old, new), _shown(key, old), _shown(key, new), key, element)
        for key, element, old, new in _parts(change)
    ]


def show_value(key: str, value: Any) -> str:
    """Return one value of a snapshot as people read it."""
    return _shown(key, value)


def label_of(key: str, element: str, *values: Any) -> str:
    return _label(key, element, *values)


def _parts(change: Difference) -> Iterator[tuple[str, str, Any, Any]]:
    for key in (*FACTS, *GROUPS):
        if key not in change.before or key in BOOKKEEPING:
            continue
        old, new = change.before[key], change.after[key]
        if key in GROUPS:
            for element in sorted(old.keys() | new.keys()):
                yield key, element, old.get(element), new.get(element)
        else:
            yield key, "", old, new


def _label(key: str, element: str, *values: Any) -> str:
    label = LABELS.get(key, key.replace("_", " ").capitalize())
    if key == "kindred":
        element = next((value["name"] for value in values if value), element)
    if key == "content_notes":
        element = element.replace("_", " ")
    return f"{label}: {element}" if element else label


def _shown(key: str, value: Any) -> str:
    if value is None or value in ("", []):
        return NOTHING
    if key == "tags":
        said_by = f"{value['provenance']} {value['source']}".strip()
        return f"{value['weight']} of 3 ({said_by})"
    if key == "kindred":
        return "yes"
    if key == "content_notes":
        return GRADES[value] if value in range(len(GRADES)) else str(value)
    if key in {"publish_at", "withdraw_at"}:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"
    if key == "credits":
        return "yes" if value == 0 else f"billed {value + 1}"
    if value is True:
        return "yes"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""Whose value stays: what a title remembers of the source of each value.

`Title.field_sources` maps a field to its source and that source's authority at the time. Besides
the plain fields there are "genres" and, by role, "credits.director", "credits.cast" and so on.
"""

from __future__ import annotations

from catalog.importing.base import FILLS_GAPS, MODEL, Source
from catalog.models import Title


def knows_better(title: Title, field: str, source: Source, *, empty: bool) -> bool:
    """Tell whether a value of `source` may replace the title's.

    It may if there is none, if it is the source's own, or if the source counts for more. Between
    equals the first one stays: two sources that are imported in turn never undo one another.

    Args:
        empty: the title has no value.
    """
    if empty:
        return True
    name, authority = origin(title, field)
    return name == source.name or source.authority(field) > authority


def origin(title: Title, field: str) -> tuple[str, int]:
    """Return the source of a value and its authority; an unknown source counts least.

    A bare name is a model's version, as suggestions leave it: every import counts for more.
    """
    noted = title.field_sources.get(field)
    if isinstance(noted, str):
        return noted, MODEL
    if not noted:
        return "", FILLS_GAPS
    name, authority = noted
    return str(name), int(authority)


def note_origin(title: Title, field: str, source: Source) -> None:
    title.field_sources[field] = [source.name, source.authority(field)]

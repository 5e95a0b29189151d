"""Editors' collections as viewers see them: published, and with something to show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from catalog.models import Collection, CollectionItem, CurationRule, Title

# The page has room for a few dozen; more than that is no choice any more.
MAX_SHELVES = 40


@dataclass(frozen=True, slots=True)
class Shelf:
    """A collection that may be searched within."""

    slug: str
    name: str
    description: str = ""


def open_shelves() -> list[Shelf]:
    """Return the published collections with a title that may be shown, by name. One query."""
    blocks = CurationRule.objects.active().filter(kind=CurationRule.Kind.BLOCK)
    showable = CollectionItem.objects.filter(
        collection=OuterRef("pk"), title__status=Title.Status.PUBLISHED
    ).exclude(title_id__in=blocks.values("title_id"))
    rows = Collection.objects.filter(Exists(showable), published=True).order_by("name")
    return [Shelf(*row) for row in rows.values_list("slug", "name", "description")[:MAX_SHELVES]]


def shelf_names(slugs: Iterable[str]) -> dict[str, str]:
    """Return the names of those collections that are published, by slug."""
    wanted = set(slugs)
    if not wanted:
        return {}
    shelves = Collection.objects.filter(slug__in=wanted, published=True)
    return dict(shelves.values_list("slug", "name"))

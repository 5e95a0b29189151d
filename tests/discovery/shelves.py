"""Collections of the small catalogue, for tests."""

from __future__ import annotations

from catalog.models import Collection, CollectionItem, Title

CHRISTMAS = ("Gremlins", "Home Alone")


def shelf(
    titles: dict[str, Title], *names: str, name: str = "Christmas", published: bool = True
) -> Collection:
    slug = name.lower().replace(" ", "-")
    collection = Collection.objects.create(name=name, slug=slug, published=published)
    CollectionItem.objects.bulk_create(
        CollectionItem(collection=collection, title=titles[title], position=place)
        for place, title in enumerate(names)
    )
    return collection

"""Link the names in a message to the catalogue's titles and people, in SQL."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from django.contrib.postgres.search import TrigramSimilarity
from django.core.cache import cache
from django.db.models import Count, Max, Q

from catalog.models import Collection as Shelf
from catalog.models import Credit, Person, Title
from catalog.text import fold

NEWEST_YEAR_KEPT_S = 300
MAX_COLLECTIONS = 200


@dataclass(frozen=True, slots=True)
class NamedTitle:
    """A title that a name could mean."""

    title_id: int
    key: str
    name: str
    year: int | None
    popularity: float

    @property
    def label(self) -> str:
        return f"{self.name} ({self.year})" if self.year else self.name


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person that a name could mean. `credits` counts their titles, by role."""

    person_id: int
    key: str
    name: str
    directed: int
    written: int
    played: int

    @property
    def credits(self) -> int:
        return self.directed + self.written + self.played


@dataclass(frozen=True, slots=True)
class NamedCollection:
    """A published collection of the editors, by its folded name."""

    slug: str
    key: str
    name: str


class Names(Protocol):
    """What the parser asks of the catalogue. Keys are folded names."""

    def titles(self, keys: Collection[str]) -> dict[str, list[NamedTitle]]:
        """Return the titles of each key that has any, most popular first."""
        ...

    def people(self, keys: Collection[str]) -> dict[str, NamedPerson]: ...

    def similar_title(self, key: str) -> NamedTitle | None:
        """Return the title that a misspelt name means, if one is close enough."""
        ...

    def similar_person(self, key: str) -> NamedPerson | None:
        """Return the person of a misspelt name, or the best known one of a surname."""
        ...

    def newest_year(self) -> int: ...

    def collections(self) -> list[NamedCollection]:
        """Return the editors' collections that viewers may search within."""
        ...


class CatalogueNames:
    """`Names` from the database: three queries for a message, one more for each misspelling.

    Only what is published: a draft can't be linked, nor somebody who is known for drafts alone.
    """

    def titles(self, keys: Collection[str]) -> dict[str, list[NamedTitle]]:
        found: dict[str, list[NamedTitle]] = {}
        for title in _titles(Q(name_key__in=keys)):
            found.setdefault(title.key, []).append(title)
        return found

    def people(self, keys: Collection[str]) -> dict[str, NamedPerson]:
        return {person.key: person for person in _people(Q(name_key__in=keys))}

    def similar_title(self, key: str) -> NamedTitle | None:
        if len(key) < 4:
            return None
        # "Star Wars" for "Star Wars: Episode IV - A New Hope", but not for "Star Wars Uncut".
        for title in _titles(Q(name_key__startswith=f"{key} ")):
            if fold(re.split(r":| [-\u2013] ", title.name)[0]) == key:
                return title
        by_trigram = Title.objects.published().filter(name_key__trigram_similar=key)
        nearest = by_trigram.annotate(similarity=TrigramSimilarity("name_key", key)).order_by(
            "-similarity", "-popularity"
        )[:10]
        # One swapped letter leaves a short name few trigrams in common.
        near = Q(pk__in=[title.pk for title in nearest]) | (
            Q(name_key__startswith=key[:1]) & _length_near(key)
        )
        misspelt = [title for title in _titles(near) if is_misspelling(key, title.key)]
        return max(misspelt, key=lambda title: title.popularity, default=None)

    def similar_person(self, key: str) -> NamedPerson | None:
        if " " not in key:
            named = _people(Q(name_key__endswith=f" {key}"))
        else:
            named = _people(Q(name_key__trigram_similar=key))
            named = [person for person in named if _similarity(person.key, key) >= 0.6]
        return max(named, key=lambda person: person.credits, default=None)

    def newest_year(self) -> int:
        year = cache.get("discovery:newest_year")
        if year is None:
            year = Title.objects.published().aggregate(year=Max("year"))["year"] or 2000
            cache.set("discovery:newest_year", year, NEWEST_YEAR_KEPT_S)
        return int(year)

    def collections(self) -> list[NamedCollection]:
        published = Shelf.objects.filter(published=True)
        rows = published.values_list("slug", "name")[:MAX_COLLECTIONS]
        return [NamedCollection(slug, fold(name), name) for slug, name in rows]


def is_misspelling(key: str, name: str) -> bool:
    """Say whether a key is a name with a slip or two, not the name of something else.

    Spaces and a leading article don't count: "bodysnatchers" is "body snatchers". The longer the
    name, the more slips; "The Old Guard" is still not "The Guard".
    """
    one, other = _without_article(key), _without_article(name)
    return within_one_edit(one, other) or edits(one, other) <= len(other) // 8


def edits(one: str, other: str) -> int:
    """Return the Levenshtein distance of two short strings."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]


def _without_article(key: str) -> str:
    return re.sub(r"^(?:the|a|an) ", "", key).replace(" ", "")


def within_one_edit(one: str, other: str) -> bool:
    """Say whether one insertion, deletion, change or swap of neighbours makes `one` `other`."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    start = next(
        (i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    if len(long) - len(short) > 1:
        return False
    if len(long) > len(short):
        return short[start:] == long[start + 1 :]
    swapped = short[start + 1 : start + 2] + short[start : start + 1] + short[start + 2 :]
    return short[start + 1 :] == long[start + 1 :] or swapped == long[start:]


def _titles(condition: Q) -> list[NamedTitle]:
    rows = (
        Title.objects.published()
        .filter(condition)
        .order_by("-popularity", "pk")
        .values_list("pk", "name_key", "name", "year", "popularity")[:200]
    )
    return [NamedTitle(*row) for row in rows]


def _people(condition: Q) -> list[NamedPerson]:
    def credited(*roles: str) -> Count:
        shown = Q(credits__title__status=Title.Status.PUBLISHED)
        return Count("credits", filter=shown & Q(credits__role__in=roles))

    rows = (
        Person.objects.filter(condition)
        .annotate(
            directed=credited(Credit.Role.DIRECTOR, Credit.Role.CREATOR),
            written=credited(Credit.Role.WRITER),
            played=credited(Credit.Role.CAST),
        )
        .values_list("pk", "name_key", "name", "directed", "written", "played")[:50]
    )
    return [person for row in rows if (person := NamedPerson(*row)).credits]


def _length_near(key: str) -> Q:
    return Q(name_key__regex=f"^.{{{len(key) - 1},{len(key) + 1}}}$")


def _similarity(one: str, other: str) -> float:
    """Return the share of trigrams in common, as pg_trgm counts them."""
    first, second = _trigrams(one), _trigrams(other)
    return len(first & second) / max(1, len(first | second))


def _trigrams(key: str) -> set[str]:
    words: Iterable[str] = (f"  {word} " for word in key.split())
    return {word[i : i + 3] for word in words for i in range(len(word) - 2)}

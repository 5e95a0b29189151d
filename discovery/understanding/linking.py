"""Link the names in a message to the catalogue's titles and people, in SQL."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection
from django.db.models import Count, Max, Q, Value
from pgvector.django import CosineDistance

from catalog.embedding import EmbedderUnavailable, get_embedder
from catalog.models import Collection as Shelf
from catalog.models import Credit, Person, Title
from catalog.text import fold
from discovery.caching import made_once
from discovery.understanding.edits import is_misspelling, is_misspelt_person, within_one_edit

logger = logging.getLogger(__name__)

SHORTEST_NAME = 4
NEAREST_NAMES = 10
FEW_TRIGRAMS = 12
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
class About:
    """What a message may say of a title beside its name."""

    kind: str
    genres: frozenset[str]
    people: frozenset[int]


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

    def similar_title(self, key: str, *, literal: bool = False) -> NamedTitle | None:
        """Return the title that a shortened or, unless `literal`, a misspelt name means."""
        ...

    def similar_person(self, key: str) -> NamedPerson | None:
        """Return the person of a misspelt name, or the best known one of a surname."""
        ...

    def about(self, title_ids: Collection[int]) -> dict[int, About]:
        """Return what tells titles of one name apart."""
        ...

    def similarities(self, title_ids: Collection[int], words: str) -> dict[int, float]:
        """Return how near each title's document is to some words, -1 to 1; empty if unknown."""
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

    def similar_title(self, key: str, *, literal: bool = False) -> NamedTitle | None:
        if len(key) < SHORTEST_NAME:
            return None
        for title in _titles(Q(name_key__startswith=f"{key} ")):
            if is_shortened(key, title):
                return title
        if literal:
            return None
        by_trigram = Title.objects.published().filter(name_key__trigram_similar=key)
        nearest = by_trigram.annotate(similarity=TrigramSimilarity("name_key", key)).order_by(
            "-similarity", "-popularity"
        )[:NEAREST_NAMES]
        near = Q(pk__in=[title.pk for title in nearest])
        if len(key) <= FEW_TRIGRAMS:
            # One swapped letter leaves a short name few trigrams in common.
            near |= Q(name_key__startswith=key[:1]) & _length_near(key)
        return misspelt_title(key, _titles(near))

    def similar_person(self, key: str) -> NamedPerson | None:
        if " " in key:
            nearest = Person.objects.filter(name_key__trigram_similar=key).order_by(
                TrigramSimilarity("name_key", key).desc()
            )
            near = list(nearest.values_list("pk", flat=True)[: 2 * NEAREST_NAMES])
            return misspelt_person(key, _people(Q(pk__in=near)))
        named = _people(Q(name_key__endswith=f" {key}"))
        if not named and len(key) > SHORTEST_NAME:
            named = _people(Q(name_key__trigram_word_similar=key))
        return of_surname(key, named)

    def about(self, title_ids: Collection[int]) -> dict[int, About]:
        rows = (
            Title.objects.filter(pk__in=title_ids)
            .annotate(
                genre_names=ArrayAgg("genres__name", distinct=True, default=Value([])),
                people_ids=ArrayAgg("credits__person_id", distinct=True, default=Value([])),
            )
            .values_list("pk", "kind", "genre_names", "people_ids")
        )
        return {
            pk: About(kind, frozenset(genres) - {None}, frozenset(people) - {None})
            for pk, kind, genres, people in rows
        }

    def similarities(self, title_ids: Collection[int], words: str) -> dict[int, float]:
        try:
            (vector,) = get_embedder().embed([words])
        except EmbedderUnavailable as error:
            logger.warning("homonyms are told apart without meaning: %s", error)
            return {}
        embedded = Title.objects.filter(pk__in=title_ids, embedding__isnull=False)
        distance = CosineDistance("embedding", vector.tolist())
        rows = embedded.annotate(distance=distance).values_list("pk", "distance")
        return {title_id: 1.0 - float(found) for title_id, found in rows}

    def newest_year(self) -> int:
        key = f"discovery:newest_year:{connection.settings_dict['NAME']}"
        return made_once(key, _newest_year, fresh_s=NEWEST_YEAR_KEPT_S)

    def collections(self) -> list[NamedCollection]:
        published = Shelf.objects.filter(published=True)
        rows = published.values_list("slug", "name")[:MAX_COLLECTIONS]
        return [NamedCollection(slug, fold(name), name) for slug, name in rows]


def is_shortened(key: str, title: NamedTitle) -> bool:
    """Say whether "star wars" is "Star Wars: A New Hope": not "Star Wars Uncut"."""
    return fold(re.split(r":| [-\u2013] ", title.name)[0]) == key


def misspelt_title(key: str, titles: Iterable[NamedTitle]) -> NamedTitle | None:
    """Return the best known of the titles that a key may be a misspelling of."""
    misspelt = (title for title in titles if is_misspelling(key, title.key))
    return max(misspelt, key=lambda title: title.popularity, default=None)


def misspelt_person(key: str, people: Iterable[NamedPerson]) -> NamedPerson | None:
    """Return the person with the most titles whose name a key may be a misspelling of."""
    misspelt = (person for person in people if is_misspelt_person(key, person.key))
    return max(misspelt, key=lambda person: person.credits, default=None)


def of_surname(key: str, people: Iterable[NamedPerson]) -> NamedPerson | None:
    """Return the person with the most titles of a surname, or of one that is a slip away."""
    by_surname = [(person, person.key.split()[-1]) for person in people]
    named = [person for person, surname in by_surname if surname == key]
    if not named and len(key) > SHORTEST_NAME:
        named = [
            person
            for person, surname in by_surname
            if surname[0] == key[0] and within_one_edit(surname, key) and person.credits > 1
        ]
    return max(named, key=lambda person: person.credits, default=None)


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


def _newest_year() -> int:
    year = Title.objects.published().aggregate(year=Max("year"))["year"]
    return int(year or 2000)

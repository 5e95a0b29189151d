"""What a wish can be made of: the words of the ontology, what the catalogue has, who is meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection
from django.db.models import Count, F, Func, Q

from catalog.models import Genre, Person, Title
from catalog.ontology import GROUPS, MOOD_GROUPS, load_ontology
from catalog.text import fold
from chat.title_choices import find_titles
from discovery.caching import made_once
from discovery.shelves import open_shelves
from genrec.contract import PersonRef, TitleRef

Choices = list[tuple[str, Any]]
# Languages and countries change with imports only.
FACTS_CACHE_S = 600
PEOPLE_OFFERED = 8
# "spielburg" shares half of its trigrams with "Steven Spielberg"'s last name.
SIMILAR_NAME = 0.3


def terms(*, moods: bool) -> Choices:
    """Return the ontology's moods or its themes, by group."""
    ontology = load_ontology()
    groups = [group for group in GROUPS if (group in MOOD_GROUPS) is moods]
    names = ontology.terms.values()
    return [
        (group.capitalize(), sorted((t.name, t.name) for t in names if t.group == group))
        for group in groups
    ]


def genres() -> Choices:
    """Return the genres of published titles."""
    published = Genre.objects.filter(titles__status=Title.Status.PUBLISHED).distinct()
    return [(name, name) for name in published.order_by("name").values_list("name", flat=True)]


def facts_named(field: str) -> Choices:
    """Return the `languages` or `countries` that published titles have, by name."""

    def find() -> list[str]:
        each = Func(F(field), function="unnest")
        names = Title.objects.published().order_by().annotate(each=each)
        return sorted(names.values_list("each", flat=True).distinct())

    # Another database may be behind the same cache: its titles are others.
    key = f"wish-choices:{connection.settings_dict['NAME']}:{field}"
    found = made_once(key, find, fresh_s=FACTS_CACHE_S)
    return [(name, name) for name in found]


def shelves() -> Choices:
    return [(shelf.slug, shelf.name) for shelf in open_shelves()]


def with_current(choices: Choices, current: Iterable[str]) -> Choices:
    """Return the choices and, before them, what is held now but isn't among them any more."""
    known = {value for value, label in flat(choices)}
    return [*((value, value) for value in current if value and value not in known), *choices]


def flat(choices: Choices) -> Iterable[tuple[str, str]]:
    """Yield value and label of every choice, groups opened."""
    for value, label in choices:
        if isinstance(label, str):
            yield value, label
        else:
            yield from label


def title_meant(words: str) -> TitleRef | None:
    """Return the published title that the words name, best match first; None if none does."""
    titles = find_titles(words)
    # The list under the field offers names with years: one that was chosen is meant.
    meant = next((t for t in titles if str(t) == words), titles[0] if titles else None)
    if meant is None:
        return None
    return TitleRef(mention=str(meant)[:200], title_id=meant.pk, label=str(meant))


def person_meant(words: str, role: str) -> PersonRef | None:
    people = find_people(words)
    if not people:
        return None
    person = people[0]
    return PersonRef.model_validate(
        {"mention": person.name, "person_id": person.pk, "role": role, "label": person.name}
    )


def find_people(words: str) -> Sequence[Person]:
    """Return the people of published titles that are likeliest meant, also misspelt."""
    key = fold(words)
    if not key:
        return []
    credited = Person.objects.filter(credits__title__status=Title.Status.PUBLISHED)
    counted = credited.annotate(n_credits=Count("credits__title", distinct=True))
    named = counted.filter(Q(name_key__startswith=key) | Q(name_key__contains=f" {key}")).order_by(
        "-n_credits", "pk"
    )
    # Whoever is called exactly so comes first, however many others' names begin alike.
    exact = counted.filter(name_key=key)
    found = list(dict.fromkeys([*exact, *named[:PEOPLE_OFFERED]]))[:PEOPLE_OFFERED]
    if found:
        return found
    similar = counted.annotate(similarity=TrigramSimilarity("name_key", key))
    close = similar.filter(name_key__trigram_similar=key, similarity__gte=SIMILAR_NAME)
    return list(close.order_by("-similarity", "-n_credits", "pk")[:PEOPLE_OFFERED])

"""Facts of titles, read from the database in a few rows of plain values."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.facts import load_facts
from catalog.models import Credit, Genre, Person, Tag, Title, TitleTag

pytestmark = pytest.mark.django_db


def test_facts_keep_their_order_and_their_roles(django_assert_num_queries: Any) -> None:
    series = Title.objects.create(kind="series", name="Zeta", year=2001, status="published")
    draft = Title.objects.create(kind="film", name="Alpha", year=1999, status="draft")
    for name in ("Thriller", "Drama"):
        series.genres.add(Genre.objects.get_or_create(name=name)[0])
    for billing, (role, name) in enumerate(
        [("cast", "B"), ("creator", "C"), ("cast", "A"), ("director", "D"), ("writer", "E")]
    ):
        person = Person.objects.create(name=name)
        Credit.objects.create(title=series, person=person, role=role, billing=billing)
    for name, weight in (("quiet", 1), ("bleak", 3), ("tense", 3)):
        tag = Tag.objects.create(name=name)
        TitleTag.objects.create(title=series, tag=tag, weight=weight)

    with django_assert_num_queries(4):
        found = load_facts([series.pk, draft.pk, 0])

    assert list(found) == [draft.pk, series.pk]
    facts = found[series.pk]
    assert facts.genres == ("Drama", "Thriller")
    assert facts.tags == ("bleak", "tense", "quiet")
    assert (facts.cast, facts.directors, facts.writers) == (("B", "A"), ("C", "D"), ("E",))
    assert found[draft.pk].cast == ()
    assert list(load_facts([series.pk, draft.pk], published_only=True)) == [series.pk]

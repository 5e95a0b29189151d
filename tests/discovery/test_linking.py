"""Linking names to the catalogue, in the database: homonyms, misspellings, surnames."""

from __future__ import annotations

import pytest

from catalog.models import Title
from discovery.understanding.edits import within_one_edit
from discovery.understanding.linking import CatalogueNames

pytestmark = pytest.mark.django_db
NAMES = CatalogueNames()


def test_homonyms_come_most_popular_first(catalogue: dict[str, Title]) -> None:
    older = Title.objects.create(name="The Thing", year=1951, popularity=0.3)

    found = NAMES.titles({"the thing", "nothing here"})
    assert [title.year for title in found["the thing"]] == [1982, 1951]
    assert found["the thing"][1].title_id == older.pk


def test_drafts_are_not_linked(catalogue: dict[str, Title]) -> None:
    Title.objects.filter(name="Alien").update(status=Title.Status.DRAFT)

    assert NAMES.titles({"alien"}) == {}
    assert NAMES.similar_title("alein") is None


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("alein", "Alien"),
        ("jurasic park", "Jurassic Park"),
        ("silence of the lambs", "The Silence of the Lambs"),
        ("amelie", "Amélie"),
        ("invasion of the bodysnatchers", None),
        ("home alon", "Home Alone"),
        ("the old princess bride", None),
        ("zanzibar nights", None),
        ("xyz", None),
    ],
)
def test_misspelt_titles(catalogue: dict[str, Title], key: str, name: str | None) -> None:
    exact = NAMES.titles({key}).get(key, [])
    found = exact[0] if exact else NAMES.similar_title(key)

    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("murray", "Bill Murray"),
        ("sigorney weaver", "Sigourney Weaver"),
        ("nobody atall", None),
    ],
)
def test_people_by_surname_or_misspelt(
    catalogue: dict[str, Title], key: str, name: str | None
) -> None:
    found = NAMES.similar_person(key)

    assert (found.name if found else None) == name


def test_people_carry_their_roles(catalogue: dict[str, Title]) -> None:
    brooks = NAMES.people({"mel brooks"})["mel brooks"]

    assert (brooks.directed, brooks.played) == (2, 1)


def test_newest_year_is_the_catalogue_s(catalogue: dict[str, Title], empty_cache: None) -> None:
    assert NAMES.newest_year() == 2004


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("alien", "alien", True),
        ("alien", "alein", True),
        ("alien", "aliens", True),
        ("alien", "alen", True),
        ("alien", "alxen", True),
        ("alien", "aligns", False),
        ("alien", "aliensx", False),
        ("", "a", True),
    ],
)
def test_within_one_edit(one: str, other: str, near: bool) -> None:
    assert within_one_edit(one, other) is near
    assert within_one_edit(other, one) is near

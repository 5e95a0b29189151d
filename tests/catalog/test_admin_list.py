"""The title list: found, filtered, published, and what looks like a duplicate."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.duplicates import probable_duplicates
from catalog.importing.tags import ensure_tags
from catalog.models import (
    Credit,
    DistinctPair,
    Person,
    Revision,
    SavedFilter,
    Title,
    TitleTag,
)
from catalog.slots import assign_slots
from catalog.title_search import count_slips
from tests.catalog.desk import (
    CHANGELIST,
)
from tests.conftest import member_of

pytestmark = pytest.mark.django_db

OnCommit = Callable[..., AbstractContextManager[Any]]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("alien", ["Alien", "Aliens"]),
        ("amelie", ["Amélie"]),
        ("jurasic park", ["Jurassic Park"]),
        ("tt0083658", ["Blade Runner"]),
        ("alein", ["Alien"]),
        ("jwas", []),
        ("the terminater", ["The Terminator"]),
        ("sigorney weaver", ["Alien", "Aliens", "Ghostbusters", "Galaxy Quest"]),
        ("weaver", ["Alien", "Aliens", "Ghostbusters", "Galaxy Quest"]),
        ("mars atacks", ["Mars Attacks!"]),
        ("bladerunner", ["Blade Runner"]),
        ("Alien (1979)", ["Alien"]),
        ("alein, 1979", ["Alien"]),
        ("aliens 1979", []),
        ("zzzzqqq", []),
    ],
)
def test_search(admin: Client, catalogue: dict[str, Title], words: str, names: list[str]) -> None:
    response = admin.get(reverse(CHANGELIST), {"q": words})

    assert [title.name for title in response.context["cl"].result_list] == names


@pytest.mark.parametrize(
    ("words", "name", "slips"),
    [
        ("alein", "alien", 1),
        ("weaver sigorney", "sigourney weaver", 1),
        ("starwars", "star wars", 0),
        ("jaws", "paws", 1),
        ("cat", "car", None),
        ("alien", "amelie", None),
        ("the thing", "the thong", 1),
    ],
)
def test_slips(words: str, name: str, slips: int | None) -> None:
    assert count_slips(words.split(), name.split()) == slips


def test_queries_of_a_page_do_not_grow_with_its_rows(
    admin: Client, catalogue: dict[str, Title], django_assert_max_num_queries: Any
) -> None:
    for query in ({}, {"q": "sigorney weaver"}, {"missing": "terms", "tags_by": "nobody"}):
        with django_assert_max_num_queries(24):
            response = admin.get(reverse(CHANGELIST), query)
        assert len(response.context["cl"].result_list) >= 4


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"decade": "1970"}, {"Alien", "Dark Star", "Young Frankenstein"}),
        ({"missing": "runtime"}, {"Critters"}),
        ({"missing": "embedding", "decade": "1970", "q": "alien"}, {"Alien"}),
        ({"status__exact": "withdrawn"}, set()),
    ],
)
def test_filters(
    admin: Client, catalogue: dict[str, Title], filters: dict[str, str], names: set[str]
) -> None:
    response = admin.get(reverse(CHANGELIST), filters)

    assert {title.name for title in response.context["cl"].result_list} == names


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"missing": "terms"}, {"Aliens", "Amélie"}),
        ({"missing": "keywords"}, {"Alien", "Amélie"}),
        ({"missing": "content notes"}, {"Aliens", "Amélie"}),
        ({"missing": "people"}, {"Amélie"}),
        ({"missing": "director or creator"}, {"Amélie", "Aliens"}),
        ({"missing": "IMDb id"}, {"Aliens"}),
        ({"missing": "artwork"}, {"Alien", "Aliens", "Amélie"}),
        ({"synopsis_by": "starter"}, {"Alien"}),
        ({"synopsis_by": "editor"}, {"Aliens"}),
        ({"synopsis_by": "none"}, {"Amélie"}),
        ({"tags_by": "starter"}, {"Alien"}),
        ({"tags_by": "model"}, {"Aliens"}),
        ({"tags_by": "nobody"}, {"Amélie"}),
        ({"scheduled": "to be withdrawn"}, {"Amélie"}),
    ],
)
def test_filters_by_what_is_missing_and_who_said_it(
    admin: Client, catalogue: dict[str, Title], filters: dict[str, str], names: set[str]
) -> None:
    alien, aliens, amelie = (catalogue[name] for name in ("Alien", "Aliens", "Amélie"))
    Title.objects.exclude(pk__in=[alien.pk, aliens.pk, amelie.pk]).delete()
    tags = ensure_tags({"tense", "space marines"})
    TitleTag.objects.create(
        title=alien, tag_id=tags["tense"], provenance="import", source="starter"
    )
    TitleTag.objects.create(title=aliens, tag_id=tags["space marines"], provenance="model")
    Title.objects.filter(pk=alien.pk).update(
        synopsis="In space.", field_sources={"synopsis": ["starter", 2]}, content_notes={"gore": 3}
    )
    Title.objects.filter(pk=aliens.pk).update(
        synopsis="Again.", field_sources={"synopsis": ["editor", -1]}
    )
    Title.objects.filter(pk=amelie.pk).update(withdraw_at="2040-01-01T00:00Z")
    amelie.credits.all().delete()
    aliens.credits.filter(role="director").delete()
    aliens.external_ids.all().delete()

    response = admin.get(reverse(CHANGELIST), filters)

    assert {title.name for title in response.context["cl"].result_list} == names


def test_the_stale_are_found(admin: Client, embedded_catalogue: dict[str, Title]) -> None:
    embedded_catalogue["Alien"].save()

    response = admin.get(reverse(CHANGELIST), {"missing": "fresh"})

    assert [title.name for title in response.context["cl"].result_list] == ["Alien"]


def test_a_saved_filter_is_listed_shared_and_deleted(
    admin: Client, editor: User, catalogue: dict[str, Title]
) -> None:
    wanted = {"name": "No runtime", "querystring": "missing=runtime&p=3", "shared": "on"}

    response = admin.post(reverse("admin:catalog_title_save_filter"), wanted, follow=True)

    saved = SavedFilter.objects.get()
    assert (saved.owner, saved.querystring, saved.shared) == (editor, "missing=runtime", True)
    assert [title.name for title in response.context["cl"].result_list] == ["Critters"]
    page = response.content.decode()
    assert 'aria-current="page">No runtime</a>' in page

    colleague = Client()
    colleague.force_login(member_of("operators"))
    assert b"No runtime" in colleague.get(reverse(CHANGELIST)).content
    delete = reverse("admin:catalog_title_delete_filter", args=[saved.pk])
    assert colleague.post(delete).status_code == 404
    SavedFilter.objects.update(shared=False)
    assert b"No runtime" not in colleague.get(reverse(CHANGELIST)).content

    admin.post(delete)
    assert not SavedFilter.objects.exists()


def test_a_filter_without_a_name_is_refused(admin: Client) -> None:
    response = admin.post(
        reverse("admin:catalog_title_save_filter"), {"querystring": "q=x"}, follow=True
    )

    assert not SavedFilter.objects.exists()
    assert "give the filter a short name" in response.content.decode()


def test_probable_duplicates(admin: Client, catalogue: dict[str, Title]) -> None:
    alien = catalogue["Alien"]
    twin = Title.objects.create(name="ALIEN!", year=1980)
    Credit.objects.create(
        title=twin, person=Person.objects.get(name="Ridley Scott"), role="director"
    )
    remake = Title.objects.create(name="Alien", year=1979)
    Credit.objects.create(title=remake, person=Person.objects.create(name="Nobody"), role="cast")
    bare = [Title.objects.create(name="Solo", year=year) for year in (2000, None, 2009)]
    Title.objects.create(name="Solo", year=2000, kind="series")

    found = {(pair.first_id, pair.second_id) for pair in probable_duplicates()}

    expected = {(alien.pk, twin.pk), (bare[0].pk, bare[1].pk), (bare[1].pk, bare[2].pk)}
    assert found == expected
    url = reverse("admin:catalog_title_duplicates")
    page = admin.get(url).content.decode()
    assert "ALIEN! (1980)" in page

    admin.post(url, {"pair": [alien.pk, twin.pk], "withdraw": twin.pk})
    admin.post(url, {"pair": [bare[1].pk, bare[0].pk], "distinct": "1"})

    twin.refresh_from_db()
    assert twin.status == "withdrawn"
    assert Revision.objects.get(title=twin).after["status"] == "withdrawn"
    pair = DistinctPair.objects.get()
    assert (pair.first, pair.second) == (bare[0], bare[1])
    left = [(pair.first_id, pair.second_id) for pair in probable_duplicates()]
    assert left == [(bare[1].pk, bare[2].pk)]


def test_publish_and_withdraw(
    admin: Client,
    sent: list[tuple[str, tuple[int, ...]]],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    title = Title.objects.create(name="Draft", status=Title.Status.DRAFT)
    data = {"_selected_action": [title.pk]}

    with django_capture_on_commit_callbacks(execute=True):
        admin.post(reverse(CHANGELIST), data | {"action": "publish"})
        title.refresh_from_db()
        published = title.status, title.slot
        admin.post(reverse(CHANGELIST), data | {"action": "withdraw"})

    title.refresh_from_db()
    assert published == ("published", 0)
    assert (title.status, title.slot) == ("withdrawn", 0)
    # The refresh also takes a withdrawn title's row away.
    assert sent == [("worker.refresh_title", (title.pk,))] * 2
    assert assign_slots() == 0


def test_unlock(admin: Client, catalogue: dict[str, Title]) -> None:
    title = catalogue["Alien"]
    Title.objects.filter(pk=title.pk).update(locked_fields=["year"])

    admin.post(reverse(CHANGELIST), {"_selected_action": [title.pk], "action": "unlock"})

    title.refresh_from_db()
    assert title.locked_fields == []

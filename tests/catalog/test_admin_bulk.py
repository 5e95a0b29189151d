"""Bulk edit with preview and undo, and the doors of the further pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.importing.tags import ensure_tags
from catalog.models import (
    Revision,
    Title,
    TitleTag,
)
from tests.catalog.desk import (
    CHANGELIST,
    begin_bulk_edit,
    save,
)
from tests.conftest import member_of

pytestmark = pytest.mark.django_db


def test_a_bulk_edit_is_previewed_applied_and_undone(
    admin: Client, editor: User, catalogue: dict[str, Title]
) -> None:
    alien, aliens, amelie = (catalogue[name] for name in ("Alien", "Aliens", "Amélie"))
    tense = ensure_tags({"tense"})["tense"]
    TitleTag.objects.create(title=alien, tag_id=tense, weight=3, provenance="import")
    TitleTag.objects.create(title=aliens, tag_id=tense, weight=1, provenance="import")
    url = begin_bulk_edit(admin, alien, aliens, amelie) + "add-term/"
    wanted = {"term": "suspenseful", "weight": "3", "go": "1"}

    preview = admin.get(url, wanted).context["preview"]

    assert (preview.n_changes, preview.n_unchanged, preview.n_refused) == (2, 1, 0)
    assert preview.label == "Add the term “tense” (3)"
    shown = {title.name: [(line.before, line.after) for line in lines]
             for title, lines in preview.changes}  # fmt: skip
    assert shown["Aliens"] == [("1 of 3 (import)", "3 of 3 (editor)")]
    assert not Revision.objects.exists()

    response = admin.post(url, wanted, follow=True)

    assert "2 titles changed" in response.content.decode()
    weights = TitleTag.objects.filter(tag_id=tense).values_list("weight", flat=True)
    assert list(weights) == [3, 3, 3]
    amelie.refresh_from_db()
    assert amelie.locked_fields == ["tags"]
    revisions = Revision.objects.filter(action="bulk", user=editor)
    assert {revision.title.name for revision in revisions} == {"Aliens", "Amélie"}
    assert revisions[0].note in admin.get(reverse("admin:catalog_title_batches")).content.decode()
    undo = reverse("admin:catalog_title_undo", args=[revisions[0].batch])
    assert "Undo for 2 titles" in admin.get(undo).content.decode()

    admin.post(undo)

    assert TitleTag.objects.get(title=aliens).weight == 1
    assert TitleTag.objects.get(title=aliens).provenance == "import"
    assert not amelie.title_tags.exists()
    amelie.refresh_from_db()
    assert amelie.locked_fields == []
    assert "All of it was undone already" in admin.get(undo).content.decode()


@pytest.mark.parametrize(
    ("operation", "values", "fact", "outcome"),
    [
        ("content-note", {"note": "gore", "grade": "2"}, "content_notes", {"gore": 2}),
        ("content-note", {"note": "sex", "grade": ""}, "content_notes", {}),
        ("age", {"age": "17"}, "age_min", 17),
        ("languages", {"names": "farsi, English"}, "languages", ["Persian", "English"]),
        ("countries", {"names": "usa"}, "countries", ["United States"]),
        ("withdraw", {}, "status", "withdrawn"),
    ],
)
def test_operations(
    admin: Client,
    catalogue: dict[str, Title],
    operation: str,
    values: dict[str, str],
    fact: str,
    outcome: object,
) -> None:
    alien = catalogue["Alien"]
    Title.objects.filter(pk=alien.pk).update(
        content_notes={"sex": 1} if "sex" in values.values() else {}
    )

    admin.post(begin_bulk_edit(admin, alien) + f"{operation}/", values | {"go": "1"})

    alien.refresh_from_db()
    assert getattr(alien, fact) == outcome


def test_genres_are_added_and_removed(admin: Client, catalogue: dict[str, Title]) -> None:
    alien = catalogue["Alien"]
    for operation, genre in (("add-genre", "Thriller"), ("remove-genre", "Horror")):
        url = begin_bulk_edit(admin, alien) + f"{operation}/"
        admin.post(url, {"genre": genre, "go": "1"})

    assert {genre.name for genre in alien.genres.all()} == {"Science Fiction", "Thriller"}


def test_what_cannot_be_done_says_why(admin: Client, catalogue: dict[str, Title]) -> None:
    draft = Title.objects.create(name="Draft", status="draft")
    chosen = begin_bulk_edit(admin, draft, catalogue["Alien"])
    moment = {"moment_0": "2031-05-01", "moment_1": "18:00", "go": "1"}

    withdrawal = admin.get(f"{chosen}withdraw/").context["preview"]
    publishing = admin.get(f"{chosen}schedule-publishing/", moment).context["preview"]
    past = admin.get(f"{chosen}schedule-publishing/", moment | {"moment_0": "2001-05-01"})

    assert withdrawal.reasons == [("It is a draft, which nobody sees.", 1)]
    assert publishing.n_changes == 1
    assert publishing.refused[0][0].name == "Alien"
    assert "Choose a moment to come." in past.content.decode()
    admin.post(f"{chosen}schedule-publishing/", moment)
    draft.refresh_from_db()
    assert f"{draft.publish_at:%F %H:%M}" == "2031-05-01 18:00"
    assert "publish 2031-05-01 18:00" in admin.get(reverse(CHANGELIST)).content.decode()


def test_all_that_match_are_edited(admin: Client, catalogue: dict[str, Title]) -> None:
    data = {"action": "edit_in_bulk", "select_across": "1",
            "_selected_action": [catalogue["Alien"].pk]}  # fmt: skip

    response = admin.post(f"{reverse(CHANGELIST)}?decade=1970", data, follow=True)

    assert response.context["n_titles"] == 3


def test_a_choice_belongs_to_who_made_it(admin: Client, catalogue: dict[str, Title]) -> None:
    url = begin_bulk_edit(admin, catalogue["Alien"])
    colleague = Client()
    colleague.force_login(member_of("operators"))

    response = colleague.get(url, follow=True)

    assert "has expired: choose them again" in response.content.decode()


def test_bulk_edits_take_few_queries(
    admin: Client, catalogue: dict[str, Title], django_assert_max_num_queries: Any
) -> None:
    url = begin_bulk_edit(admin, *catalogue.values()) + "add-term/"

    # 34 titles are refreshed one by one, which is the broker's work, not the database's.
    with django_assert_max_num_queries(40):
        admin.post(url, {"term": "tense", "weight": "2", "go": "1"})

    assert Revision.objects.count() == len(catalogue)


def test_further_pages_are_for_editors(client: Client, catalogue: dict[str, Title]) -> None:
    names = ("duplicates", "batches", "save_filter")
    urls = [reverse(f"admin:catalog_title_{name}") for name in names]
    assert {client.get(url).status_code for url in urls} == {302}

    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert {client.get(url).status_code for url in urls} == {403}


def test_further_pages_hold_no_inline_script_or_style(
    admin: Client, catalogue: dict[str, Title]
) -> None:
    alien = catalogue["Alien"]
    save(admin, alien, year="1980")
    chosen = begin_bulk_edit(admin, alien)
    revision = Revision.objects.get()
    urls = [
        chosen,
        f"{chosen}withdraw/",
        f"{chosen}schedule-publishing/",
        reverse("admin:catalog_title_history", args=[alien.pk]),
        reverse("admin:catalog_title_revert", args=[alien.pk, revision.pk]),
        reverse("admin:catalog_title_duplicates"),
        reverse("admin:catalog_title_batches"),
    ]
    for url in urls:
        page = admin.get(url).content.decode()
        assert " style=" not in page
        assert "<style" not in page
        assert "onclick=" not in page


def test_one_title_is_no_plural(admin: Client, catalogue: dict[str, Title]) -> None:
    url = begin_bulk_edit(admin, catalogue["Alien"]) + "age/"

    done = admin.post(url, {"age": "18", "go": "1"}, follow=True).content.decode()
    undo = reverse("admin:catalog_title_undo", args=[Revision.objects.get().batch])
    undone = admin.post(undo, follow=True).content.decode()

    assert ": 1 title changed." in done
    assert "Undone: 1 title is as before." in undone

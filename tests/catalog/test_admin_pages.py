"""The editors' further pages: bulk edit, history, saved filters, duplicates, panels."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from catalog.duplicates import probable_duplicates
from catalog.importing.tags import ensure_tags
from catalog.models import (
    Credit,
    DistinctPair,
    Kindred,
    Person,
    Revision,
    SavedFilter,
    Title,
    TitleTag,
)
from catalog.title_search import count_slips
from tests.catalog.test_admin import change_url, form_data, save
from tests.conftest import member_of

pytestmark = pytest.mark.django_db
CHANGELIST = "admin:catalog_title_changelist"


@pytest.fixture
def admin(editor: User, client: Client) -> Client:
    client.force_login(editor)
    return client


def history_of(client: Client, title: Title) -> Any:
    return client.get(reverse("admin:catalog_title_history", args=[title.pk]))


def begin_bulk_edit(client: Client, *titles: Title) -> str:
    """Choose titles as the list does; return the URL of the choice of operations."""
    data = {"action": "edit_in_bulk", "_selected_action": [title.pk for title in titles]}
    response = client.post(reverse(CHANGELIST), data)
    assert response.status_code == 302
    return response["Location"]


# --- the list ---


def test_queries_of_a_page_do_not_grow_with_its_rows(
    admin: Client, catalogue: dict[str, Title], django_assert_max_num_queries: Any
) -> None:
    for query in ({}, {"q": "sigorney weaver"}, {"missing": "terms", "tags_by": "nobody"}):
        with django_assert_max_num_queries(24):
            response = admin.get(reverse(CHANGELIST), query)
        assert len(response.context["cl"].result_list) >= 4


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


# --- a title's page ---


def test_panels_show_what_found_it_and_how_it_fares(
    admin: Client, embedded_catalogue: dict[str, Title]
) -> None:
    from discovery.models import Exposure, Feedback, Pick, Slate, Viewer

    alien = embedded_catalogue["Alien"]
    viewer = Viewer.objects.create()
    for text in ("a cosy <b>one</b>", "a cosy <b>one</b>", "scary, in space"):
        slate = Slate.objects.create(text=text, query={}, scored_by="retrieval", viewer=viewer)
        pick = Pick.objects.create(
            slate=slate, title=alien, position=1, score=1.0, scored_by="retrieval"
        )
    Exposure.objects.create(
        pick=pick, position=1, policy_version="v", propensity=1.0, request_id=slate.request_id
    )
    Feedback.objects.create(viewer=viewer, title=alien, kind="liked")

    response = admin.get(change_url(alien))
    page = response.content.decode()

    panels = response.context["panels"]
    assert [found.text for found in panels.found_by] == ["scary, in space", "a cosy <b>one</b>"]
    assert (panels.picked, panels.shown, panels.shown_lately) == (3, 1, 1)
    assert panels.feedback == {"liked": 1}
    assert "a cosy &lt;b&gt;one&lt;/b&gt;" in page
    assert "Aliens (1986)" in page
    assert "guest" not in page.lower().replace("galaxy quest", "")


def test_a_value_shows_its_source_and_its_lock(admin: Client, catalogue: dict[str, Title]) -> None:
    alien = catalogue["Alien"]
    Title.objects.filter(pk=alien.pk).update(
        field_sources={"year": ["omdb-sample", 1], "name": ["editor", -1]}, locked_fields=["name"]
    )

    page = admin.get(change_url(alien)).content.decode()

    assert '<span class="source">from omdb-sample</span>' in page
    assert ">editor, locked</span>" in page


def test_terms_stand_under_their_group_with_gloss_and_provenance(
    admin: Client, catalogue: dict[str, Title]
) -> None:
    alien = catalogue["Alien"]
    tags = ensure_tags({"tense", "slow burn", "a cat"})
    for name in tags:
        TitleTag.objects.create(
            title=alien, tag_id=tags[name], provenance="import", source="starter"
        )

    page = admin.get(change_url(alien)).content.decode()

    order = ["Mood</th>", "<strong>tense</strong>", "Pace</th>", "<strong>slow burn</strong>",
             "Keyword</th>", "<strong>a cat</strong>"]  # fmt: skip
    places = [page.index(part) for part in order]
    assert places == sorted(places)
    assert "you hold your breath" in page
    assert "Import starter" in page


def test_the_same_term_twice_is_refused(admin: Client, catalogue: dict[str, Title]) -> None:
    alien = catalogue["Alien"]
    TitleTag.objects.create(title=alien, tag_id=ensure_tags({"tense"})["tense"])
    data = form_data(admin, alien) | {
        "title_tags-1-term": "Suspenseful", "title_tags-1-weight": "3",
    }  # fmt: skip

    response = admin.post(change_url(alien), data)

    assert "It has “tense” already" in response.content.decode()


def test_a_keyword_that_says_a_term_stays_a_keyword(
    admin: Client, catalogue: dict[str, Title]
) -> None:
    alien = catalogue["Alien"]
    tags = ensure_tags({"outer space", "spaceship"})  # the one is said by the other
    for name in tags:
        TitleTag.objects.create(title=alien, tag_id=tags[name])

    save(admin, alien, note_gore="2")
    admin.post(begin_bulk_edit(admin, alien) + "remove-term/", {"term": "spaceship", "go": "1"})

    assert [link.tag.name for link in alien.title_tags.all()] == ["outer space"]


def picture(size: tuple[int, int]) -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", size, "teal").save(content, "PNG")
    return SimpleUploadedFile("poster.png", content.getvalue(), content_type="image/png")


def test_artwork_is_uploaded_described_and_removed(
    admin: Client, catalogue: dict[str, Title], settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    alien = catalogue["Alien"]

    save(admin, alien, artwork_upload=picture((600, 900)), artwork_alt="An egg, glowing")

    assert alien.artwork.name.startswith("artwork/")
    page = admin.get(change_url(alien)).content.decode()
    assert 'alt="An egg, glowing"' in page
    assert "Uploaded" in page
    assert Revision.objects.get().after["artwork_alt"] == "An egg, glowing"

    save(admin, alien, artwork_remove="on")
    assert not alien.artwork


def test_refused_artwork_does_not_lose_the_facts(
    admin: Client, catalogue: dict[str, Title], settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    alien = catalogue["Alien"]

    response = save(admin, alien, artwork_upload=picture((60, 90)), year="1980")

    page = admin.get(response["Location"]).content.decode()
    assert "The artwork was not changed. The picture is 60 x 90 pixels" in page
    assert (alien.year, alien.artwork.name) == (1980, "")


def test_a_save_is_one_revision_with_everything_in_it(
    admin: Client, editor: User, catalogue: dict[str, Title]
) -> None:
    alien, aliens = catalogue["Alien"], catalogue["Aliens"]

    save(
        admin,
        alien,
        note_gore="3",
        runtime_min="116",
        **{
            "title_tags-0-term": "claustrophobic",
            "title_tags-0-weight": "3",
            "title_tags-0-title": str(alien.pk),
            "kindred_links-TOTAL_FORMS": "1",
            "kindred_links-0-other": str(aliens.pk),
            "kindred_links-0-title": str(alien.pk),
        },
    )

    revision = Revision.objects.get()
    assert (revision.user, revision.action) == (editor, "edited")
    changed = {"content_notes", "runtime_min", "tags", "kindred"}
    assert set(revision.after) == changed | {"locked_fields", "field_sources"}
    alien.refresh_from_db()
    assert alien.locked_fields == ["content_notes", "kindred", "runtime_min", "tags"]
    assert Kindred.objects.get().provenance == "editor"
    page = history_of(admin, alien).content.decode()
    assert "Content note: gore" in page
    assert "3 extreme" in page
    assert "Kindred: Aliens (1986)" in page


def test_a_new_title_is_in_the_history(admin: Client, catalogue: dict[str, Title]) -> None:
    url = reverse("admin:catalog_title_add")
    prefixes = ("title_tags", "kindred_links", "credits", "external_ids")
    empty = {f"{prefix}-{n}_FORMS": "0" for prefix in prefixes for n in ("TOTAL", "INITIAL")}

    response = admin.post(
        url, empty | {"name": "Mine", "kind": "film", "status": "draft", "popularity": "0"}
    )

    assert response.status_code == 302
    title = Title.objects.get(name="Mine")
    assert (title.status, title.slot) == ("draft", None)
    assert [revision.action for revision in title.revisions.all()] == ["created"]
    assert b"The title was made here" in history_of(admin, title).content


# --- history ---


def test_a_revert_is_confirmed_and_shows_conflicts(
    admin: Client, catalogue: dict[str, Title]
) -> None:
    alien = catalogue["Alien"]
    save(admin, alien, year="1980")
    first = Revision.objects.get()
    save(admin, alien, year="1981")
    url = reverse("admin:catalog_title_revert", args=[alien.pk, first.pk])

    asked = admin.get(url).content.decode()
    alien.refresh_from_db()
    assert alien.year == 1981
    assert "Changed again since" in asked
    assert "is now <strong>1981</strong>" in asked

    admin.post(url)
    alien.refresh_from_db()
    assert alien.year == 1979
    assert "reverted since" in history_of(admin, alien).content.decode()


def test_a_revision_of_another_title_is_not_found(
    admin: Client, catalogue: dict[str, Title]
) -> None:
    save(admin, catalogue["Alien"], year="1980")
    revision = Revision.objects.get()

    url = reverse("admin:catalog_title_revert", args=[catalogue["Aliens"].pk, revision.pk])

    assert admin.post(url).status_code == 404


# --- bulk edit ---


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


# --- duplicates ---


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


# --- doors ---


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

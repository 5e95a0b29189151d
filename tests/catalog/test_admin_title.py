"""A title's page and its history."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from catalog.importing.tags import ensure_tags
from catalog.models import (
    Kindred,
    Revision,
    Title,
    TitleTag,
)
from tests.catalog.desk import (
    begin_bulk_edit,
    change_url,
    form_data,
    history_of,
    save,
)

pytestmark = pytest.mark.django_db


def test_the_machines_view(admin: Client, embedded_catalogue: dict[str, Title]) -> None:
    page = admin.get(change_url(embedded_catalogue["Alien"])).content.decode()

    assert "up to date" in page
    assert "Aliens (1986)" in page
    assert reverse("catalog:artwork", args=[embedded_catalogue["Alien"].pk]) in page


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


def test_a_title_is_no_kindred_of_itself(admin: Client, catalogue: dict[str, Title]) -> None:
    title = catalogue["Alien"]
    row = {"kindred_links-TOTAL_FORMS": "1", "kindred_links-0-title": title.pk}

    data = form_data(admin, title) | row | {"kindred_links-0-other": title.pk}
    page = admin.post(change_url(title), data).content.decode()

    assert "That is this title itself: choose another." in page
    assert not Kindred.objects.exists()


@pytest.mark.parametrize(
    ("source", "value", "kept"),
    [("imdb", "rubbish !!", ""), ("imdb", "78748", "tt0078748"), ("tmdb", "abc", ""),
     ("tmdb", " 348 ", "348"), ("other", "a-b", "a-b")],
)  # fmt: skip
def test_an_id_is_written_as_its_source_does(
    admin: Client, catalogue: dict[str, Title], source: str, value: str, kept: str
) -> None:
    title = catalogue["Alien"]
    title.external_ids.all().delete()
    row = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0", "0-id": "", "0-title": title.pk}
    row |= {"0-source": source, "0-value": value}
    data = form_data(admin, title) | {f"external_ids-{name}": v for name, v in row.items()}
    response = admin.post(change_url(title), data)

    assert response.status_code == (302 if kept else 200)
    if source == "imdb" and not kept:
        assert b"Not an IMDb id, which is tt and 7 to 9 digits." in response.content
    assert [one.value for one in title.external_ids.all()] == ([kept] if kept else [])


def test_one_comma_too_many_is_no_empty_name(admin: Client, catalogue: dict[str, Title]) -> None:
    title = catalogue["Alien"]

    save(admin, title, languages="English, ,French,", countries="")

    assert (title.languages, title.countries) == (["English", "French"], [])


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
    assert b"Shown here once it is published." in admin.get(url).content
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

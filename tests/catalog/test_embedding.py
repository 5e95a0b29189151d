"""Search vectors and embeddings follow the facts, and only when they changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import numpy as np
import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.contrib.postgres.search import SearchQuery
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.embedding import (
    EmbedderUnavailable,
    Vectors,
    embedding_version,
    get_embedder,
    mark_stale,
    refresh_stale,
    refresh_title,
    stale_titles,
    title_document,
)
from catalog.facts import load_facts
from catalog.models import Person, Tag, Title, TitleTag
from catalog.views import nearest_to

pytestmark = pytest.mark.django_db


def test_a_new_title_gets_everything(catalogue: dict[str, Title]) -> None:
    title = catalogue["Alien"]
    before = timezone.now()

    assert refresh_title(title) is True

    title.refresh_from_db()
    expected = get_embedder().embed([title_document(load_facts([title.pk])[title.pk])])[0]
    assert np.allclose(title.embedding, expected, atol=1e-3)
    assert title.embedding_version == embedding_version()
    assert len(title.document_hash) == 32
    assert title.embedded_at is not None
    assert title.embedded_at >= before
    assert not stale_titles().filter(pk=title.pk).exists()


def test_nothing_changed_means_no_new_vector(embedded_catalogue: dict[str, Title]) -> None:
    assert refresh_title(embedded_catalogue["Alien"]) is False


def test_a_changed_title_is_stale_until_refreshed(embedded_catalogue: dict[str, Title]) -> None:
    title = embedded_catalogue["Amélie"]
    old = title.embedding
    title.synopsis = "A waitress in Montmartre sets out to mend the lives around her."
    title.save()
    assert list(stale_titles()) == [title]

    assert refresh_stale() == 1

    title.refresh_from_db()
    assert not np.allclose(title.embedding, old, atol=1e-3)
    assert not stale_titles().exists()


def test_a_new_tag_counts_once_it_is_marked(embedded_catalogue: dict[str, Title]) -> None:
    title = embedded_catalogue["Amélie"]
    TitleTag.objects.create(title=title, tag=Tag.objects.create(name="whimsical"))

    mark_stale([title.pk])
    refresh_stale()

    found = Title.objects.filter(search=SearchQuery("whimsical", config="english"))
    assert list(found) == [title]


def test_a_change_after_the_refresh_is_seen(embedded_catalogue: dict[str, Title]) -> None:
    title = embedded_catalogue["Alien"]
    refresh_title(title)

    Title.objects.filter(pk=title.pk).update(updated_at=timezone.now() + timedelta(seconds=1))

    assert list(stale_titles()) == [title]


class _Interrupted:
    """An embedder that takes its time: something else happens before its vectors are there."""

    def __init__(self, happens: Callable[[], object]) -> None:
        self.happens = happens
        self.version = embedding_version()

    def embed(self, documents: Sequence[str]) -> Vectors:
        self.happens()
        return get_embedder().embed(documents)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Have something happen during each refresh from now on."""

    def during(happens: Callable[[], object]) -> None:
        slow = _Interrupted(happens)
        monkeypatch.setattr("catalog.embedding.get_embedder", lambda: slow)

    return during


def test_a_person_renamed_during_the_refresh_is_not_lost(
    embedded_catalogue: dict[str, Title], meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    title = embedded_catalogue["Alien"]
    person = Person.objects.get(name="Ridley Scott")

    def rename() -> None:
        person.name = "Rigoberta Novak"
        person.save()
        mark_stale([title.pk])

    Title.objects.filter(pk=title.pk).update(embedded_at=None)
    meanwhile(rename)
    assert refresh_stale() == 1
    assert list(stale_titles()) == [title]

    meanwhile(lambda: None)
    assert refresh_stale() == 1
    found = Title.objects.filter(search=SearchQuery("rigoberta", config="english"))
    assert list(found) == [title]


def test_an_edit_that_began_before_the_refresh_is_not_lost(
    embedded_catalogue: dict[str, Title], meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    """A long transaction, such as an import's, carries an earlier time than its commit."""
    title = embedded_catalogue["Alien"]
    began = timezone.now()
    Title.objects.filter(pk=title.pk).update(document_hash="")
    meanwhile(lambda: Title.objects.filter(pk=title.pk).update(name="Nostromo", updated_at=began))

    refresh_title(title)

    assert list(stale_titles()) == [title]


def test_a_slow_refresh_does_not_undo_a_later_one(
    embedded_catalogue: dict[str, Title], meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    title = embedded_catalogue["Alien"]
    Title.objects.filter(pk=title.pk).update(document_hash="")

    def edit_and_refresh() -> None:
        title.name = "Nostromo"
        title.save()
        meanwhile(lambda: None)
        refresh_title(title)

    meanwhile(edit_and_refresh)
    refresh_title(title)

    found = Title.objects.filter(search=SearchQuery("nostromo", config="english"))
    assert list(found) == [title]


def test_another_version_makes_everything_stale(embedded_catalogue: dict[str, Title]) -> None:
    Title.objects.filter(name__in=["Alien", "Aliens"]).update(embedding_version="older")

    assert {title.name for title in stale_titles()} == {"Alien", "Aliens"}
    assert refresh_stale() == 2
    assert not Title.objects.filter(embedding_version="older").exists()


def test_a_deleted_title_is_no_error(catalogue: dict[str, Title]) -> None:
    title = catalogue["Alien"]
    Title.objects.filter(pk=title.pk).delete()

    assert refresh_title(title) is False


def test_the_popular_come_first_and_progress_is_told(catalogue: dict[str, Title]) -> None:
    steps: list[tuple[int, int]] = []

    refresh_stale(lambda done, total: steps.append((done, total)))

    assert steps == [(0, len(catalogue)), (len(catalogue), len(catalogue))]


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("amelie", "Amélie"),
        ("jeunet", "Amélie"),
        ("robin wright", "The Princess Bride"),
        ("pulp fictions", "Pulp Fiction"),
    ],
)
def test_words_find_titles(embedded_catalogue: dict[str, Title], words: str, name: str) -> None:
    found = Title.objects.filter(search=SearchQuery(words, config="english"))

    assert [title.name for title in found] == [name]


def test_the_nearest_titles_make_sense(embedded_catalogue: dict[str, Title]) -> None:
    alien = embedded_catalogue["Alien"]
    assert alien.embedding is not None

    near = Title.objects.exclude(pk=alien.pk).nearest(alien.embedding, limit=3)

    assert next(iter(near)).name == "Aliens"


def test_what_is_not_embedded_is_near_to_nothing(
    embedded_catalogue: dict[str, Title], client: Client, editor: User
) -> None:
    alien, aliens = embedded_catalogue["Alien"], embedded_catalogue["Aliens"]
    Title.objects.exclude(pk__in=[alien.pk, aliens.pk]).update(embedding=None, embedded_at=None)
    alien.refresh_from_db()
    client.force_login(editor)

    page = client.get(reverse("admin:catalog_title_change", args=[alien.pk]))

    assert page.status_code == 200
    assert page.context["panels"].neighbours == [aliens]
    assert nearest_to(alien) == [aliens]


def test_without_the_embedder_it_says_what_to_run(
    catalogue: dict[str, Title], settings: LazySettings, tmp_path: object
) -> None:
    settings.MODELS_DIR = tmp_path

    with pytest.raises(EmbedderUnavailable, match="export-embedder"):
        refresh_title(catalogue["Alien"])

"""A title's page and artwork: what is published, and nothing else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from catalog.models import Tag, Title, TitleTag

pytestmark = pytest.mark.django_db


def artwork_url(title: Title) -> str:
    return reverse("catalog:artwork", args=[title.pk])


def test_artwork(visitor: Client, catalogue: dict[str, Title]) -> None:
    response = visitor.get(artwork_url(catalogue["Alien"]))

    assert response.status_code == 200
    assert response["Content-Type"] == "image/svg+xml"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "max-age=3600" in response["Cache-Control"]
    assert "public" in response["Cache-Control"]
    assert b"Ridley Scott" in response.content


def test_artwork_is_not_sent_twice_but_after_an_edit(
    visitor: Client, catalogue: dict[str, Title]
) -> None:
    title = catalogue["Alien"]
    etag = visitor.get(artwork_url(title))["ETag"]
    same = visitor.get(artwork_url(title), headers={"If-None-Match": etag})

    title.name = "Alien: The Director's Cut"
    title.save()
    changed = visitor.get(artwork_url(title), headers={"If-None-Match": etag})

    assert (same.status_code, same.content) == (304, b"")
    assert changed.status_code == 200


def test_a_hostile_title_is_text_everywhere(visitor: Client, catalogue: dict[str, Title]) -> None:
    title = catalogue["Alien"]
    title.name = "<script>alert(1)</script>"
    title.save()

    for url in (artwork_url(title), title.get_absolute_url()):
        body = visitor.get(url).content
        assert b"<script>alert" not in body
        assert b"&lt;script&gt;alert(1)" in body


@pytest.mark.parametrize("status", [Title.Status.DRAFT, Title.Status.WITHDRAWN])
def test_what_is_not_published_does_not_exist(
    visitor: Client, embedded_catalogue: dict[str, Title], status: str
) -> None:
    hidden, near = embedded_catalogue["Aliens"], embedded_catalogue["Alien"]
    Title.objects.filter(pk=hidden.pk).update(status=status)

    assert visitor.get(artwork_url(hidden)).status_code == 404
    assert visitor.get(hidden.get_absolute_url()).status_code == 404
    assert b"Aliens" not in visitor.get(near.get_absolute_url()).content


def test_what_never_was_does_not_exist(visitor: Client, catalogue: dict[str, Title]) -> None:
    assert visitor.get(reverse("catalog:title", args=[10**15])).status_code == 404
    assert visitor.get(reverse("catalog:artwork", args=[10**15])).status_code == 404


def test_pages_are_read_only(visitor: Client, catalogue: dict[str, Title]) -> None:
    assert visitor.post(catalogue["Alien"].get_absolute_url()).status_code == 405


def test_a_title_page(visitor: Client, embedded_catalogue: dict[str, Title]) -> None:
    title = embedded_catalogue["Alien"]
    TitleTag.objects.create(title=title, tag=Tag.objects.create(name="slow burn"))

    page = visitor.get(title.get_absolute_url()).content.decode()

    for text in (
        "Film · 1979 · 1 h 57 min",
        "Ridley Scott",
        "Sigourney Weaver",
        "slow burn",
        "Horror, Science Fiction",
        "tt0078748",
        "More like this",
        "Aliens (1986)",
    ):
        assert text in page
    assert 'alt="Poster of Alien (1979)"' in page


def test_unknown_facts_leave_no_trace(visitor: Client, db: None) -> None:
    title = Title.objects.create(name="Untitled")

    page = visitor.get(title.get_absolute_url()).content.decode()

    assert "None" not in page
    assert "min" not in page.split("title-summary", 1)[1].split("</p>", 1)[0]
    assert "More like this" not in page

"""Rows on pages without words: for this viewer, recorded, exposed, and told apart from answers."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from catalog.models import Title
from chat import rows
from discovery.models import Exposure, Feedback, Pick, Slate, Viewer
from tests.chat.conversations import viewer_of

# The rows run in threads of their own: what they read has to be committed.
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache", "one_minute", "genrec_away", "embedded_catalogue"),
]


def titles_in(html: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'data-title="(\d+)"', html)]


def test_a_guest_is_given_cards_to_start_with_and_they_are_exposed(visitor: Client) -> None:
    visitor.get("/")
    html = visitor.get("/home-row/").content.decode()

    slate = Slate.objects.get()
    assert (slate.surface, slate.viewer) == (Slate.Surface.HOME, viewer_of(visitor))
    assert titles_in(html) == list(slate.picks.values_list("title_id", flat=True))
    assert len(titles_in(html)) == rows.HOME_CARDS
    assert Exposure.objects.filter(pick__slate=slate).count() == rows.HOME_CARDS
    assert "five taps" in html


def test_five_taps_make_the_next_row_theirs(
    visitor: Client, embedded_catalogue: dict[str, Title]
) -> None:
    visitor.get("/")
    html = visitor.get("/home-row/").content.decode()
    picks = list(Pick.objects.order_by("position"))
    kinds = ["liked", "disliked", "seen", "liked", "liked"]
    for n, (pick, kind) in enumerate(zip(picks, kinds, strict=False), start=1):
        answer = visitor.post(f"/feedback/{pick.pk}/", {"kind": kind}, headers={"HX-Request": "1"})
        html = answer.content.decode()
        assert 'aria-pressed="true"' in html
        assert (f"{n} of 5 taps" in html) == (n < 5)
    assert "5 taps: enough to go by" in html
    assert Feedback.objects.filter(viewer=viewer_of(visitor)).count() == 5

    others = titles_in(visitor.get("/home-row/?again=1").content.decode())

    assert others
    # Neither what was judged nor what was shown comes again.
    assert not set(others) & {pick.title_id for pick in picks}


def test_a_small_catalogue_begins_again(visitor: Client) -> None:
    Title.objects.exclude(name__in=["Alien", "Seven", "Fargo"]).update(status="withdrawn")
    first = titles_in(visitor.get("/home-row/").content.decode())
    assert set(titles_in(visitor.get("/home-row/?again=1").content.decode())) == set(first)


def test_more_like_this_leaves_out_the_title_and_what_was_refused(
    visitor: Client, embedded_catalogue: dict[str, Title]
) -> None:
    alien, aliens = embedded_catalogue["Alien"], embedded_catalogue["Aliens"]
    visitor.get("/")
    Feedback.objects.create(viewer=viewer_of(visitor), title=aliens, kind="disliked")

    html = visitor.get(f"/titles/{alien.pk}/more/").content.decode()

    slate = Slate.objects.get()
    assert slate.surface == Slate.Surface.TITLE
    assert titles_in(html)
    assert not {alien.pk, aliens.pk} & set(titles_in(html))
    assert Exposure.objects.filter(pick__slate=slate).count() == len(titles_in(html))
    # A row's feedback has no other tab to tell, and no count of taps.
    pick = slate.picks.first()
    assert pick is not None
    answer = visitor.post(f"/feedback/{pick.pk}/", {"kind": "liked"}).content.decode()
    assert 'aria-pressed="true"' in answer
    assert "taps" not in answer


def test_a_row_is_its_viewers(visitor: Client, other_visitor: Client) -> None:
    visitor.get("/")
    visitor.get("/home-row/")
    pick = Pick.objects.first()
    assert pick is not None
    other_visitor.get("/")
    assert other_visitor.post(f"/feedback/{pick.pk}/", {"kind": "liked"}).status_code == 404
    assert Viewer.objects.count() == 2


def test_to_look_at_rows_makes_nobody_a_viewer(embedded_catalogue: dict[str, Title]) -> None:
    alien = embedded_catalogue["Alien"]
    for address in ("/home-row/", "/home-row/?again=1", f"/titles/{alien.pk}/more/"):
        answer = Client().get(address)
        assert titles_in(answer.content.decode())
        assert set(answer.cookies) <= {settings.CSRF_COOKIE_NAME}
    assert not Viewer.objects.exists()
    assert not Session.objects.exists()
    # What was shown is known all the same.
    assert Exposure.objects.filter(pick__slate__viewer=None).count() == Pick.objects.count()


def test_an_address_without_cookies_is_refused_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rows, "ROWS_PER_MINUTE", 0)
    assert Client().get("/home-row/").status_code == 429
    assert Client(REMOTE_ADDR="").get("/home-row/").status_code == 429
    for made in (Viewer, Session, Slate, Exposure):
        assert not made.objects.exists()


def test_who_says_something_of_a_row_becomes_a_viewer_and_the_row_theirs(
    visitor: Client, other_visitor: Client, embedded_catalogue: dict[str, Title]
) -> None:
    html = visitor.get(f"/titles/{embedded_catalogue['Alien'].pk}/more/").content.decode()
    claim = re.findall(r'name="claim" value="([^"]+)"', html)
    first, second = Pick.objects.all()[:2]
    assert len(set(claim)) == 1
    for forged in ({}, {"claim": claim[0] + "x"}):
        said = {"kind": "liked", **forged}
        assert other_visitor.post(f"/feedback/{first.pk}/", said).status_code == 404

    said = {"kind": "liked", "claim": claim[0]}
    answer = visitor.post(f"/feedback/{first.pk}/", said)

    assert 'aria-pressed="true"' in answer.content.decode()
    assert Slate.objects.get().viewer == viewer_of(visitor)
    # It is theirs now: nobody else's with the same claim, and the next tap needs none.
    assert other_visitor.post(f"/feedback/{first.pk}/", said).status_code == 404
    assert visitor.post(f"/feedback/{second.pk}/", {"kind": "seen"}).status_code == 200
    assert set(Feedback.objects.values_list("viewer", "pick")) == {
        (viewer_of(visitor).pk, first.pk),
        (viewer_of(visitor).pk, second.pk),
    }


def test_there_is_nothing_like_a_title_that_is_not_shown(
    visitor: Client, embedded_catalogue: dict[str, Title]
) -> None:
    hidden = embedded_catalogue["Alien"]
    Title.objects.filter(pk=hidden.pk).update(status="draft")
    for number in (hidden.pk, 10**9):
        assert visitor.get(f"/titles/{number}/more/").status_code == 404
    assert not Slate.objects.exists()


def test_rows_without_end_are_refused(visitor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "ROWS_PER_MINUTE", 1)
    visitor.get("/")
    assert visitor.get("/home-row/").status_code == 200
    answer = visitor.get("/home-row/")
    assert answer.status_code == 429
    assert "Retry-After" in answer
    assert Slate.objects.count() == 1
    # In place of the row: when, and a button. Cards that are there stay.
    html = answer.content.decode()
    assert re.search(r"Try again in \d+ seconds", html)
    assert 'id="home-row"' in html
    assert 'hx-get="/home-row/"' in html
    others = visitor.get("/home-row/?again=1")
    assert (others.status_code, others["HX-Retarget"]) == (429, "#notice")
    assert 'id="notice"' in others.content.decode()


def test_a_title_pages_row_that_is_refused_can_be_asked_for_again(
    visitor: Client, embedded_catalogue: dict[str, Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "ROWS_PER_MINUTE", 0)
    address = f"/titles/{embedded_catalogue['Alien'].pk}/more/"
    answer = visitor.get(address)
    assert answer.status_code == 429
    html = answer.content.decode()
    # The section keeps the heading that names it.
    assert 'id="more-like-this"' in html
    assert f'hx-get="{address}" hx-target="#more-row"' in html


def test_pages_ask_for_their_rows_later(
    visitor: Client, embedded_catalogue: dict[str, Title]
) -> None:
    home = visitor.get("/").content.decode()
    assert 'hx-get="/home-row/"' in home
    # What stands above the cards is there before them, so nothing moves when they come.
    heading = re.search(r'<h3 id="home-row-heading".*?</p>', home, re.DOTALL)
    assert heading is not None
    assert heading[0] in visitor.get("/home-row/").content.decode()
    Slate.objects.all().delete()
    alien = embedded_catalogue["Alien"]
    page = visitor.get(alien.get_absolute_url()).content.decode()
    assert f'hx-get="/titles/{alien.pk}/more/"' in page
    assert not Slate.objects.exists()

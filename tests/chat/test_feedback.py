"""Feedback on cards: what is counted, and what is checked before anything is made."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from catalog.models import Title
from chat import views
from chat.viewers import claim_for
from discovery.models import Feedback, Pick, Viewer
from tests.chat.conversations import answered_turn, open_conversation, viewer_of
from tests.chat.uploads import HTMX

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache", "one_minute")]

LIKED = {"kind": "liked"}


@pytest.fixture
def pick(visitor: Client) -> Pick:
    title = Title.objects.create(name="Tremors", year=1990, runtime_min=96)
    slate = answered_turn(open_conversation(visitor), [title]).slate
    assert slate is not None
    return Pick.objects.select_related("slate").get(slate=slate)


def address(pick: Pick) -> str:
    return f"/feedback/{pick.pk}/"


def give_to_nobody(pick: Pick) -> str:
    """Make the slate one that nobody has taken up; return what proves that it was shown."""
    pick.slate.turns.all().delete()
    pick.slate.viewer = None
    pick.slate.save(update_fields=["viewer"])
    return claim_for(pick.slate)


def test_feedback_without_end_is_slowed_down(
    visitor: Client, pick: Pick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "FEEDBACK_PER_MINUTE", 1)
    assert visitor.post(address(pick), LIKED, headers=HTMX).status_code == 200
    answer = visitor.post(address(pick), {"kind": "disliked"}, headers=HTMX)

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0
    # Said in the notice: the buttons stay, to be tried again.
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#notice", "outerHTML")
    assert "Try again in" in answer.content.decode()
    assert list(Feedback.objects.values_list("kind", flat=True)) == ["liked"]


def test_without_scripts_it_is_said_in_words(
    visitor: Client, pick: Pick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "FEEDBACK_PER_MINUTE", 0)
    answer = visitor.post(address(pick), LIKED)
    assert (answer.status_code, answer["Content-Type"]) == (429, "text/plain; charset=utf-8")
    assert answer.content.decode().startswith("That was a lot at once.")


def test_an_address_is_limited_however_many_sessions_it_throws_away(
    pick: Pick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "FEEDBACK_PER_MINUTE", 1)
    monkeypatch.setattr("chat.limits.ACCOUNTS_PER_ADDRESS", 2)
    statuses = [Client().post(address(pick), LIKED).status_code for _ in range(3)]
    assert statuses == [404, 404, 429]


def test_the_title_page_has_a_place_to_say_so(
    visitor: Client, embedded_catalogue: dict[str, Title]
) -> None:
    page = visitor.get(embedded_catalogue["Alien"].get_absolute_url()).content.decode()
    assert page.count('id="notice"') == 1


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (LIKED, 404),
        ({**LIKED, "claim": "forged"}, 404),
        ({"kind": "loved", "claim": "real"}, 400),
        ({"claim": "real"}, 400),
    ],
)
def test_what_is_refused_makes_nobody_a_viewer(
    pick: Pick, said: dict[str, Any], status: int
) -> None:
    claim = give_to_nobody(pick)
    said = {**said, "claim": claim} if said.get("claim") == "real" else said
    viewers, sessions = Viewer.objects.count(), Session.objects.count()

    assert Client().post(address(pick), said).status_code == status
    assert Client().post("/feedback/999999999/", said).status_code == 404

    assert (Viewer.objects.count(), Session.objects.count()) == (viewers, sessions)
    pick.slate.refresh_from_db()
    assert pick.slate.viewer is None


def test_nor_does_too_much(pick: Pick, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = give_to_nobody(pick)
    monkeypatch.setattr(views, "FEEDBACK_PER_MINUTE", 0)
    viewers = Viewer.objects.count()
    assert Client().post(address(pick), {**LIKED, "claim": claim}).status_code == 429
    assert Viewer.objects.count() == viewers


def test_a_claim_is_for_its_slate_alone(visitor: Client, other_visitor: Client, pick: Pick) -> None:
    title = Title.objects.create(name="Gremlins", year=1984, runtime_min=106)
    other = answered_turn(open_conversation(other_visitor), [title]).slate
    assert other is not None
    of_another = Pick.objects.get(slate=other)
    claim = give_to_nobody(pick)
    assert visitor.post(address(of_another), {**LIKED, "claim": claim}).status_code == 404
    assert not Feedback.objects.exists()


def test_a_guest_who_has_signed_in_since_may_still_tap_the_old_page(
    visitor: Client, operator: User, pick: Pick
) -> None:
    guest = viewer_of(visitor)
    visitor.force_login(operator)

    assert visitor.post(address(pick), LIKED, headers=HTMX).status_code == 200

    assert Feedback.objects.get().viewer.user == operator
    assert not Viewer.objects.filter(pk=guest.pk).exists()


def test_an_accounts_card_takes_no_feedback_of_who_is_signed_out(
    visitor: Client, operator: User, pick: Pick
) -> None:
    visitor.force_login(operator)
    visitor.get("/")
    visitor.logout()
    assert visitor.post(address(pick), LIKED).status_code == 404
    assert not Feedback.objects.exists()

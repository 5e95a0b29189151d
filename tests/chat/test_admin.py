"""Conversations in the admin: operators read them, editors don't, nobody changes them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Title
from chat.models import Turn
from tests.chat.conversations import answered_turn, open_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def turn(visitor: Client) -> Turn:
    title = Title.objects.create(name="Tremors", year=1990)
    return answered_turn(open_conversation(visitor), [title], note="Plain search.")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def addresses(turn: Turn) -> list[str]:
    return [
        "/admin/chat/turn/",
        f"/admin/chat/turn/{turn.pk}/change/",
        "/admin/chat/conversation/",
        f"/admin/chat/conversation/{turn.conversation_id}/change/",
    ]


def test_an_operator_reads_turns_and_finds_their_trace(turn: Turn, operator: User) -> None:
    for address in addresses(turn):
        page = signed_in(operator).get(address)
        assert page.status_code == 200
    text = signed_in(operator).get(f"/admin/chat/turn/{turn.pk}/change/").content.decode()
    assert "something funny" in text
    # One long word does not widen these pages.
    for address in (addresses(turn)[1], addresses(turn)[3]):
        assert b"discovery/trace.css" in signed_in(operator).get(address).content
    assert f'href="/admin/discovery/slate/{turn.slate_id}/change/"' in text


def test_a_turn_without_an_answer_says_so(turn: Turn, operator: User) -> None:
    turn.conversation.turns.create(text="lost", status=Turn.Status.FAILED)
    assert "no answer" in signed_in(operator).get("/admin/chat/turn/").content.decode()


def test_an_editor_does_not_read_conversations(turn: Turn, editor: User) -> None:
    for address in addresses(turn):
        assert signed_in(editor).get(address).status_code == 403


def test_a_visitor_is_sent_to_the_sign_in(turn: Turn, visitor: Client) -> None:
    for address in addresses(turn):
        assert visitor.get(address)["Location"].startswith("/admin/login/")


def test_nobody_changes_what_a_viewer_said(turn: Turn, operator: User) -> None:
    superuser = User.objects.create_superuser("root", password="correct horse battery")
    for user in (operator, superuser):
        client = signed_in(user)
        assert client.get("/admin/chat/turn/add/").status_code == 403
        change = f"/admin/chat/turn/{turn.pk}/change/"
        assert client.post(change, {"text": "something else"}).status_code == 403
    turn.refresh_from_db()
    assert turn.text == "something funny"


def test_the_latest_turns_come_first(turn: Turn, operator: User) -> None:
    turn.conversation.turns.create(text="and now for this", status=Turn.Status.FAILED)
    page = signed_in(operator).get("/admin/chat/turn/").content.decode()
    assert page.index("and now for this") < page.index("something funny")

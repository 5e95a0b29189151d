"""An answer that is ready when its turn has been stopped, or its guest has signed in."""

from __future__ import annotations

import threading
from contextlib import aclosing
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from chat import saving
from chat.answers import Answer
from chat.asking import Asked, ask
from chat.forms import Say
from chat.models import Conversation, Turn
from chat.viewers import attach_guest
from discovery.models import Exposure, Slate, Viewer
from discovery.pipeline import discover
from discovery.types import SlateReady
from tests.chat.conftest import OpenTab
from tests.chat.conversations import IDLE, eventually, in_thread, last_turn

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache", "genrec_away", "queued", "no_turn_outlives_its_test"),
]


async def asked_and_found(conversation: Conversation) -> tuple[Asked, SlateReady]:
    asked = await in_thread(ask)(conversation.pk, Say("a funny film", None))
    async with aclosing(discover(asked.request)) as events:
        async for event in events:
            if isinstance(event, SlateReady):
                assert event.slate.picks
                return asked, event
    raise AssertionError("no slate")


async def test_what_comes_after_a_stop_is_not_stored(conversation: Conversation) -> None:
    asked, ready = await asked_and_found(conversation)
    await in_thread(saving.stop_turn)(conversation.pk)

    answer = await in_thread(saving.save_slate)(asked, ready, "")

    turn = await last_turn(conversation)
    assert (turn.status, turn.slate, turn.note) == ("stopped", None, "Stopped.")
    assert not answer.has_slate
    # Never seen, so the next question may bring these titles.
    assert not await in_thread(Slate.objects.exists)()


async def test_cards_that_were_saved_as_the_stop_came_are_shown(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, go_on = threading.Event(), threading.Event()
    save = saving.save_slate

    def save_and_wait(*args: Any) -> Answer:
        answer = save(*args)
        saved.set()
        go_on.wait(60)
        return answer

    monkeypatch.setattr(saving, "save_slate", save_and_wait)
    tab = await open_tab(visitor, conversation.pk)
    try:
        await tab.send(action="say", text="a funny film")
        await eventually(saved.is_set)
        assert 'id="card-' not in tab.received
        await tab.send(action="stop")
        assert 'id="card-' in await tab.until(IDLE)
    finally:
        go_on.set()
    turn = await last_turn(conversation)
    assert turn.status == "stopped"
    assert await in_thread(Exposure.objects.filter(pick__slate=turn.slate).exists)()


async def test_an_answer_belongs_to_who_signed_in_while_it_was_searched(
    conversation: Conversation, operator: User
) -> None:
    asked, ready = await asked_and_found(conversation)
    guest = await in_thread(Viewer.objects.get)(conversations=conversation)
    account = await in_thread(attach_guest)(guest, operator)

    await in_thread(saving.save_slate)(asked, ready, "")

    turn = await in_thread(Turn.objects.select_related("slate").get)(pk=asked.turn_id)
    assert turn.slate is not None
    assert turn.slate.viewer_id == account.pk
    assert turn.status == "running"

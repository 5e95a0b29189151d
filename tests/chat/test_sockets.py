"""Connections that come and go, and frames that are refused."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from channels.layers import channel_layers
from django.conf import LazySettings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from catalog.models import Title
from chat import turns
from chat.limits import FrameBudget
from chat.models import Conversation
from discovery.models import Exposure
from discovery.pipeline import discover
from discovery.types import DiscoveryRequest, PipelineEvent, Query
from tests.chat.conftest import OpenTab
from tests.chat.conversations import (
    IDLE,
    WRITING,
    Tab,
    answered_turn,
    eventually,
    in_thread,
    last_turn,
    open_conversation,
)
from tests.genrec_fake import FakeGenRec

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache", "genrec_away", "queued", "no_turn_outlives_its_test"),
]


# --- connections ---


async def test_an_answer_is_finished_and_saved_when_the_socket_goes(
    visitor: Client,
    conversation: Conversation,
    open_tab: OpenTab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    socket_went = asyncio.Event()

    async def discover_later(request: DiscoveryRequest) -> AsyncIterator[PipelineEvent]:
        await socket_went.wait()
        async for event in discover(request):
            yield event

    monkeypatch.setattr(turns, "discover", discover_later)
    tab = Tab(visitor, conversation.pk)
    assert await tab.open()
    await tab.send(action="say", text="a funny film")
    await tab.until('turns"><article')
    await tab.close()
    socket_went.set()

    async def is_answered() -> bool:
        return (await last_turn(conversation)).status == "answered"

    await eventually(is_answered)
    turn = await last_turn(conversation)
    # Nobody saw it yet, so it is no exposure.
    assert await in_thread(Exposure.objects.count)() == 0

    again = await open_tab(visitor, conversation.pk, "after=0")
    assert f'id="turn-{turn.pk}"' in again.received
    await eventually(in_thread(Exposure.objects.exists))


def test_reads_of_the_channel_layer_may_take_longer_than_it_waits() -> None:
    """Otherwise the first quiet seconds of a socket end it."""
    layer: Any = channel_layers["default"]
    assert layer.hosts[0]["socket_timeout"] > layer.brpop_timeout


@pytest.mark.parametrize(
    ("query", "first", "second"),
    [
        ("after=0", "appended", "appended"),
        ("after={first}&settled=0", "replaced", "appended"),
        ("after={first}&settled=1", "absent", "appended"),
        ("after={second}&settled=1", "absent", "absent"),
        ("after=nonsense", "appended", "appended"),
        ("after=99999999999999999999", "appended", "appended"),
        ("", "appended", "appended"),
    ],
)
async def test_a_reconnect_brings_what_was_missed(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, catalogue: dict[str, Title],
    query: str, first: str, second: str,
) -> None:  # fmt: skip
    titles = [catalogue["Tremors"]]
    turns_ = [await in_thread(answered_turn)(conversation, titles) for _ in range(2)]
    ids = {"first": turns_[0].pk, "second": turns_[1].pk}
    tab = await open_tab(visitor, conversation.pk, query.format(**ids))
    assert [how_sent(tab.received, pk) for pk in ids.values()] == [first, second]


def how_sent(html: str, turn_id: int) -> str:
    found = re.search(rf'<article( hx-swap-oob="true")? id="turn-{turn_id}"', html)
    if found is None:
        return "absent"
    return "replaced" if found[1] else "appended"


async def test_a_session_that_ended_closes_the_socket_at_the_next_frame(
    visitor: Client, conversation: Conversation, open_tab: OpenTab
) -> None:
    tab = Tab(visitor, conversation.pk)
    assert await tab.open()
    await in_thread(SessionStore(visitor.cookies["session"].value).delete)()
    await tab.send(action="say", text="a funny film")
    assert await tab.closed_with() == 4404
    assert await in_thread(conversation.turns.count)() == 0


async def test_signing_out_closes_sockets_that_only_listen(
    visitor: Client,
    conversation: Conversation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chat.consumers.RECHECK_S", 0.0)
    tab = Tab(visitor, conversation.pk)
    assert await tab.open()
    await in_thread(visitor.logout)()
    await turns.publish(conversation.pk, "<p id='secret'>not for you</p>")
    assert await tab.closed_with() == 4404
    assert "not for you" not in tab.received


# --- what is refused ---


async def test_the_same_message_sent_twice_is_taken_once(
    visitor: Client, conversation: Conversation, open_tab: OpenTab
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    frame = {"action": "say", "text": "a funny film", "request_id": str(uuid4())}
    await tab.send(**frame)
    await tab.until(WRITING)
    await tab.send(**frame)
    await tab.until('id="notice"')
    assert await in_thread(conversation.turns.count)() == 1


async def test_one_question_at_a_time(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, slow_genrec: FakeGenRec
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a glimmering porcelain film")
    await tab.until('id="card-')
    await tab.send(action="say", text="another one")
    await tab.until("One question at a time")
    assert await in_thread(conversation.turns.count)() == 1


async def test_too_many_messages_are_told_when_to_come_back(
    visitor: Client,
    conversation: Conversation,
    open_tab: OpenTab,
    settings: LazySettings,
    one_minute: None,
) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 4  # a guest gets two
    tab = await open_tab(visitor, conversation.pk)
    for _ in range(2):
        await tab.send(action="say", text="hello")
        await tab.until(IDLE)
    await tab.send(action="say", text="hello")
    notice = await tab.until('id="notice"')
    # Said below an open editor, too: on a phone it hides the notice.
    assert len(re.findall(r'id="(?:notice|wish-fault)"[^>]*>[^<]*Wait \d+ seconds', notice)) == 2
    assert await in_thread(conversation.turns.count)() == 2


async def test_a_flood_of_frames_closes_the_socket(
    visitor: Client, conversation: Conversation
) -> None:
    tab = Tab(visitor, conversation.pk)
    assert await tab.open()
    for _ in range(FrameBudget.FRAMES + 1):
        await tab.send_text("{")
    assert await tab.closed_with() == 4429


@pytest.mark.parametrize(
    ("frame", "advice"),
    [
        ({"action": "say", "text": "x" * 2001}, "under 2000 characters"),
        ({"action": "say", "text": "   "}, "Type what you are in the mood for"),
        ({"action": "explode"}, "out of date"),
        ({"action": "remove", "turn": 1, "slot": "moods"}, "That answer is gone"),
        ({"action": "edit", "turn": 1, "slot": "moods", "adds": "1"}, "That answer is gone"),
        ({"action": "undo", "turn": 1}, "There is a newer answer"),
        ({"action": "tap", "turn": 1, "among": "angles", "offer": 0}, "That answer is gone"),
    ],
)
async def test_what_makes_no_sense_is_answered_in_words(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, frame: dict[str, Any],
    advice: str,
) -> None:  # fmt: skip
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(**frame)
    await tab.until(advice)
    assert await in_thread(conversation.turns.count)() == 0


async def test_another_conversations_turn_is_no_base(
    visitor: Client, other_visitor: Client, conversation: Conversation, open_tab: OpenTab,
    catalogue: dict[str, Title],
) -> None:  # fmt: skip
    theirs = await in_thread(open_conversation)(other_visitor)
    query = Query(moods=("funny",))
    base = await in_thread(answered_turn)(theirs, [catalogue["Tremors"]], query=query)
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="remove", turn=base.pk, slot="moods", value="funny")
    await tab.until("That answer is gone")


async def test_an_error_of_ours_ends_the_turn_and_says_so(
    visitor: Client, conversation: Conversation, open_tab: OpenTab,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    async def broken(request: object) -> AsyncIterator[object]:
        if request:
            raise RuntimeError("boom")
        yield request

    monkeypatch.setattr("chat.turns.discover", broken)
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a funny film")
    await tab.until("Something broke on our side")
    assert (await last_turn(conversation)).status == "failed"
    assert "boom" in caplog.text

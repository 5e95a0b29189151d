"""What nobody could read is kept for editors: after the answer, and however the turn ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
from django.test import Client

from chat import turns
from chat.models import Conversation, Turn
from discovery.intents.unread import keep_unread
from discovery.models import UnreadMessage
from discovery.pipeline import discover
from discovery.types import DiscoveryRequest, PipelineEvent
from tests.chat.conftest import OpenTab
from tests.chat.conversations import IDLE, eventually, in_thread, last_turn

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache", "genrec_away", "queued", "no_turn_outlives_its_test"),
]

UNREADABLE = "zorp and blick"


@in_thread
def kept() -> list[str]:
    return list(UnreadMessage.objects.values_list("text", flat=True))


async def is_kept() -> bool:
    return bool(await kept())


async def test_it_is_kept_once_the_answer_stands(
    visitor: Client,
    conversation: Conversation,
    open_tab: OpenTab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[str] = []

    def keep(message: str) -> bool:
        found.append(Turn.objects.get().status)
        return keep_unread(message)

    monkeypatch.setattr(turns, "keep_unread", keep)
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text=UNREADABLE)

    await eventually(is_kept)
    assert await kept() == [UNREADABLE]
    assert found == [Turn.Status.ANSWERED]


async def test_what_could_be_read_is_not_kept(
    visitor: Client, conversation: Conversation, open_tab: OpenTab
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a funny film")
    await tab.until('composer-buttons" data-state="writing"')
    await asyncio.gather(*turns._running)
    assert await kept() == []


@pytest.mark.parametrize("ending", ["stopped", "failed"])
async def test_it_is_kept_though_the_turn_did_not_end_well(
    visitor: Client,
    conversation: Conversation,
    open_tab: OpenTab,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
) -> None:
    async def understand_only(request: DiscoveryRequest) -> AsyncGenerator[PipelineEvent, None]:
        async for event in discover(request):
            yield event
            break
        if ending == "failed":
            raise ConnectionError("the database went away")
        await asyncio.Event().wait()

    monkeypatch.setattr(turns, "discover", understand_only)
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text=UNREADABLE)
    await tab.until('id="chips-')
    if ending == "stopped":
        await tab.send(action="stop")
    await tab.until(IDLE)

    await eventually(is_kept)
    assert await kept() == [UNREADABLE]
    assert (await last_turn(conversation)).status == ending

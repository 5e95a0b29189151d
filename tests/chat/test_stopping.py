"""Stop: before the first token, in the middle, and while reasons are written."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.test import Client

from catalog.models import Title
from chat import turns
from chat.models import Conversation, Turn
from discovery.models import Pick
from tests.chat.conftest import OpenTab
from tests.chat.conversations import (
    ANSWERING,
    IDLE,
    WRITING,
    answered_turn,
    eventually,
    in_thread,
    last_turn,
    titles_of,
)
from tests.genrec_fake import FakeGenRec

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache", "genrec_away", "queued", "no_turn_outlives_its_test"),
]


# --- stop ---


async def test_stop_cancels_the_models_request(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, slow_genrec: FakeGenRec,
    queued: list[Any],
) -> None:  # fmt: skip
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a glimmering porcelain film")
    await tab.until('id="card-')
    await eventually(lambda: slow_genrec.running)

    await tab.send(action="stop")
    await tab.until(IDLE)
    # Its stream is endless: only a reader that left ends it.
    await eventually(lambda: not slow_genrec.running)
    assert slow_genrec.abandoned

    turn = await last_turn(conversation)
    assert turn.status == "stopped"
    assert turn.note.endswith("Stopped.")
    assert await titles_of(turn)  # what was shown stays
    assert queued == []


async def test_stop_before_anything_is_there_stops_as_well(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, slow_genrec: FakeGenRec
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a glimmering porcelain film")
    await tab.send(action="stop")
    await tab.until(IDLE)
    await asyncio.gather(*turns._running)
    assert (await last_turn(conversation)).status == "stopped"
    # What it had asked of the model, if it came so far, is given up as well.
    await eventually(lambda: not slow_genrec.running)


async def test_stop_while_reasons_are_written_gives_up_the_queued_ones(
    visitor: Client, conversation: Conversation, open_tab: OpenTab
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a funny film")
    await tab.until(WRITING)
    await tab.send(action="stop")
    await tab.until(IDLE)
    turn = await last_turn(conversation)
    picks = Pick.objects.filter(slate=turn.slate)
    statuses = await in_thread(lambda: set(picks.values_list("reason_status", flat=True)))()
    assert (turn.status, statuses) == ("stopped", {"stopped"})


async def test_stop_with_nothing_under_way_changes_nothing(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, catalogue: dict[str, Title]
) -> None:
    await in_thread(answered_turn)(conversation, [catalogue["Tremors"]])
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="stop")
    await tab.until(IDLE)
    assert (await last_turn(conversation)).status == "answered"


async def test_a_turn_whose_process_died_can_be_stopped(
    visitor: Client, conversation: Conversation, open_tab: OpenTab
) -> None:
    await in_thread(conversation.turns.create)(text="lost", status=Turn.Status.RUNNING)
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="stop")
    await tab.until(IDLE)
    assert (await last_turn(conversation)).status == "stopped"


async def test_a_new_question_gives_up_reasons_of_the_last(
    visitor: Client, conversation: Conversation, open_tab: OpenTab
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a funny film")
    await tab.until(WRITING)
    first = await last_turn(conversation)
    await tab.send(action="say", text="a scary film")
    await tab.until(ANSWERING)
    picks = Pick.objects.filter(slate=first.slate)
    assert await in_thread(lambda: {p.reason_status for p in picks})() == {"stopped"}
    await tab.until(WRITING)

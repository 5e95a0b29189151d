"""A turn from message to answer: real pipeline, database and channel layer.

GenRec is away unless a test puts a scripted one at the other end of HTTP.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from channels.layers import channel_layers
from django.test import Client

from catalog.models import Title
from chat import turns
from chat.models import Conversation
from discovery.models import Exposure, Pick
from discovery.types import Query
from tests.catalogue import WISH
from tests.chat.conftest import OpenTab
from tests.chat.conversations import (
    ANSWERING,
    IDLE,
    WRITING,
    answered_turn,
    first_pick,
    in_thread,
    last_turn,
    open_conversation,
    titles_of,
)
from tests.genrec_fake import FakeGenRec
from worker.enqueue import WRITE_REASON

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache", "genrec_away", "queued", "no_turn_outlives_its_test"),
]


# --- a turn ---


async def test_a_wish_becomes_chips_then_cards_and_every_card_keeps_it(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, queued: list[Any]
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    request_id = uuid4()
    await tab.send(action="say", text=WISH, request_id=str(request_id))
    await tab.until(WRITING)

    seen = tab.received
    turn = await last_turn(conversation)
    assert (turn.text, turn.request_id, turn.status) == (WISH, request_id, "answered")
    order = [
        f'id="turn-{turn.pk}"',
        "1980 or later",
        f'id="card-{await first_pick(turn)}"',
        WRITING,
    ]
    assert [seen.index(mark) for mark in order] == sorted(seen.index(mark) for mark in order)
    assert "plain search" in turn.note
    assert turn.note.split(",")[0][:20] in seen
    shown = await titles_of(turn)
    assert shown
    assert not set(shown) & {"Alien", "Aliens", "Dark Star", "Young Frankenstein", "Critters"}
    assert await in_thread(Exposure.objects.filter(pick__slate=turn.slate).count)() == len(shown)
    assert [name for name, _ in queued] == [WRITE_REASON] * len(shown)


async def test_both_tabs_show_it_and_feedback_reaches_the_other(
    visitor: Client, conversation: Conversation, open_tab: OpenTab
) -> None:
    one = await open_tab(visitor, conversation.pk)
    two = await open_tab(visitor, conversation.pk)
    await one.send(action="say", text="a funny film")
    await one.until(WRITING)
    await two.until(WRITING)
    pick_id = await first_pick(await last_turn(conversation))
    assert f'id="card-{pick_id}"' in two.received

    await in_thread(visitor.post)(f"/feedback/{pick_id}/", {"kind": "liked"})

    fragment = await two.until(f'id="feedback-{pick_id}"')
    assert 'aria-pressed="true"' in fragment


async def test_what_was_disliked_or_seen_or_shown_does_not_come_again(
    visitor: Client, conversation: Conversation, open_tab: OpenTab
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a funny film")
    await tab.until(WRITING)
    first = await last_turn(conversation)
    shown = set(await titles_of(first))
    await in_thread(visitor.post)(f"/feedback/{await first_pick(first)}/", {"kind": "disliked"})

    await in_thread(visitor.post)("/c/new/")
    new = await in_thread(open_conversation)(visitor)
    other = await open_tab(visitor, new.pk)
    await other.send(action="say", text="a funny film")
    await other.until(WRITING)
    again = set(await titles_of(await last_turn(new)))
    assert len(shown - again) >= 1  # the disliked one

    await other.send(action="say", text="a funny film, please")
    await other.until(ANSWERING)
    await other.until(WRITING)
    assert not set(await titles_of(await last_turn(new))) & again


async def test_a_removed_chip_asks_again_without_the_model(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, slow_genrec: FakeGenRec,
    catalogue: dict[str, Title],
) -> None:  # fmt: skip
    query = Query.model_validate({
        "genres_all": ("Comedy",), "year_min": 1996,
        "evidence": {"genres_all": "funny", "year_min": "from 1996"},
    })  # fmt: skip
    base = await in_thread(answered_turn)(
        conversation, [catalogue["Back to the Future"]], query=query
    )
    tab = await open_tab(visitor, conversation.pk, f"after={base.pk}&settled=1")
    await tab.send(action="remove", turn=base.pk, slot="years", value="")
    await tab.until(WRITING)

    turn = await last_turn(conversation)
    assert turn.text == "Without “1996 or later”"
    assert turn.slate is not None
    left = Query.model_validate(turn.slate.query)
    assert left == Query(genres_all=("Comedy",), evidence={"genres_all": "funny"})
    # What is asked anew may show again what it showed before.
    assert "Back to the Future" in await titles_of(turn)
    assert [r for r in slow_genrec.requests if "messages" in r] == []


async def test_an_offer_is_taken_up_from_what_was_stored(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, catalogue: dict[str, Title]
) -> None:
    offers = {"relaxations": [{"label": "Also older ones", "gains": 3,
                               "query": {"genres_all": ["Comedy"]}}]}  # fmt: skip
    base = await in_thread(answered_turn)(conversation, [], offers=offers)
    tab = await open_tab(visitor, conversation.pk, f"after={base.pk}&settled=1")
    await tab.send(action="tap", turn=base.pk, among="relaxations", offer=0)
    await tab.until(WRITING)
    assert (await last_turn(conversation)).text == "Also older ones"
    await tab.send(action="tap", turn=base.pk, among="relaxations", offer=1)
    await tab.until("That offer is gone")


# --- reasons ---


async def test_reasons_arrive_as_they_are_written_and_the_last_one_ends_the_turn(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, catalogue: dict[str, Title]
) -> None:
    turn = await in_thread(answered_turn)(
        conversation, [catalogue["Tremors"]], reason_status=Pick.ReasonStatus.WRITING
    )
    pick_id = await first_pick(turn)
    tab = await open_tab(visitor, conversation.pk)
    assert WRITING in tab.received
    group = turns.group_of(conversation.pk)

    async def tell(kind: str, **fields: Any) -> None:
        message = {"type": f"reason.{kind}", "pick_id": pick_id, **fields}
        await channel_layers["default"].group_send(group, message)

    await tell("progress", text="Tremors <b>is")
    progress = await tab.until(f'id="reason-{pick_id}"')
    assert 'data-state="writing">Tremors &lt;b&gt;is' in progress

    picks = Pick.objects.filter(pk=pick_id)
    await in_thread(lambda: picks.update(reason_status="generated", generated_reason="Done."))()
    await tell("final", text="Done.", status="generated", remaining=0)
    final = await tab.until('data-state="generated">Done.')
    assert IDLE in final

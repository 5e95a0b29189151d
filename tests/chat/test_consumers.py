"""The socket end to end in one process: real pipeline, database and channel layer.

GenRec is away unless a test puts a scripted one at the other end of HTTP.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest
from celery import current_app
from channels.layers import channel_layers
from django.conf import LazySettings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from catalog.models import Title
from chat import turns
from chat.limits import FrameBudget
from chat.models import Conversation, Turn
from discovery.genrec_client import Circuit
from discovery.models import Exposure, Pick
from discovery.types import Query
from tests.catalogue import WISH
from tests.chat.conftest import OpenTab
from tests.chat.conversations import (
    Tab,
    answered_turn,
    eventually,
    in_thread,
    open_conversation,
)
from tests.genrec_fake import FakeGenRec, fake_genrec
from worker.enqueue import WRITE_REASON

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_cache")]

IDLE = 'composer-buttons" data-state="idle"'
ANSWERING = 'data-state="answering"'
WRITING = 'composer-buttons" data-state="writing"'
# GenRec's parse, never finished: the first answer stands, and the turn goes on.
ENDLESS = ['{"intent": '] + [" "] * 10_000


@pytest.fixture(autouse=True)
def genrec_away(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.GENREC_URL = "http://127.0.0.1:9"
    monkeypatch.setattr("discovery.genrec_client._circuit", Circuit())


@pytest.fixture
def slow_genrec(settings: LazySettings) -> Iterator[FakeGenRec]:
    with fake_genrec(pieces=ENDLESS, pause_s=0.02) as fake:
        settings.GENREC_URL = fake.url
        yield fake


@pytest.fixture(autouse=True)
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the broker was given."""
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: sent.append((name, args)))
    return sent


@pytest.fixture(autouse=True)
async def no_turn_outlives_its_test() -> AsyncIterator[None]:
    yield
    for task in turns._running:
        task.cancel()
    await asyncio.gather(*turns._running, return_exceptions=True)


@pytest.fixture
def conversation(visitor: Client, catalogue: dict[str, Title]) -> Conversation:
    return open_conversation(visitor)


@in_thread
def last_turn(conversation: Conversation) -> Turn:
    turn = conversation.turns.select_related("slate").last()
    assert turn is not None
    return turn


@in_thread
def titles_of(turn: Turn) -> list[str]:
    return [pick.title.name for pick in Pick.objects.filter(slate=turn.slate)]


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


@in_thread
def first_pick(turn: Turn) -> int:
    pick = Pick.objects.filter(slate=turn.slate).first()
    assert pick is not None
    return pick.pk


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
    await tab.send(action="relax", turn=base.pk, offer=0)
    await tab.until(WRITING)
    assert (await last_turn(conversation)).text == "Also older ones"
    await tab.send(action="relax", turn=base.pk, offer=1)
    await tab.until("That offer is gone")


# --- stop ---


async def test_stop_cancels_the_models_request_within_a_second(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, slow_genrec: FakeGenRec,
    queued: list[Any],
) -> None:  # fmt: skip
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a zany film about space")
    await tab.until('id="card-')
    await eventually(lambda: slow_genrec.running)

    begun = time.monotonic()
    await tab.send(action="stop")
    await tab.until(IDLE)
    await eventually(lambda: not slow_genrec.running, within_s=1)

    assert time.monotonic() - begun < 1
    turn = await last_turn(conversation)
    assert turn.status == "stopped"
    assert turn.note.endswith("Stopped.")
    assert await titles_of(turn)  # what was shown stays
    assert queued == []


async def test_stop_before_anything_is_there_stops_as_well(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, slow_genrec: FakeGenRec
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a zany film about space")
    await tab.send(action="stop")
    await tab.until(IDLE)
    await asyncio.sleep(0.4)
    assert (await last_turn(conversation)).status == "stopped"
    assert slow_genrec.running == 0


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


# --- connections ---


async def test_an_answer_is_finished_and_saved_when_the_socket_goes(
    visitor: Client, conversation: Conversation, open_tab: OpenTab
) -> None:
    tab = Tab(visitor, conversation.pk)
    assert await tab.open()
    await tab.send(action="say", text="a funny film")
    await tab.until('turns"><article')
    await tab.close()

    async def is_answered() -> bool:
        return (await last_turn(conversation)).status == "answered"

    await eventually(is_answered)
    turn = await last_turn(conversation)
    # Nobody saw it yet, so it is no exposure.
    assert await in_thread(Exposure.objects.count)() == 0

    again = await open_tab(visitor, conversation.pk, "after=0")
    assert f'id="turn-{turn.pk}"' in again.received
    await eventually(in_thread(Exposure.objects.exists))


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
    await tab.send(action="say", text="a zany film about space")
    await tab.until('id="card-')
    await tab.send(action="say", text="another one")
    await tab.until("One question at a time")
    assert await in_thread(conversation.turns.count)() == 1


async def test_too_many_messages_are_told_when_to_come_back(
    visitor: Client, conversation: Conversation, open_tab: OpenTab, settings: LazySettings
) -> None:
    settings.RATE_LIMIT_PER_MINUTE = 4  # a guest gets two
    tab = await open_tab(visitor, conversation.pk)
    for _ in range(2):
        await tab.send(action="say", text="hello")
        await tab.until(IDLE)
    await tab.send(action="say", text="hello")
    notice = await tab.until('id="notice"')
    assert re.search(r"Wait \d+ seconds", notice)
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
        ({"action": "say", "text": "x" * 501}, "under 500 characters"),
        ({"action": "say", "text": "   "}, "Type what you are in the mood for"),
        ({"action": "explode"}, "out of date"),
        ({"action": "remove", "turn": 1, "slot": "moods"}, "That answer is gone"),
        ({"action": "relax", "turn": 1, "offer": 0}, "That answer is gone"),
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

"""What is read from the database for what is shown: never the traces, which only admins read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Title
from chat import opening, saving
from chat.answers import load_answer, load_card, load_cards
from chat.forms import Remove, Say, Undo
from chat.models import Conversation, Turn
from discovery.exposure import record_exposures
from discovery.models import Pick, Slate
from tests.chat.steering import FUNNY, SHORT, ask, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@contextmanager
def no_trace_is_read() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as queries:
        yield queries
    assert queries.captured_queries
    read = [q["sql"] for q in queries.captured_queries if q["sql"].startswith("SELECT")]
    assert [sql for sql in read if '"trace"' in sql] == []


@pytest.fixture
def turn(conversation: Conversation, titles: list[Title]) -> Turn:
    """The second wish of a conversation, whose slates have traces."""
    say(conversation, "something funny", titles[:3], FUNNY)
    second = say(conversation, "shorter", titles[3:6], SHORT)
    Slate.objects.update(trace={"candidates": [{"title_id": 1}] * 50})
    return second


@pytest.mark.parametrize(
    "show",
    [
        lambda turn: load_answer(turn.pk),
        lambda turn: opening.answers_of(turn.conversation),
        lambda turn: opening.composer_state(turn.conversation_id),
        lambda turn: opening.missed_since(turn.conversation_id, after="0", settled=False),
        lambda turn: load_cards(turn.slate, turn.conversation.viewer_id),
        lambda turn: load_card(turn.slate.picks.all()[0].pk, turn.conversation.viewer_id),
        lambda turn: record_exposures(turn.slate_id),
        lambda turn: saving.stop_reasons(turn.conversation_id),
    ],
    ids=["answer", "page", "composer", "catch-up", "row", "card", "exposures", "stop"],
)
def test_to_show_something_reads_no_trace(turn: Turn, show: Callable[[Turn], object]) -> None:
    turn = Turn.objects.with_slate().get(pk=turn.pk)
    with no_trace_is_read():
        assert show(turn) is not None


@pytest.mark.parametrize("what", ["say", "remove", "undo"])
def test_to_ask_something_reads_no_trace(conversation: Conversation, turn: Turn, what: str) -> None:
    frames = {
        "say": Say("older ones", None),
        "remove": Remove(turn.pk, "runtime", ""),
        "undo": Undo(turn.pk),
    }
    with no_trace_is_read():
        ask(conversation, frames[what])


def test_pages_and_forms_read_no_trace(visitor: Client, turn: Turn) -> None:
    pick = Pick.objects.filter(slate=turn.slate).first()
    assert pick is not None
    with no_trace_is_read():
        assert visitor.get("/").status_code == 200
        assert visitor.get(f"/wishes/{turn.pk}/?adds=1").status_code == 200
        assert visitor.post(f"/feedback/{pick.pk}/", {"kind": "liked"}).status_code == 302


def test_a_conversation_of_many_turns_takes_as_many_queries_as_one_of_few(
    visitor: Client, conversation: Conversation, titles: list[Title]
) -> None:
    def queries_of_the_page() -> int:
        visitor.get("/")  # what is shown for the first time is written down
        with no_trace_is_read() as queries:
            visitor.get("/")
        return len([q for q in queries.captured_queries if '"discovery_slate"' in q["sql"]])

    say(conversation, "something funny", titles[:2], FUNNY)
    once = queries_of_the_page()
    for n in range(4):
        say(conversation, f"more {n}", titles[n : n + 2], SHORT)
    # Only exposures are looked after slate by slate.
    assert queries_of_the_page() == once + 4

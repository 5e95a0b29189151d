"""Conversations that are steered: what is asked, answered by hand, and what is asked next."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalog.models import Title
from chat import asking
from chat.forms import Edit, Say
from chat.models import Conversation, Turn
from discovery.types import (
    Choice,
    Clarification,
    Correction,
    DiscoveryRequest,
    Query,
    Relaxation,
    Slate,
)
from tests.chat.conversations import answered_turn

FUNNY = Query.model_validate({"moods": ("funny",), "evidence": {"moods": "funny"}})
SHORT = FUNNY.model_copy(update={"runtime_max": 90})
OLD = SHORT.model_copy(update={"year_max": 1989})
OFFERED = Slate(
    request_id=UUID(int=1), revision=0, query=FUNNY, picks=(), scored_by="retrieval",
    policy_version="test", left_out={},
    relaxations=(Relaxation("Also longer", FUNNY, 4),),
    corrections=(Correction("alein", "Alien"),),
    clarification=Clarification("New or old?", (Choice("Old ones", OLD), Choice("Any", FUNNY))),
    angles=(Choice("a short one", SHORT), Choice("an old one", OLD)),
)  # fmt: skip


# Turn -> the words that were asked for it: a slate keeps them.
_words: dict[int, str] = {}


def ask(conversation: Conversation, frame: Any) -> tuple[Turn, DiscoveryRequest]:
    asked = asking.ask(conversation.pk, frame)
    _words[asked.turn_id] = asked.request.text
    return Turn.objects.get(pk=asked.turn_id), asked.request


def answered(turn: Turn, titles: list[Title], query: Query, **fields: Any) -> Turn:
    """Answer a stored turn by hand."""
    twin = answered_turn(turn.conversation, titles, query=query)
    slate = twin.slate
    assert slate is not None
    twin.delete()
    slate.text = _words[turn.pk]
    slate.save(update_fields=["text"])
    Turn.objects.filter(pk=turn.pk).update(slate=slate, status=Turn.Status.ANSWERED, **fields)
    turn.refresh_from_db()
    return turn


def say(conversation: Conversation, text: str, titles: list[Title], query: Query) -> Turn:
    return answered(ask(conversation, Say(text, None))[0], titles, query)


def edit(turn: Turn, slot: str, value: str | None, **fields: list[str]) -> Edit:
    return Edit(turn.pk, slot, value, fields)

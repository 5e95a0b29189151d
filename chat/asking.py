"""From what the browser sent to a stored Turn and the question for discovery.

The message is stored before anything is asked, so a crash loses no words. Everything here is
plain ORM work: `chat.turns` calls it in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.answers import stored_query
from chat.chips import UnknownChip, chips_of, is_wish, with_collection, without
from chat.forms import Add, Relax, Remove, Say
from chat.models import Conversation, Turn
from discovery.history import load_history
from discovery.models import Pick
from discovery.shelves import shelf_names
from discovery.types import DiscoveryRequest, Query

# Longer than any turn can take (`chat.turns` cuts it off before): its process is gone.
LOST_AFTER_S = settings.GENREC_PARSE_TIMEOUT_S + settings.GENREC_RANK_TIMEOUT_S + 25


class Refused(Exception):
    """The question is not taken. The message is for the viewer; empty means say nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored turn, and what to ask discovery for it."""

    turn_id: int
    conversation_id: UUID
    viewer_id: int
    request: DiscoveryRequest


@dataclass(frozen=True, slots=True)
class _Wish:
    """What to ask: words to understand, or a given Query with the words it came from."""

    bubble: str
    text: str
    request_id: UUID
    query: Query | None = None
    base: Turn | None = None


def ask(conversation_id: UUID, frame: Say | Remove | Relax | Add) -> Asked:
    """Store the turn and gather its context.

    Raises:
        Refused: another turn is running, the message was taken already, or the chip is unknown.
    """
    conversation = Conversation.objects.select_related("viewer").get(pk=conversation_id)
    fail_lost_turns(conversation_id)
    wish = _wish_of(conversation, frame)
    turn = _store(conversation, wish)
    return Asked(
        turn_id=turn.pk,
        conversation_id=conversation_id,
        viewer_id=conversation.viewer_id,
        request=_request_of(conversation, turn, wish),
    )


def fail_lost_turns(conversation_id: UUID) -> None:
    """Free the conversation from turns whose process died."""
    too_old = timezone.now() - timedelta(seconds=LOST_AFTER_S)
    running = Turn.objects.running().filter(conversation_id=conversation_id)
    running.filter(created_at__lt=too_old).update(
        status=Turn.Status.FAILED, note="This was interrupted. Ask again."
    )


def _wish_of(conversation: Conversation, frame: Say | Remove | Relax | Add) -> _Wish:
    if isinstance(frame, Say):
        return _Wish(frame.text, frame.text, frame.request_id or uuid4())
    if isinstance(frame, Add):
        return _within(conversation, frame.collection)
    base = conversation.turns.select_related("slate").filter(pk=frame.turn_id).first()
    held = stored_query(base.slate) if base and base.slate else None
    if base is None or base.slate is None or held is None:
        raise Refused("That answer is gone. Reload the page.")
    if isinstance(frame, Remove):
        bubble, query = _removed(held, frame)
    else:
        bubble, query = _relaxed(base, frame)
    return _Wish(bubble[:500], base.slate.text, uuid4(), query, base)


def _within(conversation: Conversation, slug: str) -> _Wish:
    """Add a collection to what the conversation asks for now."""
    name = shelf_names([slug]).get(slug)
    if name is None:
        raise Refused("That collection is gone. Reload the page.")
    base = _last_answered(conversation)
    held = stored_query(base.slate) if base and base.slate else None
    try:
        query = with_collection(held, slug)
    except UnknownChip as error:
        raise Refused(f"You are searching within {name} already.") from error
    bubble = f"From {name}"
    # What was said stays the words behind the wish, unless they were no wish.
    kept = base.slate if base and held and is_wish(held) else None
    return _Wish(bubble, kept.text if kept else bubble, uuid4(), query, base)


def _last_answered(conversation: Conversation) -> Turn | None:
    return conversation.turns.exclude(slate=None).select_related("slate").last()


def _removed(query: Query, frame: Remove) -> tuple[str, Query]:
    try:
        smaller = without(query, frame.slot, frame.value)
    except UnknownChip as error:
        raise Refused("That wish is no longer there. Reload the page.") from error
    chips = chips_of(query, shelf_names(query.collections))
    chip = next(c for c in chips if (c.slot, c.value) == (frame.slot, frame.value))
    return f"Without “{chip.label}”", smaller


def _relaxed(base: Turn, frame: Relax) -> tuple[str, Query]:
    offers: list[dict[str, Any]] = base.offers.get("relaxations", [])
    if frame.offer >= len(offers):
        raise Refused("That offer is gone. Reload the page.")
    offer = offers[frame.offer]
    return offer["label"], Query.model_validate(offer["query"])


def _store(conversation: Conversation, wish: _Wish) -> Turn:
    if Turn.objects.filter(request_id=wish.request_id).exists():
        raise Refused("")  # sent again after a reconnect: it is being answered
    try:
        with transaction.atomic():
            return Turn.objects.create(
                conversation=conversation, text=wish.bubble, request_id=wish.request_id
            )
    except IntegrityError as error:
        raise Refused("One question at a time: wait for the answer, or stop it.") from error


def _request_of(conversation: Conversation, turn: Turn, wish: _Wish) -> DiscoveryRequest:
    before = conversation.turns.exclude(pk=turn.pk).exclude(slate=None).select_related("slate")
    last = before.last()
    # What a changed chip answers again may be shown again; other turns' titles may not.
    seen_in = before.exclude(pk=wish.base.pk) if wish.base else before
    picks = Pick.objects.filter(slate__turns__in=seen_in)
    last_picks = Pick.objects.filter(slate=last.slate).order_by("position") if last else []
    return DiscoveryRequest(
        request_id=turn.request_id,
        text=wish.text,
        history=tuple(load_history(conversation.viewer)),
        previous=stored_query(last.slate) if last and last.slate else None,
        query=wish.query,
        shown=frozenset(picks.values_list("title_id", flat=True)),
        last_picks=tuple(pick.title_id for pick in last_picks),
        count=settings.SLATE_SIZE,
    )

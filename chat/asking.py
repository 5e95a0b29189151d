"""From what the browser sent to a stored Turn and the question for discovery.

The message is stored before anything is asked, so a crash loses no words. Everything here is
plain ORM work: `chat.turns` calls it in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from chat.forms import Ask
from chat.models import Conversation, Turn
from chat.offers import QUIET_TURNS, asked_lately, questions_asked
from chat.standing import last_wish, query_of, standing, words_behind
from chat.wishes import Refused, Wish, wish_of
from discovery.history import load_history
from discovery.models import Pick
from discovery.types import DiscoveryRequest, Query

__all__ = ["Asked", "Refused", "ask", "fail_lost_turns"]

_SEARCHED = frozenset({"discover", "refine", "more_like", "surprise"})
# What the viewer said before that discovery hears of.
EARLIER_MESSAGES = 4
# Longer than any turn can take (`chat.turns` cuts it off before): its process is gone.
LOST_AFTER_S = settings.GENREC_PARSE_TIMEOUT_S + settings.GENREC_RANK_TIMEOUT_S + 25


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored turn, and what to ask discovery for it."""

    turn_id: int
    conversation_id: UUID
    request: DiscoveryRequest


def ask(conversation_id: UUID, frame: Ask) -> Asked:
    """Store the turn and gather its context.

    Raises:
        Refused: another turn is running, the message was taken already, or the chip is unknown.
        BadWish: a chip was given values that make no sense.
    """
    conversation = Conversation.objects.select_related("viewer").get(pk=conversation_id)
    fail_lost_turns(conversation_id)
    wish = wish_of(conversation, frame)
    turn = _store(conversation, wish)
    return Asked(
        turn_id=turn.pk,
        conversation_id=conversation_id,
        request=_request_of(conversation, turn, wish),
    )


def fail_lost_turns(conversation_id: UUID) -> None:
    """Free the conversation from turns whose process died."""
    too_old = timezone.now() - timedelta(seconds=LOST_AFTER_S)
    running = Turn.objects.running().filter(conversation_id=conversation_id)
    running.filter(created_at__lt=too_old).update(
        status=Turn.Status.FAILED, note="This was interrupted. Ask again."
    )


def _store(conversation: Conversation, wish: Wish) -> Turn:
    if Turn.objects.filter(request_id=wish.request_id).exists():
        raise Refused("")  # sent again after a reconnect: it is being answered
    before = wish.restores.before if wish.restores else standing(last_wish(conversation))
    try:
        with transaction.atomic():
            return Turn.objects.create(
                conversation=conversation,
                text=wish.bubble,
                request_id=wish.request_id,
                is_typed=wish.is_typed,
                before=before,
                restores=wish.restores,
            )
    except IntegrityError as error:
        raise Refused("One question at a time: wait for the answer, or stop it.") from error


def _request_of(conversation: Conversation, turn: Turn, wish: Wish) -> DiscoveryRequest:
    """Gather what discovery has to know; an undo and a literal reading are asked in the past.

    Only an undo may show again what was shown since: who clicks on an older answer has seen it.
    """
    now = wish.as_before or turn
    past = conversation.turns.filter(pk__lt=now.pk)
    last = last_wish(conversation, before=now)
    seen = conversation.turns.filter(pk__lt=(wish.restores or turn).pk).exclude(pk__in=wish.again)
    picks = Pick.objects.filter(slate__turns__in=seen)
    refused = {ref.title_id for ref in wish.refused if ref.title_id is not None}
    last_picks = Pick.objects.filter(slate=last.slate).order_by("position") if last else []
    typed = past.filter(is_typed=True).order_by("-created_at", "-pk").values_list("text", flat=True)
    lately = conversation.turns.filter(pk__lt=turn.pk).order_by("-created_at", "-pk")
    return DiscoveryRequest(
        request_id=turn.request_id,
        text=wish.text,
        history=tuple(load_history(conversation.viewer)),
        previous=query_of(last),
        query=_searched(wish.query) if wish.query else None,
        behind=words_behind(wish.base or last, wish.query or query_of(last)),
        earlier=tuple(reversed(typed[:EARLIER_MESSAGES])),
        literal=wish.literal,
        asked_lately=asked_lately(lately[:QUIET_TURNS]),
        asked=questions_asked(lately.filter(offers__has_key="question").only("offers")),
        shown=frozenset(picks.values_list("title_id", flat=True)) | refused,
        last_picks=tuple(pick.title_id for pick in last_picks),
        count=settings.SLATE_SIZE,
        explore=True,
    )


def _searched(query: Query) -> Query:
    """Return a Query that a click made as one to search by: it is no verdict and no question."""
    return query if query.intent in _SEARCHED else query.model_copy(update={"intent": "refine"})

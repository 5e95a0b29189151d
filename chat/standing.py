"""What a conversation asks for now, and what stood before: read back from its turns."""

from __future__ import annotations

import logging

from pydantic import ValidationError

from chat.chips import is_wish
from chat.models import Conversation, Turn
from discovery.models import Slate
from discovery.types import Query

logger = logging.getLogger(__name__)

# Who has only chatted for so long asks for nothing any more.
LOOKED_BACK = 20


def stored_query(slate: Slate) -> Query | None:
    """Return the Query behind a slate, or None if an older version's can't be read any more."""
    try:
        return Query.model_validate(slate.query)
    except ValidationError as error:
        logger.warning("query not readable: slate=%d %d errors", slate.pk, error.error_count())
        return None


def query_of(turn: Turn | None) -> Query | None:
    """Return what a turn was answered by; None without an answer."""
    return stored_query(turn.slate) if turn and turn.slate else None


def last_wish(conversation: Conversation, *, before: Turn | None = None) -> Turn | None:
    """Return the turn that says what the conversation asks for; a greeting says nothing.

    Args:
        before: look only at turns older than this one.
    """
    answered = conversation.turns.exclude(slate=None).select_related("slate", "before__slate")
    if before is not None:
        answered = answered.filter(pk__lt=before.pk)
    newest = answered.defer("slate__trace", "before__slate__trace").order_by("-created_at", "-pk")
    for turn in newest[:LOOKED_BACK]:
        held = query_of(turn)
        if held is not None and is_wish(held):
            return turn
    return None


def standing(turn: Turn | None) -> Turn | None:
    """Return the turn that this one stands for: itself, unless it went back to another."""
    return (turn.restores or turn) if turn else None


def forms_of_wish(turn: Turn) -> tuple[int, ...]:
    """Return the ids of the turns that asked the same with other chips, this one first.

    Back to the message that was typed: what a click changes, it may show again.
    """
    ids = [turn.pk]
    if turn.is_typed:
        return tuple(ids)
    clicked = Turn.objects.filter(conversation_id=turn.conversation_id, is_typed=False)
    # In one query: a chain of clicks may be long.
    links = clicked.order_by().values_list("pk", "restores_id", "before_id")
    earlier = {pk: restores or before for pk, restores, before in links}
    while (back := earlier.get(ids[-1])) is not None and back not in ids:
        ids.append(back)
    return tuple(ids)

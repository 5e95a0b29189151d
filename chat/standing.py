"""What a conversation asks for now, and what stood before: read back from its turns."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import NamedTuple

from pydantic import ValidationError

from chat.chips import is_wish
from chat.models import Conversation, Turn
from discovery.models import Slate
from discovery.types import Query
from discovery.understanding.refining import asks_for_others
from genrec.contract import TitleRef

logger = logging.getLogger(__name__)

_SOFT = ("moods", "themes", "like", "unlike", "people")
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

    Back to the message that was typed: what a click changes, it may show again. The words of that
    message stay behind every form of it, which tells a form from the wish that stood before.
    """
    asked = Turn.objects.filter(conversation_id=turn.conversation_id, pk__lte=turn.pk)
    rows = asked.order_by("pk").values_list(
        "pk", "slate__text", "is_typed", "restores_id", "before_id"
    )
    links = {pk: _Link(words, typed, back, before) for pk, words, typed, back, before in rows}
    ids = [turn.pk]
    while (at := links[ids[-1]]) and not at.is_typed:
        back = _made_from(ids[-1], at, links)
        if back is None or back in ids:
            break
        ids.append(back)
    return tuple(ids)


def words_behind(turn: Turn | None, query: Query | None) -> str:
    """Return the message that a turn's wish was said in, or "" if `query` takes some of it back.

    A message that only asks for other titles says nothing: what stood before it was meant.
    """
    while turn is not None and query is not None:
        first = Turn.objects.with_slate().get(pk=forms_of_wish(turn)[-1])
        said = query_of(first)
        if said is None or not first.is_typed or not _still_says(said, query):
            return ""
        if not asks_for_others(first.text):
            return first.text
        turn = standing(first.before)
    return ""


def _still_says(said: Query, query: Query) -> bool:
    """Whether all that moves the order is still meant; conditions are no matter of words."""
    kept = all(each in getattr(query, field) for field in _SOFT for each in getattr(said, field))
    return kept and said.text == query.text


class _Link(NamedTuple):
    """What leads from a turn to the one that it is another form of."""

    words: str | None
    is_typed: bool
    restores: int | None
    before: int | None


def _made_from(turn_id: int, link: _Link, links: Mapping[int, _Link]) -> int | None:
    """Return the turn whose wish a click changed: not always the last, as older ones have chips."""
    if link.restores is not None:
        return link.restores
    before = links.get(link.before or 0)
    if before is not None and before.words == link.words:
        return link.before
    alike = (pk for pk, each in links.items() if pk < turn_id and each.words == link.words)
    return max(alike, default=None)


def refused_since(turn: Turn) -> tuple[TitleRef, ...]:
    """Return the titles that were refused by name after this turn, and not taken back by a click.

    A new wish lets go of such a refusal, too; who goes back to an older wish hasn't.
    """
    later = Turn.objects.filter(conversation_id=turn.conversation_id, pk__gt=turn.pk)
    answered = later.exclude(slate=None).with_slate()
    refused: dict[object, TitleRef] = {}
    before = known = _refused(query_of(turn))
    for each in answered.order_by("pk"):
        query = query_of(each)
        if query is None or not is_wish(query):
            continue
        held = _refused(query)
        if not each.is_typed:
            refused = {k: r for k, r in refused.items() if k in held or k not in before}
        refused |= {key: ref for key, ref in held.items() if key not in known}
        before = held
    return tuple(refused.values())


def _refused(query: Query | None) -> dict[object, TitleRef]:
    titles = query.exclude_titles if query else ()
    return {ref.title_id or ref.mention: ref for ref in titles}

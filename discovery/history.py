"""A viewer's history: what they liked, disliked and have seen, oldest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils import timezone

from catalog.models import Title
from discovery.models import Feedback, Viewer
from discovery.types import Event
from genrec.contract import MAX_HISTORY, EventKind, HistoryEvent, TitleRef

_KINDS: Mapping[str, EventKind] = {
    Feedback.Kind.LIKED: "liked",
    Feedback.Kind.DISLIKED: "disliked",
    Feedback.Kind.SEEN: "seen",
}


def load_history(viewer: Viewer) -> list[Event]:
    """Return the viewer's events, oldest first. Feedback counts from the next turn on."""
    given = Feedback.objects.filter(viewer=viewer).order_by("created_at", "pk")
    return [
        Event(title_id=title_id, kind=_KINDS[kind], at=at)
        for title_id, kind, at in given.values_list("title_id", "kind", "created_at")
    ]


def load_slots(title_ids: Sequence[int]) -> dict[int, int]:
    """Return the catalog head's slot of each title that has one."""
    titles = Title.objects.rankable().filter(pk__in=title_ids)
    return {pk: slot for pk, slot in titles.values_list("pk", "slot") if slot is not None}


def ranking_history(
    history: Sequence[Event], like: Sequence[TitleRef], slots: Mapping[int, int]
) -> tuple[HistoryEvent, ...]:
    """Return the events of a ranking prompt, oldest first.

    Titles that the wish is to be like come last, as if liked just now: the catalog head has
    learned what follows a history, and "like X" asks for what would follow X. Dislikes stay
    out: training knows none, and retrieval plays down what is near them. A title liked and seen
    is one event, the like.
    """
    now = timezone.now()
    liked = {event.title_id for event in history if event.kind == "liked"}
    events = [
        HistoryEvent(
            slot=slots[event.title_id],
            kind=event.kind,
            days_ago=max(0, (now - event.at).days) if event.at else None,
        )
        for event in history
        if event.title_id in slots
        and event.kind != "disliked"
        and not (event.kind == "seen" and event.title_id in liked)
    ]
    references = [
        HistoryEvent(slot=slots[ref.title_id], kind="liked")
        for ref in like
        if ref.title_id is not None and ref.title_id in slots
    ]
    return tuple((*events, *references)[-MAX_HISTORY:])

"""A viewer's history: what they liked, disliked and have seen, oldest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from django.db.models import F
from django.utils import timezone

from catalog.models import Title
from discovery.models import Feedback, HistoryEntry, Viewer
from discovery.retrieval.title_sets import is_among
from discovery.types import Event
from genrec.contract import MAX_HISTORY, EventKind, HistoryEvent, TitleRef

_KINDS: Mapping[str, EventKind] = {
    Feedback.Kind.LIKED: "liked",
    Feedback.Kind.DISLIKED: "disliked",
    Feedback.Kind.SEEN: "seen",
}
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Taste is what somebody liked lately; what they liked before says less, and blurs it.
MAX_TASTE_EVENTS = 30


def load_history(viewer: Viewer) -> list[Event]:
    """Return the viewer's events, oldest first: what they said here and what they imported.

    Feedback counts from the next turn on. What was said here wins over an imported verdict of the
    same title; several imports of a title are one event. Undated events come first: nothing says
    that they are recent.
    """
    given = Feedback.objects.filter(viewer=viewer).order_by("created_at", "pk")
    events = [
        Event(title_id=title_id, kind=_KINDS[kind], at=at)
        for title_id, kind, at in given.values_list("title_id", "kind", "created_at")
    ]
    marks: dict[int, set[str]] = {}
    for event in events:
        marks.setdefault(event.title_id, set()).add(event.kind)
    imported = [e for e in _imported(viewer) if not _is_said(e, marks.get(e.title_id, set()))]
    # Stable: what has the same time keeps its order, and feedback comes after imports.
    return sorted([*imported, *events], key=lambda event: event.at or _LONG_AGO)


def _imported(viewer: Viewer) -> list[Event]:
    """Return one event for each title of the viewer's imports that is matched and published."""
    used = HistoryEntry.objects.filter(
        batch__viewer=viewer,
        status__in=(HistoryEntry.Status.MATCHED, HistoryEntry.Status.FIXED),
        title__status=Title.Status.PUBLISHED,
    )
    events: dict[int, Event] = {}
    in_order = used.order_by(F("watched_at").asc(nulls_first=True), "pk")
    for title_id, kind, at in in_order.values_list("title_id", "kind", "watched_at"):
        before = events.get(title_id)
        # The last verdict holds; having seen it again takes none back.
        kept = before.kind if before and kind == Feedback.Kind.SEEN else _KINDS[kind]
        events[title_id] = Event(title_id=title_id, kind=kept, at=at)
    return list(events.values())


def _is_said(imported: Event, marks: Collection[str]) -> bool:
    """Say whether feedback makes an imported event pointless: it judges, or says as much."""
    return bool({"liked", "disliked"} & set(marks)) or imported.kind in marks


def taste_of(history: Sequence[Event]) -> tuple[list[int], list[int]]:
    """Return the titles liked and those disliked of late, as far as there are any.

    Somebody who never says what they like, as in a history of viewings alone, likes what they
    choose to watch.
    """
    liked = _latest(history, "liked", "saved") or _latest(history, "seen", "played")
    return liked, _latest(history, "disliked")


def _days_between(then: datetime, now: datetime) -> int:
    """Return the whole days that have passed, none for a date that has not come here yet.

    In UTC: two times of one zone are subtracted as its clocks show them, changes of the clock left
    out.
    """
    return max(0, (now - then.astimezone(UTC)).days)


def _latest(history: Sequence[Event], *kinds: str) -> list[int]:
    return [event.title_id for event in history if event.kind in kinds][-MAX_TASTE_EVENTS:]


def load_slots(title_ids: Collection[int]) -> dict[int, int]:
    """Return the catalog head's slot of each title that has one."""
    titles = Title.objects.rankable().filter(is_among(title_ids)).order_by()
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
    told = [
        event
        for event in history
        if event.title_id in slots
        and event.kind != "disliked"
        and not (event.kind == "seen" and event.title_id in liked)
    ]
    events = [
        HistoryEvent(
            slot=slots[event.title_id],
            kind=event.kind,
            days_ago=_days_between(event.at, now) if event.at else None,
        )
        for event in told[-MAX_HISTORY:]
    ]
    references = [
        HistoryEvent(slot=slots[ref.title_id], kind="liked")
        for ref in like
        if ref.title_id is not None and ref.title_id in slots
    ]
    return tuple((*events, *references)[-MAX_HISTORY:])

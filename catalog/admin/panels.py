"""What a title's page shows beside its facts: what the machine makes of it, how it fares.

Queries are shown without who said them: editors see what found a title, not who asked. Answers are
reached through reverse relations, because the catalogue knows nothing of the discovery above it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from catalog.embedding import EmbedderUnavailable, embedding_version
from catalog.models import Title

NEIGHBOURS = 10
QUERIES = 10
RECENT_FEEDBACK = 5
DAYS = 30


@dataclass(frozen=True, slots=True)
class FoundBy:
    """Words that found the title, and where it stood in the answer."""

    text: str
    place: int
    score: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Panels:
    """All of them for one title. `neighbours` have `likeness`, 1 being the same."""

    embedding_state: str
    neighbours: list[Any]
    found_by: list[FoundBy]
    picked: int
    shown: int
    shown_lately: int
    feedback: dict[str, int]
    feedback_lately: list[tuple[str, datetime]]
    kindred_of: list[Title]


def load_panels(title: Title) -> Panels:
    """Return what there is to show of a title, in a fixed number of queries."""
    picks: Any = title.picks
    shown = picks.filter(exposure__isnull=False)
    since = timezone.now() - timedelta(days=DAYS)
    feedback: Any = title.feedback
    kinds = list(feedback.order_by("-created_at").values_list("kind", "created_at"))
    return Panels(
        embedding_state=describe_embedding(title),
        neighbours=nearest_titles(title),
        found_by=queries_that_found(title),
        picked=picks.count(),
        shown=shown.count(),
        shown_lately=shown.filter(exposure__shown_at__gte=since).count(),
        feedback=dict(Counter(kind for kind, _ in kinds)),
        feedback_lately=kinds[:RECENT_FEEDBACK],
        kindred_of=list(title.kindred_of.defer("embedding", "search")[:NEIGHBOURS]),
    )


def nearest_titles(title: Title) -> list[Any]:
    """Return the published titles nearest by embedding, each with `likeness`."""
    if title.embedding is None:
        return []
    others = Title.objects.published().exclude(pk=title.pk).defer("embedding", "search")
    near: list[Any] = list(others.nearest(title.embedding, limit=NEIGHBOURS))
    for other in near:
        other.likeness = 1 - other.distance
    return near


def queries_that_found(title: Title) -> list[FoundBy]:
    """Return the latest things said that this title was an answer to; each once."""
    picks: Any = title.picks
    rows = picks.filter(slate__text__gt="").order_by("-slate__created_at").values_list(
        "slate__text", "position", "score", "slate__created_at"
    )[: QUERIES * 5]  # fmt: skip
    found: dict[str, FoundBy] = {}
    for text, position, score, at in rows:
        found.setdefault(text, FoundBy(text, position + 1, score, at))
    return list(found.values())[:QUERIES]


def describe_embedding(title: Title) -> str:
    if title.embedded_at is None:
        return "Waiting to be embedded."
    try:
        current = embedding_version()
    except EmbedderUnavailable as error:
        return f"Version {title.embedding_version}; can't be compared: {error}"
    stale = title.embedding_version != current or title.updated_at > title.embedded_at
    state = "out of date" if stale else "up to date"
    return f"Version {title.embedding_version}, {state}; facts of {title.embedded_at:%F %T} UTC."

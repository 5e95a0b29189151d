"""Which titles first: traffic times uncertainty.

An hour of an editor is worth most where many viewers look and little is known. Traffic is what
was shown and said of a title in the last 30 days, with its popularity as a prior, so that a new
catalogue has an order, too. What was shown is read through reverse relations by name: answers are
the business of other packages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log1p
from typing import Any

from django.db.models import Avg, Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone

from catalog.models import Suggestion, Tag, Title

WINDOW = timedelta(days=30)
# Feedback takes a click, an exposure only a look.
FEEDBACK_WORTH = 3.0
# A title of popularity 1 is expected to be shown so often in the window.
EXPECTED_EXPOSURES = 20.0
# What a description is made of; each unknown one counts the same.
_UNKNOWN: Mapping[str, Q] = {
    "synopsis": Q(synopsis=""),
    "content_notes": Q(content_notes={}),
    "age_min": Q(age_min__isnull=True),
    "genres": Q(genres__isnull=True),
}


@dataclass(frozen=True, slots=True)
class Worth:
    """What describing a title is expected to be worth, and why.

    Attributes:
        traffic: exposures, feedback and prior, in exposures of the last 30 days.
        uncertainty: 0 to 1.
    """

    title_id: int
    traffic: float
    uncertainty: float

    @property
    def value(self) -> float:
        """The logarithm of the traffic counts: the thousandth look tells less than the tenth."""
        return log1p(self.traffic) * self.uncertainty


def undescribed() -> QuerySet[Title]:
    """Titles that no answer can choose for their feeling: without a term of the ontology."""
    with_terms = Tag.objects.exclude(group=Tag.Group.KEYWORD).filter(title_tags__isnull=False)
    described = Title.objects.filter(title_tags__tag__in=with_terms)
    kept = Title.objects.exclude(status=Title.Status.WITHDRAWN)
    return kept.exclude(pk__in=described.values("pk")).defer("embedding", "search")


def rank_titles(titles: QuerySet[Title]) -> list[Worth]:
    """Return what each title is worth, the most first, in a fixed number of queries."""
    confidence = pending_confidence()
    traffic = recent_traffic()
    found = [
        Worth(
            pk,
            traffic.get(pk, 0.0) + EXPECTED_EXPOSURES * popularity,
            _uncertainty(unknown / (len(_UNKNOWN) + 1), confidence.get(pk)),
        )
        for pk, popularity, unknown in _unknown_fields(titles)
    ]
    return sorted(found, key=lambda worth: (-worth.value, worth.title_id))


def queue() -> list[Worth]:
    """Return the titles with pending suggestions, those worth most first."""
    pending = Suggestion.objects.filter(status=Suggestion.Status.PENDING)
    return rank_titles(Title.objects.filter(pk__in=pending.values("title_id")))


def recent_traffic() -> dict[int, float]:
    """Return exposures and weighted feedback of the last 30 days, of titles that had any."""
    since = timezone.now() - WINDOW
    traffic: Counter[int] = Counter()
    shown = Title.objects.filter(picks__exposure__shown_at__gte=since)
    said = Title.objects.filter(feedback__created_at__gte=since)
    for titles, path, worth in (
        (shown, "picks__exposure", 1.0),
        (said, "feedback", FEEDBACK_WORTH),
    ):
        rows: Iterable[Any] = titles.order_by().values("pk").annotate(times=Count(path))
        for row in rows:
            traffic[row["pk"]] += row["times"] * worth
    return {pk: float(times) for pk, times in traffic.items()}


def pending_confidence() -> dict[int, float]:
    """Return the mean confidence of pending suggestions by title."""
    pending = Suggestion.objects.filter(status=Suggestion.Status.PENDING)
    rows = pending.order_by().values("title_id").annotate(mean=Avg("confidence"))
    return {row["title_id"]: row["mean"] for row in rows}


def _unknown_fields(titles: QuerySet[Title]) -> Sequence[tuple[int, float, int]]:
    """Return id, popularity and the number of unknown fields, of which the terms are one."""
    counted: Any = Value(1, output_field=IntegerField())
    for unknown in _UNKNOWN.values():
        counted = counted + Case(When(unknown, then=1), default=0, output_field=IntegerField())
    rows: Any = titles.order_by().annotate(unknown=counted).distinct()
    found: Sequence[tuple[int, float, int]] = list(
        rows.values_list("pk", "popularity", F("unknown"))
    )
    return found


def _uncertainty(unknown: float, confidence: float | None) -> float:
    """Half what is unknown, half how unsure the suggestions are; without any, they are wholly."""
    doubt = 1.0 - (confidence if confidence is not None else 0.0)
    return (unknown + doubt) / 2

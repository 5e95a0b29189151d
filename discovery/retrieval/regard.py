"""How much better than other titles viewers find one, learned from their verdicts here.

Fame says how many know a title, regard what those who know it think of it. Each verdict is compared
with the mean of its viewer's own, so that neither who likes everything nor who likes nothing
decides; the sum is divided by the number of verdicts and ten more, so that a title few have judged
stays near the average. Somebody who gives only likes tells nothing, and a handful of viewers teach
nothing, as with `neighbours`.

    bin/manage refresh_neighbours        # nightly by the worker, too
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from django.db import transaction

from catalog.models import Title
from discovery.learned import TitleRegard
from discovery.models import Feedback, HistoryEntry
from discovery.retrieval.neighbours import MIN_VIEWERS
from discovery.retrieval.title_sets import is_among

# A verdict without a rating, as a share of the scale.
VERDICTS: Mapping[str, float] = {Feedback.Kind.LIKED: 0.9, Feedback.Kind.DISLIKED: 0.3}
# As many average verdicts as a title has before anybody has judged it.
PRIOR_VERDICTS = 10
# What fewer think is their own affair.
MIN_JUDGED_BY = 3

Verdict = tuple[int, int, float]


def refresh_regard() -> int:
    """Learn every title's regard anew and keep it; return how many titles have any."""
    regards = regards_of(_verdicts())
    published = set(Title.objects.published().values_list("pk", flat=True))
    rows = [
        TitleRegard(title_id=title_id, value=round(value, 5))
        for title_id, value in regards.items()
        if title_id in published
    ]
    with transaction.atomic():
        TitleRegard.objects.all().delete()
        TitleRegard.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


def regards_of(verdicts: Sequence[Verdict]) -> dict[int, float]:
    """Return the regard of each title that enough have judged.

    Args:
        verdicts: (viewer, title, share of the scale), one a viewer and title.
    """
    if not verdicts:
        return {}
    viewers, titles, values = (np.array(column) for column in zip(*verdicts, strict=True))
    viewers = np.unique(viewers, return_inverse=True)[1]
    means = np.bincount(viewers, weights=values) / np.bincount(viewers)
    told = np.bincount(viewers) > 1
    if int(told.sum()) < MIN_VIEWERS:
        return {}
    ids, places = np.unique(titles, return_inverse=True)
    counts = np.bincount(places)
    sums = np.bincount(places, weights=values - means[viewers])
    return {
        int(ids[n]): float(sums[n] / (counts[n] + PRIOR_VERDICTS))
        for n in np.flatnonzero(counts >= MIN_JUDGED_BY)
    }


def _verdicts() -> list[Verdict]:
    """Return each viewer's verdicts; what was said here wins over what was imported."""
    used = HistoryEntry.objects.filter(
        status__in=(HistoryEntry.Status.MATCHED, HistoryEntry.Status.FIXED), title__isnull=False
    )
    brought = used.order_by("pk").values_list("batch__viewer", "title", "rating", "kind")
    said = Feedback.objects.filter(kind__in=VERDICTS).values_list("viewer", "title", "kind")
    found: dict[tuple[int, int], float] = {}
    for viewer, title, rating, kind in brought.iterator():
        value = rating if rating is not None else VERDICTS.get(kind)
        if value is not None:
            found[viewer, title] = value
    found |= {(viewer, title): VERDICTS[kind] for viewer, title, kind in said.iterator()}
    return [(viewer, title, value) for (viewer, title), value in found.items()]


def load_regards(title_ids: Iterable[int]) -> dict[int, float]:
    """Return the regard of those of the titles that have one."""
    kept = TitleRegard.objects.filter(is_among(list(title_ids), "title"))
    return dict(kept.values_list("title_id", "value"))

"""Nearest neighbours under a filter: always k rows when k rows match.

An HNSW index looks at the query's neighbourhood first and applies the filter afterwards, so with
pgvector's defaults a filter silently loses rows: a fifth of the rows pass, a fifth of the answers
come. Two routes avoid that, chosen by how many rows match:

- few (up to `EXACT_LIMIT`): compute every distance. Exact, and fastest when the filter is rare.
- many: the index, with `ef_search` >= k and iterative scans, which go on until enough rows have
  passed. In relaxed order, because strict order drops rows when the filter leads away from the
  query. A relaxed scan also brings nearer rows late, so several times k are fetched, sorted and
  cut: that lifts recall@50 from .92-.97 to .99 and more. If the scan gives up before k rows, the
  exact route answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import connection, transaction
from django.db.models import F, FloatField, Value
from django.db.models.functions import Cast
from pgvector.django import CosineDistance

from catalog.models import TitleQuerySet

# Up to here all distances take no longer than an index scan under the same filter.
EXACT_LIMIT = 5000
EF_SEARCH = 200
MAX_EF_SEARCH = 1000
OVERFETCH = 6

Route = Literal["exact", "index", "index then exact"]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Title ids by cosine distance (0 identical, 2 opposite), nearest first."""

    distances: dict[int, float]
    route: Route


def nearest_titles(
    titles: TitleQuerySet, vector: Sequence[float], *, k: int, matching: int
) -> Neighbours:
    """Return the k nearest of `titles`, or all of them if fewer match.

    Args:
        titles: the filtered titles, not yet ordered or sliced.
        vector: CONTENT_DIM numbers.
        matching: how many rows `titles` has; an estimate will do. It chooses the route.
    """
    embedded = titles.filter(embedding__isnull=False)
    if matching <= max(EXACT_LIMIT, k):
        return Neighbours(_exact(embedded, vector, k), "exact")
    found = _by_index(embedded, vector, k)
    if len(found) < min(k, matching):
        return Neighbours(_exact(embedded, vector, k), "index then exact")
    return Neighbours(found, "index")


def _exact(titles: TitleQuerySet, vector: Sequence[float], k: int) -> dict[int, float]:
    # Adding zero keeps the planner from using the index, which serves only the bare operator.
    distance = Cast(CosineDistance("embedding", vector), FloatField()) + Value(0.0)
    rows = titles.annotate(distance=distance).order_by("distance", "pk")
    return dict(rows.values_list("pk", "distance")[:k])


def _by_index(titles: TitleQuerySet, vector: Sequence[float], k: int) -> dict[int, float]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            # LOCAL: the next user of this connection keeps the defaults.
            cursor.execute("SET LOCAL hnsw.iterative_scan = relaxed_order")
            cursor.execute(f"SET LOCAL hnsw.ef_search = {min(MAX_EF_SEARCH, max(EF_SEARCH, k))}")
            # A plan that filters first and sorts all distances is the other route's work.
            cursor.execute("SET LOCAL enable_sort = off")
        rows = titles.annotate(distance=CosineDistance("embedding", vector))
        nearest = rows.order_by(F("distance")).values_list("pk", "distance")[: OVERFETCH * k]
        found = sorted(nearest, key=lambda row: (row[1], row[0]))
    return dict(found[:k])

"""Collaborative neighbours: which titles the same viewers know, learned in closed form.

EASE (Steck 2019): from the matrix X of viewers and titles, the weights B that predict each title
from the others by ridge regression with a diagonal of zero, in one matrix inverse. Viewers are
those of this database: their feedback and their imported histories, dislikes left out. Kept are
the strongest neighbours of every title; with too few viewers there are none, and retrieval goes
without, for the weights of a handful of people are their private lives.

    bin/manage refresh_neighbours        # nightly by the worker, too
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from django.db import transaction
from scipy import sparse

from catalog.models import Title
from discovery.learned import TitleNeighbours
from discovery.models import Feedback, HistoryEntry

logger = logging.getLogger(__name__)

MIN_VIEWERS = 50
# A title that fewer know has no neighbours worth naming.
MIN_KNOWN_BY = 5
# The inverse is cubic in the titles: this many take about a minute and 0.5 GB.
MAX_TITLES = 4000
MAX_NEIGHBOURS = 100
REGULARISATION = 300.0
# A far-off weight, such as that of a sequel, decides nothing alone.
MAX_STANDARD = 4.0

Floats = npt.NDArray[np.float64]


def refresh_neighbours() -> int:
    """Learn all neighbours anew and keep them; return how many titles have any.

    With fewer than `MIN_VIEWERS` viewers who know two titles, what was kept before is dropped.
    """
    viewers, titles = _known_pairs()
    matrix, title_ids = _matrix(viewers, titles)
    rows: list[TitleNeighbours] = []
    if matrix.shape[0] >= MIN_VIEWERS and len(title_ids) > 1:
        rows = list(_strongest(item_weights(matrix), title_ids))
    else:
        logger.info("too few viewers for neighbours: %d of %d", matrix.shape[0], MIN_VIEWERS)
    with transaction.atomic():
        TitleNeighbours.objects.all().delete()
        TitleNeighbours.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def item_weights(matrix: sparse.csr_matrix) -> Floats:
    """Return (titles, titles): what knowing the row's title says for the column's.

    Args:
        matrix: (viewers, titles), 1 where a viewer knows a title.
    """
    gram = np.asarray((matrix.T @ matrix).todense(), dtype=np.float64)
    gram[np.diag_indices_from(gram)] += REGULARISATION
    inverse = np.linalg.inv(gram)
    weights: Floats = -inverse / np.diag(inverse)[None, :]
    np.fill_diagonal(weights, 0.0)
    return weights


def _known_pairs() -> tuple[list[int], list[int]]:
    """Return viewers and the titles that they know, pair by pair, each once."""
    said = Feedback.objects.exclude(kind=Feedback.Kind.DISLIKED).values_list("viewer", "title")
    brought = HistoryEntry.objects.filter(
        status__in=(HistoryEntry.Status.MATCHED, HistoryEntry.Status.FIXED), title__isnull=False
    ).exclude(kind=Feedback.Kind.DISLIKED)
    pairs = {*said.iterator(), *brought.values_list("batch__viewer", "title").iterator()}
    published = set(Title.objects.published().values_list("pk", flat=True))
    kept = sorted((viewer, title) for viewer, title in pairs if title in published)
    return [viewer for viewer, _ in kept], [title for _, title in kept]


def _matrix(viewers: Sequence[int], titles: Sequence[int]) -> tuple[sparse.csr_matrix, list[int]]:
    """Return the matrix of the titles that enough know, and their ids; viewers of one are out."""
    ids, counts = np.unique(np.asarray(titles, dtype=np.int64), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MAX_TITLES]
    chosen = sorted(int(ids[n]) for n in order if counts[n] >= MIN_KNOWN_BY)
    places = {title: n for n, title in enumerate(chosen)}
    people: dict[int, int] = {}
    pairs = [
        (people.setdefault(viewer, len(people)), places[title])
        for viewer, title in zip(viewers, titles, strict=True)
        if title in places
    ]
    shape = (len(people), len(chosen))
    rows, columns = [row for row, _ in pairs], [column for _, column in pairs]
    matrix = sparse.csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=shape)
    several = np.asarray(matrix.sum(axis=1)).ravel() > 1
    return matrix[np.flatnonzero(several)], chosen


def _strongest(weights: Floats, title_ids: Sequence[int]) -> Iterable[TitleNeighbours]:
    for row, title_id in enumerate(title_ids):
        best = np.argsort(-weights[row], kind="stable")[:MAX_NEIGHBOURS]
        kept = [n for n in best if weights[row, n] > 0]
        if kept:
            yield TitleNeighbours(
                title_id=title_id,
                others=[title_ids[n] for n in kept],
                weights=[round(float(weights[row, n]), 6) for n in kept],
            )


def neighbour_scores(known: Mapping[int, float]) -> dict[int, float]:
    """Return how strongly the titles that somebody knows speak for others, in deviations.

    Args:
        known: title -> how much it counts.
    """
    if not known:
        return {}
    sums: dict[int, float] = {}
    kept = TitleNeighbours.objects.filter(title_id__in=list(known))
    for title_id, others, weights in kept.values_list("title_id", "others", "weights"):
        for other, weight in zip(others, weights, strict=True):
            sums[other] = sums.get(other, 0.0) + known[title_id] * weight
    if not sums:
        return {}
    n_titles = max(TitleNeighbours.objects.count(), 1)
    spread = math.sqrt(math.fsum(value * value for value in sums.values()) / n_titles)
    return {other: min(MAX_STANDARD, value / spread) for other, value in sums.items()}

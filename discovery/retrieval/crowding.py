"""How crowded it is around a title: hubs are near to every wish, and push out what fits as well.

Where many documents resemble one another (sequels, films of one kind told in the same words), each
of them is fairly near to whatever is said, so that a few hundred fill the lists of all wishes. A
title's nearness to the words therefore counts less half its mean cosine to its own ten nearest:
cross-domain similarity local scaling, with the k of its authors. The wish's own half is the same
for all titles and left out.

Source: Conneau et al. 2018, "Word translation without parallel data", section 2.3.

    bin/manage refresh_neighbours        # nightly by the worker, too, and after its imports
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from django.db import transaction

from catalog.models import Title
from discovery.learned import TitleCrowding
from discovery.retrieval.title_sets import is_among

NEAREST = 10
# More are sampled to compare with: the time grows with titles times these.
MAX_COMPARED = 20_000
_BATCH = 500
_SEED = 3

Floats = npt.NDArray[np.float32]


def refresh_crowding() -> int:
    """Learn anew how crowded it is around each title; return of how many that is known."""
    titles = Title.objects.published().filter(embedding__isnull=False).order_by("pk")
    found = {
        title_id: np.asarray(embedding, dtype=np.float16)
        for title_id, embedding in titles.values_list("pk", "embedding").iterator(chunk_size=2000)
    }
    rows = []
    if len(found) > NEAREST:
        values = crowding_of(np.array(list(found.values())))
        rows = [
            TitleCrowding(title_id=title_id, value=round(float(value), 5))
            for title_id, value in zip(found, values, strict=True)
        ]
    with transaction.atomic():
        TitleCrowding.objects.all().delete()
        TitleCrowding.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


def crowding_of(vectors: npt.NDArray[np.float16]) -> Floats:
    """Return each row's mean cosine to the nearest others; rows have unit length."""
    n_rows = len(vectors)
    chosen = np.random.default_rng(_SEED).permutation(n_rows)[:MAX_COMPARED]
    compared = vectors[chosen].astype(np.float32)
    place = np.full(n_rows, -1)
    place[chosen] = np.arange(len(chosen))
    values = np.empty(n_rows, dtype=np.float32)
    for start in range(0, n_rows, _BATCH):
        cosines = vectors[start : start + _BATCH].astype(np.float32) @ compared.T
        own = place[start : start + _BATCH]
        # A title is not its own neighbour.
        cosines[np.flatnonzero(own >= 0), own[own >= 0]] = -1.0
        nearest = np.partition(cosines, -NEAREST, axis=1)[:, -NEAREST:]
        values[start : start + _BATCH] = nearest.mean(axis=1)
    return values


def load_crowding(title_ids: Iterable[int]) -> dict[int, float]:
    """Return how crowded it is around those of the titles of which that is known."""
    kept = TitleCrowding.objects.filter(is_among(list(title_ids), "title"))
    return dict(kept.values_list("title_id", "value"))

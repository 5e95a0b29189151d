"""Titles whose terms and keywords mean what the wish means, whatever words it has.

"Somebody lives the same day again" is near the keyword "time loop", which neither its words nor a
whole document about a weatherman says as clearly. Every tag that tells something has a vector; the
nearest to the wish's own vector count by how near and how rare they are, and a title by the sum of
its tags, in deviations, as with `word_match`.

    bin/manage refresh_neighbours        # nightly by the worker, too, and after its imports
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, FloatField, Q, Value
from django.db.models.functions import Cast
from pgvector.django import CosineDistance

from catalog.embedding import EmbedderUnavailable, embedding_version, get_embedder
from catalog.models import Tag, Title, TitleQuerySet
from discovery.learned import TagVector
from discovery.retrieval.probes import Vector
from discovery.retrieval.title_sets import sums_of

logger = logging.getLogger(__name__)

# What one title has says nothing of others, and what many have says little.
MIN_TITLES = 2
MAX_SHARE = 0.04
# The commonest of the rest: comparing with all of them bounds the time of an answer.
MAX_TAGS = 20_000
# The nearest that count, if they are near at all: a cosine to the wish.
NEAREST = 60
NEAR_ENOUGH = 0.35
_BATCH = 500

_MATCH = """
SELECT tagged.title_id, sum(wanted.weight)
FROM unnest(%s::bigint[], %s::float8[]) AS wanted(tag_id, weight)
JOIN catalog_titletag tagged ON tagged.tag_id = wanted.tag_id
WHERE tagged.title_id IN ({eligible})
GROUP BY tagged.title_id
"""


@dataclass(frozen=True, slots=True)
class NearTags:
    """Tags near a wish with their weights; `spread` is the sum's deviation over all titles."""

    weights: Mapping[int, float]
    spread: float


def refresh_tag_vectors() -> int:
    """Make the vectors that are missing, drop those of no use; return how many there are.

    Without the embedder what was there stays.
    """
    try:
        version = embedding_version()
        counts = _telling_tags()
        TagVector.objects.exclude(tag__in=counts).delete()
        kept = dict(TagVector.objects.filter(embedding_version=version).values_list("tag", "name"))
        names = dict(Tag.objects.filter(pk__in=counts).values_list("pk", "name"))
        _embed([pk for pk in counts if kept.get(pk) != names[pk]], names, version)
    except EmbedderUnavailable as error:
        logger.warning("keywords keep their vectors: %s", error)
        return TagVector.objects.count()
    changed = [
        vector
        for vector in TagVector.objects.defer("embedding")
        if vector.titles != counts[vector.tag_id]
    ]
    for vector in changed:
        vector.titles = counts[vector.tag_id]
    TagVector.objects.bulk_update(changed, ["titles"], batch_size=1000)
    return len(counts)


def _telling_tags() -> dict[int, int]:
    """Return how many published titles have each tag that tells something."""
    published = Q(title_tags__title__in=Title.objects.published().order_by().values("pk"))
    most = max(MIN_TITLES, round(MAX_SHARE * Title.objects.published().count()))
    counted = Tag.objects.annotate(n=Count("title_tags", filter=published))
    telling = counted.filter(n__gte=MIN_TITLES, n__lte=most).order_by("-n", "pk")
    return dict(telling.values_list("pk", "n")[:MAX_TAGS])


def _embed(tag_ids: Sequence[int], names: Mapping[int, str], version: str) -> None:
    for start in range(0, len(tag_ids), _BATCH):
        batch = tag_ids[start : start + _BATCH]
        vectors = get_embedder().embed([names[pk] for pk in batch])
        TagVector.objects.bulk_create(
            [
                TagVector(
                    tag_id=pk,
                    name=names[pk],
                    embedding=vector.tolist(),
                    embedding_version=version,
                    titles=0,
                )
                for pk, vector in zip(batch, vectors, strict=True)
            ],
            update_conflicts=True,
            unique_fields=["tag"],
            update_fields=["name", "embedding", "embedding_version"],
        )


def near_tags(wish: Vector) -> NearTags:
    """Return the tags that mean about what the wish means."""
    distance = CosineDistance("embedding", wish.tolist())
    near = TagVector.objects.annotate(
        similarity=Value(1.0) - Cast(distance, FloatField())
    ).order_by("-similarity", "pk")
    found = [
        row
        for row in near.values_list("tag_id", "titles", "similarity")[:NEAREST]
        if row[1] and row[2] > NEAR_ENOUGH
    ]
    if not found:
        return NearTags({}, 1.0)
    n_titles = max(Title.objects.published().count(), *(titles for _, titles, _ in found))
    weights: dict[int, float] = {}
    variance = 0.0
    for tag_id, titles, similarity in found:
        share = titles / (n_titles + 1)
        weights[tag_id] = (similarity - NEAR_ENOUGH) * -math.log(share)
        variance += weights[tag_id] ** 2 * share * (1 - share)
    return NearTags(weights, math.sqrt(variance) or 1.0)


def match_keywords(titles: TitleQuerySet, wish: Vector) -> dict[int, float]:
    """Return how well the tags of each of `titles` answer the wish, in deviations."""
    near = near_tags(wish)
    if not near.weights:
        return {}
    tags, weights = list(near.weights), list(near.weights.values())
    sums = sums_of(titles, _MATCH, [tags, weights])
    return {title_id: total / near.spread for title_id, total in sums.items()}

"""Keep what nobody could read, cluster it, forget it, and make training cases of what was named."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
from django.db import transaction
from django.utils import timezone
from scipy.cluster.hierarchy import fcluster, linkage

from catalog.embedding import EmbedderUnavailable, get_embedder
from discovery.intents.features import Matrix
from discovery.unread import MAX_UNREAD_CHARS, UnreadCluster, UnreadMessage
from genrec.contract import plain_text

logger = logging.getLogger(__name__)

KEPT_DAYS = 90
# Clustering compares every pair: 2,000 messages are 2 million pairs.
MAX_CLUSTERED = 2000
# Average cosine distance within a cluster, and to the middle of a named one that takes a message.
MAX_DISTANCE = 0.45
JOINS_NAMED = 0.6
SMALLEST = 3
_PERSONAL = re.compile(r"\S+@\S+|https?://\S+|\+?\d[\d\s()/-]{4,}\d")


def keep_unread(message: str) -> bool:
    """Keep a message that nobody could read; say whether it was. Never raises for its content."""
    text = " ".join(_PERSONAL.sub("…", plain_text(message)).split())[:MAX_UNREAD_CHARS]
    if not text:
        return False
    try:
        embedder = get_embedder()
        vector = embedder.embed([text])[0]
    except EmbedderUnavailable as error:
        logger.warning("an unread message was not kept: %s", error)
        return False
    UnreadMessage.objects.create(
        text=text,
        embedding=vector.astype(np.float16).tobytes(),
        embedding_version=embedder.version,
    )
    return True


def purge_unread() -> int:
    """Delete messages older than `KEPT_DAYS`, and clusters that are neither named nor filled."""
    before = timezone.localdate() - timedelta(days=KEPT_DAYS)
    n_deleted, _ = UnreadMessage.objects.filter(day__lt=before).delete()
    UnreadCluster.objects.filter(name="", messages__isnull=True).delete()
    return n_deleted


@transaction.atomic
def cluster_unread() -> int:
    """Cluster the newest messages anew; return how many clusters nobody has named.

    A named cluster keeps its messages and takes those near its middle; unnamed ones are made anew.
    """
    version = get_embedder().version
    UnreadCluster.objects.filter(name="").delete()
    join_named(version)
    free = UnreadMessage.objects.filter(cluster=None, embedding_version=version)
    messages = list(free[:MAX_CLUSTERED])
    groups = groups_of(vectors_of(messages))
    for group in groups:
        cluster = UnreadCluster.objects.create()
        ids = [messages[number].pk for number in group]
        UnreadMessage.objects.filter(pk__in=ids).update(cluster=cluster)
    return len(groups)


def join_named(version: str) -> None:
    """Give messages without a cluster to the nearest named one, if it is near enough."""
    named = list(UnreadCluster.objects.exclude(name="").prefetch_related("messages"))
    middles = [(cluster, _middle(cluster, version)) for cluster in named]
    known = [(cluster, middle) for cluster, middle in middles if middle is not None]
    messages = list(UnreadMessage.objects.filter(cluster=None, embedding_version=version))
    if not known or not messages:
        return
    nearness = vectors_of(messages) @ np.stack([middle for _, middle in known]).T
    joined = []
    for message, row in zip(messages, nearness, strict=True):
        if row.max() >= JOINS_NAMED:
            message.cluster = known[int(row.argmax())][0]
            joined.append(message)
    UnreadMessage.objects.bulk_update(joined, ["cluster"], batch_size=500)


def groups_of(vectors: Matrix) -> list[list[int]]:
    """Return groups of at least `SMALLEST` rows of (N, D), the biggest first: average linkage."""
    if len(vectors) < SMALLEST:
        return []
    tree = linkage(vectors, method="average", metric="cosine")
    labels = fcluster(tree, t=MAX_DISTANCE, criterion="distance")
    groups = [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
    return sorted((group for group in groups if len(group) >= SMALLEST), key=len, reverse=True)


def vectors_of(messages: Sequence[UnreadMessage]) -> Matrix:
    """Return (N, D) float32 unit vectors."""
    rows = [np.frombuffer(bytes(each.embedding), dtype=np.float16) for each in messages]
    return np.stack(rows).astype(np.float32) if rows else np.zeros((0, 1), dtype=np.float32)


def named_cases() -> Iterator[str]:
    """Yield a line of `train_intents --also` for each message of a cluster with name and intent."""
    clusters = UnreadCluster.objects.exclude(name="").exclude(intent="")
    for cluster in clusters.prefetch_related("messages"):
        for message in cluster.messages.all():
            case = {
                "id": f"cluster/{cluster.pk}/{message.pk}",
                "family": f"cluster/{cluster.pk}",
                "turns": [],
                "text": message.text,
                "intent": cluster.intent,
            }
            yield json.dumps(case, ensure_ascii=False)


def _middle(cluster: UnreadCluster, version: str) -> Matrix | None:
    messages = [each for each in cluster.messages.all() if each.embedding_version == version]
    if not messages:
        return None
    middle: Matrix = vectors_of(messages).mean(axis=0)
    return middle / np.linalg.norm(middle)

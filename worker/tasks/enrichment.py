"""Suggest descriptions in the background, when an editor asks for more."""

from __future__ import annotations

import logging

from celery import shared_task
from django.core.cache import cache

from catalog.embedding import EmbedderUnavailable, get_embedder
from discovery.enrichment.references import References, TooFewReferences, load_described
from discovery.enrichment.registry import DEFAULT, build
from discovery.enrichment.writing import suggest_for_queue
from worker.enqueue import SUGGEST_METADATA

logger = logging.getLogger(__name__)

LOCK = "worker:suggest-metadata"
# The first run embeds every reference, minutes on a busy machine.
LOCK_S = 30 * 60


@shared_task(
    name=SUGGEST_METADATA,
    acks_late=True,
    autoretry_for=(EmbedderUnavailable,),
    max_retries=3,
    retry_backoff=True,
)
def suggest_metadata(limit: int) -> None:
    """Suggest for up to `limit` titles. Idempotent; one at a time."""
    if not cache.add(LOCK, 1, timeout=LOCK_S):
        logger.info("not suggesting: another worker is at it")
        return
    try:
        suggester = build(DEFAULT, References(load_described(), get_embedder()))
        written = suggest_for_queue(suggester, limit=limit)
    except TooFewReferences as error:
        logger.warning("no suggestions: %s", error)
    else:
        logger.info(
            "suggested: titles=%d suggestions=%d version=%r",
            written.titles,
            written.suggestions,
            suggester.version,
        )
    finally:
        cache.delete(LOCK)

"""What is learned from all histories together, every night."""

from __future__ import annotations

import logging

from celery import shared_task

from discovery.retrieval.neighbours import refresh_neighbours as learn_neighbours
from discovery.retrieval.word_match import refresh_word_counts
from worker.enqueue import REFRESH_NEIGHBOURS

logger = logging.getLogger(__name__)


@shared_task(name=REFRESH_NEIGHBOURS)
def refresh_neighbours() -> None:
    """Learn neighbours and count words anew. Idempotent: a second run finds the same."""
    neighbours = learn_neighbours()
    logger.info("learned: neighbours=%d words=%d", neighbours, refresh_word_counts())

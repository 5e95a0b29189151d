"""What is learned from all histories together, every night."""

from __future__ import annotations

import logging

from celery import shared_task

from discovery.retrieval.crowding import refresh_crowding
from discovery.retrieval.keywords import refresh_tag_vectors
from discovery.retrieval.neighbours import refresh_neighbours as learn_neighbours
from discovery.retrieval.regard import refresh_regard
from discovery.retrieval.word_match import refresh_word_counts
from worker.enqueue import REFRESH_NEIGHBOURS

logger = logging.getLogger(__name__)


@shared_task(name=REFRESH_NEIGHBOURS)
def refresh_neighbours() -> None:
    """Learn neighbours and regard, count words. Idempotent: a second run finds the same."""
    neighbours, regards = learn_neighbours(), refresh_regard()
    tags, words = refresh_tag_vectors(), refresh_word_counts()
    crowded = refresh_crowding()
    logger.info(
        "learned: neighbours=%d regards=%d tags=%d words=%d crowding=%d",
        neighbours,
        regards,
        tags,
        words,
        crowded,
    )

"""Learn anew which titles the same viewers know, what they think of each, what tags mean,
how common words are and how crowded it is around each title.

bin/manage refresh_neighbours        # the worker does it every night
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from discovery.retrieval.crowding import refresh_crowding
from discovery.retrieval.keywords import refresh_tag_vectors
from discovery.retrieval.neighbours import refresh_neighbours
from discovery.retrieval.regard import refresh_regard
from discovery.retrieval.word_match import refresh_word_counts


class Command(BaseCommand):
    """Takes about a minute for 4,000 titles that several viewers know."""

    help = "Learn neighbours and regard of titles from the histories here, and count words."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"titles with neighbours: {refresh_neighbours()}")
        self.stdout.write(f"titles with a regard: {refresh_regard()}")
        self.stdout.write(f"tags with a vector: {refresh_tag_vectors()}")
        self.stdout.write(f"words counted: {refresh_word_counts()}")
        self.stdout.write(f"titles with a crowding: {refresh_crowding()}")

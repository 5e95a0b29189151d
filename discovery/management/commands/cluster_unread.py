"""Cluster the messages that nobody could read, or export what editors have named.

bin/manage cluster_unread                       # also done every night
bin/manage cluster_unread --export named.jsonl  # then: bin/manage train_intents --also ...
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.embedding import EmbedderUnavailable
from discovery.intents.unread import cluster_unread, named_cases, purge_unread


class Command(BaseCommand):
    """Forgets what is too old first, so that no cluster is of nothing."""

    help = "Cluster messages that nobody could read; --export writes named clusters as cases."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--export", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        if path := options["export"]:
            lines = list(named_cases())
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            self.stdout.write(f"Wrote {len(lines)} cases to {path}.")
            return
        n_purged = purge_unread()
        try:
            n_clusters = cluster_unread()
        except EmbedderUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Forgot {n_purged} messages; {n_clusters} clusters have no name.")

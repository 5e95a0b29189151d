"""`manage.py refresh_titles`: embed what is stale and give slots, without an import.

The worker does this title by title after an edit; this command does it for all, as after the
embedder changed.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.embedding import EmbedderUnavailable, refresh_stale
from catalog.progress import ProgressLines
from catalog.slots import assign_slots


class Command(BaseCommand):
    help = "Embed every stale title and give published titles their slots."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own declaration

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"slots: {assign_slots()} new")
        try:
            done = refresh_stale(ProgressLines("embedding", self.stdout.write))
        except EmbedderUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"embedding: {done} titles refreshed")

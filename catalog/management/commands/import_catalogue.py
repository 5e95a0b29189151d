"""`manage.py import_catalogue`: import titles, embed them, and give them their slots.

Run it as often as you like: it does only what is left to do. A run that was interrupted
continues where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.embedding import EmbedderUnavailable, refresh_stale, stale_titles
from catalog.importing.base import Source, SourceUnavailable
from catalog.importing.omdb_sample import OmdbSample, sample_path
from catalog.importing.run import ImportInProgress, is_imported, run_import
from catalog.importing.starter import StarterMetadata, link_kindred
from catalog.progress import ProgressLines
from catalog.slots import assign_slots, titles_without_slot

# The default catalogue, in this order: facts first, then what they feel like.
SOURCES: dict[str, Callable[..., Source]] = {
    OmdbSample.name: lambda **options: OmdbSample(sample_path(), **options),
    StarterMetadata.name: lambda **options: StarterMetadata(),
}


class Command(BaseCommand):
    help = "Import titles from a source, embed what is stale, and assign slots."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own declaration

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", choices=sorted(SOURCES), help="default: all of them")
        parser.add_argument("--limit", type=int, help="import at most this many rows")
        parser.add_argument("--most-popular-first", action="store_true")
        parser.add_argument("--no-embed", action="store_true", help="leave embedding for later")
        parser.add_argument(
            "--if-needed", action="store_true", help="return at once if there is nothing to do"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        try:
            for name in [options["source"]] if options["source"] else SOURCES:
                source = SOURCES[name](most_popular_first=options["most_popular_first"])
                self.import_titles(source, limit=options["limit"], if_needed=options["if_needed"])
            # Before embedding: a later update of a row would enter it in the vector index again.
            self.assign_slots()
            if not options["no_embed"]:
                self.embed_titles(if_needed=options["if_needed"])
        except (SourceUnavailable, ImportInProgress, EmbedderUnavailable) as error:
            raise CommandError(str(error)) from error

    def import_titles(self, source: Source, *, limit: int | None, if_needed: bool) -> None:
        if if_needed and is_imported(source, limit=limit):
            self.stdout.write(f"import: {source.name} is up to date")
            return
        progress = ProgressLines("import", self.stdout.write)
        run = run_import(source, limit=limit, progress=progress)
        self.stdout.write(
            f"import: {source.name}: {run.created} created, {run.updated} updated, "
            f"{run.unchanged} unchanged, {run.errors} problems in {run.report_path}"
        )
        if source.name == StarterMetadata.name:
            self.stdout.write(f"import: {link_kindred()} new links between kindred titles")

    def assign_slots(self) -> None:
        if titles_without_slot().exists():
            self.stdout.write(f"slots: {assign_slots()} new")

    def embed_titles(self, *, if_needed: bool) -> None:
        if if_needed and not stale_titles().exists():
            self.stdout.write("embedding: up to date")
            return
        done = refresh_stale(ProgressLines("embedding", self.stdout.write))
        self.stdout.write(f"embedding: {done} titles refreshed")

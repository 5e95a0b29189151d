"""`manage.py import_titles --source NAME --file F`: import titles from a file of yours.

Run it again after an interruption: it continues. `--dry-run` counts what would happen and changes
nothing in the catalogue: the whole import runs in one transaction, which is rolled back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog.embedding import EmbedderUnavailable, refresh_stale
from catalog.importing.base import SourceUnavailable
from catalog.importing.column_map import read_map
from catalog.importing.filesource import FileSource
from catalog.importing.generic import GenericFile
from catalog.importing.registry import FILE_SOURCES, make_source
from catalog.importing.run import ImportInProgress, rehearse_import, run_import
from catalog.models import ImportRun
from catalog.progress import ProgressLines
from catalog.slots import assign_slots


class Command(BaseCommand):
    help = "Import titles from a file: Netflix, TMDB, MovieLens, IMDb top 1000, or any other."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own declaration

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--source", choices=sorted(FILE_SOURCES), required=True)
        parser.add_argument("--file", type=Path, required=True, help="MovieLens: or its folder")
        parser.add_argument("--map", type=Path, help="JSON: which column is what (generic)")
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument("--limit", type=int, help="import at most this many rows")
        parser.add_argument("--no-embed", action="store_true", help="leave embedding for later")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] is not None and options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        try:
            column_map = read_map(options["map"]) if options["map"] else None
            source = make_source(options["source"], options["file"], column_map)
            self.show_map(source)
            run = self.run_source(source, limit=options["limit"], dry_run=options["dry_run"])
            self.stdout.write(describe(run))
            if not options["dry_run"]:
                self.follow_up(embed=not options["no_embed"])
        except (SourceUnavailable, ImportInProgress, EmbedderUnavailable) as error:
            raise CommandError(str(error)) from error

    def show_map(self, source: FileSource) -> None:
        if isinstance(source, GenericFile):
            for field, column in source.map.columns.items():
                self.stdout.write(f"column: {field} is read from {column!r}")

    def run_source(self, source: FileSource, *, limit: int | None, dry_run: bool) -> ImportRun:
        progress = ProgressLines("dry run" if dry_run else "import", self.stdout.write)
        if dry_run:
            run = ImportRun(source=source.name)
            return rehearse_import(source, run, limit=limit, progress=progress)
        return run_import(source, limit=limit, progress=progress)

    def follow_up(self, *, embed: bool) -> None:
        # Before embedding: a later update of a row would enter it in the vector index again.
        self.stdout.write(f"slots: {assign_slots()} new")
        if embed:
            done = refresh_stale(ProgressLines("embedding", self.stdout.write))
            self.stdout.write(f"embedding: {done} titles refreshed")


def describe(run: ImportRun) -> str:
    """Return one line: what a run did, or would do."""
    mode = "dry run" if run.dry_run else "import"
    return (
        f"{mode}: {run.source}: {run.created} created, {run.updated} updated, "
        f"{run.unchanged} unchanged, {run.errors} problems in {run.report_path}"
    )

"""Suggest descriptions for the queue: `manage.py suggest_metadata [--limit N] [--suggester S]`.

Titles without a description come first that many viewers see and of which little is known. What
is suggested waits in admin; running it twice changes nothing.
"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.embedding import EmbedderUnavailable, get_embedder
from catalog.progress import ProgressLines
from discovery.enrichment.references import References, TooFewReferences, load_described
from discovery.enrichment.registry import DEFAULT, NAMES, build
from discovery.enrichment.writing import suggest_for_queue
from discovery.genrec_client import GenRecUnavailable

DEFAULT_LIMIT = 500


class Command(BaseCommand):
    help = "Suggest terms, content notes and keywords for titles that nobody has described."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--limit", type=int, default=DEFAULT_LIMIT, help="titles at most")
        parser.add_argument("--suggester", choices=NAMES, default=DEFAULT)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 1:
            raise CommandError("--limit must be at least 1.")
        try:
            references = References(load_described(), get_embedder())
            suggester = build(options["suggester"], references)
            written = suggest_for_queue(
                suggester,
                limit=options["limit"],
                progress=ProgressLines("suggesting", self.stderr.write),
            )
        except (EmbedderUnavailable, GenRecUnavailable, TooFewReferences) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{suggester.version}: {written.suggestions} suggestions for {written.titles} titles "
            "that had none of this version. Decide on them in admin, under Suggestions."
        )

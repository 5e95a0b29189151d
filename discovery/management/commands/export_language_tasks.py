"""Write the examples that the text head is trained on: `manage.py export_language_tasks`.

Uses files only; the database is not read.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.importing.base import SourceUnavailable
from catalog.starter.records import StarterError
from discovery.language.export import LeakError, all_examples, summary, write_examples


class Command(BaseCommand):
    help = "Write language.jsonl: prompts of the text head's tasks, with the answers to learn."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="a folder")
        parser.add_argument("--seed", type=int, default=0, help="draws titles and viewers")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            examples = all_examples(seed=options["seed"])
            path = write_examples(examples, options["out"])
        except (LeakError, StarterError, SourceUnavailable, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(summary(examples))
        self.stdout.write(f"Written: {path}")

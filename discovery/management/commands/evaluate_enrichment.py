"""Measure what suggesters are worth: `manage.py evaluate_enrichment --out metrics.json`.

Uses files only: the starter records and the default catalogue's facts. The database is not read.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.embedding import EmbedderUnavailable, get_embedder
from catalog.importing.base import SourceUnavailable
from catalog.starter.records import StarterError, read_starter
from discovery.enrichment.evaluation import evaluate, markdown
from discovery.enrichment.heldout import (
    default_catalogue,
    described_records,
    drawing_order,
    is_held_out,
)
from discovery.enrichment.judging import GenRecSuggester, ShuffledSuggester
from discovery.enrichment.references import References, TooFewReferences
from discovery.enrichment.registry import DEFAULT, NAMES, build
from discovery.genrec_client import GenRecUnavailable


class Command(BaseCommand):
    help = "Measure the suggesters on starter records that are held out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="JSON")
        parser.add_argument(
            "--suggesters", nargs="+", choices=NAMES, default=["keyword", "nearest", "mixture"]
        )
        parser.add_argument("--limit", type=int, help="only so many titles, drawn by hash")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            everything = described_records(read_starter(), default_catalogue())
            seen = [one for one in everything if not is_held_out(one.key)]
            held_out = sorted((d for d in everything if is_held_out(d.key)), key=drawing_order)
            held_out = held_out[: options["limit"]]
            references = References(seen, get_embedder())
            suggesters = [build(name, references) for name in options["suggesters"]]
            # Whoever only orders candidates is compared with no order at all.
            suggesters += [
                ShuffledSuggester(one.base)
                for one in suggesters
                if isinstance(one, GenRecSuggester)
            ]
            results = evaluate(
                suggesters,
                held_out,
                best=DEFAULT,
                report=self.stderr.write,
            )
        except (
            StarterError, SourceUnavailable, EmbedderUnavailable, GenRecUnavailable,
            TooFewReferences,
        ) as error:  # fmt: skip
            raise CommandError(str(error)) from error
        results["references"] = len(references)
        options["out"].write_text(json.dumps(results, indent=1), encoding="utf-8")
        self.stdout.write(markdown(results))

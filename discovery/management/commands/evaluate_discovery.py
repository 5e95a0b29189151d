"""`manage.py evaluate_discovery --catalogue T --out M`: how well we find titles, in one table.

Works in a scratch database on the same Postgres; the live catalogue, slots, cache and model server
are not touched. Every set is optional.
"""

from __future__ import annotations

import asyncio
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.embedding import EmbedderUnavailable
from discovery.evaluation.cases import CaseSet
from discovery.evaluation.catalogue import contents_of, fill_catalogue
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.index import CatalogueIndex
from discovery.evaluation.ours import OurSystems
from discovery.evaluation.requests import read_tips, read_vibe_requests
from discovery.evaluation.run import Evaluation
from discovery.evaluation.scratch import scratch_database
from discovery.evaluation.vector_cache import VectorCache
from discovery.genrec_client import GenRecClient


class Command(BaseCommand):
    help = "Rank requests of several sets with our pipeline and with baselines, and compare."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own declaration

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--catalogue", type=Path, required=True, help="titles, parquet or CSV")
        parser.add_argument("--ratings", type=Path, help="ratings: popularity and histories")
        parser.add_argument("--vibe-requests", type=Path, help="JSON")
        parser.add_argument("--tip-of-the-tongue", type=Path, help="JSON")
        parser.add_argument("--out", type=Path, required=True, help="JSON")
        parser.add_argument("--scratch", default="moodreel_evaluation", help="database to make")
        parser.add_argument("--keep", action="store_true", help="keep the scratch database")
        parser.add_argument("--no-genrec", action="store_true", help="leave the model out")
        parser.add_argument("--sample", type=int, default=0, help="so many requests a set")
        parser.add_argument(
            "--ablations",
            nargs="*",
            default=["vibe_requests", "tip_of_the_tongue"],
            help="sets for which ours is run without each source, too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self.evaluate(options)
            options["out"].write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        except (EvaluationError, EmbedderUnavailable) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"--out can't be written: {error}") from error

    def evaluate(self, options: dict[str, Any]) -> dict[str, Any]:
        catalogue, ratings = options["catalogue"], options["ratings"]
        vectors = VectorCache(settings.BASE_DIR / "var" / "embeddings")
        contents = contents_of(catalogue, ratings)
        with scratch_database(options["scratch"], contents, keep=options["keep"]) as scratch:
            if not scratch.filled:
                fill_catalogue(catalogue, ratings, vectors, self.stdout.write)
                scratch.mark_filled()
            index = CatalogueIndex.load()
            sets = read_sets(options, index)
            return asyncio.run(self.run_sets(sets, index, options))

    async def run_sets(
        self, sets: list[CaseSet], index: CatalogueIndex, options: dict[str, Any]
    ) -> dict[str, Any]:
        async with GenRecClient(url="http://127.0.0.1:1") as genrec:
            ours = OurSystems(genrec, use_genrec=False)
            evaluation = Evaluation(
                index, ours, self.stdout.write, options["ablations"], options["sample"]
            )
            reports = {case_set.name: await evaluation.run(case_set) for case_set in sets}
        return {"genrec": False, "fallbacks": dict(ours.fallbacks), "sets": reports}


def read_sets(options: dict[str, Any], index: CatalogueIndex) -> list[CaseSet]:
    """Return the sets that were named; raises EvaluationError for a bad file."""
    sets = []
    if options["vibe_requests"]:
        sets.append(read_vibe_requests(options["vibe_requests"], index))
    if options["tip_of_the_tongue"]:
        sets.append(read_tips(options["tip_of_the_tongue"], index))
    return sets

"""Train the judge that tells questions asking for harm from harmless ones, and print its worth.

bin/manage train_harm    # to the package: discovery/intents/weights
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.embedding import EmbedderUnavailable, get_embedder
from discovery.intents.cases import CASES_DIR, BadCase, cases_hash, read_cases
from discovery.intents.classifier import embed_kept
from discovery.intents.features import FEATURES_VERSION
from discovery.intents.harm import save_judge
from discovery.intents.harm_training import (
    choose_threshold,
    figures,
    harmful,
    held_out,
    likeness_of,
    rows_alone,
    train,
)
from discovery.intents.shipped import WEIGHTS_DIR

FILES = ("train.jsonl", "dev.jsonl", "harm.jsonl")


class Command(BaseCommand):
    """Chooses the threshold on families that were held out; writes weights and manifest."""

    requires_system_checks: list[str] = []  # noqa: RUF012 - as Django declares it
    help = "Train the judge of harmful questions, with cross-validation by families of wordings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, default=WEIGHTS_DIR, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = [CASES_DIR / name for name in FILES]
        try:
            cases = [case for path in paths for case in read_cases(path)]
            embedding_version = get_embedder().version
        except (BadCase, EmbedderUnavailable, OSError) as error:
            raise CommandError(str(error)) from error
        rows, labels = rows_alone(cases, embed_kept), harmful(cases)
        likeness = likeness_of(rows)
        odds = held_out(likeness, labels, [case.family for case in cases])
        threshold = choose_threshold(odds, cases)
        measured = figures(odds, cases, threshold)
        manifest = {
            "features_version": FEATURES_VERSION,
            "embedding_version": embedding_version,
            "cases": cases_hash(paths),
            "threshold": threshold,
            "held_out": measured,
        }
        judge = replace(train(rows, labels, likeness), manifest=manifest)
        save_judge(judge, options["out"])
        for kind, told in measured.items():
            self.stdout.write(f"held out, {kind}: {told['refused']} of {told['n']} refused")
        self.stdout.write(f"Wrote {options['out']}: threshold {threshold}")

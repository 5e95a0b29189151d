"""Train the intent classifier on the labelled cases, and print what it is worth.

bin/manage train_intents                      # to the package: discovery/intents/weights
bin/manage train_intents --also named.jsonl   # with cases that editors made of clusters
"""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.embedding import EmbedderUnavailable, get_embedder
from discovery.intents.cases import CASES_DIR, SPLITS, BadCase, Split, cases_hash, read_cases
from discovery.intents.classifier import Classifier, embed_kept, save_classifier
from discovery.intents.features import FEATURES_VERSION, WINDOW
from discovery.intents.shipped import WEIGHTS_DIR
from discovery.intents.training import (
    choose_penalty,
    choose_thresholds,
    figures,
    fit,
    labels_of,
    rows_of,
)

WINDOWS = (0, 1, 2, 4)


class Command(BaseCommand):
    """Chooses penalty and thresholds on dev, reports test, writes weights and manifest."""

    requires_system_checks: list[str] = []  # noqa: RUF012 - as Django declares it
    help = "Train the classifier of intents, with the ablation of its window over turns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--also", type=Path, action="append", default=[], metavar="FILE")
        parser.add_argument("--out", type=Path, default=WEIGHTS_DIR, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            parts = {split: read_cases(CASES_DIR / f"{split}.jsonl") for split in SPLITS}
            for path in options["also"]:
                parts["train"] = [*parts["train"], *read_cases(path)]
            embedding_version = get_embedder().version
        except (BadCase, EmbedderUnavailable, OSError) as error:
            raise CommandError(str(error)) from error
        ablation = {}
        for window in WINDOWS:
            classifier, scores = self._train(parts, window)
            ablation[str(window)] = {"dev": scores["dev"], "test": scores["test"]}
            self._report(window, scores)
        manifest = {
            **classifier.manifest,
            "features_version": FEATURES_VERSION,
            "embedding_version": embedding_version,
            "cases": cases_hash([CASES_DIR / "train.jsonl", *options["also"]]),
            "window": WINDOW,
            "figures": scores,
            "window_ablation": ablation,
        }
        save_classifier(replace(classifier, manifest=manifest), options["out"])
        self.stdout.write(f"Wrote {options['out']}: thresholds {manifest['thresholds']}")

    def _train(
        self, parts: dict[Split, Any], window: int
    ) -> tuple[Classifier, dict[Split, dict[str, Any]]]:
        rows = {split: rows_of(parts[split], embed_kept, window=window) for split in SPLITS}
        labels = {split: labels_of(parts[split]) for split in SPLITS}
        penalty, _ = choose_penalty((rows["train"], labels["train"]), (rows["dev"], labels["dev"]))
        fitted = fit(rows["train"], labels["train"], penalty=penalty)
        thresholds = choose_thresholds(fitted.probabilities(rows["dev"]), labels["dev"])
        manifest = {"penalty": penalty, "thresholds": thresholds}
        classifier = replace(fitted, manifest=manifest)
        scores = {split: figures(classifier, rows[split], parts[split]) for split in SPLITS}
        return classifier, scores

    def _report(self, window: int, scores: dict[Split, dict[str, Any]]) -> None:
        for split, row in scores.items():
            told = ", ".join(f"{name} {value}" for name, value in row.items())
            self.stdout.write(f"window {window}, {split}: {told}")

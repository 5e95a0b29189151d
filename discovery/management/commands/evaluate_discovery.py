"""`manage.py evaluate_discovery --catalogue T --out M`: how well we find titles, in one table.

Works in a scratch database on the same Postgres, with a model server of its own; the live
catalogue, slots, cache and server are not touched. Every set is optional.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from catalog.embedding import EmbedderUnavailable
from discovery.evaluation.errors import EvaluationError
from discovery.evaluation.plot import plot
from discovery.evaluation.session import Files, Model, Options, evaluate

VAR = settings.BASE_DIR / "var"
GENREC_PYTHON = settings.BASE_DIR / ".venv-genrec" / "bin" / "python"


class Command(BaseCommand):
    help = "Rank requests of several sets with our pipeline and with baselines, and compare."
    requires_system_checks: list[str] = []  # noqa: RUF012 - Django's own declaration

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--catalogue", type=Path, required=True, help="titles, parquet or CSV")
        parser.add_argument("--ratings", type=Path, help="ratings: popularity and histories")
        parser.add_argument("--vibe-requests", type=Path, help="JSON")
        parser.add_argument("--tip-of-the-tongue", type=Path, help="JSON")
        parser.add_argument("--redial", type=Path, help="JSON; needs --redial-items")
        parser.add_argument("--redial-items", type=Path, help="JSON")
        parser.add_argument("--inspired", type=Path, help="TSV")
        parser.add_argument("--safety", type=Path, help="a folder")
        parser.add_argument("--understanding", action="store_true", help="our labelled cases")
        parser.add_argument("--offline-policy", action="store_true", help="simulated policies")
        parser.add_argument("--out", type=Path, required=True, help="JSON; the plot beside it")
        parser.add_argument("--scratch", default="moodreel_evaluation", help="database to make")
        parser.add_argument("--keep", action="store_true", help="keep the scratch database")
        parser.add_argument("--genrec", metavar="URL", help="a server of yours, not the live one")
        parser.add_argument("--no-genrec", action="store_true", help="leave the model out")
        parser.add_argument(
            "--cache", type=Path, default=VAR / "evaluation", help="folder: what the model wrote"
        )
        parser.add_argument("--sample", type=int, default=0, help="so many requests a set")
        parser.add_argument(
            "--ablations",
            nargs="*",
            metavar="SET",
            default=["vibe_requests", "tip_of_the_tongue"],
            help="sets for which ours is run without each source, too",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        out: Path = options["out"]
        drawn = out.with_suffix(".svg")

        def save(report: dict[str, Any]) -> None:
            out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
            drawn.write_text(plot(report), encoding="utf-8")

        try:
            save(evaluate(read_options(options), self.say, save))
        except (EvaluationError, EmbedderUnavailable) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"--out can't be written: {error}") from error
        self.say(f"{out}, {drawn}")

    def say(self, line: str) -> None:
        """Write a line at once, into a pipe or a file too: it tells how far hours of work are."""
        self.stdout.write(line)
        self.stdout.flush()


def read_options(options: dict[str, Any]) -> Options:
    """Raises EvaluationError for options that don't go together."""
    if bool(options["redial"]) != bool(options["redial_items"]):
        raise EvaluationError("--redial and --redial-items go together.")
    if options["genrec"] and options["no_genrec"]:
        raise EvaluationError("--genrec and --no-genrec exclude each other.")
    if not options["out"].parent.is_dir():
        raise EvaluationError(f"--out: there is no folder {options['out'].parent}.")
    if options["sample"] < 0:
        raise EvaluationError("--sample must be 0 (all) or more.")
    model = None
    if not options["no_genrec"]:
        model = Model(
            url=options["genrec"] or "",
            python=GENREC_PYTHON,
            directory=settings.MODELS_DIR / "genrec",
            cache=options["cache"],
        )
    names = Files.__dataclass_fields__
    return Options(
        files=Files(**{name: options[name] for name in names}),
        model=model,
        understanding=options["understanding"],
        offline_policy=options["offline_policy"],
        scratch=options["scratch"],
        keep=options["keep"],
        vectors=VAR / "embeddings",
        ablations=tuple(options["ablations"]),
        sample=options["sample"],
    )

"""Answer a file of questions: `manage.py discover --in F --out F [--top N] [--no-llm]`."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from discovery.batch import Options, UnreadableFile, answer_record, read_records
from discovery.genrec_client import GenRecClient
from genrec.contract import MAX_CANDIDATES

MAX_TOP = 200


class Command(BaseCommand):
    help = "Answer questions from a JSON or JSON-lines file with the chat's own pipeline."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--in", dest="source", required=True, help="a JSON list, or JSON lines")
        parser.add_argument("--out", required=True, help="JSON lines; a JSON list if it ends .json")
        parser.add_argument("--top", type=int, default=6, help=f"titles a question, 1 to {MAX_TOP}")
        parser.add_argument(
            "--no-llm", action="store_true", help="leave GenRec out: neither ranking nor parse"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        top: int = options["top"]
        if not 1 <= top <= min(MAX_TOP, MAX_CANDIDATES):
            raise CommandError(f"--top must be from 1 to {MAX_TOP}, not {top}.")
        chosen = Options(top=top, use_genrec=not options["no_llm"])
        try:
            answers = asyncio.run(_answer_all(Path(options["source"]), chosen))
            _write(Path(options["out"]), answers)
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"--out can't be written: {error}") from error
        failed = sum("error" in answer for answer in answers)
        self.stderr.write(f"{len(answers)} questions, {failed} with an error: {options['out']}")


async def _answer_all(source: Path, options: Options) -> list[dict[str, Any]]:
    answers = []
    async with GenRecClient() as genrec:
        for record in read_records(source):
            answers.append(await answer_record(record, options, genrec))
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{len(answers)} answered")
    return answers


def _write(path: Path, answers: list[dict[str, Any]]) -> None:
    if path.suffix == ".json":
        text = json.dumps(answers, ensure_ascii=False, indent=1)
    else:
        text = "\n".join(json.dumps(answer, ensure_ascii=False) for answer in answers)
    path.write_text(text + "\n", encoding="utf-8")

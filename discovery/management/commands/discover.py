"""Answer a file of questions: `manage.py discover --in F --out F [--top N] [--no-llm]`."""

from __future__ import annotations

import asyncio
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

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
        out = Path(options["out"])
        try:
            records = list(read_records(Path(options["source"])))
        except UnreadableFile as error:
            raise CommandError(str(error)) from error
        try:
            # Opened before any work. Half of a surrogate pair is written as JSON's own escape.
            with out.open("w", encoding="utf-8", errors="backslashreplace") as file:
                as_list = out.suffix == ".json"
                failed = asyncio.run(_answer_all(records, chosen, file, as_list=as_list))
        except OSError as error:
            raise CommandError(f"--out can't be written: {error}") from error
        self.stderr.write(f"{len(records)} questions, {failed} with an error: {out}")


async def _answer_all(
    records: Sequence[Any], options: Options, file: TextIO, *, as_list: bool
) -> int:
    """Write each answer as it comes, so that an interrupted run keeps them; count the errors."""
    failed = 0
    file.write("[\n" if as_list else "")
    async with GenRecClient() as genrec:
        for number, record in enumerate(records, 1):
            answer = await answer_record(record, options, genrec)
            failed += "error" in answer
            between = "," if as_list and number < len(records) else ""
            file.write(f"{json.dumps(answer, ensure_ascii=False)}{between}\n")
            file.flush()
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{number} answered")
    file.write("]\n" if as_list else "")
    return failed

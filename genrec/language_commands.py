"""Commands about the text head: prepare its training, ask it, and measure what it retained."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from genrec.console import say, share_the_machine

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_prepare(commands: Commands) -> None:
    command = commands.add_parser("prepare", help="prepare what the language training reads")
    command.add_argument("--base", type=Path, required=True)
    command.add_argument(
        "--language", type=Path, required=True, help="examples by manage.py export_language_tasks"
    )
    command.add_argument("--texts", type=int, default=600, help="how many the base writes")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(command=run_prepare)


def run_prepare(arguments: argparse.Namespace) -> int:
    share_the_machine()
    from genrec.preparation import PrepareOptions, prepare

    prepared = prepare(
        PrepareOptions(
            base=arguments.base,
            language=arguments.language,
            out=arguments.out,
            n_texts=arguments.texts,
            seed=arguments.seed,
        )
    )
    say(json.dumps(prepared, indent=2))
    return 0


def add_ask(commands: Commands) -> None:
    command = commands.add_parser("ask", help="put one question to the text head")
    command.add_argument("--base", type=Path, required=True)
    command.add_argument("--model", type=Path, help="an artefact; default: the base as it is")
    command.add_argument("--system", help="a system message before the question")
    command.add_argument("--max-tokens", type=int, default=96)
    command.add_argument("question")
    command.set_defaults(command=run_ask)


def run_ask(arguments: argparse.Namespace) -> int:
    share_the_machine()
    from genrec.language_model import generate, load_language_model

    messages = [{"role": "user", "content": arguments.question}]
    if arguments.system:
        messages.insert(0, {"role": "system", "content": arguments.system})
    language = load_language_model(arguments.base, arguments.model)
    (answer,) = generate(language, [messages], max_new_tokens=arguments.max_tokens)
    say(answer.text)
    return 0


def add_retention(commands: Commands) -> None:
    command = commands.add_parser("retention", help="measure what tuning cost and taught the base")
    command.add_argument("--base", type=Path, required=True)
    command.add_argument("--model", type=Path, required=True, help="an artefact")
    command.add_argument(
        "--texts", type=Path, required=True, help="texts_evaluation.jsonl by prepare"
    )
    command.add_argument("--language", type=Path, required=True, help="the same as for prepare")
    command.add_argument("--max-examples", type=int, help="of each part; default: all")
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(command=run_retention)


def run_retention(arguments: argparse.Namespace) -> int:
    share_the_machine()
    from genrec.retention import RetentionOptions, measure_retention

    # Now, not after an hour of answers.
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    report = measure_retention(
        RetentionOptions(
            base=arguments.base,
            model=arguments.model,
            texts=arguments.texts,
            language=arguments.language,
            max_examples=arguments.max_examples,
        )
    )
    arguments.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    say(json.dumps(report, indent=2))
    return 0

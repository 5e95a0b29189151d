"""Are taste summaries and clarifying questions of the text head fit to be shown?

    .venv-genrec/bin/python benchmarks/text_tasks.py answer --base var/models/base \
        --model genrec/artefacts/default --language var/language/language.jsonl --out answers.jsonl
    .venv/bin/python -m stack run --root var/isolated -- \
        .venv/bin/python benchmarks/text_tasks.py judge answers.jsonl

First the base and the tuned model answer the held-out examples of both tasks, greedily and
unconstrained. Then the application's own checks judge them, beside the answers that were written
for the examples: a summary has to pass `check_taste`; a question has to be JSON of the schema, to
end in a question mark, and to have answers that the parser can read when they are tapped. How many
different answers there are tells a model that always says the same.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

TASKS = {"taste": 64, "clarify": 64}
BY = ("written", "base", "tuned")


def answer(arguments: argparse.Namespace) -> None:
    """Have both models answer; one JSON line an example."""
    import logging

    from genrec.language_model import generate, load_language_model
    from genrec.preparation import read_language_examples

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    examples = [
        example
        for example in read_language_examples(arguments.language)
        if example["held_out"] and example["task"] in TASKS
    ]
    for name, model in (("base", None), ("tuned", arguments.model)):
        language = load_language_model(arguments.base, model)
        for task, limit in TASKS.items():
            group = [example for example in examples if example["task"] == task]
            prompts = [example["messages"] for example in group]
            made = generate(language, prompts, max_new_tokens=limit)
            for example, one in zip(group, made, strict=True):
                example[name] = one.text
    lines = (json.dumps(example | {"written": example["answer"]}) for example in examples)
    arguments.out.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def judge(arguments: argparse.Namespace) -> None:
    """Print how many answers pass, by task and by who gave them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    lines = arguments.answers.read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    print("| task | by | n | fit to be shown | different answers | commonest fault |")
    print("|---|---|---|---|---|---|")
    for task, fault_of in {"taste": taste_fault, "clarify": question_fault}.items():
        group = [record for record in records if record["task"] == task]
        for name in BY:
            faults = [fault_of(record, record[name]) for record in group]
            print(f"| {task} | {name} | {row(faults, [record[name] for record in group])} |")


def row(faults: Sequence[str], answers: Sequence[str]) -> str:
    found = [fault for fault in faults if fault]
    commonest = max(set(found), key=found.count) if found else ""
    shown = f"{commonest} ({found.count(commonest)})" if found else ""
    fit = 1 - len(found) / len(faults)
    return f"{len(faults)} | {fit:.3f} | {len(set(answers))} | {shown}"


def taste_fault(record: Mapping[str, Any], said: str) -> str:
    """Say what is wrong with a summary of the titles in the prompt, as the application would."""
    from discovery.language.taste_prompt import check_taste

    lines = record["messages"][-1]["content"].splitlines()
    liked, disliked = ([*titles_in(lines, sign)] for sign in "+-")
    # A name or a term tells one fault from another; here their kinds are counted.
    return check_taste(said, liked, disliked).split(" '")[0]


def titles_in(lines: Sequence[str], sign: str) -> Iterator[Any]:
    """Yield the facts behind the lines of a prompt: "+ Heat: crime drama, gritty, tense"."""
    from catalog.facts import TitleFacts
    from discovery.understanding.lexicon import ALL_GENRES

    for number, line in enumerate(lines):
        if line.startswith(f"{sign} "):
            name, _, rest = line[2:].rpartition(": ")
            kind, *terms = rest.split(", ")
            genres = [genre for word in kind.split() for genre in ALL_GENRES.get(word, ())]
            yield TitleFacts(number, "film", name, None, None, tuple(genres), tags=tuple(terms))


def question_fault(record: Mapping[str, Any], said: str) -> str:
    """Say what is wrong with a question; empty if its answers can be tapped."""
    from pydantic import ValidationError

    from discovery.language.clarify_prompt import Clarification
    from discovery.understanding.lexical import parse
    from discovery.understanding.linking import CatalogueNames

    try:
        question = Clarification.model_validate_json(said)
    except ValidationError:
        return "no JSON of the schema"
    if not question.ask.endswith("?"):
        return "asks nothing"
    if len({option.lower() for option in question.options}) < len(question.options):
        return "offers the same twice"
    for option in question.options:
        read = set(parse(option, CatalogueNames()).query.said()) - {"text", "intent", "evidence"}
        if not read:
            return "an answer that the parser doesn't read"
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("answer")
    for name in ("base", "model", "language", "out"):
        command.add_argument(f"--{name}", type=Path, required=True)
    command.set_defaults(run=answer)
    command = commands.add_parser("judge")
    command.add_argument("answers", type=Path)
    command.set_defaults(run=judge)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()

"""The command `evaluate`: every ranker's figures on the next title of each user."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from genrec.console import say, share_the_machine

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

DEFAULT_ARTEFACT = Path(__file__).parent / "artefacts" / "default"


def default_base() -> Path:
    """Return where `bin/up` keeps the base model."""
    checkout = Path(__file__).resolve().parent.parent
    return Path(os.environ.get("MOODREEL_MODELS") or checkout / "var" / "models") / "base"


def add_evaluate(commands: Commands) -> None:
    command = commands.add_parser("evaluate", help="rank each user's target among all titles")
    files = command.add_argument_group("data")
    files.add_argument("--sequences", type=Path, required=True, help="user_id, pos, movie_id")
    targets = files.add_mutually_exclusive_group(required=True)
    targets.add_argument(
        "--targets",
        type=Path,
        help="user_id, movie_id; titles that no file of the training held: the prior that ships "
        "has seen the validation titles (for those: --validation)",
    )
    targets.add_argument(
        "--validation",
        action="store_true",
        help="each user's last given title is the target; the prior is fitted again without",
    )
    files.add_argument(
        "--titles",
        type=Path,
        required=True,
        help="the titles' Parquet file, or embeddings made of it by manage.py embed_titles",
    )
    files.add_argument("--peers", type=Path, help="cached figures, by benchmarks/peers.py")
    files.add_argument(
        "--peer-ranks",
        nargs="+",
        default=[],
        metavar="NAME=FILE",
        help="ranks of the same targets (user_id, rank), by benchmarks/peers.py --ranks: compared "
        "user by user",
    )
    command.add_argument("--model", type=Path, default=DEFAULT_ARTEFACT, help="an artefact")
    command.add_argument("--base", type=Path, default=default_base(), help="default: %(default)s")
    command.add_argument("--content", choices=("facts", "full"), default="full")
    command.add_argument("--max-events", type=int, default=200)
    command.add_argument("--max-users", type=int, help="a random sample; default: all")
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    command.set_defaults(command=run_evaluate)


def run_evaluate(arguments: argparse.Namespace) -> int:
    share_the_machine()
    from genrec.evaluation import table
    from genrec.exam import EvaluationOptions, evaluate_artefact

    report = evaluate_artefact(
        EvaluationOptions(
            sequences=arguments.sequences,
            targets=arguments.targets,
            titles=arguments.titles,
            model=arguments.model,
            base=arguments.base,
            content=arguments.content,
            max_events=arguments.max_events,
            max_users=arguments.max_users,
            threads=arguments.threads,
            peers=arguments.peers,
            peer_ranks=tuple(arguments.peer_ranks),
        )
    )
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    say(f"{report['users']} users, {report['titles']} titles, {report['setup']['model']}")
    say(table(report))
    for note in report["notes"]:
        say(f"note: {note}")
    return 0

"""The commands `train`, from histories and text to an artefact, and `train-talk`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from genrec.console import say, share_the_machine

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

STAGES = ("rank", "talk")


def add_train(commands: Commands) -> None:
    command = commands.add_parser(
        "train",
        help="train an artefact; the same command goes on with a run that was stopped",
        epilog="On several GPUs: accelerate launch -m genrec train ...",
    )
    files = command.add_argument_group("data")
    files.add_argument("--sequences", type=Path, required=True, help="user_id, pos, movie_id")
    files.add_argument(
        "--titles", type=Path, required=True, help="embeddings by manage.py embed_titles"
    )
    files.add_argument("--facts", type=Path, required=True, help="the titles' Parquet file")
    files.add_argument("--described", type=Path, help="JSONL files with terms and loglines")
    files.add_argument("--ontology", type=Path, help="what people say for the terms, as TOML")
    files.add_argument("--language", type=Path, help="by manage.py export_language_tasks")
    files.add_argument("--base-texts", type=Path, help="by genrec prepare")
    command.add_argument("--base", type=Path, required=True)
    command.add_argument("--run", type=Path, required=True, help="checkpoints and logs")
    command.add_argument("--out", type=Path, required=True, help="the artefact")
    command.add_argument("--start", type=Path, help="an artefact to go on from")
    command.add_argument(
        "--talk-start", type=Path, help="an artefact whose text head stage talk goes on from"
    )
    command.add_argument(
        "--rank-rate-share",
        type=float,
        help="scale of the learning rates of stage rank; with --start about 0.3",
    )
    command.add_argument("--stages", nargs="+", choices=STAGES, default=list(STAGES))
    command.add_argument("--rank-minutes", type=float)
    command.add_argument("--talk-minutes", type=float)
    command.add_argument("--tap-layer", type=int, help="how many layers the catalog head is on")
    command.add_argument("--name")
    command.add_argument("--threads", type=int)
    command.add_argument("--seed", type=int)
    command.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="change settings of genrec/recipe.py: dropout=0.3, or a task's, next.size=16384",
    )
    command.add_argument(
        "--without",
        nargs="+",
        default=[],
        metavar="TASK",
        help="leave tasks out: wish, positional, states, answers, retention",
    )
    command.set_defaults(command=run_train)


def run_train(arguments: argparse.Namespace) -> int:
    share_the_machine()
    from accelerate import PartialState

    from genrec.recipe import DataPaths, TrainConfig, changed, read_training_data, without
    from genrec.run_log import plot_run
    from genrec.shipping import ship
    from genrec.talking import TextPaths
    from genrec.training import Run

    names = (
        "name",
        "rank_minutes",
        "talk_minutes",
        "tap_layer",
        "threads",
        "seed",
        "rank_rate_share",
    )
    given = {name: getattr(arguments, name) for name in names}
    config = TrainConfig(**{name: value for name, value in given.items() if value is not None})
    for setting in arguments.set:
        config = changed(config, setting)
    for task in arguments.without:
        config = without(config, task)
    data = read_training_data(
        DataPaths(
            arguments.sequences,
            arguments.titles,
            arguments.facts,
            arguments.described,
            arguments.ontology,
        )
    )
    texts = TextPaths(arguments.language, arguments.base_texts)
    run = Run(
        config,
        data,
        arguments.base,
        texts,
        arguments.run,
        start=arguments.start,
        talk_start=arguments.talk_start,
    )
    run.train(tuple(arguments.stages))
    if not PartialState().is_main_process:
        return 0
    if run.stopped:
        say(f"stopped: the same command goes on from {arguments.run}; {arguments.out} is as it was")
        return 1
    artefact = ship(run, arguments.out)
    say(json.dumps(artefact.metrics, indent=2))
    # Last: without matplotlib this fails, and the artefact is there all the same.
    for metrics in sorted(arguments.run.glob("*/metrics.csv")):
        plot_run(metrics.parent)
    return 0


def add_train_talk(commands: Commands) -> None:
    command = commands.add_parser(
        "train-talk",
        help="train the text head of an artefact further; its ranking stays what it is",
    )
    command.add_argument("--artefact", type=Path, required=True, help="to go on from")
    command.add_argument("--base", type=Path, required=True)
    command.add_argument(
        "--language", type=Path, required=True, help="by manage.py export_language_tasks"
    )
    command.add_argument("--base-texts", type=Path, required=True, help="by genrec prepare")
    command.add_argument("--run", type=Path, required=True, help="checkpoints and log")
    command.add_argument("--out", type=Path, required=True, help="the new artefact")
    command.add_argument("--minutes", type=float, required=True)
    command.add_argument("--threads", type=int, default=2)
    command.add_argument("--seed", type=int, default=0)
    command.add_argument(
        "--set",
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="change settings of stage talk: talk_rate=2e-4, answers.size=2048",
    )
    command.set_defaults(command=run_train_talk)


def run_train_talk(arguments: argparse.Namespace) -> int:
    share_the_machine()
    import torch

    from genrec.recipe import TrainConfig, changed
    from genrec.talking import TalkRun, TextPaths

    config = TrainConfig(
        talk_minutes=arguments.minutes, threads=arguments.threads, seed=arguments.seed
    )
    for setting in arguments.set:
        config = changed(config, setting)
    torch.set_num_threads(config.threads)
    texts = TextPaths(arguments.language, arguments.base_texts)
    run = TalkRun(config, arguments.artefact, arguments.base, texts, arguments.run)
    run.train()
    if run.stopped:
        say(f"stopped: the same command goes on from {arguments.run}; {arguments.out} is as it was")
        return 1
    say(f"{run.ship(arguments.out).identity}: {arguments.out}")
    return 0

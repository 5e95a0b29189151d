"""The command line: prepare models, assemble and serve them, train and evaluate.

Each command imports what it needs when it runs: `--help` and wrong arguments answer at once,
and no command pays for another's imports.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genrec.console import say, share_the_machine
from genrec.errors import GenRecError
from genrec.language_commands import add_ask, add_prepare

DEFAULT_ARTEFACT = Path(__file__).parent / "artefacts" / "default"
if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 1 with a message on stderr."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    arguments = parser().parse_args(argv)
    command: Command = arguments.command
    try:
        return command(arguments)
    except GenRecError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    root = argparse.ArgumentParser(prog="python -m genrec", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        add_prepare_base,
        add_export_embedder,
        add_assemble,
        add_make_tiny,
        add_serve,
        add_prepare,
        add_train,
        add_evaluate,
        add_ask,
    ):
        add(commands)
    return root


def add_prepare_base(commands: Commands) -> None:
    command = commands.add_parser("prepare-base", help="dequantise the base language model")
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(command=run_prepare_base)


def run_prepare_base(arguments: argparse.Namespace) -> int:
    from genrec.base import prepare_base, read_base

    made = prepare_base(arguments.out)
    info = read_base(arguments.out)
    state = "prepared" if made else "already prepared"
    say(f"{state}: {info.name} in {arguments.out}, weights sha256 {info.weights_sha256[:16]}")
    return 0


def add_export_embedder(commands: Commands) -> None:
    command = commands.add_parser("export-embedder", help="export the text embedder to ONNX")
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(command=run_export_embedder)


def run_export_embedder(arguments: argparse.Namespace) -> int:
    from genrec.embedder import export_embedder
    from genrec.files import read_json

    made = export_embedder(arguments.out)
    info = read_json(arguments.out / "embedder.json")
    state = "exported" if made else "already exported"
    say(
        f"{state}: {info['name']} in {arguments.out}, cosine with the original >= "
        f"{info['min_cosine']:.6f}"
    )
    return 0


def add_assemble(commands: Commands) -> None:
    command = commands.add_parser("assemble", help="join base and artefact into a served model")
    command.add_argument("--base", type=Path, required=True)
    command.add_argument("--artefact", type=Path, default=DEFAULT_ARTEFACT)
    command.add_argument("--slots", type=int, required=True, help="how many titles it can hold")
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(command=run_assemble)


def run_assemble(arguments: argparse.Namespace) -> int:
    from genrec.assembly import assemble
    from genrec.files import read_json

    made = assemble(arguments.base, arguments.artefact, arguments.slots, arguments.out)
    manifest = read_json(arguments.out / "genrec.json")
    state = "assembled" if made else "already assembled"
    say(
        f"{state}: {manifest['artefact']} on {manifest['base']} in {arguments.out}, "
        f"{manifest['n_slots']} slots, embedding version {manifest['embedding_version']}"
    )
    return 0


def add_make_tiny(commands: Commands) -> None:
    command = commands.add_parser("make-tiny", help="write a tiny random model, for tests")
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--embedding-version", default="tiny")
    command.add_argument("--slots", type=int, default=512)
    command.add_argument("--seed", type=int, default=0)
    command.add_argument(
        "--tokenizer-from", type=Path, help="a prepared base to copy the tokenizer from"
    )
    command.set_defaults(command=run_make_tiny)


def run_make_tiny(arguments: argparse.Namespace) -> int:
    from genrec.tiny import make_tiny

    model = make_tiny(
        arguments.out,
        embedding_version=arguments.embedding_version,
        n_slots=arguments.slots,
        seed=arguments.seed,
        tokenizer_from=arguments.tokenizer_from,
    )
    say(str(model))
    return 0


def add_serve(commands: Commands) -> None:
    command = commands.add_parser(
        "serve",
        help="serve an assembled model with vLLM",
        epilog="Arguments after -- go to vLLM. Needs GENREC_API_KEY in the environment.",
    )
    command.add_argument("--model", type=Path, required=True)
    command.add_argument("--port", type=int, required=True)
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--max-model-len", type=int, default=2048)
    command.add_argument("--max-num-seqs", type=int, default=32)
    command.add_argument("--kv-cache-gib", type=float, default=0.5, help="CPU only")
    command.add_argument("--threads", type=int, help="CPU threads of the engine; default: all")
    command.add_argument("--dtype", default="auto", help="auto: what this machine is fast in")
    command.add_argument("extra", nargs="*", metavar="VLLM_ARGUMENT")
    command.set_defaults(command=run_serve)


def run_serve(arguments: argparse.Namespace) -> int:
    from genrec.serving.command import ServeOptions, serve

    return serve(
        ServeOptions(
            model=arguments.model,
            port=arguments.port,
            host=arguments.host,
            max_model_len=arguments.max_model_len,
            max_num_seqs=arguments.max_num_seqs,
            kv_cache_gib=arguments.kv_cache_gib,
            threads=arguments.threads,
            dtype=arguments.dtype,
            extra=tuple(arguments.extra),
        )
    )


def add_train(commands: Commands) -> None:
    command = commands.add_parser("train", help="train an artefact on histories")
    command.add_argument("--sequences", type=Path, required=True, help="user_id, pos, movie_id")
    command.add_argument(
        "--titles", type=Path, required=True, help="embeddings by manage.py embed_titles"
    )
    command.add_argument(
        "--facts", type=Path, required=True, help="the titles' Parquet file, for wishes"
    )
    command.add_argument("--base", type=Path, required=True)
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--minutes", type=float, default=28)
    command.add_argument("--tap-layer", type=int, default=8, help="layer the catalog head reads")
    command.add_argument("--threads", type=int, default=2)
    command.add_argument("--seed", type=int, default=0)
    command.set_defaults(command=run_train)


def run_train(arguments: argparse.Namespace) -> int:
    share_the_machine()
    from genrec.recipe import TrainConfig, read_training_data
    from genrec.training import train

    config = TrainConfig(
        minutes=arguments.minutes,
        tap_layer=arguments.tap_layer,
        threads=arguments.threads,
        seed=arguments.seed,
    )
    data = read_training_data(arguments.sequences, arguments.titles, arguments.facts)
    say(json.dumps(train(config, data, arguments.base, arguments.out), indent=2))
    return 0


def add_evaluate(commands: Commands) -> None:
    command = commands.add_parser("evaluate", help="rank each user's target among all titles")
    command.add_argument("--sequences", type=Path, required=True, help="user_id, pos, movie_id")
    command.add_argument("--targets", type=Path, required=True, help="user_id, movie_id")
    command.add_argument(
        "--titles", type=Path, required=True, help="embeddings by manage.py embed_titles"
    )
    command.add_argument("--model", type=Path, default=DEFAULT_ARTEFACT, help="an artefact")
    command.add_argument("--base", type=Path, required=True)
    command.add_argument("--content", choices=("facts", "full"), default="facts")
    command.add_argument("--max-events", type=int, default=100)
    command.add_argument("--max-users", type=int, help="a random sample; default: all")
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--threads", type=int, default=2)
    command.set_defaults(command=run_evaluate)


def run_evaluate(arguments: argparse.Namespace) -> int:
    share_the_machine()
    from genrec.evaluation import EvaluationOptions, evaluate_artefact

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
        )
    )
    arguments.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    say(json.dumps(report, indent=2))
    return 0

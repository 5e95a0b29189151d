"""The command line: prepare models, assemble and serve them, train and evaluate.

Each command imports what it needs when it runs: `--help` and wrong arguments answer at once,
and no command pays for another's imports.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genrec.console import say
from genrec.errors import GenRecError
from genrec.evaluation_commands import DEFAULT_ARTEFACT, add_evaluate
from genrec.language_commands import add_ask, add_prepare, add_retention
from genrec.training_commands import add_train, add_train_talk

__all__ = ["DEFAULT_ARTEFACT", "main"]
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
        add_train_talk,
        add_evaluate,
        add_ask,
        add_retention,
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
    command.add_argument("--threads", type=int, help="CPU only; default: all cores but one")
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

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

from genrec.errors import GenRecError

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"
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


def say(text: str) -> None:
    """Write one line of a command's result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    root = argparse.ArgumentParser(prog="python -m genrec", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    for add in (add_prepare_base, add_export_embedder):
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
    say(f"{state}: {info['name']} in {arguments.out}, cosine with the original >= "
        f"{info['min_cosine']:.6f}")
    return 0

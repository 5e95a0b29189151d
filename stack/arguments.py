"""The launcher's arguments, in one place: the checks before the set-up know them, too."""

from __future__ import annotations

import argparse
from pathlib import Path

DEFAULT_PORT = 8000
MAX_PORT = 65535


def parser() -> argparse.ArgumentParser:
    """Return the parser of `python -m stack`, whose doors are bin/up, bin/test and bin/manage."""
    root = argparse.ArgumentParser(prog="python -m stack")
    commands = root.add_subparsers(dest="command", required=True)
    up = commands.add_parser(
        "up",
        prog="bin/up",
        help="start everything",
        description="Set up what is missing, start everything on this machine, stop with Ctrl-C.",
        epilog="DATABASE_URL, REDIS_URL and GENREC_URL replace an embedded service each. "
        "MOODREEL_GENREC=gpu installs vLLM for a GPU instead of the CPU build.",
    )
    up.add_argument("--port", type=port, default=DEFAULT_PORT, help="of the page (default 8000)")
    up.add_argument("--no-genrec", action="store_true", help="without the model server")
    commands.add_parser("models", help="prepare the models that are missing")
    run = commands.add_parser("run", help="run a command beside a database and broker of its own")
    run.add_argument("--root", type=Path, required=True, help="directory of their files")
    run.add_argument("arguments", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    manage = commands.add_parser(
        "manage", prog="bin/manage", help="manage.py on the running stack", add_help=False
    )
    manage.add_argument("arguments", nargs=argparse.REMAINDER)
    return root


def port(value: str) -> int:
    """Read the number of a TCP port.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    number = int(value) if value.isascii() and value.isdecimal() else 0
    if not 1 <= number <= MAX_PORT:
        raise argparse.ArgumentTypeError(f"{value!r} is no port: choose one from 1 to {MAX_PORT}.")
    return number

"""The launcher's command line: up, models, run, manage."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from stack.arguments import parser
from stack.errors import StackError
from stack.layout import CHECKOUT, Layout
from stack.lock import is_held


def main(argv: Sequence[str] | None = None) -> int:
    options = parser().parse_args(argv)
    try:
        return run_command(options)
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def run_command(options: argparse.Namespace) -> int:
    """Run one command, importing only what it needs."""
    layout = Layout(CHECKOUT / "var")
    if options.command == "up":
        from stack.up import up

        return up(layout, port=options.port, genrec=not options.no_genrec)
    if options.command == "models":
        from stack.models import prepare_models

        prepare_models(layout)
        return 0
    if options.command == "run":
        from stack.isolated import run_isolated

        command = options.arguments[options.arguments[:1] == ["--"] :]
        if not command:
            raise StackError("no command given: python -m stack run --root DIR -- COMMAND")
        return run_isolated(options.root.absolute(), command)
    from stack.up import manage
    from stack.variables import running_variables

    variables = running_variables(layout, running=is_held(layout.lock))
    return manage(layout, variables, options.arguments)


if __name__ == "__main__":
    sys.exit(main())

"""The environment variables by which the application finds its services.

A variable that is set already wins: `DATABASE_URL`, `REDIS_URL` and `GENREC_URL` so replace an
embedded service each.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from stack.credentials import read_secrets, write_private
from stack.errors import StackError
from stack.layout import Layout

VALKEY_PORT = 6389
GENREC_PORT = 8009
REQUIRED = ("DATABASE_URL", "REDIS_URL", "MOODREEL_SECRET_KEY", "GENREC_API_KEY")


def overridden(name: str) -> bool:
    """Whether the person who starts us names a service of their own."""
    return bool(os.environ.get(name))


def check_overrides() -> None:
    """Refuse half an override before anything starts.

    Raises:
        StackError: GENREC_URL is set without the key of that server, or GENREC_URLS without it.
    """
    if overridden("GENREC_URLS") and not overridden("GENREC_URL"):
        raise StackError("GENREC_URLS is set: set GENREC_URL to the one that serves by default.")
    if overridden("GENREC_URL") and not overridden("GENREC_API_KEY"):
        raise StackError("GENREC_URL is set: set GENREC_API_KEY to that server's key, too.")


def free_port(preferred: int, *, taken: Iterable[int] = ()) -> int:
    """Return the preferred port of the loopback, or any free one if somebody listens there."""
    for port in (preferred, 0):
        if port in taken:
            continue
        with closing(socket.socket()) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StackError("no free port on 127.0.0.1")


def application_variables(
    layout: Layout,
    secrets: Mapping[str, str],
    *,
    database_url: str,
    redis_url: str,
    genrec_url: str,
    port: int,
    control: Path | None = None,
) -> dict[str, str]:
    """Return what the application's processes are given: ours, unless it is set already.

    `control` is where the application may ask us for GenRec servers: None if we run none.
    """
    ours = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "GENREC_URL": genrec_url,
        "GENREC_API_KEY": secrets["GENREC_API_KEY"],
        "MOODREEL_SECRET_KEY": secrets["MOODREEL_SECRET_KEY"],
        "MOODREEL_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "MOODREEL_ORIGINS": f"http://127.0.0.1:{port},http://localhost:{port}",
        # Plain HTTP on the loopback: secure cookies and the redirect to HTTPS would lock us out.
        "MOODREEL_SECURE": "0",
        "MOODREEL_MODELS": str(layout.models),
        "MOODREEL_REPORTS": str(layout.state / "reports"),
        "MOODREEL_ARTEFACTS": str(layout.artefacts),
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: os.environ.get(name) or value for name, value in ours.items()}
    # Never anybody else's: this one names a directory of this very start.
    return {**given, "MOODREEL_GENREC_CONTROL": str(control) if control else ""}


def write_variables(path: Path, variables: Mapping[str, str]) -> None:
    """Leave the variables for `bin/manage`, readable by us alone: they hold secrets."""
    write_private(path, json.dumps(variables, indent=2) + "\n")


def running_variables(layout: Layout, *, running: bool) -> dict[str, str]:
    """Return the variables of the running stack, or nothing if ours name all that is needed.

    Raises:
        StackError: nothing runs, and the environment does not say where the services are.
    """
    if running and layout.env_file.exists():
        found = read_secrets(layout.env_file)
        return {name: os.environ.get(name) or value for name, value in found.items()}
    if missing := [name for name in REQUIRED if not overridden(name)]:
        raise StackError(
            f"Moodreel does not run from {layout.checkout}: start bin/up in another terminal, "
            f"or set {', '.join(missing)} to use services elsewhere."
        )
    return {}

"""Checks before any work starts: a clear message now beats a stack trace in ten minutes.

Standard library only, and no other third-party import: the system's Python runs this before
the environments exist.
"""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import socket
import sys
from collections.abc import Iterable
from pathlib import Path

from stack.arguments import parser
from stack.errors import StackError
from stack.layout import CHECKOUT, Layout
from stack.lock import is_held

MIN_PYTHON = (3, 11)
SET_UP_GIB = 8.0
RUN_GIB = 1.0
MIN_MEMORY_GIB = 5.0
GIB = 1024**3


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> str | None:
    if version[:2] < MIN_PYTHON:
        found = ".".join(map(str, version))
        return (
            f"Python {found} is too old: 3.11 or newer is needed. Install it "
            "(Debian 12, Ubuntu 24.04: apt install python3 python3-venv) or set PYTHON=/path/to/it."
        )
    return None


def check_platform(
    system: str = sys.platform,
    machine: str = platform.machine(),
    libc: str = platform.libc_ver()[0],
) -> str | None:
    if system != "linux" or machine not in {"x86_64", "AMD64"} or libc != "glibc":
        return (
            f"This machine is {system} {machine} {libc or 'without glibc'}: the embedded database "
            "and the model server come as builds for Linux x86_64 with glibc only."
        )
    return None


def check_disk(path: Path, *, set_up_done: bool, free_bytes: int | None = None) -> str | None:
    """Ask for the room that the next steps take: a set-up downloads and unpacks 5 GB."""
    needed = RUN_GIB if set_up_done else SET_UP_GIB
    if free_bytes is None:
        free_bytes = shutil.disk_usage(path).free
    if free_bytes < needed * GIB:
        return (
            f"{path} has {free_bytes / GIB:.1f} GB free, {needed:.0f} GB are needed"
            f"{'' if set_up_done else ' for the first set-up'}: free some, or clone elsewhere."
        )
    return None


def check_memory(total_bytes: int | None = None) -> str | None:
    if total_bytes is None:
        total_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if total_bytes < MIN_MEMORY_GIB * GIB:
        return (
            f"This machine has {total_bytes / GIB:.1f} GB of memory, {MIN_MEMORY_GIB:.0f} GB are "
            "needed. `bin/up --no-genrec` runs without the model server, in 2 GB."
        )
    return None


def check_port(port: int, host: str = "127.0.0.1") -> str | None:
    """Say so when somebody else listens on the port."""
    with socket.socket() as probe:
        # As the web server does: a port in TIME_WAIT after the last stop is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return (
                f"Port {port} on {host} can't be used ({error.strerror}): stop what listens there, "
                "or choose another with `bin/up --port N`."
            )
    return None


def check_user(uid: int | None = None) -> str | None:
    uid = os.geteuid() if uid is None else uid
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return (
            f"User id {uid} has no name in /etc/passwd, and PostgreSQL refuses to run like that: "
            "create the user (useradd), or set DATABASE_URL to a database elsewhere."
        )
    return None


def check_tools() -> str | None:
    missing = [tool for tool in ("setpriv",) if shutil.which(tool) is None]
    if missing:
        return f"{', '.join(missing)} is missing: apt install util-linux."
    return None


def problems(layout: Layout, *, port: int, genrec: bool) -> list[str]:
    """Return every reason not to start, each with what to do."""
    set_up_done = layout.web_python.exists() and (not genrec or layout.genrec_python.exists())
    embedded_database = "DATABASE_URL" not in os.environ
    checks: Iterable[str | None] = (
        check_python(),
        check_platform(),
        check_tools(),
        check_user() if embedded_database else None,
        check_disk(layout.checkout, set_up_done=set_up_done),
        check_memory() if genrec else None,
        None if is_held(layout.lock) else check_port(port),
    )
    return [problem for problem in checks if problem]


def require_ready(layout: Layout, *, port: int, genrec: bool) -> None:
    """Raise StackError naming everything that stands in the way, if anything does."""
    if is_held(layout.lock):
        raise StackError(
            f"Moodreel already runs from {layout.checkout}: stop it with Ctrl-C where it was "
            f"started (process {layout.lock.read_text().strip()})."
        )
    if found := problems(layout, port=port, genrec=genrec):
        raise StackError("\n".join(found))


def main() -> int:
    """Check this machine for `bin/up`, whose arguments these are: a wrong one fails here, too."""
    options = parser().parse_args(["up", *sys.argv[1:]])
    genrec = not options.no_genrec and "GENREC_URL" not in os.environ
    try:
        require_ready(Layout(CHECKOUT / "var"), port=options.port, genrec=genrec)
    except StackError as error:
        print(f"Moodreel can't start:\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

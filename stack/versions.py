"""Versions of GenRec: which artefact serves, and what the application asks for, in small files.

The application and the launcher meet in a private directory that every start makes anew, so that
neither reads what an earlier start left there:

- `wanted.json`, by the application: `serving`, the version that answers and is started first
  after a restart, and `beside`, a second one to run next to it, or null.
- `servers.json`, by the launcher: for every server its phase, its address and, if it failed, why.

Both are replaced as a whole. Nothing in them becomes a command: a version is a name of a directory
of artefacts, and names are checked on both sides.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from stack.credentials import write_private
from stack.errors import StackError
from stack.layout import Layout

SHIPPED = "default"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")

Phase = Literal["preparing", "starting", "ready", "failed", "stopping"]


@dataclass(frozen=True)
class Wanted:
    """Which servers should run: one, or two while the application switches."""

    serving: str
    beside: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        if self.beside is None or self.beside == self.serving:
            return (self.serving,)
        return (self.serving, self.beside)


@dataclass(frozen=True)
class ServerReport:
    """How one server is. `url` is empty until it has a port."""

    phase: Phase
    url: str = ""
    problem: str = ""


def checked_name(name: object) -> str:
    """Return the name of a version.

    Raises:
        StackError: it is none: it might lead out of the directory of artefacts.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise StackError(f"{str(name)[:80]!r} is not the name of a version.")
    return name


def artefact_directory(layout: Layout, name: str) -> Path:
    """Return the directory of a version's artefact.

    Raises:
        StackError: no such version, or a link that leads elsewhere.
    """
    if checked_name(name) == SHIPPED:
        return layout.checkout / "genrec" / "artefacts" / SHIPPED
    directory = layout.artefacts / name
    if directory.is_symlink() or not (directory / "artefact.json").is_file():
        raise StackError(f"There is no artefact {name} in {layout.artefacts}.")
    return directory


def model_directory(layout: Layout, name: str) -> Path:
    """Return where the served model of a version is assembled."""
    return layout.models / ("genrec" if name == SHIPPED else f"genrec-{checked_name(name)}")


def service_name(name: str) -> str:
    return "genrec" if name == SHIPPED else f"genrec-{checked_name(name)}"


def make_control(layout: Layout, boot: str) -> Path:
    """Return the new directory where this start and the application meet."""
    shutil.rmtree(layout.control, ignore_errors=True)
    directory = layout.control / boot
    directory.mkdir(parents=True, mode=0o700)
    return directory


def read_wanted(control: Path) -> Wanted | None:
    """Return what the application wants, or None while it has said nothing.

    Raises:
        StackError: the file holds something else.
    """
    try:
        value = json.loads((control / "wanted.json").read_text())
        beside = value.get("beside")
        return Wanted(checked_name(value["serving"]), checked_name(beside) if beside else None)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StackError(f"{control}/wanted.json makes no sense: {error}.") from error


def write_servers(
    control: Path, serving: str, servers: Mapping[str, ServerReport], problem: str
) -> None:
    value = {
        "serving": serving,
        "servers": {name: asdict(report) for name, report in servers.items()},
        "problem": problem,
    }
    write_private(control / "servers.json", json.dumps(value, indent=2) + "\n")


def read_choice(layout: Layout) -> str:
    """Return the version to serve after a restart: the shipped one unless another was chosen."""
    try:
        return checked_name(json.loads(layout.choice.read_text())["serving"])
    except FileNotFoundError:
        return SHIPPED
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(
            f"{layout.choice} is damaged ({error}): delete it to serve the shipped version."
        ) from error


def write_choice(layout: Layout, name: str) -> None:
    write_private(layout.choice, json.dumps({"serving": checked_name(name)}) + "\n")


def remove_models(layout: Layout, *, keep: set[str]) -> list[str]:
    """Remove the assembled models of versions that are not in `keep`; return their names.

    Each may hold a copy of all weights; it is made again from its artefact in seconds.
    """
    removed = []
    for directory in sorted(layout.models.glob("genrec-*")):
        name = directory.name.removeprefix("genrec-")
        if directory.is_dir() and NAME.fullmatch(name) and name not in keep:
            shutil.rmtree(directory)
            directory.with_name(f"{directory.name}.sha256").unlink(missing_ok=True)
            removed.append(name)
    return removed

"""Ask the launcher of this machine for GenRec servers, through files in a directory of its own.

`wanted.json` is ours, `servers.json` the launcher's (`stack/versions.py` says what they hold).
MOODREEL_GENREC_CONTROL names the directory; it is a new one at every start of the machine. Without
it somebody else runs GenRec, and there is nobody to ask.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Server:
    """A server of the machine. `phase`: preparing, starting, ready, failed or stopping."""

    phase: str
    url: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What the launcher says: which version it serves, and how its servers are."""

    serving: str
    servers: dict[str, Server] = field(default_factory=dict)
    problem: str = ""


class MachineSilent(Exception):
    """The launcher has left no report, or one that can't be read."""


def is_ours() -> bool:
    """Whether a launcher runs GenRec here and can be asked."""
    return settings.GENREC_CONTROL is not None


def start_name() -> str:
    """Return the name of this start of the machine, "" where no launcher is."""
    return settings.GENREC_CONTROL.name if settings.GENREC_CONTROL is not None else ""


def _directory() -> Path:
    if settings.GENREC_CONTROL is None:
        raise MachineSilent("GenRec is run by somebody else: MOODREEL_GENREC_CONTROL is not set.")
    return Path(settings.GENREC_CONTROL)


def read_report() -> Report:
    """Return the launcher's report.

    Raises:
        MachineSilent: there is none.
    """
    file = _directory() / "servers.json"
    try:
        value: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        servers = {name: Server(**fields) for name, fields in value["servers"].items()}
        return Report(value["serving"], servers, value["problem"])
    except FileNotFoundError:
        raise MachineSilent("The launcher (bin/up) has not reported any server yet.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MachineSilent(f"{file} can't be read: {error}") from error


def ask(serving: str, beside: str = "") -> None:
    """Say which servers should run: the one that serves, and for a while a second one.

    Raises:
        MachineSilent: the directory is gone: the launcher has ended.
    """
    file = _directory() / "wanted.json"
    stage = file.with_name(f".wanted.json.{os.getpid()}")
    text = json.dumps({"serving": serving, "beside": beside or None})
    try:
        stage.write_text(text + "\n", encoding="utf-8")
        stage.replace(file)
    except OSError as error:
        raise MachineSilent(f"{file} can't be written: {error}") from error

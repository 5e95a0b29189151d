"""One readable stream of what all processes say, and a log file for each."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Mapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

NAME_WIDTH = 9
LOG_BYTES = 10_000_000
OLD_LOGS = 2
COLOURS = {"web": 36, "worker": 33, "genrec": 35, "postgres": 34, "valkey": 32, "moodreel": 1}


def say(text: str, *, name: str = "moodreel") -> None:
    """Print the lines to the console, each behind the name of who says it."""
    colour = COLOURS.get(name, 37) if sys.stdout.isatty() else None
    label = f"{name:<{NAME_WIDTH}}|"
    if colour is not None:
        label = f"\x1b[{colour}m{label}\x1b[0m"
    for line in text.splitlines() or [""]:
        print(f"{label} {line}", flush=True)


class LineStream:
    """Takes a process's output as it comes, and passes it on in whole lines."""

    def __init__(self, name: str, logs: Path) -> None:
        self.name = name
        self.rest = b""
        # The last line: of a command that failed, it usually says why.
        self.last = ""
        self.file = RotatingFileHandler(
            logs / f"{name}.log",
            maxBytes=LOG_BYTES,
            backupCount=OLD_LOGS,
            encoding="utf-8",
            delay=True,
        )
        self.file.setFormatter(logging.Formatter("%(message)s"))

    def __call__(self, chunk: Mapping[str, Any]) -> None:
        """Take a chunk as circus hands it over, with the bytes under "data"."""
        self.feed(chunk["data"])

    def feed(self, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self.write(line)

    def write(self, line: bytes) -> None:
        # A progress bar rewrites its line with carriage returns: its last state says it all.
        text = line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace").rstrip()
        if not text:
            return
        self.last = text
        stamped = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}"
        self.file.emit(logging.makeLogRecord({"msg": stamped, "name": self.name}))
        say(text, name=self.name)

    def close(self) -> None:
        if self.rest:
            self.write(self.rest)
            self.rest = b""
        self.file.close()

"""What we started, remembered across a kill -9, so that nothing of it outlives its launcher.

Two nets. Every process asks the kernel for a signal when its parent dies (`tied`). And a file
lists the session of each: children that escape the first net (a server's own subprocesses) keep
their session id, so the next start finds and ends them (`Ledger.end_leftovers`).
"""

from __future__ import annotations

import json
import os
import pwd
import signal
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from stack.credentials import write_private

PROC = Path("/proc")
STATE, SESSION, START_TICKS = 0, 3, 19  # fields of /proc/PID/stat after the command name
POLL_S = 0.05


@dataclass(frozen=True)
class Leader:
    """The first process of a session. Its start time tells it from a later owner of its id."""

    name: str
    pid: int
    started_ticks: int
    boot: str


def stat_fields(pid: int) -> list[str] | None:
    """Return the fields of /proc/PID/stat after the command name, or None: no such process."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The name is in parentheses and may itself hold spaces and parentheses.
    return text.rpartition(")")[2].split()


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    fields = stat_fields(pid)
    return fields is not None and fields[STATE] not in {"Z", "X"}


def living() -> list[int]:
    own = os.getpid()
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdecimal())
    return [pid for pid in pids if pid != own and is_alive(pid)]


def session_of(pid: int) -> int | None:
    fields = stat_fields(pid)
    return int(fields[SESSION]) if fields else None


def inside(directory: Path) -> list[int]:
    """Return the living processes that work in exactly this directory, as far as we may look."""
    found = []
    for pid in living():
        try:
            here = (PROC / str(pid) / "cwd").readlink()
        except OSError:  # gone meanwhile, or another user's
            continue
        if here == directory:
            found.append(pid)
    return found


def boot_id() -> str:
    return (PROC / "sys" / "kernel" / "random" / "boot_id").read_text().strip()


def tied(
    command: Sequence[str], *, user: str | None = None, death_signal: str = "TERM"
) -> list[str]:
    """Return the command, run as `user`, that gets the signal when the launcher dies."""
    return ["setpriv", *identity(user), "--pdeathsig", death_signal, "--", *command]


def identity(user: str | None) -> list[str]:
    """Return setpriv's options that become `user`, with all of that user's groups."""
    if user is None:
        return []
    entry = pwd.getpwnam(user)
    return [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups"]


def end(pids: Sequence[int], first: signal.Signals, *, patience_s: float = 10.0) -> None:
    """Signal the processes, and kill those that still run after `patience_s` seconds."""
    for signum, limit_s in ((first, patience_s), (signal.SIGKILL, 5.0)):
        for pid in pids:
            if is_alive(pid):
                try:
                    os.kill(pid, signum)
                except (ProcessLookupError, PermissionError):
                    continue
        deadline = time.monotonic() + limit_s
        while any(map(is_alive, pids)) and time.monotonic() < deadline:
            time.sleep(POLL_S)


class Ledger:
    """The file that lists the sessions we started."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def leaders(self) -> list[Leader]:
        try:
            return [Leader(**entry) for entry in json.loads(self.path.read_text())]
        except (FileNotFoundError, ValueError, TypeError):
            # Damaged by a full disk, say: the kernel's signal is then the only net.
            return []

    def add(self, name: str, pid: int) -> None:
        """Remember a session; those that have ended are dropped from the list."""
        fields = stat_fields(pid)
        if fields is None:
            return
        leader = Leader(name, pid, int(fields[START_TICKS]), boot_id())
        kept = [known for known in self.leaders() if self.members(known)]
        write_private(self.path, json.dumps([asdict(known) for known in [*kept, leader]]))

    def members(self, leader: Leader) -> list[int]:
        """Return the living processes of a session we started, none if its id has a new owner."""
        fields = stat_fields(leader.pid)
        reused = fields is not None and int(fields[START_TICKS]) != leader.started_ticks
        if reused or leader.boot != boot_id():
            return []
        return [pid for pid in living() if session_of(pid) == leader.pid]

    def end_leftovers(self, *, patience_s: float = 10.0) -> list[str]:
        """End what an earlier launcher left running, and return its names."""
        found = {leader.name: self.members(leader) for leader in self.leaders()}
        end([pid for pids in found.values() for pid in pids], signal.SIGTERM, patience_s=patience_s)
        self.path.unlink(missing_ok=True)
        return [name for name, pids in found.items() if pids]

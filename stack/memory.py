"""Whether a second model server fits into memory beside the first."""

from __future__ import annotations

import os
from pathlib import Path

from stack.errors import StackError
from stack.processes import PROC, living, session_of

# What a server may need beyond another one's size: the load itself, and rows.
MARGIN = 1.15
GIB = 2**30


def available_bytes(meminfo: Path = PROC / "meminfo") -> int:
    """Return what the kernel says can be had without swapping."""
    for line in meminfo.read_text().splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) * 1024
    raise StackError(f"{meminfo} does not tell the available memory.")


def private_bytes(pid: int) -> int:
    """Return the memory that a process shares with no file and no other, 0 if it is gone."""
    try:
        pages = (PROC / str(pid) / "statm").read_text().split()
    except OSError:
        return 0
    return (int(pages[1]) - int(pages[2])) * os.sysconf("SC_PAGE_SIZE")


def session_bytes(leader: int) -> int:
    """Return the private memory of a session: a server and the engine it started."""
    return sum(private_bytes(pid) for pid in living() if session_of(pid) == leader)


def require_room(leader: int) -> None:
    """Check that as much memory is free as the server of this session takes.

    Raises:
        StackError: it is not; starting one more might end the one that serves.
    """
    needed, free = int(session_bytes(leader) * MARGIN), available_bytes()
    if needed > free:
        raise StackError(
            f"a second server needs about {needed / GIB:.1f} GiB beside the one that serves, "
            f"{free / GIB:.1f} GiB are free"
        )

"""Leftovers: found after a kill -9, and nothing else is touched."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack.processes import Ledger, is_alive, session_of, stat_fields, tied

Start = Callable[..., "subprocess.Popen[bytes]"]

# A server whose child outlives it, in its session.
PARENT = "import subprocess, time; subprocess.Popen(['sleep', '300']); time.sleep(300)"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start processes in sessions of their own, and end those sessions afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, start_new_session=True)
        started.append(process)
        return process

    yield run
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(condition: Callable[[], object], timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.02)


def in_session(leader: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if session_of(pid) == leader and is_alive(pid)]


def test_ends_the_children_of_a_server_that_was_killed(tmp_path: Path, start: Start) -> None:
    ledger = Ledger(tmp_path / "processes.json")
    server = start(sys.executable, "-c", PARENT)
    ledger.add("genrec", server.pid)
    wait_for(lambda: len(in_session(server.pid)) == 2)
    server.kill()
    server.wait()
    assert len(in_session(server.pid)) == 1

    assert ledger.end_leftovers() == ["genrec"]

    assert in_session(server.pid) == []


def test_kills_what_ignores_a_polite_signal(tmp_path: Path, start: Start) -> None:
    ledger = Ledger(tmp_path / "processes.json")
    deaf = tmp_path / "deaf"
    stubborn = start("sh", "-c", f"trap '' TERM; touch '{deaf}'; while :; do sleep 0.1; done")
    ledger.add("web", stubborn.pid)
    wait_for(deaf.exists)

    assert ledger.end_leftovers(patience_s=0.5) == ["web"]

    assert stubborn.wait(90) == -signal.SIGKILL


@pytest.mark.parametrize("difference", [{"started_ticks": 1}, {"boot": "another boot"}])
def test_leaves_a_later_owner_of_the_process_id_alone(
    tmp_path: Path, start: Start, difference: dict[str, object]
) -> None:
    path = tmp_path / "processes.json"
    stranger = start("sleep", "300")
    Ledger(path).add("web", stranger.pid)
    entry = json.loads(path.read_text())[0]
    path.write_text(json.dumps([entry | difference]))

    assert Ledger(path).end_leftovers() == []

    assert is_alive(stranger.pid)


def test_a_damaged_list_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "processes.json"
    path.write_text("[{")

    assert Ledger(path).end_leftovers() == []


def test_the_list_forgets_what_has_ended(tmp_path: Path, start: Start) -> None:
    ledger = Ledger(tmp_path / "processes.json")
    first = start("sleep", "300")
    ledger.add("first", first.pid)
    first.kill()
    first.wait()

    ledger.add("second", start("sleep", "300").pid)

    assert [leader.name for leader in ledger.leaders()] == ["second"]


def test_tied_processes_die_with_their_launcher(tmp_path: Path, start: Start) -> None:
    note = tmp_path / "pid"
    command = tied(["sh", "-c", f"echo $$ > {note}; exec sleep 300"])
    code = f"import subprocess; subprocess.Popen({command!r}).wait()"
    launcher = start(sys.executable, "-c", code)
    wait_for(lambda: note.exists() and note.read_text().strip())
    child = int(note.read_text())
    assert is_alive(child)

    launcher.kill()

    wait_for(lambda: not is_alive(child))


def test_a_zombie_does_not_count_as_alive(start: Start) -> None:
    process = start("true")
    wait_for(lambda: (stat_fields(process.pid) or "Z")[0] == "Z")

    assert stat_fields(process.pid) is not None
    assert not is_alive(process.pid)

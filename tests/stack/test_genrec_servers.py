"""The launcher's GenRec servers, with real processes in place of vLLM."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.errors import StackError
from stack.genrec_servers import GenRecServers
from stack.jobs import run_job
from stack.layout import Layout
from stack.memory import available_bytes, require_room, session_bytes
from stack.models import Preparation
from stack.processes import Ledger
from stack.services import Plan
from stack.supervisor import Service, Supervisor
from stack.variables import free_port
from stack.versions import make_control, read_choice, service_name

HEALTHY = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
BROKEN = "import sys; print('the artefact is of another base', flush=True); sys.exit(1)"


@dataclass(frozen=True)
class SmallPlan(Plan):
    """As the launcher's, with servers that start at once; `broken` ones end at once."""

    broken: set[str] = field(default_factory=set)

    def genrec(self, version: str, port: int) -> Service:
        code = BROKEN if version in self.broken else HEALTHY
        return Service(
            service_name(version),
            (sys.executable, "-c", code, str(port)),
            {"PATH": os.environ["PATH"]},
            self.layout.state,
            stop_s=3,
        )


@dataclass
class Machine:
    """A launcher's part under test, and what an application would write and read."""

    servers: GenRecServers
    control: Path
    plan: SmallPlan

    def ask(self, serving: str, beside: str | None = None) -> None:
        text = json.dumps({"serving": serving, "beside": beside})
        (self.control / "wanted.json").write_text(text)

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.control / "servers.json").read_text())
        return found

    def phases(self) -> dict[str, str]:
        return {name: server["phase"] for name, server in self.report()["servers"].items()}

    def url(self, name: str) -> str:
        return str(self.report()["servers"][name]["url"])


async def until(condition: Callable[[], bool], timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def machine(
    layout: Layout, *, version: str = "default", broken: set[str] | None = None
) -> AsyncIterator[Machine]:
    control = make_control(layout, "boot")
    port = free_port(0)
    plan = SmallPlan(
        layout, 1, {}, None, None, port, version=version, control=control, broken=broken or set()
    )
    ledger = Ledger(layout.ledger)
    supervisor = Supervisor([plan.genrec(version, port)], logs=layout.logs, ledger=ledger)

    async def job(name: str, *command: str) -> None:
        env, logs = {"PATH": os.environ["PATH"]}, layout.logs
        await run_job(name, command, env=env, cwd=layout.state, logs=logs, ledger=ledger)

    await supervisor.start()
    servers = GenRecServers(plan, supervisor, job, control)
    try:
        await servers.start_first()
        task = asyncio.create_task(servers.follow())
        yield Machine(servers, control, plan)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    finally:
        await supervisor.stop()


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every version is assembled by a command; the one called "unfit" can't be."""

    def steps(layout: Layout, *, genrec: bool, version: str) -> list[Preparation]:
        code = "print('error: trained on another base'); raise SystemExit(1)"
        if version != "unfit":
            code = f"import os; os.mkdir({str(layout.models / version)!r})"
        command = (sys.executable, "-c", code)
        return [Preparation("assemble", "assembling", command, layout.models / version, ())]

    monkeypatch.setattr("stack.genrec_servers.preparations", steps)
    monkeypatch.setattr("stack.genrec_servers.POLL_S", 0.05)


async def test_a_second_server_runs_beside_and_takes_over(layout: Layout) -> None:
    async with machine(layout) as ours:
        await until(lambda: ours.phases() == {"default": "ready"})
        ours.ask("default", "v2")
        await until(lambda: ours.phases() == {"default": "ready", "v2": "ready"})
        urls = {ours.url("default"), ours.url("v2")}
        assert len(urls) == 2
        assert read_choice(layout) == "default"

        ours.ask("v2", "default")
        await until(lambda: ours.report()["serving"] == "v2")
        async with httpx.AsyncClient(trust_env=False) as client:
            assert {(await client.get(url)).status_code for url in urls} == {200}
        assert read_choice(layout) == "v2"

        ours.ask("v2")
        await until(lambda: ours.phases() == {"v2": "ready"})
        assert list(ours.servers.supervisor.services) == ["genrec-v2"]


async def test_a_server_that_ends_at_its_start_is_reported_and_left_alone(layout: Layout) -> None:
    async with machine(layout, broken={"v2"}) as ours:
        ours.ask("default", "v2")
        await until(lambda: ours.phases().get("v2") == "failed")

        problem = ours.report()["servers"]["v2"]["problem"]
        assert "the artefact is of another base" in problem
        assert "genrec-v2.log" in problem
        assert list(ours.servers.supervisor.services) == ["genrec"]

        ours.ask("default")
        await until(lambda: ours.phases() == {"default": "ready"})


async def test_a_model_that_can_not_be_made_is_reported(layout: Layout) -> None:
    async with machine(layout) as ours:
        ours.ask("default", "unfit")
        await until(lambda: ours.phases().get("unfit") == "failed")

        assert "trained on another base" in ours.report()["servers"]["unfit"]["problem"]


async def test_no_second_server_without_memory_for_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(pid: int) -> None:
        raise StackError("0.1 GiB are free")

    monkeypatch.setattr("stack.genrec_servers.require_room", full)
    async with machine(layout) as ours:
        ours.ask("default", "v2")
        await until(lambda: ours.phases().get("v2") == "failed")

        assert ours.report()["servers"]["v2"]["problem"] == "0.1 GiB are free"
        assert ours.phases()["default"] in {"starting", "ready"}


async def test_once_it_answered_a_server_is_started_again(layout: Layout) -> None:
    async with machine(layout) as ours:
        ours.ask("default", "v2")
        await until(lambda: ours.phases().get("v2") == "ready")
        watcher = ours.servers.supervisor.watchers["genrec-v2"]
        first = watcher.get_active_pids()[0]

        os.kill(first, signal.SIGKILL)

        await until(lambda: watcher.get_active_pids() not in ([], [first]))


async def test_a_choice_that_can_not_be_made_falls_back(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    async with machine(layout, version="unfit") as ours:
        await until(lambda: ours.phases() == {"default": "ready"})

        assert ours.report()["serving"] == "default"
        assert "trained on another base" in ours.report()["problem"]
    assert "the shipped version serves instead" in capsys.readouterr().out


async def test_nonsense_is_reported_and_changes_nothing(layout: Layout) -> None:
    async with machine(layout) as ours:
        await until(lambda: ours.phases() == {"default": "ready"})
        ours.ask("../../etc")
        await until(lambda: "not the name" in ours.report()["problem"])

        assert ours.phases() == {"default": "ready"}
        assert ours.servers.problem == ""

        ours.ask("default")
        await until(lambda: ours.report()["problem"] == "")


async def test_trouble_that_passes_leaves_the_reason_of_the_start(layout: Layout) -> None:
    async with machine(layout, version="unfit") as ours:
        await until(lambda: ours.phases() == {"default": "ready"})
        ours.ask("../../etc")
        await until(lambda: "not the name" in ours.report()["problem"])

        ours.ask("default")
        await until(lambda: "could not be made" in ours.report()["problem"])


def test_a_servers_memory_is_measured_with_all_its_processes() -> None:
    held = "held = b'x' * 60_000_000; print('ready', flush=True); input()"
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {held!r}])"
    command = [sys.executable, "-c", child]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        assert server.stdout.readline() == b"ready\n"
        assert 60e6 < session_bytes(server.pid) < 200e6
        assert available_bytes() > 2**20
        server.stdin.close()
    assert session_bytes(server.pid) == 0
    require_room(server.pid)


def test_without_room_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stack.memory.session_bytes", lambda leader: 4 * 2**30)
    monkeypatch.setattr("stack.memory.available_bytes", lambda: 2**30)

    with pytest.raises(StackError, match=r"about 4\.6 GiB .* 1\.0 GiB are free"):
        require_room(1)

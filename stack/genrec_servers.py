"""The GenRec servers of one start: the one that serves, and for a while a second one beside it.

The application decides (`wanted.json`), this module runs (`servers.json` says what came of it): it
assembles the model of a version, starts its server on a free port, and stops what is not wanted
any more. A server that fails before it ever answered is on trial: it is not started again. From
its first answer on it is supervised like everything else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from stack.console import say
from stack.errors import StackError
from stack.memory import require_room
from stack.models import preparations
from stack.services import Plan
from stack.supervisor import Supervisor
from stack.variables import GENREC_PORT, free_port
from stack.versions import (
    SHIPPED,
    ServerReport,
    Wanted,
    read_wanted,
    remove_models,
    service_name,
    write_choice,
    write_servers,
)

POLL_S = 0.5
START_TIMEOUT_S = 900.0
Job = Callable[..., Awaitable[None]]


@dataclass
class Running:
    """A server, its report, and the task that brings it up or takes it down."""

    port: int
    report: ServerReport
    task: asyncio.Task[None] | None = None


class GenRecServers:
    """Follows what the application wants. `job` runs a command that ends."""

    def __init__(self, plan: Plan, supervisor: Supervisor, job: Job, control: Path) -> None:
        self.plan = plan
        self.supervisor = supervisor
        self.job = job
        self.control = control
        self.serving = plan.version
        self.problem = ""
        """Why the version that was chosen does not serve since the start."""
        self.trouble = ""
        """What keeps from doing what is wanted now."""
        self.said = ""
        self.servers: dict[str, Running] = {}
        self.written: object = None

    async def start_first(self) -> None:
        """Start the version that was chosen, or the shipped one if that can't be made."""
        port = self.plan.genrec_port
        if port is None:
            raise StackError("this start serves no GenRec")
        try:
            await self.make_models(self.serving)
        except StackError as error:
            if self.serving == SHIPPED:
                raise
            await self.fall_back(port, error)
        name = self.serving
        self.servers[name] = Running(port, ServerReport("starting", address(port)))
        self.write()
        await self.supervisor.start_service(service_name(name))
        self.servers[name].task = asyncio.create_task(self.wait_first(name))

    async def fall_back(self, port: int, error: StackError) -> None:
        self.problem = f"{self.serving} could not be made when the machine started: {error}"
        say(f"{self.problem}; the shipped version serves instead")
        await self.supervisor.retire(service_name(self.serving))
        self.serving = SHIPPED
        await self.make_models(SHIPPED)
        self.supervisor.add(self.plan.genrec(SHIPPED, port))

    async def wait_first(self, name: str) -> None:
        """The supervisor starts it again for ever: so we wait for ever, too."""
        server = self.servers[name]
        while True:
            if await answers(server.report.url):
                server.report = replace(server.report, phase="ready")
                return
            await asyncio.sleep(POLL_S)

    async def follow(self) -> None:
        """Run until cancelled: do what is wanted, and report."""
        try:
            while True:
                self.look()
                await asyncio.sleep(POLL_S)
        finally:
            for server in self.servers.values():
                if server.task is not None:
                    server.task.cancel()

    def look(self) -> None:
        """Do what is wanted, and report. What fails here is tried again, and forgotten after."""
        self.trouble = failure_of(self.follow_wanted)
        trouble = failure_of(self.write) or self.trouble
        if trouble and trouble != self.said:
            say(trouble)
        self.said = trouble

    def follow_wanted(self) -> None:
        if (wanted := read_wanted(self.control)) is not None:
            self.follow_once(wanted)

    def follow_once(self, wanted: Wanted) -> None:
        """Begin what differs from what is wanted; nothing waits here."""
        if wanted.serving != self.serving:
            write_choice(self.plan.layout, wanted.serving)
            self.serving, self.problem = wanted.serving, ""
        for name in wanted.names:
            if name not in self.servers:
                self.begin(name)
        for name, server in self.servers.items():
            if name not in wanted.names and server.report.phase != "stopping":
                self.end(name)

    def begin(self, name: str) -> None:
        taken = [self.plan.port, *(server.port for server in self.servers.values())]
        port = free_port(GENREC_PORT, taken=taken)
        server = self.servers[name] = Running(port, ServerReport("preparing"))
        server.task = asyncio.create_task(self.bring_up(name))

    def end(self, name: str) -> None:
        server = self.servers[name]
        if server.task is not None:
            server.task.cancel()
        server.report = replace(server.report, phase="stopping")
        server.task = asyncio.create_task(self.take_down(name))

    async def bring_up(self, name: str) -> None:
        """Assemble, start and wait for the first answer; a failure ends up in the report."""
        server = self.servers[name]
        try:
            await asyncio.to_thread(self.make_room)
            await self.make_models(name)
            server.report = ServerReport("starting", address(server.port))
            await self.start(name, server.port)
        except (StackError, OSError) as error:
            say(f"GenRec {name}: {error}")
            await self.forget(name)
            server.report = ServerReport("failed", problem=str(error))
        else:
            server.report = replace(server.report, phase="ready")
            say(f"GenRec {name} answers on {server.report.url}")

    def make_room(self) -> None:
        kept = {self.serving, *self.servers}
        for old in remove_models(self.plan.layout, keep=kept):
            say(f"removed the assembled model of {old}")
        watcher = self.supervisor.watchers.get(service_name(self.serving))
        for pid in watcher.get_active_pids() if watcher else ():
            require_room(pid)

    async def start(self, name: str, port: int) -> None:
        """Start a server on trial and return at its first answer.

        Raises:
            StackError: it ended, or stayed silent.
        """
        supervisor, service = self.supervisor, service_name(name)
        supervisor.add(self.plan.genrec(name, port), mortal=True)
        await supervisor.start_service(service)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not await answers(address(port)):
            if not supervisor.is_running(service):
                raise StackError(
                    f"the server ended while it started, see {supervisor.logs / service}.log: "
                    f"{supervisor.last_words(service)}"
                )
            if time.monotonic() > deadline:
                raise StackError(f"the server did not answer within {START_TIMEOUT_S:.0f} s")
            await asyncio.sleep(POLL_S)
        supervisor.mortal.discard(service)

    async def take_down(self, name: str) -> None:
        await self.forget(name)
        del self.servers[name]
        say(f"GenRec {name} is stopped")

    async def forget(self, name: str) -> None:
        if service_name(name) in self.supervisor.services:
            await self.supervisor.retire(service_name(name))

    async def make_models(self, name: str) -> None:
        """Make what the version's server reads, unless it is there already."""
        for step in preparations(self.plan.layout, genrec=True, version=name):
            if not await asyncio.to_thread(step.is_done):
                say(f"{step.title} (the first time only)")
                await self.job(step.name, *step.command)
                step.mark_done()

    def write(self) -> None:
        reports = {name: server.report for name, server in self.servers.items()}
        problem = self.trouble or self.problem
        if (said := (self.serving, reports, problem)) != self.written:
            write_servers(self.control, self.serving, reports, problem)
            self.written = said


def failure_of(step: Callable[[], None]) -> str:
    """Take a step that may fail for a while; return why it did, or ""."""
    try:
        step()
    except (StackError, OSError) as error:
        return str(error)
    return ""


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


async def answers(url: str) -> bool:
    """Whether the server says that it is well. Not through a proxy that we may be told of."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        try:
            return (await client.get(f"{url}/health")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

"""Keeps the services running through circus: starts, restarts what crashes, stops in order.

Circus restarts at once and for ever, or not at all. Its own restarting is off here; a service
that ends is started again after a pause that doubles while it keeps crashing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from circus.arbiter import Arbiter
from circus.watcher import Watcher
from tornado.ioloop import IOLoop

from stack.console import LineStream, say
from stack.processes import Ledger, tied

MAX_PAUSE_S = 30.0
STEADY_S = 60.0


@dataclass(frozen=True)
class Service:
    """A process to keep running. Services of a higher `tier` stop before those of a lower."""

    name: str
    command: tuple[str, ...]
    env: dict[str, str] = field(repr=False)
    cwd: Path
    tier: int = 1
    stop_signal: signal.Signals = signal.SIGTERM
    stop_s: float = 10.0
    user: str | None = None
    # Its own recovery finds the leftovers of this service; the ledger would only hurry it.
    in_ledger: bool = True
    before_start: Callable[[], object] | None = None


class OwnReaper(Arbiter):  # type: ignore[misc]  # circus is untyped
    """An arbiter that waits for its own processes only.

    Circus reaps every child there is, and so would take the exit status of our jobs.
    """

    def reap_processes(self) -> None:
        for watcher in self.iter_watchers():
            for pid in list(watcher.processes):
                try:
                    ended, status = os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    continue
                if ended:
                    watcher.reap_process(pid, status)


class Supervisor:
    """Runs the services given; each starts when `start_service` names it."""

    def __init__(self, services: Sequence[Service], *, logs: Path, ledger: Ledger) -> None:
        self.services = {service.name: service for service in services}
        self.logs = logs
        self.ledger = ledger
        self.stopping = False
        self.started_at: dict[str, float] = {}
        self.crashes: dict[str, int] = {}
        self.exit_codes: dict[str, int] = {}
        self.restarts: set[asyncio.Task[None]] = set()
        self.streams: dict[str, LineStream] = {}
        # Services that stay ended when they end: on trial, or being retired.
        self.mortal: set[str] = set()
        logging.getLogger("circus").setLevel(logging.ERROR)
        self.watchers = {service.name: self.make_watcher(service) for service in services}
        # inproc: nobody outside this process can send circus a command.
        self.arbiter = OwnReaper(
            list(self.watchers.values()),
            "inproc://control",
            "inproc://events",
            loop=IOLoop.current(),
            check_delay=0.5,
        )

    def make_watcher(self, service: Service) -> Any:
        death_signal = service.stop_signal.name.removeprefix("SIG")
        command = tied(service.command, user=service.user, death_signal=death_signal)
        self.streams[service.name] = LineStream(service.name, self.logs)
        stream = {"stream": self.streams[service.name]}
        return Watcher(
            service.name,
            command[0],
            args=command[1:],
            env=service.env,
            working_dir=str(service.cwd),
            stdout_stream=stream,
            stderr_stream=stream,
            stop_signal=service.stop_signal,
            graceful_timeout=service.stop_s,
            autostart=False,
            respawn=False,
            singleton=True,
            hooks={
                "after_spawn": (self.on_spawn, False),
                "after_reap": (self.on_reap, True),
                "after_stop": (self.on_stop, True),
            },
        )

    async def start(self) -> None:
        await self.arbiter.start()

    async def start_service(self, name: str) -> None:
        service, watcher = self.services[name], self.watchers[name]
        if service.before_start is not None:
            await asyncio.to_thread(service.before_start)
        watcher.autostart = True  # without it start_watcher does nothing
        self.started_at[name] = time.monotonic()
        await self.arbiter.start_watcher(watcher)

    def add(self, service: Service, *, mortal: bool = False) -> None:
        """Take on one more service, not yet started. A `mortal` one is not started again."""
        watcher = self.make_watcher(service)
        self.services[service.name], self.watchers[service.name] = service, watcher
        if mortal:
            self.mortal.add(service.name)
        arbiter = self.arbiter
        watcher.initialize(arbiter.evpub_socket, arbiter.sockets, arbiter)
        arbiter.watchers.append(watcher)
        arbiter._watchers_names[service.name.lower()] = watcher

    async def retire(self, name: str) -> None:
        """Stop a service for good and forget it."""
        self.mortal.add(name)
        watcher = self.watchers[name]
        await watcher._stop(True)
        self.arbiter.watchers.remove(watcher)
        self.arbiter._watchers_names.pop(name.lower(), None)
        del self.services[name], self.watchers[name]
        self.streams.pop(name).close()
        self.mortal.discard(name)

    def is_running(self, name: str) -> bool:
        return bool(self.watchers[name].get_active_pids())

    def last_words(self, name: str) -> str:
        """Return the last line that the service wrote."""
        return self.streams[name].last

    def on_spawn(self, watcher: Any, pid: int, **details: Any) -> bool:
        if self.services[watcher.name].in_ledger:
            self.ledger.add(watcher.name, pid)
        return True

    def on_reap(self, watcher: Any, exit_code: int | None, **details: Any) -> bool:
        if exit_code is not None:
            self.exit_codes[watcher.name] = exit_code
        return True

    def on_stop(self, watcher: Any, **details: Any) -> bool:
        """Plan the restart of a service that ended by itself."""
        if not self.stopping and watcher.name not in self.mortal:
            task = asyncio.create_task(self.restart(watcher.name))
            self.restarts.add(task)
            task.add_done_callback(self.restarts.discard)
        return True

    async def restart(self, name: str) -> None:
        steady = time.monotonic() - self.started_at[name] > STEADY_S
        crashes = self.crashes[name] = 1 if steady else self.crashes.get(name, 0) + 1
        pause_s = min(MAX_PAUSE_S, 2.0 ** (crashes - 1))
        code = self.exit_codes.pop(name, None)
        say(f"{name} ended ({describe(code)}); starting it again in {pause_s:.0f} s")
        await asyncio.sleep(pause_s)
        if not self.stopping and name in self.services:
            await self.start_service(name)

    async def stop(self) -> None:
        """Stop everything, those that depend on others first."""
        self.stopping = True
        for task in self.restarts:
            task.cancel()
        self.arbiter.ctrl.caller.stop()  # nobody restarts or reaps while we stop
        for tier in sorted({service.tier for service in self.services.values()}, reverse=True):
            names = [name for name, service in self.services.items() if service.tier == tier]
            stops: list[Awaitable[None]] = [self.watchers[name]._stop(True) for name in names]
            await asyncio.gather(*stops)
        for stream in self.streams.values():
            stream.close()
        self.arbiter.stop_controller_and_close_sockets()

    def kill(self) -> None:
        """End everything at once: the person pressed Ctrl-C twice."""
        for watcher in self.watchers.values():
            watcher.graceful_timeout = 0.0
            for pid in watcher.get_active_pids():
                os.killpg(pid, signal.SIGKILL)


def describe(exit_code: int | None) -> str:
    if exit_code is None:
        return "exit status unknown"
    if exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit status {exit_code}"

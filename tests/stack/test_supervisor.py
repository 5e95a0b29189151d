"""The supervisor with real processes: restarts with growing pauses, stops in order."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stack.layout import Layout
from stack.processes import Ledger, is_alive
from stack.supervisor import Service, Supervisor

NOTE = "import os, time; open({path!r}, 'a').write(f'{{os.getpid()}}\\n'); "
FOREVER = NOTE + "print('ready', flush=True); time.sleep(300)"
CRASH = NOTE + "print('about to fail', flush=True); os._exit(3)"


def service(name: str, layout: Layout, code: str, *, tier: int = 1) -> Service:
    script = code.format(path=str(layout.run / f"{name}.pids"))
    env = {"PATH": os.environ["PATH"]}
    return Service(name, (sys.executable, "-c", script), env, layout.state, tier=tier, stop_s=3)


def starts(layout: Layout, name: str) -> list[int]:
    note = layout.run / f"{name}.pids"
    return [int(line) for line in note.read_text().split()] if note.exists() else []


async def until(condition: Callable[[], object], timeout_s: float = 90) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        await asyncio.sleep(0.05)


def make(layout: Layout, *services: Service) -> Supervisor:
    return Supervisor(services, logs=layout.logs, ledger=Ledger(layout.ledger))


async def test_starts_again_what_was_killed(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor = make(layout, service("web", layout, FOREVER))
    await supervisor.start()
    try:
        await supervisor.start_service("web")
        await until(lambda: starts(layout, "web"))

        os.kill(starts(layout, "web")[0], signal.SIGKILL)

        await until(lambda: len(starts(layout, "web")) == 2)
        assert "web ended (SIGKILL); starting it again in 1 s" in capsys.readouterr().out
    finally:
        await supervisor.stop()
    assert not any(map(is_alive, starts(layout, "web")))


async def test_pauses_grow_while_it_keeps_crashing(
    layout: Layout, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor = make(layout, service("worker", layout, CRASH))
    await supervisor.start()
    try:
        await supervisor.start_service("worker")
        await until(lambda: len(starts(layout, "worker")) == 3)
        await until(lambda: supervisor.crashes["worker"] == 3)
    finally:
        await supervisor.stop()
    said = capsys.readouterr().out
    assert [f"again in {pause} s" in said for pause in (1, 2, 4)] == [True] * 3
    assert "exit status 3" in said
    assert "about to fail" in (layout.logs / "worker.log").read_text()


async def test_stops_those_that_depend_on_others_first(layout: Layout) -> None:
    order: list[str] = []
    supervisor = make(
        layout, service("postgres", layout, FOREVER), service("web", layout, FOREVER, tier=2)
    )
    for name, watcher in supervisor.watchers.items():
        watcher.hooks["before_stop"] = lambda name=name, **_: order.append(name)
    await supervisor.start()
    for name in supervisor.services:
        await supervisor.start_service(name)
    await until(lambda: starts(layout, "postgres") and starts(layout, "web"))

    await supervisor.stop()

    assert order == ["web", "postgres"]
    assert not any(map(is_alive, starts(layout, "postgres") + starts(layout, "web")))


async def test_a_second_interrupt_does_not_wait(layout: Layout) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + FOREVER
    slow = replace(service("genrec", layout, deaf), stop_s=120)
    supervisor = make(layout, slow)
    await supervisor.start()
    await supervisor.start_service("genrec")
    await until(lambda: starts(layout, "genrec"))

    stop = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.2)
    begun = time.monotonic()
    supervisor.kill()
    await stop

    assert time.monotonic() - begun < slow.stop_s / 2
    assert not any(map(is_alive, starts(layout, "genrec")))


def test_the_services_output_is_kept_in_a_file(layout: Layout) -> None:
    async def run() -> None:
        supervisor = make(layout, service("web", layout, FOREVER))
        await supervisor.start()
        await supervisor.start_service("web")
        log = layout.logs / "web.log"
        await until(lambda: log.exists() and "ready" in log.read_text())
        await supervisor.stop()

    asyncio.run(run())

    assert Path(layout.logs / "web.log").read_text().endswith(" ready\n")

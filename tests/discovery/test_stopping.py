"""Stopping work wherever it runs: what is cancelled cleans up, and leaves no connection open."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from uuid import uuid4

import pytest
from redis.asyncio.connection import AbstractConnection

from discovery import stopping
from discovery.stopping import Stopped, request_stop, run_stoppable


@pytest.fixture(autouse=True)
def nothing_left_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every connection to Redis that a test opened is closed before it is garbage."""
    gc.collect()
    left_open: list[str] = []

    def lost(connection: AbstractConnection) -> None:
        if getattr(connection, "_writer", None):
            left_open.append(repr(connection))

    monkeypatch.setattr(AbstractConnection, "__del__", lost)
    yield
    gc.collect()
    assert left_open == []


async def test_what_is_asked_to_stop_stops_and_says_so() -> None:
    request_id = uuid4()
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(run_stoppable(work(), request_id))
    await begun.wait()
    await request_stop(request_id)
    with pytest.raises(Stopped):
        await running


async def test_work_that_lost_its_cancellation_is_cancelled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A library swallows one now and then; the work would go on to its end."""
    monkeypatch.setattr(stopping, "PATIENCE_S", 0.2)
    request_id = uuid4()
    begun = asyncio.Event()
    swallowed: list[bool] = []

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            swallowed.append(True)
        await asyncio.Event().wait()

    running = asyncio.create_task(run_stoppable(work(), request_id))
    await begun.wait()
    await request_stop(request_id)
    with pytest.raises(Stopped):
        async with asyncio.timeout(30):
            await running
    assert swallowed == [True]


async def test_work_that_fails_fails_as_it_did() -> None:
    async def work() -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        await run_stoppable(work(), uuid4())


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_whoever_is_cancelled_again_still_lets_the_work_clean_up(times: int) -> None:
    begun, cleans, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()
    cleaned: list[bool] = []

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleans.set()
            await may_end.wait()
            cleaned.append(True)

    running = asyncio.create_task(run_stoppable(work(), uuid4()))
    await begun.wait()
    running.cancel()
    await cleans.wait()
    for _ in range(times - 1):
        running.cancel()
        await asyncio.sleep(0)
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert cleaned == [True]

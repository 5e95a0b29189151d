"""Stop a question wherever its work runs: a flag in Redis, watched by whoever works on it.

A flag, because the web process that hears "stop" is rarely the process that works; watched, not
only checked, so that a request under way is cancelled and vLLM frees its place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

import redis.asyncio
from django.conf import settings

logger = logging.getLogger(__name__)

POLL_S = 0.1
# Outlives every task of the question, queued ones included.
FLAG_S = 900
# Who goes on for so long after being cancelled has lost that: redis-py can swallow a cancellation.
PATIENCE_S = 5.0


class Stopped(Exception):
    """The viewer stopped this question."""


def _flag(request_id: UUID) -> str:
    return f"moodreel:stop:{request_id}"


async def request_stop(request_id: UUID) -> None:
    """Ask every process that works on this question to leave off."""
    async with redis.asyncio.from_url(settings.REDIS_URL) as client:
        await client.set(_flag(request_id), 1, ex=FLAG_S)


async def run_stoppable(work: Coroutine[Any, Any, None], request_id: UUID) -> None:
    """Run `work`, and cancel it within about `POLL_S` when the question is stopped.

    Returns once the cancelled work has cleaned up, so no request of it is left running.

    Raises:
        Stopped: it was stopped, before or after it began.
    """
    task = asyncio.create_task(work)
    watcher = asyncio.create_task(_wait_for_flag(request_id))
    try:
        await asyncio.wait({task, watcher}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done() and _is_set(watcher):
            raise Stopped
        await task
    finally:
        watcher.cancel()
        task.cancel()
        await _ended(watcher, task)


async def _ended(*tasks: asyncio.Task[None]) -> None:
    """Wait until cancelled tasks have cleaned up, even if we are cancelled once more meanwhile.

    That would cut them short: a connection that is being closed would stay open. One that does not
    end in `PATIENCE_S` is cancelled again.
    """
    again: asyncio.CancelledError | None = None
    while under_way := {task for task in tasks if not task.done()}:
        try:
            _, deaf = await asyncio.wait(under_way, timeout=PATIENCE_S)
            for task in deaf:
                task.cancel()
        except asyncio.CancelledError as error:
            again = error
    for task in tasks:
        if not task.cancelled():
            # Looked at, so that asyncio doesn't call it lost.
            task.exception()
    if again is not None:
        raise again


async def _wait_for_flag(request_id: UUID) -> None:
    """Return when the flag is set, or soon after being cancelled.

    redis-py can swallow a cancellation while it connects; a watcher that went on for ever would
    keep its task from ending, so the loop asks as well.
    """
    task = asyncio.current_task()
    client = redis.asyncio.from_url(settings.REDIS_URL)
    try:
        while not await client.exists(_flag(request_id)):
            if task is not None and task.cancelling():
                return
            await asyncio.sleep(POLL_S)
    finally:
        await _close(client)


async def _close(client: redis.asyncio.Redis) -> None:
    """Close the client's connections; where a cancellation cuts that short, begin once more."""
    try:
        await client.aclose()
    except asyncio.CancelledError:
        await client.aclose()
        raise


def _is_set(watcher: asyncio.Task[None]) -> bool:
    """Whether the flag was seen; a watcher that lost Redis must not stop the work."""
    error = watcher.exception()
    if error is not None:
        logger.warning("stop can't be heard: %r", error)
    return error is None

"""Stop working for a client that hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import HTTPException, Request

T = TypeVar("T")
CLIENT_CLOSED = 499
"""Nobody reads this status; it is for the logs, where other servers use it, too."""


async def until_disconnect(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return the result of `work`, or cancel it when the client hangs up.

    Cancelling the engine's generator aborts its request. The body must have been read: then the
    next message on the connection can only be its end.
    """
    task = asyncio.create_task(work)
    gone = asyncio.create_task(disconnected(request))
    try:
        await asyncio.wait((task, gone), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise HTTPException(CLIENT_CLOSED, "The client closed the connection.")
    finally:
        task.cancel()
        gone.cancel()


async def disconnected(request: Request) -> None:
    """Return when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass

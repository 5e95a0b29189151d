"""Work stops when its client hangs up, and only then."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import HTTPException, Request

from genrec.serving.disconnect import until_disconnect


def request(hung_up: asyncio.Event) -> Request:
    """A connection that ends when the event is set."""

    async def receive() -> Any:
        await hung_up.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http"}, receive)


async def test_the_result_comes_back() -> None:
    async def work() -> int:
        return 7

    assert await until_disconnect(request(asyncio.Event()), work()) == 7


async def test_hanging_up_cancels_the_work() -> None:
    hung_up, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            hung_up.set()
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with pytest.raises(HTTPException) as closed:
        await until_disconnect(request(hung_up), work())
    await asyncio.wait_for(cancelled.wait(), 1)
    assert closed.value.status_code == 499


async def test_an_error_of_the_work_comes_through() -> None:
    async def work() -> None:
        raise HTTPException(503, "no engine")

    with pytest.raises(HTTPException, match="no engine"):
        await until_disconnect(request(asyncio.Event()), work())

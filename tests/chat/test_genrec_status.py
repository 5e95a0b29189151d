"""The pill in the header: asked for by every open page, and of GenRec by one of them."""

from __future__ import annotations

import asyncio

import pytest
from django.core.cache import cache

from chat.genrec_status import CACHE_KEY, current_status
from discovery.genrec_client import GenRecClient


@pytest.mark.usefixtures("empty_cache")
async def test_many_pages_at_once_ask_genrec_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: asyncio.Queue[None] = asyncio.Queue()
    answers = asyncio.Event()

    async def condition(self: GenRecClient) -> str:
        asked.put_nowait(None)
        await answers.wait()
        return "ready"

    monkeypatch.setattr(GenRecClient, "condition", condition)
    first = asyncio.create_task(current_status())
    await asked.get()

    assert [(await current_status()).state for _ in range(5)] == ["checking"] * 5
    answers.set()
    assert (await first).state == "ready"

    # When that is old, they go on with it while one asks again.
    await cache.adelete(CACHE_KEY)
    answers.clear()
    second = asyncio.create_task(current_status())
    await asked.get()
    assert (await current_status()).state == "ready"
    answers.set()
    await second
    assert asked.empty()

"""Fixtures of the chat's tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app
from django.conf import LazySettings
from django.test import Client

from catalog.models import Title
from chat import turns
from chat.models import Conversation
from discovery.genrec_client import Circuit
from tests.chat.conversations import Tab, open_conversation
from tests.genrec_fake import FakeGenRec, fake_genrec

# GenRec's parse, never finished: the first answer stands, and the turn goes on.
ENDLESS = ['{"intent": '] + [" "] * 10_000

OpenTab = Callable[..., Awaitable[Tab]]


@pytest.fixture
async def open_tab() -> AsyncIterator[OpenTab]:
    """Return a function that opens a tab, and closes it at the end of the test."""
    tabs: list[Tab] = []

    async def open_one(client: Client, conversation_id: object, query: str = "after=0") -> Tab:
        tab = Tab(client, conversation_id, query)
        assert await tab.open()
        tabs.append(tab)
        return tab

    yield open_one
    for tab in tabs:
        await tab.close()


@pytest.fixture
def conversation(visitor: Client, catalogue: dict[str, Title]) -> Conversation:
    return open_conversation(visitor)


@pytest.fixture
def titles(catalogue: dict[str, Title]) -> list[Title]:
    return list(catalogue.values())


@pytest.fixture
def genrec_away(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.GENREC_URL = "http://127.0.0.1:9"
    monkeypatch.setattr("discovery.genrec_client._circuit", Circuit())


@pytest.fixture
def slow_genrec(genrec_away: None, settings: LazySettings) -> Iterator[FakeGenRec]:
    """A server that never finishes its parse."""
    with fake_genrec(pieces=ENDLESS, pause_s=0.02) as fake:
        settings.GENREC_URL = fake.url
        yield fake


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a test does is within one minute of the limits, however slow the machine is."""
    clock = SimpleNamespace(time=lambda: 1_000_000_020.0, monotonic=time.monotonic)
    monkeypatch.setattr("chat.limits.time", clock)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What the broker was given."""
    sent: list[tuple[str, Any]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: sent.append((name, args)))
    return sent


@pytest.fixture
async def no_turn_outlives_its_test() -> AsyncIterator[None]:
    yield
    for task in turns._running:
        task.cancel()
    await asyncio.gather(*turns._running, return_exceptions=True)

"""Fixtures of the chat's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from django.test import Client

from tests.chat.conversations import Tab

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

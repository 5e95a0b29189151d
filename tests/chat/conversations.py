"""Conversations as the chat stores them, and a tab that speaks to the real ASGI application."""

from __future__ import annotations

import asyncio
import inspect
import json
import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.conf import settings as django_settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from catalog.models import Title
from chat.models import Conversation, Turn
from config.asgi import application
from discovery import models as records
from discovery.models import Pick, Viewer
from discovery.types import Query


def viewer_of(client: Client) -> Viewer:
    """Return who the session of this client is."""
    session = SessionStore(client.cookies[django_settings.SESSION_COOKIE_NAME].value)
    return Viewer.objects.get(pk=session["viewer_id"])


def open_conversation(client: Client) -> Conversation:
    """Visit the page and return the conversation that it made."""
    assert client.get("/").status_code == 200
    conversation = viewer_of(client).conversations.first()
    assert conversation is not None
    return conversation


def answered_turn(
    conversation: Conversation,
    titles: Sequence[Title],
    *,
    query: Query | None = None,
    status: str = Turn.Status.ANSWERED,
    reason_status: str = Pick.ReasonStatus.REJECTED,
    **fields: Any,
) -> Turn:
    """Store a turn as if it had been answered with these titles."""
    request_id = uuid4()
    slate = records.Slate.objects.create(
        request_id=request_id,
        viewer=conversation.viewer,
        group=f"conversation.{conversation.pk}",
        text="something funny",
        query=(query or Query()).said(),
        scored_by="retrieval",
        policy_version="test",
    )
    for position, title in enumerate(titles):
        Pick.objects.create(
            slate=slate,
            title=title,
            position=position,
            score=1.0 - position / 10,
            scored_by="retrieval",
            template_reason=f"{title.name} is funny.",
            reason_status=reason_status,
        )
    return conversation.turns.create(
        text="something funny", request_id=request_id, status=status, slate=slate, **fields
    )


# What the composer says in a fragment.
IDLE = 'composer-buttons" data-state="idle"'
ANSWERING = 'data-state="answering"'
WRITING = 'composer-buttons" data-state="writing"'

# For what is waited for: a busy machine is slow, and what never comes fails all the same.
PATIENCE_S = 60.0


class Tab:
    """An open page's socket: frames out, fragments in."""

    def __init__(
        self,
        client: Client,
        conversation_id: object,
        query: str = "after=0",
        *,
        origin: bytes | None = django_settings.ORIGINS[0].encode(),
        forwarded: str = "",
    ) -> None:
        cookie = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers = [(b"cookie", cookie.encode())]
        if forwarded:
            headers.append((b"x-forwarded-for", forwarded.encode()))
        scope = {
            "type": "websocket",
            "path": f"/ws/c/{conversation_id}/",
            "query_string": query.encode(),
            "headers": [*headers, (b"origin", origin)] if origin is not None else headers,
            "subprotocols": [],
        }
        # asgiref has no types for it.
        self.application: Any = ApplicationCommunicator(application, scope)  # type: ignore[no-untyped-call]
        self.received = ""

    async def open(self) -> bool:
        """Return whether the socket was accepted; the catch-up is read with it."""
        await self.application.send_input({"type": "websocket.connect"})
        first = await self.application.receive_output(timeout=PATIENCE_S)
        if first["type"] != "websocket.accept":
            await self.application.wait()
            return False
        await self.until("composer-buttons")
        return True

    async def send(self, **frame: Any) -> None:
        await self.send_text(json.dumps(frame))

    async def send_text(self, text: str) -> None:
        await self.application.send_input({"type": "websocket.receive", "text": text})

    async def until(self, text: str, *, timeout_s: float = PATIENCE_S) -> str:
        """Read fragments until one holds `text`; return that one."""
        async with asyncio.timeout(timeout_s):
            while True:
                message = await self.application.receive_output(timeout=timeout_s)
                assert message["type"] == "websocket.send", message
                self.received += message["text"]
                if text in message["text"]:
                    return str(message["text"])

    async def closed_with(self) -> int:
        """Read until the server closes the socket; return its code."""
        while True:
            message = await self.application.receive_output(timeout=PATIENCE_S)
            if message["type"] == "websocket.close":
                return int(message["code"])

    async def close(self) -> None:
        await self.application.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.application.wait()


in_thread = database_sync_to_async


@in_thread
def last_turn(conversation: Conversation) -> Turn:
    turn = conversation.turns.select_related("slate").last()
    assert turn is not None
    return turn


@in_thread
def titles_of(turn: Turn) -> list[str]:
    return [pick.title.name for pick in Pick.objects.filter(slate=turn.slate)]


@in_thread
def first_pick(turn: Turn) -> int:
    pick = Pick.objects.filter(slate=turn.slate).first()
    assert pick is not None
    return pick.pk


async def eventually(condition: Callable[[], Any], *, within_s: float = PATIENCE_S) -> None:
    """Wait until a condition, which may be a coroutine function, holds."""
    deadline = time.monotonic() + within_s
    for _ in iter(lambda: time.monotonic() < deadline, False):
        holds = condition()
        if await holds if inspect.isawaitable(holds) else holds:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"not within {within_s} s")

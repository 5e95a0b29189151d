"""WebSocket addresses. HTTP addresses are in `chat.urls`."""

from typing import Any
from uuid import UUID

from django.urls import path

from chat.consumers import ChatConsumer

# The types of Django's views and of Channels' patterns don't know each other.
websocket_urlpatterns: list[Any] = [
    path("ws/c/<uuid:conversation_id>/", ChatConsumer.as_asgi())  # type: ignore[arg-type]
]


def socket_path(conversation_id: UUID) -> str:
    """Where the page of this conversation connects to."""
    return f"/ws/c/{conversation_id}/"

"""WebSocket addresses. HTTP addresses are in `chat.urls`."""

from uuid import UUID

from django.urls import path

from chat.consumers import ChatConsumer

websocket_urlpatterns = [
    # Django's type of a view doesn't know ASGI applications.
    path("ws/c/<uuid:conversation_id>/", ChatConsumer.as_asgi())  # type: ignore[arg-type]
]


def socket_path(conversation_id: UUID) -> str:
    """Where the page of this conversation connects to."""
    return f"/ws/c/{conversation_id}/"

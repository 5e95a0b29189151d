"""Every route but /health needs the key, and only known routes exist.

vLLM guards a few prefixes of its own; this guards all of them, and answers 404 for those that
the application does not use: a smaller surface, and none that could read the catalog head.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

API_KEY_VARIABLE = "GENREC_API_KEY"
MIN_KEY_CHARS = 16
OPEN_PATHS = frozenset({"/health"})
KNOWN_PATHS = frozenset(
    {
        "/v1/chat/completions",
        "/v1/models",
        "/metrics",
        "/version",
        "/genrec/rank",
        "/genrec/rows",
        "/genrec/state",
    }
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def read_api_key() -> str:
    """Return the key from the environment.

    Raises:
        ValueError: it is missing, short, or not plain ASCII.
    """
    key = os.environ.get(API_KEY_VARIABLE, "")
    if len(key) < MIN_KEY_CHARS or not key.isascii() or not key.isprintable():
        raise ValueError(
            f"Set {API_KEY_VARIABLE} to at least {MIN_KEY_CHARS} printable ASCII characters: "
            f"the server does not start without a key."
        )
    return key


class RequireKey:
    """ASGI middleware: 401 without the bearer key, 404 for unknown routes."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.expected = f"Bearer {read_api_key()}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope.get("path") in OPEN_PATHS:
            await self.app(scope, receive, send)
        elif not self.is_authorised(scope):
            await refuse(scope, send, 401, "Give the API key: Authorization: Bearer <key>.")
        elif scope["type"] != "http" or scope["path"] not in KNOWN_PATHS:
            await refuse(scope, send, 404, "No such route.")
        else:
            await self.app(scope, receive, send)

    def is_authorised(self, scope: Scope) -> bool:
        """Compare in constant time; two authorization headers are none."""
        given = [value for name, value in scope["headers"] if name.lower() == b"authorization"]
        return len(given) == 1 and hmac.compare_digest(given[0], self.expected)


async def refuse(scope: Scope, send: Send, status: int, message: str) -> None:
    """Answer with a JSON error, or close a WebSocket before it opens."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": message})
        return
    headers = [(b"content-type", b"application/json")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    body = b'{"error": {"message": "%s", "code": %d}}' % (message.encode(), status)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

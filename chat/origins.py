"""Only our own pages open our sockets: the browser's Origin must be one of ours, to the letter.

Browsers send an origin in one spelling (lower case, no default port), so comparing strings is
exact, and nothing that can't be parsed needs to be. Channels' own validator raises on some.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from channels.security.websocket import WebsocketDenier

logger = logging.getLogger(__name__)


class OwnOriginsOnly:
    """ASGI middleware for WebSockets. `origins` are whole: scheme, host, and port if not usual."""

    def __init__(self, application: Any, origins: Iterable[str]) -> None:
        self.application = application
        self.origins = frozenset(origin.rstrip("/").encode("ascii") for origin in origins)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        found = [value for name, value in scope["headers"] if name == b"origin"]
        if len(found) == 1 and found[0] in self.origins:
            return await self.application(scope, receive, send)
        logger.warning("socket refused: path=%s origin=%r", scope["path"], found)
        return await WebsocketDenier()(scope, receive, send)

"""The GenRec server over HTTP: ranking, catalogue rows, state, and streamed chat completions.

GenRec is allowed to be away. Every failure becomes `GenRecUnavailable`, which says whether
trying again can help and what is known of the server, and a small circuit, shared by the whole
process, spares the next turns the wait for a server that was just found unreachable.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Literal, Self, TypeVar
from weakref import WeakKeyDictionary

import httpx
from django.conf import settings
from pydantic import BaseModel, ValidationError

from genrec.contract import (
    RankRequest,
    RankResponse,
    RowsRequest,
    RowsResponse,
    RowStamps,
    ServerState,
)

logger = logging.getLogger(__name__)

ServerCondition = Literal["ready", "warming_up", "down", "no_rows", "refused"]
# A vLLM server needs up to a minute on a busy CPU, and its port is closed until then.
WARM_UP_S = 180.0
_STARTED = time.monotonic()
_Reply = TypeVar("_Reply", bound=BaseModel)


class GenRecUnavailable(Exception):
    """GenRec did not answer. `permanent`: asking the same again can't help.

    `condition` is what a viewer may be told: warming up, down, without rows, or refusing us.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, condition: ServerCondition = "down"
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.condition = condition


class Circuit:
    """Opens on a failed connection and closes by itself after `pause_s`."""

    def __init__(
        self, *, pause_s: float = 3.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.pause_s = pause_s
        self.clock = clock
        self.open_until = float("-inf")
        self.was_ever_up = False

    def check(self) -> None:
        """Raise `GenRecUnavailable` without a call while the last failure is fresh."""
        if self.clock() < self.open_until:
            raise GenRecUnavailable(
                "GenRec was unreachable a moment ago", condition=self.condition()
            )

    def failed(self) -> None:
        self.open_until = self.clock() + self.pause_s

    def succeeded(self) -> None:
        if not self.was_ever_up:
            logger.info("GenRec answers")
        self.was_ever_up = True
        self.open_until = float("-inf")

    def condition(self) -> ServerCondition:
        """Call a closed port warming up only soon after our own start, never after it was up."""
        young = time.monotonic() - _STARTED < WARM_UP_S
        return "warming_up" if young and not self.was_ever_up else "down"


_circuit = Circuit()
_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, GenRecClient] = WeakKeyDictionary()


def shared_genrec() -> GenRecClient:
    """Return this event loop's client: connections are kept, the circuit is the process's."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        _clients[loop] = GenRecClient()
    return _clients[loop]


class GenRecClient:
    """Asynchronous client of one GenRec server. Close it, or use it as a context manager."""

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        circuit: Circuit | None = None,
    ) -> None:
        self.circuit = circuit or _circuit
        self._http = httpx.AsyncClient(
            base_url=url or settings.GENREC_URL,
            headers={"Authorization": f"Bearer {api_key or settings.GENREC_API_KEY}"},
            # A read may take as long as its caller allows; a connection must not.
            timeout=httpx.Timeout(30.0, connect=1.0),
            transport=transport,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def rank(self, request: RankRequest) -> RankResponse:
        """Score catalogue slots for a wish and a history. The caller sets the time limit."""
        reply = await self._send("POST", "/genrec/rank", RankResponse, body=request)
        if not reply.slots:
            raise GenRecUnavailable("GenRec has no catalogue rows yet", condition="no_rows")
        return reply

    async def state(self) -> ServerState:
        return await self._send("GET", "/genrec/state", ServerState)

    async def stamps(self) -> RowStamps:
        return await self._send("GET", "/genrec/rows", RowStamps)

    async def put_rows(self, request: RowsRequest) -> RowsResponse:
        return await self._send("PUT", "/genrec/rows", RowsResponse, body=request)

    async def condition(self) -> ServerCondition:
        """Say how the server is, for pages and checks. Never raises."""
        try:
            state = await self.state()
        except GenRecUnavailable as error:
            return error.condition
        return "ready" if state.rows_loaded else "no_rows"

    async def stream_chat(self, payload: Mapping[str, Any]) -> AsyncIterator[str]:
        """Yield the text deltas of one chat completion.

        Always streamed: closing this generator (or cancelling the task that reads it) closes
        the HTTP response, and vLLM aborts the request when its client goes away.

        Raises:
            GenRecUnavailable: no connection, an error status, or a broken stream.
        """
        self.circuit.check()
        body = {**payload, "stream": True}
        try:
            async with self._http.stream("POST", "/v1/chat/completions", json=body) as response:
                if response.is_error:
                    await response.aread()
                    raise _error_of(response)
                self.circuit.succeeded()
                async for line in response.aiter_lines():
                    if line == "data: [DONE]":
                        return
                    if line.startswith("data: ") and (delta := _delta(line[6:])):
                        yield delta
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    async def _send(
        self, method: str, path: str, reply: type[_Reply], *, body: BaseModel | None = None
    ) -> _Reply:
        self.circuit.check()
        content = body.model_dump_json() if body is not None else None
        headers = {"Content-Type": "application/json"} if content else {}
        try:
            response = await self._http.request(method, path, content=content, headers=headers)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if response.is_error:
            raise _error_of(response)
        self.circuit.succeeded()
        try:
            return reply.model_validate_json(response.content)
        except ValidationError as error:
            raise GenRecUnavailable(
                f"GenRec answered {path} with something else: {error.error_count()} errors",
                permanent=True,
            ) from error

    def _unreachable(self, error: httpx.HTTPError) -> GenRecUnavailable:
        # A slow answer doesn't open the circuit: the server is there, only busy.
        if isinstance(error, httpx.ReadTimeout):
            return GenRecUnavailable("GenRec took too long", condition="ready")
        self.circuit.failed()
        return GenRecUnavailable(
            f"GenRec is unreachable: {type(error).__name__}", condition=self.circuit.condition()
        )


def _error_of(response: httpx.Response) -> GenRecUnavailable:
    """Explain an error status. The body may quote a prompt, so only its start is kept."""
    detail = f"GenRec answered {response.status_code}: {response.text[:200]}"
    match response.status_code:
        case 401 | 403:
            return GenRecUnavailable(
                "GenRec refused the key: GENREC_API_KEY must be the same on both sides",
                permanent=True,
                condition="refused",
            )
        case 409 | 503:
            condition: ServerCondition = "no_rows" if "row" in response.text else "warming_up"
            return GenRecUnavailable(detail, condition=condition)
        case status if status < 500 and status != 429:
            return GenRecUnavailable(detail, permanent=True, condition="refused")
        case _:
            return GenRecUnavailable(detail)


def _delta(data: str) -> str:
    """Return the text of one server-sent chunk; raise if it carries an error."""
    try:
        chunk = json.loads(data)
    except ValueError as error:
        raise GenRecUnavailable("GenRec sent a broken stream") from error
    if "error" in chunk:
        raise GenRecUnavailable(f"GenRec stopped: {str(chunk['error'])[:200]}")
    choices = chunk.get("choices") or [{}]
    return str((choices[0].get("delta") or {}).get("content") or "")

"""The GenRec server over HTTP: ranking, catalogue rows, state, and streamed chat completions.

GenRec is allowed to be away. Every failure becomes `GenRecUnavailable`, which says whether
trying again can help and what is known of the server, and a small circuit, shared by the whole
process, spares the next turns the wait for a server that was just found unreachable.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import aclosing
from typing import Any, Literal, Self, TypeVar
from weakref import WeakKeyDictionary

import httpx
from django.conf import settings
from pydantic import BaseModel, ValidationError

from discovery.versions.address import current_address, forget_address
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
# vLLM's own gauges: requests in the engine, and those that wait for it.
_UNDER_WAY = re.compile(r"^vllm:num_requests_(?:running|waiting)\{[^}]*\} (\S+)$", re.MULTILINE)


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
        self.failed_address = ""
        self.was_ever_up = False

    def check(self, address: str) -> None:
        """Raise `GenRecUnavailable` without a call while this address's last failure is fresh."""
        if self.clock() < self.open_until and address == self.failed_address:
            raise GenRecUnavailable(
                "GenRec was unreachable a moment ago", condition=self.condition()
            )

    def failed(self, address: str) -> None:
        self.failed_address = address
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
    """Asynchronous client of one GenRec server. Close it, or use it as a context manager.

    Without a `url` it asks the server that serves now, and follows when another one takes over.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        circuit: Circuit | None = None,
    ) -> None:
        self.circuit = circuit or _circuit
        self._url = url
        self._http = httpx.AsyncClient(
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

    async def under_way(self) -> int:
        """Return how many requests the server works on or has waiting."""
        metrics = await self._read("GET", "/metrics")
        return round(sum(map(float, _UNDER_WAY.findall(metrics.decode(errors="replace")))))

    async def stream_chat(self, payload: Mapping[str, Any]) -> AsyncIterator[str]:
        """Yield the text deltas of one chat completion.

        Always streamed: closing this generator (or cancelling the task that reads it) closes
        the HTTP response, and vLLM aborts the request when its client goes away.

        Raises:
            GenRecUnavailable: no connection, an error status, or a broken stream.
        """
        content = json.dumps({**payload, "stream": True})
        address, response = await self._open("POST", "/v1/chat/completions", content)
        async with aclosing(response):
            try:
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
                raise self._unreachable(address, error) from error

    async def _send(
        self, method: str, path: str, reply: type[_Reply], *, body: BaseModel | None = None
    ) -> _Reply:
        content = await self._read(method, path, body.model_dump_json() if body else None)
        try:
            return reply.model_validate_json(content)
        except ValidationError as error:
            raise GenRecUnavailable(
                f"GenRec answered {path} with something else: {error.error_count()} errors",
                permanent=True,
            ) from error

    async def _read(self, method: str, path: str, content: str | None = None) -> bytes:
        address, response = await self._open(method, path, content)
        async with aclosing(response):
            try:
                await response.aread()
            except httpx.HTTPError as error:
                raise self._unreachable(address, error) from error
        if response.is_error:
            raise _error_of(response)
        self.circuit.succeeded()
        return response.content

    async def _open(
        self, method: str, path: str, content: str | None
    ) -> tuple[str, httpx.Response]:
        """Send a request; return the server's address and its response, the body unread."""
        headers = {"Content-Type": "application/json"} if content else {}
        address = self._url or await current_address()
        while True:
            self.circuit.check(address)
            request = self._http.build_request(
                method, address.rstrip("/") + path, content=content, headers=headers
            )
            try:
                return address, await self._http.send(request, stream=True)
            except httpx.HTTPError as error:
                moved_to = await self._moved_to(address, error)
                if not moved_to:
                    raise self._unreachable(address, error) from error
                address = moved_to

    async def _moved_to(self, address: str, error: httpx.HTTPError) -> str:
        """Return where GenRec is now, if another server took over from the one that failed us."""
        if self._url or isinstance(error, httpx.ReadTimeout):
            return ""
        forget_address()
        current = await current_address()
        return current if current != address else ""

    def _unreachable(self, address: str, error: httpx.HTTPError) -> GenRecUnavailable:
        # A slow answer doesn't open the circuit: the server is there, only busy.
        if isinstance(error, httpx.ReadTimeout):
            return GenRecUnavailable("GenRec took too long", condition="ready")
        self.circuit.failed(address)
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

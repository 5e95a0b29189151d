"""The key guards every route but /health, and unknown routes do not exist."""

from __future__ import annotations

from typing import Any

import pytest

from genrec.serving.auth import KNOWN_PATHS, RequireKey

KEY = "a-key-of-some-length"
AUTHORISED = (b"authorization", f"Bearer {KEY}".encode())


class Recorder:
    """An ASGI application that answers 200, and a client that keeps what was sent."""

    def __init__(self) -> None:
        self.reached = False
        self.sent: list[Any] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached = True
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def receive(self) -> Any:
        raise AssertionError("nothing to receive")


async def call(
    path: str, *headers: tuple[bytes, bytes], kind: str = "http", method: str = "GET"
) -> Recorder:
    app = Recorder()
    scope = {"type": kind, "path": path, "headers": list(headers), "method": method}
    await RequireKey(app)(scope, app.receive, app.send)
    return app


@pytest.fixture(autouse=True)
def api_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENREC_API_KEY", KEY)


@pytest.mark.parametrize("path", sorted(KNOWN_PATHS))
async def test_a_known_route_needs_the_key(path: str) -> None:
    refused = await call(path)

    assert refused.sent[0]["status"] == 401
    assert not refused.reached
    assert (await call(path, AUTHORISED)).reached


async def test_health_is_open() -> None:
    assert (await call("/health")).reached


@pytest.mark.parametrize(
    "header",
    [
        b"Bearer wrong",
        b"Bearer ",
        KEY.encode(),
        f"Basic {KEY}".encode(),
        f"Bearer {KEY}x".encode(),
        "Bearer ÿ".encode(),
    ],
)
async def test_a_wrong_key_is_refused(header: bytes) -> None:
    assert (await call("/genrec/state", (b"authorization", header))).sent[0]["status"] == 401


async def test_two_keys_are_none() -> None:
    refused = await call("/genrec/state", AUTHORISED, (b"authorization", b"Bearer x"))

    assert refused.sent[0]["status"] == 401


@pytest.mark.parametrize("path", ["/v1/completions", "/tokenize", "/genrec/", "/", "/health/"])
async def test_an_unknown_route_is_refused_without_the_key_and_absent_with_it(path: str) -> None:
    assert (await call(path)).sent[0]["status"] == 401
    assert (await call(path, AUTHORISED)).sent[0]["status"] == 404


async def test_a_preflight_request_needs_the_key_too() -> None:
    assert (await call("/v1/models", method="OPTIONS")).sent[0]["status"] == 401


async def test_a_websocket_is_closed() -> None:
    closed = await call("/v1/realtime", AUTHORISED, kind="websocket")

    assert closed.sent == [{"type": "websocket.close", "code": 1008, "reason": "No such route."}]


@pytest.mark.parametrize("key", ["", "short", "ümlaut-key-of-some-length", "a key\nwith a newline"])
def test_the_server_does_not_start_without_a_good_key(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("GENREC_API_KEY", key)
    with pytest.raises(ValueError, match="GENREC_API_KEY"):
        RequireKey(Recorder())

"""A real server at its edges: the key on every route, and clients that hang up."""

from __future__ import annotations

import re
import time

import httpx
import pytest

from tests.genrec_server import GenRecServer

pytestmark = [pytest.mark.vllm, pytest.mark.slow]

ROUTES = [
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/completions"),
    ("GET", "/v1/models"),
    ("GET", "/metrics"),
    ("GET", "/version"),
    ("POST", "/tokenize"),
    ("POST", "/generative_scoring"),
    ("POST", "/genrec/rank"),
    ("GET", "/genrec/rows"),
    ("PUT", "/genrec/rows"),
    ("GET", "/genrec/state"),
    ("GET", "/openapi.json"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("key", [None, "another-key-of-some-length"])
def test_every_route_needs_the_key(
    server: GenRecServer, method: str, path: str, key: str | None
) -> None:
    headers = {"Authorization": f"Bearer {key}"} if key else {}

    assert httpx.request(method, server.url + path, headers=headers).status_code == 401


def test_health_is_open(server: GenRecServer) -> None:
    assert httpx.get(server.url + "/health").status_code == 200


@pytest.mark.parametrize("path", ["/v1/completions", "/tokenize", "/generative_scoring"])
def test_routes_we_do_not_use_do_not_exist(client: httpx.Client, path: str) -> None:
    assert client.post(path, json={}).status_code == 404


def running(client: httpx.Client) -> int:
    """Return how many requests the engine is working on."""
    found = re.search(r"^vllm:num_requests_running\{.*\} (\S+)$", client.get("/metrics").text, re.M)
    assert found
    return int(float(found[1]))


def test_closing_a_stream_frees_the_engine_within_a_second(client: httpx.Client) -> None:
    body = {
        "model": "genrec",
        "messages": [{"role": "user", "content": "Go on and on."}],
        "max_tokens": 1900,
        "ignore_eos": True,
        "stream": True,
    }
    with client.stream("POST", "/v1/chat/completions", json=body) as response:
        lines = response.iter_lines()  # kept: the stream closes when its iterator is collected
        next(lines)
        begun = time.monotonic()
        while running(client) == 0 and time.monotonic() - begun < 5:
            time.sleep(0.02)
        assert running(client) == 1
    closed = time.monotonic()

    while running(client) and time.monotonic() - closed < 5:
        time.sleep(0.05)
    assert time.monotonic() - closed < 1

"""What a viewer sees when a part is away, and that it comes back by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from discovery.genrec_chat import ChatGenRec
from discovery.genrec_client import GenRecClient
from discovery.stopping import Stopped, request_stop, run_stoppable
from tests.e2e.test_conversation import ask, ranked_by, titles_in, wait_until_idle
from tests.genrec_server import GenRecServer
from tests.live import LiveProduct

pytestmark = [pytest.mark.e2e, pytest.mark.vllm, pytest.mark.timeout(900, func_only=True)]

WAIT_S = 60.0
STORY_TOKENS = 1500
"""Seconds of generating, on the fastest machine."""


def test_stopping_frees_the_model(genrec_server: GenRecServer) -> None:
    """The same code that turns and reasons run under, on a generation that would take long."""
    request_id = uuid4()
    # Reasons of other tests' answers may still be written.
    wait_for_running(genrec_server, 0)
    written_before = counted(genrec_server, "generation_tokens_total")
    ended: list[type[BaseException] | None] = []

    async def write() -> None:
        async with GenRecClient(genrec_server.url, genrec_server.api_key) as client:
            chat = ChatGenRec(client=client, max_tokens=STORY_TOKENS)
            story = "Tell me a story."
            async for _ in chat.astream(story, ignore_eos=True, min_tokens=STORY_TOKENS):
                pass

    async def run() -> None:
        try:
            await run_stoppable(write(), request_id)
        except Stopped as error:
            ended.append(type(error))

    # In threads of their own: the browser's event loop runs in this one.
    writing = threading.Thread(target=lambda: asyncio.run(run()))
    writing.start()
    wait_for_running(genrec_server, 1)

    stopping = threading.Thread(target=lambda: asyncio.run(request_stop(request_id)))
    stopping.start()
    stopping.join(WAIT_S)
    writing.join(WAIT_S)
    wait_for_running(genrec_server, 0)

    assert ended == [Stopped]
    # The server gave it up as well: of the story's tokens it has not written them all. How soon is
    # no matter of this test, which shares its cores.
    written = counted(genrec_server, "generation_tokens_total") - written_before
    assert 0 < written < STORY_TOKENS


def wait_for_running(server: GenRecServer, n: int) -> None:
    deadline = time.monotonic() + WAIT_S
    while counted(server, "num_requests_running") != n:
        assert time.monotonic() < deadline, f"not {n} running requests within {WAIT_S} s"
        time.sleep(0.02)


def counted(server: GenRecServer, metric: str) -> int:
    text = httpx.get(server.url + "/metrics", headers=server.headers, timeout=WAIT_S).text
    lines = [line for line in text.splitlines() if line.startswith(f"vllm:{metric}{{")]
    assert lines
    return int(sum(float(line.rsplit(" ", 1)[1]) for line in lines))


def test_a_lost_connection_is_said_and_mended_and_keeps_what_was_typed(
    page: Page, product: LiveProduct, complaints: list[str]
) -> None:
    ask(page, "a comedy")
    wait_until_idle(page)
    product.stop("web")
    expect(page.locator("#connection")).to_be_visible()
    page.get_by_label("Your message").fill("a drama")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your message")).to_have_value("a drama")

    product.start("web")
    product.wait_for_page()
    expect(page.locator("#connection")).to_be_hidden(timeout=60_000)
    assert page.locator(".turn").count() == 1
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(2)
    # The browser logs every attempt to connect.
    complaints.clear()


def test_without_genrec_plain_search_answers_says_so_and_genrec_comes_back(
    page: Page,
    product: LiveProduct,
    genrec_server: GenRecServer,
    restart_genrec: Callable[[], GenRecServer],
) -> None:
    expect(page.locator("#genrec-status")).to_have_attribute("data-state", "ready")
    # A process that never heard from GenRec would call it warming up.
    ask(page, "a drama, nothing before 1985")
    assert ranked_by(product) == {"genrec"}
    os.kill(genrec_server.pid, signal.SIGKILL)

    turn = ask(page, "a comedy, nothing before 1985")
    wait_until_idle(page)
    assert titles_in(turn)
    assert ranked_by(product) == {"retrieval"}
    expect(turn.locator(".turn-remark")).to_contain_text("plain search")
    assert all(len(reason) > 10 for reason in turn.locator(".reason").all_inner_texts())
    expect(page.locator("#genrec-status")).to_have_attribute("data-state", "away")
    statuses = product.query(
        "SELECT DISTINCT reason_status FROM discovery_pick WHERE slate_id ="
        " (SELECT slate_id FROM chat_turn ORDER BY id DESC LIMIT 1)"
    )
    assert statuses == [("failed",)]

    restart_genrec()
    # Its rows are gone with it: the schedule pushes them again.
    expect(page.locator("#genrec-status")).to_have_attribute("data-state", "ready")
    ask(page, "another comedy, nothing before 1985")
    assert ranked_by(product) == {"genrec"}

"""A headless Chromium before the running product. Whatever it complains of fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from tests.e2e.rendered import Handler, OpenRendered, show
from tests.live import LiveProduct

CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage",
)  # fmt: skip
# For whatever is waited for: a busy machine is slow, and what never comes fails all the same.
PATIENCE_MS = 60_000
# What htmx says when the page is left while the status pill, or a row, is on its way.
CUT_OFF = ("htmx:sendAbort", "htmx:afterRequest")
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP refused ${event.blockedURI} by ${event.effectiveDirective}`);
});
"""


# Not for the session: while it runs, nothing else in this thread can run an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    assert executable, "bin/test installs Chromium: apt-get install chromium"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable, args=list(CHROMIUM_FLAGS), timeout=PATIENCE_MS
        )
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """Errors of the console and of the policy; a test that expects some clears it."""
    return []


@pytest.fixture
def context(
    browser: Browser, product: LiveProduct, complaints: list[str]
) -> Iterator[BrowserContext]:
    """One visitor: cookies of their own, a desktop's window."""
    visitor = browser.new_context(
        base_url=product.url, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    visitor.set_default_timeout(PATIENCE_MS)
    watch(visitor, complaints)
    yield visitor
    visitor.close()
    assert complaints == []


def watch(visitor: BrowserContext, complaints: list[str]) -> None:
    visitor.add_init_script(REPORT_VIOLATIONS)
    visitor.on("console", lambda m: complaints.append(m.text) if is_complaint(m) else None)
    visitor.on(
        "response",
        lambda r: complaints.append(f"{r.status} {r.url}") if r.status >= 400 else None,
    )
    visitor.on("weberror", lambda error: complaints.append(str(error.error)))


def is_complaint(message: ConsoleMessage) -> bool:
    return message.type in {"error", "warning"} and not message.text.startswith(CUT_OFF)


@pytest.fixture
def open_rendered(browser: Browser) -> Iterator[OpenRendered]:
    """Return a function that opens a page without a server (`rendered.show`), for a new visitor."""
    visitors: list[BrowserContext] = []

    def open_one(
        path: str, html: str, on: Mapping[str, Handler] | None = None, **visitor: Any
    ) -> Page:
        visitors.append(browser.new_context(**visitor))
        return show(visitors[-1], path, html, on)

    yield open_one
    for visitor in visitors:
        visitor.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """The conversation, open and connected."""
    page = context.new_page()
    open_chat(page)
    return page


def open_chat(page: Page) -> None:
    with page.expect_websocket():
        page.goto("/")

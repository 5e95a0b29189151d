"""Rows that do not come, in a real browser: pages as the templates render them, no server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from csp.utils import build_policy
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, expect

from chat.genrec_status import READY

pytestmark = pytest.mark.e2e

ADDRESS = "http://moodreel.test"
# Page -> its row.
ROWS = {"/": "/home-row/", "/titles/7/alien/": "/titles/7/more/"}
CARDS = '<ol class="row-cards"><li class="row-card">Aliens</li></ol>'
FAILURES: dict[str, Callable[[Route], None]] = {
    "broken": lambda route: route.fulfill(status=500, body="Server error"),
    "offline": lambda route: route.abort("internetdisconnected"),
}

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Return a function that opens a page of which nothing but the row fails to come."""
    visitors = []

    def open_one(path: str, on_row: Callable[[Route], None], *, scripts: bool = True) -> Page:
        visitor = browser.new_context(java_script_enabled=scripts, reduced_motion="no-preference")
        visitors.append(visitor)
        visitor.set_default_timeout(20_000)
        visitor.route_web_socket("**", lambda socket: None)
        visitor.route("**", answer)
        visitor.route(ADDRESS + ROWS[path], on_row)
        page = visitor.new_page()
        page.goto(ADDRESS + path)
        return page

    yield open_one
    for visitor in visitors:
        visitor.close()


def answer(route: Route) -> None:
    """Answer as the product does: pages with its policy, static files as they are."""
    path = route.request.url.removeprefix(ADDRESS)
    if path in ROWS:
        policy = {"Content-Security-Policy": str(build_policy())}
        route.fulfill(body=html_of(path), content_type="text/html", headers=policy)
    elif path.startswith("/static/"):
        route.fulfill(path=Path(str(finders.find(path.removeprefix("/static/")))))
    else:
        route.fulfill(body="", content_type="text/plain")


def html_of(path: str) -> str:
    if path == "/":
        context = {"socket_path": "/ws/", "turns": [], "composer_state": "idle", "genrec": READY}
        return render_to_string("chat/page.html", context)
    facts = SimpleNamespace(label="Alien (1979)", name="Alien")
    title = SimpleNamespace(pk=7, embedding=[1.0])
    return render_to_string("catalog/title.html", {"title": title, "facts": facts})


@pytest.mark.parametrize("path", ROWS)
@pytest.mark.parametrize("failure", FAILURES)
def test_a_row_that_fails_says_so_and_comes_when_it_is_asked_for_again(
    open_page: OpenPage, path: str, failure: str
) -> None:
    ways = [FAILURES[failure], FAILURES[failure], lambda route: route.fulfill(body=CARDS)]
    page = open_page(path, lambda route: ways.pop(0)(route))
    said = page.get_by_text("These titles could not be loaded.")
    again = page.get_by_role("button", name="Try again")

    again.scroll_into_view_if_needed()
    expect(said).to_be_visible()
    expect(page.locator(".row-waiting")).to_have_count(0)
    # In place, so not above the composer as well.
    expect(page.get_by_role("alert")).to_have_count(0)
    with page.expect_event("requestfailed" if failure == "offline" else "requestfinished"):
        again.click()
    expect(said).to_be_visible()
    again.click()

    expect(page.get_by_text("Aliens")).to_be_visible()
    expect(said).to_have_count(0)


@pytest.mark.parametrize("path", ROWS)
def test_places_are_kept_while_a_row_is_under_way(open_page: OpenPage, path: str) -> None:
    page = open_page(path, lambda route: None)
    place = page.locator(".row-waiting .card-art").first
    place.scroll_into_view_if_needed()
    expect(place).to_have_css("animation-name", "breathe")
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


@pytest.mark.parametrize("path", ROWS)
def test_without_scripts_nothing_waits(open_page: OpenPage, path: str) -> None:
    page = open_page(path, lambda route: None, scripts=False)
    expect(page.locator(".row-waiting")).to_be_hidden()
    expect(page.locator(".row-failed")).to_be_hidden()

"""Rows that do not come, in a real browser."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Route, expect

from tests.e2e.rendered import Handler, OpenRendered, broken, chat_page, html, offline
from tests.e2e.scrolling import scroll_to

pytestmark = pytest.mark.e2e

# Page -> its row.
ROWS = {"/": "/home-row/", "/titles/7/alien/": "/titles/7/more/"}
CARDS = '<ol class="row-cards"><li class="row-card">Aliens</li></ol>'


def html_of(path: str) -> str:
    if path == "/":
        return chat_page()
    facts = SimpleNamespace(label="Alien (1979)", name="Alien")
    title = SimpleNamespace(pk=7, embedding=[1.0])
    return render_to_string("catalog/title.html", {"title": title, "facts": facts})


def never(route: Route) -> None:
    """Keep the page waiting."""


@pytest.mark.parametrize("path", ROWS)
@pytest.mark.parametrize("failure", [broken, offline])
def test_a_row_that_fails_says_so_and_comes_when_it_is_asked_for_again(
    open_rendered: OpenRendered, path: str, failure: Handler
) -> None:
    ways = [failure, failure, html(CARDS)]
    page = open_rendered(path, html_of(path), {ROWS[path]: lambda route: ways.pop(0)(route)})
    said = page.get_by_text("These titles could not be loaded.")
    again = page.get_by_role("button", name="Try again")

    scroll_to(again)
    expect(said).to_be_visible()
    expect(page.locator(".row-waiting")).to_have_count(0)
    expect(page.get_by_text("Say what you think of a few")).to_have_count(0)
    # In place, so not above the composer as well.
    expect(page.get_by_role("alert")).to_have_count(0)
    with page.expect_event("requestfailed" if failure is offline else "requestfinished"):
        again.click()
    # Until the answer is read, another click is none.
    expect(again).to_be_enabled()
    expect(said).to_be_visible()
    again.click()

    expect(page.get_by_text("Aliens")).to_be_visible()
    expect(said).to_have_count(0)


@pytest.mark.parametrize("path", ROWS)
def test_places_are_kept_while_a_row_is_under_way(open_rendered: OpenRendered, path: str) -> None:
    calm = "no-preference"
    page = open_rendered(path, html_of(path), {ROWS[path]: never}, reduced_motion=calm)
    place = page.locator(".row-waiting .card-art").first
    scroll_to(place)
    expect(place).to_have_css("animation-name", "breathe")
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()


@pytest.mark.parametrize("path", ROWS)
def test_without_scripts_nothing_waits(open_rendered: OpenRendered, path: str) -> None:
    page = open_rendered(path, html_of(path), java_script_enabled=False)
    expect(page.locator(".row-waiting")).to_be_hidden()
    expect(page.locator(".row-failed")).to_be_hidden()

"""Scrolling to what the page may replace at any moment."""

from __future__ import annotations

from playwright.sync_api import Locator


def scroll_to(place: Locator) -> None:
    """Bring a place into view, whether or not it loads itself anew on being seen.

    Playwright's own waits for the element to be still, and fails if htmx swaps it meanwhile.
    """
    place.evaluate("element => element.scrollIntoView({block: 'center', behavior: 'instant'})")

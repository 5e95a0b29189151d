"""Light and dark: every text of the chat stands out from what is behind it."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from catalog.facts import TitleFacts
from chat.additions import Addition
from chat.answers import Card, Reason, Taps
from chat.chips import Chip
from chat.offers import Offer, Offers, Question
from discovery.shelves import Shelf
from discovery.types import Correction
from tests.e2e.rendered import OpenRendered, answer_of, chat_page, html
from tests.e2e.scrolling import scroll_to
from tests.e2e.test_refused_forms import EDITOR, form

pytestmark = pytest.mark.e2e

ENOUGH = 4.5
# Every text in sight whose colour is too near to what is behind it, and how near.
TOO_FAINT = """
(enough) => {
  const dot = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    dot.clearRect(0, 0, 1, 1);
    dot.fillStyle = colour;
    dot.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = dot.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], back) => [r, g, b].map((v, i) => v * a + back[i] * (1 - a));
  const behind = (node) => {
    if (!node) return rgba("Canvas");
    const own = rgba(getComputedStyle(node).backgroundColor);
    return own[3] === 1 ? own : over(own, behind(node.parentElement));
  };
  const light = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((v) => {
      const c = v / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const says = (node) => node.matches("input:not([type=hidden]), select, textarea")
    || Array.from(node.childNodes).some((n) => n.nodeType === Node.TEXT_NODE && n.data.trim());
  const seen = Array.from(document.querySelectorAll("body, body *"))
    .filter((node) => says(node) && node.checkVisibility({ visibilityProperty: true }));
  const found = [];
  for (const node of seen) {
    const back = behind(node);
    const colours = [getComputedStyle(node).color];
    if (node.placeholder) colours.push(getComputedStyle(node, "::placeholder").color);
    for (const colour of colours) {
      const held = contrast(over(rgba(colour), back), back);
      if (held < enough) found.push(`${node.tagName}.${node.className} ${held.toFixed(2)}`);
    }
  }
  return { found, number: seen.length };
}
"""


def card(number: int, state: Any, *marks: str) -> Card:
    facts = TitleFacts(number, "film", "Alien", 1979, 117, ("Horror",))
    return Card(number, facts, Reason(number, "Because it is dark.", state), frozenset(marks))


def everything() -> str:
    """Return a page with all that an answer can show, but for what is loaded later."""
    offers = [Offer(0, "an old one", 4), Offer(1, "a short one")]
    chips = [Chip("moods", "funny", "funny", "soft", "fun"), Chip("years", "", "1979", "hard")]
    fields: dict[str, Any] = {"chips": chips, "is_wish": True, "can_undo": True}
    cards = [card(1, "generated", "liked"), card(2, "writing", "disliked"), card(3, "template")]
    asking = Offers(
        relaxations=offers,
        suggestions=["Something warm"],
        corrections=[Correction("alein", "Alien")],
        question=Question("New or old?", offers),
        angles=offers,
    )
    addition = Addition("off the beaten path", "novelty", (("choice", "unusual"),))
    return chat_page(
        answer_of(1, cards=cards, offers=asking, note="One thing.\nAnother.", slate_id=1, **fields),
        answer_of(2, cards=[card(4, "template", "seen")], additions=[addition], **fields),
        shelves=[Shelf("noir", "Film noir")],
    )


def row() -> str:
    context = {"cards": [card(5, "template"), card(6, "template", "liked")], "taps": Taps(2)}
    return render_to_string("chat/_home_row.html", context)


@pytest.fixture(params=["light", "dark"])
def visitor(request: pytest.FixtureRequest) -> dict[str, Any]:
    # Sizes of a phone and of a desktop have the same colours.
    return {"color_scheme": request.param, "reduced_motion": "reduce"}


def assert_readable(page: Page, at_least: int) -> None:
    seen = page.evaluate(TOO_FAINT, ENOUGH)
    assert seen["found"] == []
    assert seen["number"] >= at_least


def test_answers_and_the_editor_can_be_read(
    open_rendered: OpenRendered, visitor: dict[str, Any]
) -> None:
    page = open_rendered(
        "/", everything(), {EDITOR.replace("1", "2", 1): form("_wish_editor", "moods")}, **visitor
    )
    page.get_by_role("button", name="Add a wish").last.click()
    expect(page.get_by_role("dialog", name="Add a wish")).to_be_visible()
    # What is only there now and then.
    page.evaluate(
        """for (const id of ["notice", "wish-fault", "connection"]) {
          const node = document.getElementById(id);
          node.hidden = false;
          node.textContent = "That was a lot at once.";
        }"""
    )
    assert_readable(page, 50)


def test_what_the_pointer_is_over_can_be_read(
    open_rendered: OpenRendered, visitor: dict[str, Any]
) -> None:
    page = open_rendered("/", everything(), **visitor)
    for look in (".chip-action", ".chip-label", ".starter", ".button-quiet", ".feedback-button"):
        page.locator(f".turn {look}").last.hover()
        assert_readable(page, 40)


def test_the_empty_page_and_its_row_can_be_read(
    open_rendered: OpenRendered, visitor: dict[str, Any]
) -> None:
    shelves = [Shelf("noir", "Film noir")]
    start = chat_page(starters=["Something warm"], shelves=shelves)
    page = open_rendered("/", start, {"/home-row/": html(row())}, **visitor)
    scroll_to(page.locator("#home-row"))
    expect(page.get_by_text("2 of 5 taps")).to_be_visible()
    assert_readable(page, 15)


def test_a_row_that_failed_can_be_read(
    open_rendered: OpenRendered, visitor: dict[str, Any]
) -> None:
    page = open_rendered("/", chat_page(), {"/home-row/": lambda route: route.abort()}, **visitor)
    scroll_to(page.locator("#home-row"))
    expect(page.get_by_text("These titles could not be loaded.")).to_be_visible()
    assert_readable(page, 5)

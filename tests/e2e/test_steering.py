"""Steering in a real browser: chips, undo, what an answer offers, rows of cards."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from playwright.sync_api import Locator, Page, expect

from discovery.retrieval.exposure_weighing import PROTECTED
from tests.e2e.scrolling import scroll_to
from tests.e2e.test_conversation import (
    ask,
    chips_in,
    overflow,
    rows_are_there,  # noqa: F401 - a fixture
    small_targets,
    titles_in,
    wait_until_idle,
)
from tests.live import LiveProduct

pytestmark = [pytest.mark.e2e, pytest.mark.vllm, pytest.mark.timeout(900, func_only=True)]

GIVE_OFFERS = """
UPDATE chat_turn SET offers = '{
  "corrections": [{"said": "comdies", "read_as": "comedies"}],
  "question": "Old or new?",
  "answers": [
    {"label": "Old ones", "query": {"genres_all": ["Comedy"], "year_max": 1989}},
    {"label": "New ones", "query": {"genres_all": ["Comedy"], "year_min": 1990}}
  ],
  "angles": [{"label": "a short one", "query": {"genres_all": ["Comedy"], "runtime_max": 100}}]
}' WHERE id = (SELECT max(id) FROM chat_turn)
"""


def turn_after(page: Page, number: int) -> Locator:
    """Return a turn that a tap made, once it is answered."""
    turn = page.locator(".turn").nth(number)
    expect(turn).to_be_visible()
    expect(turn.locator(".turn-progress")).to_have_count(0)
    return turn


def tap(page: Page, button: Locator) -> Locator:
    number = page.locator(".turn").count()
    button.click()
    return turn_after(page, number)


def offer(product: LiveProduct, page: Page) -> None:
    """Give the last turn what only some messages are offered, and show it again."""
    product.query(GIVE_OFFERS)
    page.reload()


def place_of(element: Locator) -> Sequence[float]:
    """Return where an element is on the page, however far that is scrolled."""
    found: list[float] = element.evaluate(
        """element => {
          const box = element.getBoundingClientRect();
          return [box.left + scrollX, box.top + scrollY, box.width, box.height].map(Math.round);
        }"""
    )
    return found


def hard_chips(turn: Locator) -> Sequence[str]:
    return turn.locator('.chip[data-kind="hard"] .chip-label').all_inner_texts()


def first_titles(turn: Locator) -> list[str]:
    """Return the cards that what was shown in the meantime can't move; the last is drawn anew."""
    return titles_in(turn)[:PROTECTED]


def test_wishes_are_changed_added_and_undone(page: Page) -> None:
    first = ask(page, "a comedy from the nineties, under two hours")
    chip = first.get_by_role("button", name="Change “up to 120 min”")
    editor = page.get_by_role("dialog")

    # By keyboard, and back to where it was.
    chip.focus()
    page.keyboard.press("Enter")
    expect(editor.get_by_label("At most, in minutes")).to_have_value("120")
    expect(editor.get_by_label("At least, in minutes")).to_be_focused()
    page.keyboard.press("Escape")
    expect(editor).to_be_hidden()
    expect(chip).to_be_focused()

    chip.click()
    editor.get_by_label("At most, in minutes").fill("110")
    changed = tap(page, editor.get_by_role("button", name="Change"))
    expect(editor).to_be_hidden()
    expect(changed.locator(".bubble")).to_contain_text("“up to 110 min” instead of “up to 120 min”")
    assert set(chips_in(first)) ^ set(chips_in(changed)) == {
        "up to 120 min", "up to 110 min"
    }  # fmt: skip

    changed.get_by_role("button", name="Add a wish").click()
    editor.get_by_label("What about").select_option("like")
    editor.get_by_label("Title").fill("zzzzzzzz")
    editor.get_by_role("button", name="Add", exact=True).click()
    expect(editor.locator("#wish-fault")).to_contain_text("no title like")
    editor.get_by_label("Title").fill("")
    editor.get_by_label("Title").press_sequentially("terminat", delay=20)
    # The first letters may have had names of their own.
    expect(editor.locator("#wish-names option[value='The Terminator (1984)']")).to_be_attached()
    editor.get_by_label("Title").fill("The Terminator (1984)")
    added = tap(page, editor.get_by_role("button", name="Add", exact=True))
    assert "like The Terminator (1984)" in chips_in(added)

    # Undo is the last answer's, and walks back.
    expect(page.get_by_role("button", name="Undo")).to_have_count(1)
    once = tap(page, page.get_by_role("button", name="Undo"))
    expect(once.locator(".bubble")).to_contain_text("Undo: without “like The Terminator (1984)”")
    assert chips_in(once) == chips_in(changed)
    assert first_titles(once) == first_titles(changed)
    twice = tap(page, page.get_by_role("button", name="Undo"))
    assert chips_in(twice) == chips_in(first)
    assert first_titles(twice) == first_titles(first)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_what_an_answer_offers_is_tapped(page: Page, product: LiveProduct) -> None:
    ask(page, "comdies")
    wait_until_idle(page)
    offer(product, page)
    shown = page.locator(".turn").last
    expect(shown.get_by_role("group", name="Old or new?")).to_be_visible()
    expect(shown).to_contain_text("Showing results for comedies")

    answer = tap(page, page.get_by_role("button", name="Old ones"))
    assert list(hard_chips(answer)) == ["Comedy", "1989 or earlier"]
    angle = tap(page, page.get_by_role("button", name="a short one"))
    expect(angle.locator(".bubble")).to_contain_text("As a short one")
    assert "up to 100 min" in hard_chips(angle)
    literal = tap(page, page.get_by_role("button", name="Search instead for “comdies”"))
    expect(literal.locator(".bubble")).to_contain_text("Exactly “comdies”")


def test_rows_on_the_first_page_and_on_a_titles(page: Page, product: LiveProduct) -> None:
    row = page.get_by_role("region", name="To start with")
    scroll_to(row)
    cards = row.locator(".row-card[data-title]")
    expect(cards).to_have_count(8)
    first = row.locator(".card-title").all_inner_texts()
    # With the year: a name may begin another's. And one by one: the last answer counts the taps.
    row.get_by_role("button", name=f"Like: {first[0]} (").click()
    expect(row).to_contain_text("1 of 5 taps")
    row.get_by_role("button", name=f"Not for me: {first[1]} (").click()
    expect(row).to_contain_text("2 of 5 taps")
    row.get_by_role("button", name="Show me others").click()
    expect(row.get_by_role("link", name=first[0], exact=True)).to_have_count(0)
    expect(cards.first).to_be_visible()
    assert not set(first) & set(row.locator(".card-title").all_inner_texts())

    row.locator(".card-title a").first.click()
    more = page.get_by_role("region", name="More like this")
    scroll_to(more)
    expect(more.locator(".row-card[data-title]").first).to_be_visible()
    more.get_by_role("button", name="Seen").first.click()
    expect(more.locator('[aria-pressed="true"]')).to_have_count(1)
    surfaces = product.query(
        "SELECT DISTINCT slate.surface FROM discovery_exposure AS exposure"
        " JOIN discovery_pick AS pick ON pick.id = exposure.pick_id"
        " JOIN discovery_slate AS slate ON slate.id = pick.slate_id"
    )
    assert {("home",), ("title",)} <= set(surfaces)


def test_steering_fits_a_phone(page: Page, product: LiveProduct) -> None:
    page.set_viewport_size({"width": 400, "height": 844})
    row = page.get_by_role("region", name="To start with")
    scroll_to(row)
    expect(row.locator(".row-card[data-title]").first).to_be_visible()
    assert not overflow(page)
    assert small_targets(page) == []

    turn = ask(page, "a comedy, 1980 or later, under 110 minutes")
    wait_until_idle(page)
    offer(product, page)
    turn = page.locator(".turn").last
    before = place_of(turn.locator(".cards"))
    turn.get_by_role("button", name="Add a wish").click()
    editor = page.get_by_role("dialog")
    expect(editor.get_by_label("What about")).to_be_visible()
    # A sheet over the page: nothing under it moves.
    assert place_of(turn.locator(".cards")) == before
    assert not overflow(page)
    assert small_targets(page) == []
    editor.get_by_label("What about").select_option("count")
    editor.get_by_label("How many titles").fill("3")
    fewer = tap(page, editor.get_by_role("button", name="Add", exact=True))
    assert len(titles_in(fewer)) == 3
    assert not overflow(page)

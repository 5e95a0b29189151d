"""The conversation in a real browser, with every real part behind it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.catalogue import FILMS, WISH
from tests.e2e.conftest import open_chat
from tests.e2e.scrolling import scroll_to
from tests.live import LiveProduct

pytestmark = [pytest.mark.e2e, pytest.mark.vllm, pytest.mark.timeout(900, func_only=True)]

FACTS = {film.name: film for film in FILMS}


def ask(page: Page, text: str) -> Locator:
    """Type a message, send it by keyboard, and return its turn once it has settled."""
    n_before = page.locator(".turn").count()
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(n_before)
    expect(turn).to_be_visible()
    expect(turn.locator(".turn-progress")).to_have_count(0)
    return turn


def wait_until_idle(page: Page) -> None:
    expect(page.locator("#composer-buttons")).to_have_attribute("data-state", "idle")


def begin_another(page: Page) -> None:
    """Start a new conversation, and wait for its page: what is typed before that is lost."""
    page.get_by_role("button", name="New").click()
    expect(page.locator(".turn")).to_have_count(0)
    expect(page.get_by_role("heading", name="What are you in the mood for?")).to_be_visible()


def titles_in(turn: Locator) -> list[str]:
    return turn.locator(".card-title").all_inner_texts()


def chips_in(turn: Locator) -> list[str]:
    return turn.locator(".chip-label").all_inner_texts()


def ranked_by(product: LiveProduct) -> set[object]:
    rows = product.query(
        "SELECT DISTINCT scored_by FROM discovery_pick WHERE slate_id ="
        " (SELECT slate_id FROM chat_turn ORDER BY id DESC LIMIT 1)"
    )
    return {row[0] for row in rows}


@pytest.fixture(autouse=True)
def rows_are_there(product: LiveProduct, page: Page) -> None:
    """The schedule has given GenRec the catalogue, and the page says that it is ready."""
    expect(page.locator("#genrec-status")).to_have_attribute("data-state", "ready")


def test_a_wish_becomes_chips_cards_and_reasons_and_a_reload_keeps_them(
    page: Page, product: LiveProduct
) -> None:
    turn = ask(page, WISH)

    assert {"1980 or later", "up to 120 min"} <= set(chips_in(turn))
    names = titles_in(turn)
    assert len(names) == 6
    for name in names:
        film = FACTS[name]
        assert film.year >= 1980
        assert film.runtime_min is not None
        assert film.runtime_min <= 120
    assert ranked_by(product) == {"genrec"}
    expect(page.get_by_label("Your message")).to_have_value("")
    expect(page.get_by_label("Your message")).to_be_focused()

    wait_until_idle(page)
    # Two workers may end at once: who counts the last reason need not be who sends it last.
    expect(turn.locator('.reason[data-state="writing"]')).to_have_count(0)
    reasons = turn.locator(".reason").all_inner_texts()
    assert all(len(reason) > 10 for reason in reasons)
    expect(page.locator("#announcer")).to_contain_text(f"6 titles: {names[0]}")
    expect(page.locator("#turns")).to_have_attribute("aria-busy", "false")
    pictures = turn.locator(".card img")
    for n in range(pictures.count()):
        scroll_to(pictures.nth(n))
        # A lazy image calls itself complete before it has begun.
        assert pictures.nth(n).evaluate("image => image.decode().then(() => image.naturalWidth)")

    page.reload()
    again = page.locator(".turn").first
    assert titles_in(again) == names
    assert again.locator(".reason").all_inner_texts() == reasons
    assert set(chips_in(again)) >= {"1980 or later", "up to 120 min"}


def test_a_removed_chip_asks_again_without_it(page: Page) -> None:
    first = ask(page, "a comedy from the nineties, under two hours")
    assert "up to 120 min" in chips_in(first)
    first.get_by_role("button", name="Remove “up to 120 min”").click()

    second = page.locator(".turn").nth(1)
    expect(second.locator(".bubble")).to_contain_text("Without “up to 120 min”")
    expect(second.locator(".turn-progress")).to_have_count(0)
    assert "up to 120 min" not in chips_in(second)
    assert set(chips_in(first)) - set(chips_in(second)) == {"up to 120 min"}


def test_feedback_counts_in_the_next_answer_and_can_be_undone(page: Page) -> None:
    turn = ask(page, "a comedy with aliens")
    disliked, liked, kept = titles_in(turn)[:3]
    press(turn, disliked, "Not for me")
    press(turn, liked, "Like")
    seen = titles_in(turn)[3]
    press(turn, seen, "Seen")
    press(turn, kept, "Not for me")
    press(turn, kept, "Not for me", pressed=False)

    begin_another(page)
    again = titles_in(ask(page, "a comedy with aliens"))
    # So narrow a wish has everything on one slate: a rank is no matter of chance.
    begin_another(page)
    same_year = titles_in(ask(page, f"a comedy from {FACTS[kept].year}"))

    assert not {disliked, seen} & {*again, *same_year}
    assert kept in same_year


def press(turn: Locator, title: str, label: str, *, pressed: bool = True) -> None:
    card = turn.locator(".card", has=turn.page.get_by_role("link", name=title, exact=True))
    button = card.get_by_role("button", name=label)
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true" if pressed else "false")


def test_stop_keeps_what_is_there_and_starts_nothing_more(page: Page, product: LiveProduct) -> None:
    # A worker that stands still: the reasons wait in the queue.
    os.kill(product.processes["worker"].pid, signal.SIGSTOP)
    try:
        turn = ask(page, "a scary film in space")
        page.get_by_role("button", name="Stop").click()
        wait_until_idle(page)
    finally:
        os.kill(product.processes["worker"].pid, signal.SIGCONT)
    expect(turn.locator(".turn-remark")).to_contain_text("Stopped.")
    assert titles_in(turn)
    assert product.query(
        "SELECT DISTINCT turn.status, pick.reason_status FROM chat_turn AS turn"
        " JOIN discovery_pick AS pick ON pick.slate_id = turn.slate_id"
        " WHERE turn.id = (SELECT max(id) FROM chat_turn)"
    ) == [("stopped", "stopped")]
    assert titles_in(ask(page, "a scary film in space"))


def test_two_tabs_show_the_same(page: Page, context: BrowserContext) -> None:
    other = context.new_page()
    open_chat(other)
    turn = ask(page, "a romance")
    expect(other.locator(".turn .card")).to_have_count(turn.locator(".card").count())
    press(turn, titles_in(turn)[0], "Like")
    expect(other.locator('.feedback-button[aria-pressed="true"]')).to_have_count(1)


def test_it_works_by_keyboard_alone(page: Page) -> None:
    page.get_by_label("Your message").focus()
    page.keyboard.type("a heist")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("or a chase")
    expect(page.get_by_label("Your message")).to_have_value("a heist\nor a chase")
    assert page.locator(".turn").count() == 0

    page.reload()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "starter":
            break
    assert has_focus_ring(page)
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(1)


def has_focus_ring(page: Page) -> bool:
    width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
    return bool(width >= 2)


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_shows_all_without_scrolling_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    assert not overflow(page)
    turn = ask(page, "something for a thousand-and-one-nights-long-compound-word " + "x" * 60)
    expect(turn).to_be_visible()
    turn = ask(page, "a comedy, 1980 or later, under 110 minutes")
    wait_until_idle(page)
    assert titles_in(turn)
    assert not overflow(page)
    assert small_targets(page) == []


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def small_targets(page: Page) -> Sequence[str]:
    """Buttons that a thumb would miss: lower than 44 px, or narrower than 40."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("button, .brand, textarea")]
            .filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 40))
            .map(e => `${e.className} ${e.offsetWidth}x${e.offsetHeight}`)"""
    )
    return found


def test_another_viewers_conversation_is_not_there(
    page: Page, browser: Browser, product: LiveProduct
) -> None:
    ask(page, "a secret wish")
    conversation = product.query(
        "SELECT id FROM chat_conversation ORDER BY created_at DESC LIMIT 1"
    )
    stranger = browser.new_context(base_url=product.url)
    strange_page = stranger.new_page()
    answer = strange_page.goto(f"/c/{conversation[0][0]}/")
    assert answer is not None
    assert answer.status == 404
    assert "secret wish" not in strange_page.content()
    stranger.close()


def test_without_scripts_the_conversation_can_be_read_and_rated(
    page: Page, context: BrowserContext, browser: Browser, product: LiveProduct
) -> None:
    ask(page, "a comedy")
    wait_until_idle(page)
    plain = browser.new_context(
        base_url=product.url,
        java_script_enabled=False,
        storage_state=context.storage_state(),
    )
    plain_page = plain.new_page()
    plain_page.goto("/")
    plain_page.get_by_role("button", name=re.compile("^Like")).first.click()
    expect(plain_page.locator('.feedback-button[aria-pressed="true"]')).to_have_count(1)
    plain.close()


def test_other_pages_keep_the_policy_too(page: Page, product: LiveProduct) -> None:
    """The fixture fails the test if the browser refused anything on the way."""
    ask(page, "a comedy").locator(".card-title a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto("/admin/")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("#user-tools")).to_be_visible()
    page.goto("/admin/chat/turn/")
    page.locator("#result_list tbody a", has_text="slate").first.click()
    expect(page.locator("#content")).to_contain_text("reranking")

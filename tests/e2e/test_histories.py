"""A watch history in a real browser: uploaded, put right by hand, heeded, removed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.discovery.histories.exports import zipped
from tests.e2e.test_conversation import begin_another
from tests.live import LiveProduct

pytestmark = [pytest.mark.e2e, pytest.mark.vllm, pytest.mark.timeout(900, func_only=True)]

ROWS = "".join(
    f"2024-05-01,{name},{year},https://boxd.it/{year}\n"
    for name, year in (
        ("Galaxy Quest", 1999),
        ("Ghostbusters", 1984),
        ("Spaceballs", 1987),
        ("A Shaun of the Dead Special", 2004),
        ("Unheard Of", 1990),
    )
)
EXPORT = zipped({"watched.csv": f"Date,Name,Year,Letterboxd URI\n{ROWS}"})


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def expect_counts(page: Page, **counts: int) -> None:
    for tab, n in counts.items():
        expect(page.locator(f'.count[data-tab="{tab}"] .count-n')).to_have_text(str(n))


def test_an_imported_history_changes_the_next_slate_until_it_is_removed(
    page: Page, product: LiveProduct
) -> None:
    page.get_by_role("link", name="Your history").click()
    upload = page.get_by_role("button", name="Upload")
    page.get_by_label("Your export").set_input_files(payload("prices.csv", b"Name,Price\nTea,2\n"))
    upload.click()
    expect(page.locator("#upload-refusal")).to_contain_text("none of the five forms")

    page.get_by_label("Your export").set_input_files(payload("letterboxd.zip", EXPORT))
    upload.click()
    expect(page).to_have_url(re.compile(r"/history/\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Letterboxd export")
    expect_counts(page, unsure=1, unmatched=1, matched=3)

    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".entry")).to_contain_text("Counts as Shaun of the Dead (2004)")
    expect_counts(page, unsure=0)
    expect(page.locator(".entry-name")).to_be_focused()

    page.get_by_role("link", name="Not found").click()
    page.get_by_text("Search for the title").click()
    page.get_by_label("Title in the catalogue").fill("tremros")
    page.get_by_role("button", name="Tremors (1990)").click()
    expect(page.locator(".entry")).to_contain_text("Counts as Tremors (1990)")
    expect_counts(page, matched=5)

    page.get_by_role("link", name="Conversation").click()
    seen = {"Galaxy Quest", "Ghostbusters", "Spaceballs", "Shaun of the Dead", "Tremors"}
    shown = ask(page, "a comedy from the eighties or nineties")
    assert len(shown) == 6
    assert not seen & set(shown)

    page.goto("/history/")
    page.get_by_role("button", name="Remove Letterboxd export").click()
    expect(page.get_by_role("status")).to_contain_text("is removed")
    assert product.query("SELECT count(*) FROM discovery_historyentry") == [(0,)]
    page.get_by_role("link", name="Conversation").click()
    begin_another(page)
    # So narrow a wish that its only title is shown, whatever its rank.
    assert ask(page, "a comedy from 1999") == ["Galaxy Quest"]


def ask(page: Page, text: str) -> list[str]:
    """Ask, and return the titles on the cards."""
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").last
    expect(turn.locator(".bubble")).to_contain_text(text)
    expect(turn.locator(".turn-progress")).to_have_count(0)
    expect(turn.locator(".card-title").first).to_be_visible()
    return turn.locator(".card-title").all_inner_texts()

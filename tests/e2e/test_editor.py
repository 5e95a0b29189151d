"""A day in the life of an editor, in a real browser, by keyboard where that is quicker."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.live import ROOT, LiveProduct

pytestmark = [pytest.mark.e2e, pytest.mark.vllm, pytest.mark.timeout(900, func_only=True)]

MAKE_EDITOR = """
import django
django.setup()
from django.contrib.auth.models import Group, User
user, _ = User.objects.get_or_create(username="editor", defaults={"is_staff": True})
user.set_password("correct horse battery")
user.save()
user.groups.add(Group.objects.get(name="editors"))
"""
TERMS = """
SELECT tag.name, link.weight FROM catalog_titletag AS link
JOIN catalog_tag AS tag ON tag.id = link.tag_id
JOIN catalog_title AS title ON title.id = link.title_id
WHERE title.name = '{}' ORDER BY tag.name
"""


@pytest.fixture
def desk(context: BrowserContext, product: LiveProduct) -> Page:
    """The title list, open before an editor."""
    command = [sys.executable, "-c", MAKE_EDITOR]
    subprocess.run(command, cwd=ROOT, env=dict(product.environment), check=True, timeout=60)
    page = context.new_page()
    page.goto("/admin/login/?next=/admin/catalog/title/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    expect(page.locator("#searchbar")).to_be_visible()
    return page


def search(page: Page, words: str) -> None:
    page.locator("#searchbar").fill(words)
    # The list that is there has the field, and some of the titles, too.
    with page.expect_navigation(url=re.compile(rf"[?&]q={words}\b")):
        page.keyboard.press("Enter")
    expect(page.locator("#searchbar")).to_have_value(words)


def terms_of(product: LiveProduct, name: str) -> dict[str, object]:
    return {str(row[0]): row[1] for row in product.query(TERMS.format(name))}


def test_an_editor_finds_edits_reverts_and_edits_in_bulk(desk: Page, product: LiveProduct) -> None:
    # Found in spite of a slip, and described.
    search(desk, "alein")
    desk.get_by_role("link", name="Alien", exact=True).click()
    desk.get_by_label("Term or keyword").first.fill("claustrophobic")
    desk.get_by_label("Weight").first.select_option("3")
    desk.get_by_label("Gore").select_option("3")
    desk.get_by_role("button", name="Save", exact=True).press("Enter")
    expect(desk.locator(".messagelist")).to_contain_text("changed successfully")
    assert terms_of(product, "Alien") == {"claustrophobic": 3}

    # Two titles at once, seen before it is done, and undone as a whole.
    search(desk, "alien")
    for row in ("Alien (1979)", "Aliens (1986)"):
        desk.get_by_role("checkbox", name=row).check()
    desk.get_by_label("Action:").select_option("edit_in_bulk")
    desk.get_by_role("button", name="Go", exact=True).click()
    desk.get_by_role("link", name="Add a term").click()
    desk.get_by_label("Term").fill("tense")
    desk.get_by_role("button", name="Preview").press("Enter")
    expect(desk.locator(".counts")).to_contain_text("2 would change")
    assert terms_of(product, "Aliens") == {}
    desk.get_by_role("button", name="Apply to 2 titles").press("Enter")
    expect(desk.locator(".messagelist")).to_contain_text("2 titles changed")
    assert terms_of(product, "Alien") == {"claustrophobic": 3, "tense": 2}
    desk.get_by_role("link", name="Undo").click()
    desk.get_by_role("button", name="Undo for 2 titles").click()
    expect(desk.locator(".messagelist")).to_contain_text("Undone: 2 titles")
    assert terms_of(product, "Alien") == {"claustrophobic": 3}
    assert terms_of(product, "Aliens") == {}

    # The first edit is taken back from the title's history.
    search(desk, "alien")
    desk.get_by_role("link", name="Alien", exact=True).click()
    desk.get_by_role("link", name="History").click()
    first = desk.locator(".revision").filter(has_text="Content note: gore")
    expect(first).to_contain_text("3 extreme")
    first.get_by_role("link", name="Revert…").click()
    desk.get_by_role("button", name="Revert").press("Enter")
    expect(desk.locator(".messagelist")).to_contain_text("Reverted")
    assert terms_of(product, "Alien") == {}
    left = "SELECT content_notes, locked_fields FROM catalog_title WHERE name = 'Alien'"
    assert product.query(left) == [({}, [])]


def test_a_search_is_saved_by_keyboard(desk: Page) -> None:
    search(desk, "weaver")
    desk.get_by_text("Save this search").press("Enter")
    desk.get_by_label("Name").fill("Her films")
    desk.keyboard.press("Enter")
    expect(desk.locator(".saved-filters")).to_contain_text("Her films")
    expect(desk.locator("#searchbar")).to_have_value("weaver")

    desk.get_by_role("button", name="Delete the filter Her films").press("Enter")
    expect(desk.locator(".messagelist")).to_contain_text("deleted")

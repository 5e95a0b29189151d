"""The editor of a wish when a form does not come: it says so, and what is there can be used."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from chat.refusals import refuse_above_composer, refuse_in_editor
from chat.wish_forms import form_for
from chat.wish_slots import GROUPS, LABELS
from tests.e2e.rendered import (
    Handler,
    OpenRendered,
    answer_of,
    as_sent,
    broken,
    chat_page,
    html,
    offline,
)

pytestmark = pytest.mark.e2e

EDITOR = "/wishes/1/?adds=1"
RUNTIME = "/wishes/1/?adds=1&slot=runtime"
REFUSED = "Try again in 7 seconds"


def form(name: str, slot: str) -> Handler:
    context: dict[str, Any] = {"turn_id": 1, "form": form_for(slot), "slot": slot, "adds": True}
    groups = [(group, [(s, LABELS[s]) for s in slots]) for group, slots in GROUPS]
    context |= {"heading": "Add a wish", "groups": groups}
    return html(render_to_string(f"chat/{name}.html", context))


@pytest.fixture
def ways() -> dict[str, list[Handler]]:
    """How each address answers, one time after another."""
    return {EDITOR: [form("_wish_editor", "moods")], RUNTIME: [form("_wish_form", "runtime")]}


@pytest.fixture
def page(open_rendered: OpenRendered, ways: dict[str, list[Handler]]) -> Page:
    on: dict[str, Handler] = {
        address: lambda route, address=address: ways[address].pop(0)(route)  # type: ignore[misc]
        for address in ways
    }
    return open_rendered("/", chat_page(answer_of(is_wish=True)), on)


def test_the_menu_that_was_refused_opens_later(page: Page, ways: dict[str, list[Handler]]) -> None:
    ways[EDITOR].insert(0, as_sent(refuse_above_composer(7)))
    add = page.get_by_role("button", name="Add a wish")
    add.click()
    expect(page.get_by_role("alert")).to_contain_text(REFUSED)
    expect(page.locator("#wish-editor")).to_be_hidden()

    add.click()
    expect(page.get_by_role("dialog", name="Add a wish")).to_be_visible()


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (as_sent(refuse_in_editor(7)), REFUSED),
        (broken, "That did not work"),
        (offline, "That did not work"),
    ],
    ids=["refused", "broken", "offline"],
)
def test_another_form_that_does_not_come_can_be_chosen_again(
    page: Page, ways: dict[str, list[Handler]], failure: Handler, said: str
) -> None:
    ways[RUNTIME].insert(0, failure)
    page.get_by_role("button", name="Add a wish").click()
    editor = page.get_by_role("dialog", name="Add a wish")
    menu = editor.get_by_label("What about")

    menu.select_option("runtime")
    expect(editor.locator("#wish-fault")).to_contain_text(said)
    # The form that is there, and the menu says which one.
    expect(menu).to_have_value("moods")
    expect(editor.locator("#wish-form [name=slot]")).to_have_value("moods")

    menu.select_option("runtime")
    expect(editor.locator("#wish-form [name=slot]")).to_have_value("runtime")
    expect(editor.locator("#wish-fault")).to_be_hidden()

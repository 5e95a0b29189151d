"""What an answer offers to tap, and exact spelling: only what was really offered is asked."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import Title
from chat.forms import AskLiterally, Tap
from chat.models import Conversation
from chat.offers import stored_offers
from chat.wishes import Refused
from discovery.models import Pick
from discovery.types import Query
from tests.chat.steering import FUNNY, OFFERED, SHORT, answered, ask, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


@pytest.mark.parametrize(
    ("among", "number", "bubble", "query"),
    [
        ("relaxations", 0, "Also longer", FUNNY),
        ("answers", 1, "Any", FUNNY),
        ("angles", 0, "As a short one", SHORT),
    ],
)
def test_a_tap_asks_what_was_offered(
    conversation: Conversation,
    titles: list[Title],
    among: str,
    number: int,
    bubble: str,
    query: Query,
) -> None:
    first = say(conversation, "funny", titles[:3], FUNNY)
    answered(first, titles[:3], FUNNY, offers=stored_offers(OFFERED))

    turn, request = ask(conversation, Tap(first.pk, among, number))

    assert (turn.text, request.query) == (bubble, query)
    with pytest.raises(Refused, match="offer is gone"):
        ask(conversation, Tap(first.pk, among, 7))


def test_exact_spelling_asks_the_same_words_in_the_same_place(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "something funny", titles[:3], FUNNY)
    second = say(conversation, "like alein", titles[3:6], SHORT)
    with pytest.raises(Refused, match="Nothing was corrected"):
        ask(conversation, AskLiterally(second.pk))
    answered(second, titles[3:6], SHORT, offers=stored_offers(OFFERED))

    turn, request = ask(conversation, AskLiterally(second.pk))

    assert (request.text, request.literal, request.query) == ("like alein", True, None)
    assert request.previous == FUNNY
    assert request.shown == {title.pk for title in titles[:3]}
    assert turn.text == "Exactly “like alein”"
    assert turn.before == second
    assert request.earlier == (first.text,)


def test_the_page_shows_what_can_be_tapped_also_after_a_reload(
    visitor: Client, conversation: Conversation, titles: list[Title]
) -> None:
    say(conversation, "something funny", titles[:3], FUNNY)
    second = say(conversation, "like alein", titles[3:6], SHORT)
    answered(
        second, titles[3:6], SHORT, offers=stored_offers(OFFERED), note="One thing.\nAnother thing."
    )
    Pick.objects.filter(slate=second.slate).update(reason_status="rejected")

    page = visitor.get("/").content.decode()

    assert "Showing results for <strong>Alien</strong>" in page
    assert "Search instead for “alein”" in page
    assert "New or old?" in page
    for button in ("Old ones", "a short one", "an old one", "Add a wish"):
        assert button in page
    assert page.count("Add a wish") == 2
    # The first answer has nothing to go back to.
    assert page.count('name="action" value="undo"') == 1
    assert "<p>One thing.</p><p>Another thing.</p>" in page
    # No Query leaves the server.
    assert "runtime_max" not in page

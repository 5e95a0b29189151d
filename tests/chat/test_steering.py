"""What a conversation asks for now, whoever steers it, and what discovery hears of it."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import Title
from chat.forms import AskLiterally, Remove, Say, Tap, Undo
from chat.models import Conversation, Turn
from chat.offers import stored_offers
from chat.wishes import Refused
from discovery.types import Query
from tests.chat.steering import FUNNY, OFFERED, SHORT, answered, ask, edit, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def test_anothers_turn_is_gone_for_every_frame(
    conversation: Conversation, other_visitor: Client, titles: list[Title]
) -> None:
    other_visitor.get("/")
    stranger = Conversation.objects.exclude(pk=conversation.pk).get()
    theirs = say(stranger, "secret", titles[:3], SHORT)
    frames = (
        Remove(theirs.pk, "runtime", ""),
        edit(theirs, "runtime", "", high=["80"]),
        Tap(theirs.pk, "angles", 0),
        AskLiterally(theirs.pk),
        Undo(theirs.pk),
    )
    for frame in frames:
        with pytest.raises(Refused):
            ask(conversation, frame)


def test_a_greeting_between_does_not_lose_the_wish(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "something funny", titles[:3], FUNNY)
    # What is said aside carries the conversation's wish along.
    aside = FUNNY.model_copy(update={"intent": "ask_title"})
    say(conversation, "how long is the first?", [], aside)
    say(conversation, "thanks!", [], Query(intent="chitchat"))

    turn, request = ask(conversation, Say("shorter ones", None))

    assert request.previous == FUNNY
    assert request.last_picks == tuple(title.pk for title in titles[:3])
    assert turn.before == first


def test_discovery_hears_what_was_typed_before_and_when_it_asked(
    conversation: Conversation, titles: list[Title]
) -> None:
    for number in range(5):
        say(conversation, f"wish {number}", [], FUNNY)
    asked = say(conversation, "wish 5", titles[:1], SHORT)
    answered(asked, titles[:1], SHORT, offers=stored_offers(OFFERED))
    clicked, request = ask(conversation, Remove(asked.pk, "runtime", ""))
    assert request.asked_lately
    answered(clicked, titles[:1], FUNNY)

    turn, request = ask(conversation, Say("one more", None))
    assert request.earlier == ("wish 2", "wish 3", "wish 4", "wish 5")
    assert request.asked_lately
    answered(turn, titles[:1], FUNNY)

    assert not ask(conversation, Say("and more", None))[1].asked_lately


def test_more_and_an_offer_are_searched_by_the_message_behind_the_wish(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "funny films under 90 minutes", titles[:1], SHORT)
    more = say(conversation, "more", titles[1:2], SHORT)
    answered(more, titles[1:2], SHORT, offers=stored_offers(OFFERED))

    again = ask(conversation, Say("something else", None))[1]
    assert again.behind == "funny films under 90 minutes"
    Turn.objects.filter(request_id=again.request_id).delete()
    offer = ask(conversation, Tap(more.pk, "relaxations", 0))[1]
    assert offer.behind == "funny films under 90 minutes"
    Turn.objects.filter(request_id=offer.request_id).delete()
    # The message still says what was taken back.
    assert not ask(conversation, Remove(first.pk, "moods", "funny"))[1].behind

"""Undo: back to the wish before the last one, step by step."""

from __future__ import annotations

import pytest

from catalog.models import Title
from chat.forms import Remove, Undo
from chat.models import Conversation
from chat.wishes import Refused
from tests.chat.steering import FUNNY, OLD, SHORT, answered, ask, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def test_undo_walks_back_step_by_step(conversation: Conversation, titles: list[Title]) -> None:
    first = say(conversation, "something funny", titles[:3], FUNNY)
    second = say(conversation, "shorter", titles[3:6], SHORT)
    third = say(conversation, "older", titles[6:9], OLD)

    undo, request = ask(conversation, Undo(third.pk))
    assert request.query == SHORT
    assert undo.text == "Undo: without “up to 1989”"
    # As it was when "shorter" was asked: only the first titles had been shown.
    assert request.shown == {title.pk for title in titles[:3]}
    answered(undo, titles[3:6], SHORT)

    again, request = ask(conversation, Undo(undo.pk))
    assert request.query == FUNNY
    assert not request.shown
    assert request.text == first.slate.text if first.slate else False
    answered(again, titles[:3], FUNNY)

    with pytest.raises(Refused, match="nothing to go back to"):
        ask(conversation, Undo(again.pk))
    assert second.before == first


def test_what_follows_an_undo_is_undone_to_it(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "something funny", titles[:3], FUNNY)
    second = say(conversation, "shorter", titles[3:6], SHORT)
    undo = answered(ask(conversation, Undo(second.pk))[0], titles[:3], FUNNY)
    third = say(
        conversation, "before 1990", titles[6:9], FUNNY.model_copy(update={"year_max": 1989})
    )

    assert third.before == first
    assert undo.restores == first
    _, request = ask(conversation, Undo(third.pk))
    assert request.query == FUNNY


def test_what_a_click_showed_may_be_shown_again_by_undo(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "something funny", titles[:3], OLD)
    second = answered(ask(conversation, Remove(first.pk, "years", ""))[0], titles[:4], SHORT)
    third = answered(ask(conversation, Remove(second.pk, "runtime", ""))[0], titles[:5], FUNNY)

    _, request = ask(conversation, Undo(third.pk))

    assert request.query == SHORT
    # The second was asked free to show the first's titles.
    assert not request.shown


def test_only_the_last_wish_is_undone(conversation: Conversation, titles: list[Title]) -> None:
    say(conversation, "something funny", titles[:3], FUNNY)
    second = say(conversation, "shorter", titles[3:6], SHORT)
    say(conversation, "older", titles[6:9], OLD)
    with pytest.raises(Refused, match="newer answer"):
        ask(conversation, Undo(second.pk))

"""Chips changed and added by a click: a Query from the database, checked; nothing is parsed."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Title
from chat.chip_edits import BadWish
from chat.forms import Edit, Remove
from chat.models import Conversation
from chat.wishes import Refused
from tests.chat.steering import FUNNY, OLD, SHORT, answered, ask, edit, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def test_a_changed_chip_asks_a_query_and_parses_nothing(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "a short comedy", titles[:3], SHORT)

    turn, request = ask(conversation, edit(first, "runtime", "", low=[""], high=["100"]))

    assert request.query is not None
    assert request.query.runtime_max == 100
    assert request.query.moods == ("funny",)
    assert turn.text == "“up to 100 min” instead of “up to 90 min”"
    assert not turn.is_typed
    # What a click changes, it may show again.
    assert not request.shown


@pytest.mark.parametrize(
    ("slot", "fields", "bubble"),
    [
        ("moods", {"choice": ["sad"], "less": ["on"]}, "With “less sad”"),
        ("genres_all", {"choice": ["Horror"]}, "With “Horror”"),
        ("genres_any", {"choices": ["Horror", "Crime"]}, "With “Horror or Crime”"),
        ("content_max", {"note": ["scary"], "limit": ["1"]}, "With “little frights”"),
        ("quotas", {"number": ["2"], "choice": ["Horror"]}, "With “2 of Horror”"),
        ("runtime_total", {"number": ["240"]}, "With “4 h in all”"),
        ("like", {"words": ["alein"]}, "With “like Alien (1979)”"),
        (
            "people_required",
            {"words": ["ridley scot"], "role": ["director"]},
            "With “directed by Ridley Scott”",
        ),
        ("people_none", {"words": ["Bill Murray"]}, "With “without Bill Murray”"),
        ("allow_unknown", {}, "With “unknown facts allowed”"),
    ],
)
def test_a_wish_of_any_kind_is_added(
    conversation: Conversation,
    titles: list[Title],
    slot: str,
    fields: dict[str, list[str]],
    bubble: str,
) -> None:
    first = say(conversation, "funny", titles[:3], FUNNY)
    turn, request = ask(conversation, Edit(first.pk, slot, None, fields))
    assert turn.text == bubble
    assert request.query is not None
    assert request.query.moods[0] == "funny"


@pytest.mark.parametrize(
    ("frame", "advice"),
    [
        (("years", None, {"low": ["2000"], "high": ["1990"]}), "first year is after the last"),
        (("years", None, {"low": ["soon"]}), "whole number"),
        (("count", None, {"number": ["400"]}), "20 or less"),
        (("genres_all", None, {"choice": ["Cooking"]}), "Choose one of the list"),
        (("genres_all", None, {}), "Choose one"),
        (("like", None, {"words": ["qqqqqqqq"]}), "no title like"),
        (("people", None, {"words": ["qqqqqqqq"]}), "Nobody here is called"),
        (("runtime", "", {"high": ["90"]}), "already"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(
    conversation: Conversation, titles: list[Title], frame: tuple[Any, ...], advice: str
) -> None:
    first = say(conversation, "a short comedy", titles[:3], SHORT)
    with pytest.raises(BadWish, match=advice):
        ask(conversation, Edit(first.pk, *frame))
    assert conversation.turns.count() == 1


@pytest.mark.parametrize(
    "frame",
    [
        ("evidence", None, {"words": ["x"]}),
        ("moods", "sad", {"choice": ["funny"]}),
        ("nonsense", "", {}),
    ],
)
def test_a_forged_chip_is_refused(
    conversation: Conversation, titles: list[Title], frame: tuple[Any, ...]
) -> None:
    first = say(conversation, "a short comedy", titles[:3], SHORT)
    with pytest.raises(Refused, match="no longer there"):
        ask(conversation, Edit(first.pk, *frame))


def test_two_chips_in_a_row_may_show_what_the_message_showed(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "funny", titles[:3], OLD)
    second, _ = ask(conversation, Remove(first.pk, "years", ""))
    answered(second, titles[3:6], SHORT)

    _, request = ask(conversation, Remove(second.pk, "runtime", ""))

    assert not request.shown


def test_a_click_searches_whatever_the_message_was(
    conversation: Conversation, titles: list[Title]
) -> None:
    verdict = SHORT.model_copy(update={"intent": "feedback"})
    first = say(conversation, "loved the first", titles[:3], verdict)
    _, request = ask(conversation, Remove(first.pk, "runtime", ""))
    assert request.query is not None
    assert request.query.intent == "refine"

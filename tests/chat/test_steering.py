"""Steering by taps: chips changed and added, undo, exact spelling, answers and angles.

Each is asked with a Query from the database; what the browser makes up is refused.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from catalog.models import Title
from chat import asking
from chat.chip_edits import BadWish
from chat.forms import AskLiterally, Edit, Remove, Say, Tap, Undo
from chat.models import Conversation, Turn
from chat.offers import stored_offers
from chat.wishes import Refused
from discovery.models import Pick
from discovery.types import (
    Choice,
    Clarification,
    Correction,
    DiscoveryRequest,
    Query,
    Relaxation,
    Slate,
)
from tests.chat.conversations import answered_turn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

FUNNY = Query.model_validate({"moods": ("funny",), "evidence": {"moods": "funny"}})
SHORT = FUNNY.model_copy(update={"runtime_max": 90})
OLD = SHORT.model_copy(update={"year_max": 1989})
OLD_FUNNY = FUNNY.model_copy(update={"year_max": 1989})


@pytest.fixture
def titles(catalogue: dict[str, Title]) -> list[Title]:
    return list(catalogue.values())


def ask(conversation: Conversation, frame: Any) -> tuple[Turn, DiscoveryRequest]:
    asked = asking.ask(conversation.pk, frame)
    return Turn.objects.get(pk=asked.turn_id), asked.request


def answered(turn: Turn, titles: list[Title], query: Query, **fields: Any) -> Turn:
    """Answer a stored turn by hand."""
    twin = answered_turn(turn.conversation, titles, query=query)
    slate = twin.slate
    twin.delete()
    Turn.objects.filter(pk=turn.pk).update(slate=slate, status=Turn.Status.ANSWERED, **fields)
    turn.refresh_from_db()
    return turn


def say(conversation: Conversation, text: str, titles: list[Title], query: Query) -> Turn:
    return answered(ask(conversation, Say(text, None))[0], titles, query)


def edit(turn: Turn, slot: str, value: str | None, **fields: list[str]) -> Edit:
    return Edit(turn.pk, slot, value, fields)


# --- chips ---


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


# --- undo ---


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


# --- what an answer offers ---

OFFERED = Slate(
    request_id=UUID(int=1), revision=0, query=FUNNY, picks=(), scored_by="retrieval",
    policy_version="test", left_out={},
    relaxations=(Relaxation("Also longer", FUNNY, 4),),
    corrections=(Correction("alein", "Alien"),),
    clarification=Clarification("New or old?", (Choice("Old ones", OLD), Choice("Any", FUNNY))),
    angles=(Choice("a short one", SHORT), Choice("an old one", OLD)),
)  # fmt: skip


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


# --- the page ---


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

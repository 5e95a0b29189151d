"""A click on an older answer: its own wish, changed, without what later turns showed or refused.

The older answer is still on the page with all its chips; who clicks there has seen what followed.
"""

from __future__ import annotations

import pytest

from catalog.models import Title
from chat.forms import AskLiterally, Remove, Tap, Undo
from chat.models import Conversation
from chat.offers import stored_offers
from discovery.types import Query
from genrec.contract import TitleRef
from tests.chat.steering import FUNNY, OFFERED, OLD, SHORT, answered, ask, edit, say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

SCARY = Query.model_validate({"moods": ("scary",), "evidence": {"moods": "scary"}})


def ids(titles: list[Title]) -> set[int]:
    return {title.pk for title in titles}


def refusing(query: Query, title: Title) -> Query:
    ref = TitleRef(mention=title.name, title_id=title.pk, label=str(title))
    return query.model_copy(update={"exclude_titles": (*query.exclude_titles, ref)})


def refused_in(query: Query | None) -> set[int | None]:
    assert query is not None
    return {ref.title_id for ref in query.exclude_titles}


def test_its_own_wish_is_changed_and_later_titles_stay_away(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "something funny", titles[:3], OLD)
    # The second showed one of the first's again.
    say(conversation, "something scary", titles[2:6], SCARY)

    _, request = ask(conversation, Remove(first.pk, "years", ""))

    assert request.query == SHORT
    assert request.shown == ids(titles[2:6])


def test_a_click_on_what_a_click_on_an_older_turn_brought_knows_where_it_came_from(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "something funny", titles[:3], OLD)
    say(conversation, "something scary", titles[3:6], SCARY)
    third, _ = ask(conversation, Remove(first.pk, "years", ""))
    answered(third, titles[6:9], SHORT)

    _, request = ask(conversation, Remove(third.pk, "runtime", ""))

    # Another form of the first wish, so never the second's titles.
    assert request.shown == ids(titles[3:6])


@pytest.mark.parametrize("way", ["remove", "edit", "tap"])
def test_what_was_refused_since_stays_refused_as_a_chip(
    conversation: Conversation, titles: list[Title], way: str
) -> None:
    first = say(conversation, "something funny", titles[:3], OLD)
    answered(first, titles[:3], OLD, offers=stored_offers(OFFERED))
    say(conversation, "not that one", titles[3:6], refusing(OLD, titles[0]))
    # A new wish lets go of it; who goes back to the first has not taken it back.
    say(conversation, "something scary", titles[6:9], SCARY)
    frames = {
        "remove": Remove(first.pk, "years", ""),
        "edit": edit(first, "runtime", "", high=["100"]),
        "tap": Tap(first.pk, "angles", 0),
    }

    turn, request = ask(conversation, frames[way])
    assert refused_in(request.query) == {titles[0].pk}
    assert request.query is not None

    # As every chip it can be removed, and then it stays removed: on the first answer, too.
    answered(turn, titles[1:3], request.query)
    freed, request = ask(conversation, Remove(turn.pk, "exclude_titles", titles[0].name))
    assert request.query is not None
    assert refused_in(request.query) == set()
    answered(freed, titles[1:3], request.query)
    assert refused_in(ask(conversation, frames[way])[1].query) == set()


def test_what_an_undo_took_back_is_not_refused(
    conversation: Conversation, titles: list[Title]
) -> None:
    first = say(conversation, "something funny", titles[:3], OLD)
    second = say(conversation, "not that one", titles[3:6], refusing(OLD, titles[0]))
    undo, _ = ask(conversation, Undo(second.pk))
    answered(undo, titles[:3], OLD)
    _, request = ask(conversation, Remove(first.pk, "years", ""))
    assert refused_in(request.query) == set()


def test_exact_spelling_of_an_older_message_shows_nothing_of_what_followed(
    conversation: Conversation, titles: list[Title]
) -> None:
    say(conversation, "something funny", titles[:2], FUNNY)
    second = say(conversation, "like alein", titles[2:4], SHORT)
    answered(second, titles[2:4], SHORT, offers=stored_offers(OFFERED))
    say(conversation, "but not that one", titles[4:6], refusing(SHORT, titles[7]))

    _, request = ask(conversation, AskLiterally(second.pk))

    # Read in its place, but what came since is known: only its own titles may come again.
    assert request.previous == FUNNY
    assert request.shown == ids([*titles[:2], *titles[4:6], titles[7]])


def test_the_last_answer_is_steered_as_ever(
    conversation: Conversation, titles: list[Title]
) -> None:
    say(conversation, "something funny", titles[:3], FUNNY)
    second = say(conversation, "shorter", titles[3:6], refusing(SHORT, titles[8]))
    _, request = ask(conversation, Remove(second.pk, "runtime", ""))
    assert request.query == refusing(FUNNY, titles[8])
    assert request.shown == ids(titles[:3])

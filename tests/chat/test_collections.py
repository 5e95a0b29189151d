"""Collections on the page: offered, added by a chip, and told in the trace."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from catalog.models import Collection, CurationRule, Title
from chat.asking import Refused, ask
from chat.forms import Add, BadFrame, Remove, Say, read_frame
from chat.models import Conversation
from discovery.shelves import open_shelves, shelf_names
from discovery.trace_report import report_of
from discovery.types import Query
from tests.chat.conversations import answered_turn, open_conversation
from tests.discovery.shelves import CHRISTMAS, shelf

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(visitor: Client, catalogue: dict[str, Title]) -> Conversation:
    shelf(catalogue, *CHRISTMAS)
    return open_conversation(visitor)


def test_the_page_offers_published_collections_that_hold_something(
    visitor: Client, catalogue: dict[str, Title]
) -> None:
    shelf(catalogue, "Alien", name="Shown")
    shelf(catalogue, "Aliens", name="Not yet", published=False)
    shelf(catalogue, name="Empty")
    shelf(catalogue, "Tremors", name="Only drafts")
    Title.objects.filter(name="Tremors").update(status=Title.Status.DRAFT)
    shelf(catalogue, "Gremlins", name="Only blocked")
    CurationRule.objects.create(title=catalogue["Gremlins"], kind="block", reason="rights")

    page = visitor.get("/").content.decode()

    assert [found.name for found in open_shelves()] == ["Shown"]
    assert 'name="collection" value="shown"' in page
    for hidden in ("Not yet", "Empty", "Only drafts", "Only blocked"):
        assert hidden not in page


def test_a_catalogue_without_collections_shows_no_place_for_them(visitor: Client) -> None:
    assert b"shelf" not in visitor.get("/").content


def test_a_collection_starts_a_conversation(conversation: Conversation) -> None:
    asked = ask(conversation.pk, Add("christmas"))

    assert asked.request.query == Query(
        collections=("christmas",), evidence={"collections": "chip"}
    )
    assert conversation.turns.get().text == "From Christmas"


def test_a_collection_joins_what_is_asked_for_and_can_be_removed(
    conversation: Conversation, catalogue: dict[str, Title]
) -> None:
    funny = Query(moods=("funny",), evidence={"moods": "funny"})
    answered_turn(conversation, [catalogue["Gremlins"]], query=funny)
    asked = ask(conversation.pk, Add("christmas"))

    query = asked.request.query
    assert query is not None
    assert (query.moods, query.collections) == (("funny",), ("christmas",))
    assert asked.request.text == "something funny"
    # What the last answer showed may be shown again: this is the same wish, narrowed.
    assert catalogue["Gremlins"].pk not in asked.request.shown
    conversation.turns.filter(pk=asked.turn_id).delete()

    narrowed = answered_turn(conversation, [], query=query)
    asked = ask(conversation.pk, Remove(narrowed.pk, "collections", "christmas"))
    assert asked.request.query == funny
    assert conversation.turns.get(pk=asked.turn_id).text == "Without “from Christmas”"


def test_a_chip_says_the_collections_name(
    visitor: Client, conversation: Conversation, catalogue: dict[str, Title]
) -> None:
    Collection.objects.update(name="Merry Noël")
    answered_turn(conversation, [], query=Query(collections=("christmas",)))
    assert "from Merry Noël" in visitor.get("/").content.decode()

    Collection.objects.update(published=False)
    page = visitor.get("/").content.decode()
    assert "Merry Noël" not in page
    assert "from christmas" in page


@pytest.mark.parametrize("slug", ["never-was", "christmas"])
def test_a_forged_or_doubled_collection_is_refused(conversation: Conversation, slug: str) -> None:
    answered_turn(conversation, [], query=Query(collections=("christmas",)))

    with pytest.raises(Refused):
        ask(conversation.pk, Add(slug))


def test_an_unpublished_collection_can_not_be_added(conversation: Conversation) -> None:
    Collection.objects.update(published=False)

    with pytest.raises(Refused, match="gone"):
        ask(conversation.pk, Add("christmas"))
    assert shelf_names(["christmas"]) == {}


def test_the_frame_that_adds() -> None:
    assert read_frame('{"action": "add", "collection": "christmas"}') == Add("christmas")
    for wrong in ("", "not a slug", "x" * 61):
        with pytest.raises(BadFrame):
            read_frame(json.dumps({"action": "add", "collection": wrong}))


def test_the_trace_calls_it_hard(conversation: Conversation) -> None:
    query = Query(collections=("christmas",), evidence={"collections": "from the Christmas shelf"})
    turn = answered_turn(conversation, [], query=query)
    assert turn.slate is not None

    (wish,) = report_of(turn.slate).wishes

    assert (wish.name, wish.value, wish.kind) == ("collections", "christmas", "hard")
    assert wish.evidence == "from the Christmas shelf"


def test_say_is_still_say() -> None:
    frame = read_frame('{"action": "say", "text": "from the Christmas shelf"}')

    assert isinstance(frame, Say)

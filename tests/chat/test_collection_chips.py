"""A collection through the socket: a click begins a conversation, narrows it, and is taken back."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.models import Collection, CollectionItem, Title
from chat.models import Conversation
from tests.chat.conftest import OpenTab
from tests.chat.conversations import IDLE, WRITING, in_thread, last_turn, titles_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_cache", "genrec_away", "queued", "no_turn_outlives_its_test"),
]
SERIOUS = ("Alien", "Aliens", "Blade Runner", "The Terminator")
# More than a slate holds.
FUNNY = (
    "Spaceballs", "Galaxy Quest", "Dark Star", "Men in Black", "Evolution", "Mars Attacks!",
    "Innerspace", "Short Circuit", "Back to the Future",
)  # fmt: skip


@pytest.fixture
def space(conversation: Conversation) -> Collection:
    shelf = Collection.objects.create(name="Nights in space", slug="space", published=True)
    for place, title in enumerate(Title.objects.filter(name__in=[*SERIOUS, *FUNNY])):
        CollectionItem.objects.create(collection=shelf, title=title, position=place)
    return shelf


async def test_a_collection_starts_is_narrowed_and_removed(
    visitor: Client, conversation: Conversation, space: Collection, open_tab: OpenTab
) -> None:
    tab = await open_tab(visitor, conversation.pk)

    await tab.send(action="add", collection="space")
    await tab.until(WRITING)
    first = await last_turn(conversation)
    assert first.text == "From Nights in space"
    assert "from Nights in space" in tab.received
    shown = set(await titles_of(first))
    assert len(shown) == 6
    assert shown <= {*SERIOUS, *FUNNY}

    await tab.send(action="say", text="only comedies")
    await tab.until("only comedies")
    await tab.until(WRITING)
    narrowed = await last_turn(conversation)
    assert narrowed.slate is not None
    assert narrowed.slate.query["collections"] == ["space"]
    assert set(await titles_of(narrowed)) == set(FUNNY) - shown

    await tab.send(action="remove", turn=narrowed.pk, slot="collections", value="space")
    await tab.until("Without “from Nights in space”")
    await tab.until(WRITING)
    wider = await last_turn(conversation)
    assert wider.slate is not None
    assert "collections" not in wider.slate.query
    assert len(await titles_of(wider)) == 6


async def test_a_collection_that_went_is_refused_in_words(
    visitor: Client, conversation: Conversation, space: Collection, open_tab: OpenTab
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    await in_thread(Collection.objects.update)(published=False)

    await tab.send(action="add", collection="space")

    assert "That collection is gone" in await tab.until('id="notice"')


async def test_an_empty_answer_offers_the_way_out(
    visitor: Client, conversation: Conversation, space: Collection, open_tab: OpenTab
) -> None:
    tab = await open_tab(visitor, conversation.pk)
    await tab.send(action="say", text="a western from the Nights in space collection")
    await tab.until(IDLE)

    turn = await last_turn(conversation)
    assert await titles_of(turn) == []
    assert turn.slate is not None
    assert turn.slate.query["evidence"]["collections"] == "from the Nights in space collection"
    assert "Not only western" in tab.received

"""A draft or a withdrawn title shows through no door, even where it would be the best answer.

"Galaxy Quest" is that title: it is most like Alien but funnier, it is in a collection, somebody
calls it kindred to Alien, the viewer has liked it, and it was an answer before it was withdrawn.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from catalog.embedding import refresh_stale
from catalog.models import (
    Collection,
    CollectionItem,
    Credit,
    CurationRule,
    ExternalId,
    Kindred,
    Person,
    Tag,
    Title,
    TitleTag,
)
from chat.asking import ask
from chat.chips import chips_of
from chat.forms import Say
from discovery.history import load_history
from discovery.models import Feedback, Pick
from discovery.pipeline import discover
from discovery.reasons.explaining import load_context, prompt_facts
from discovery.types import DiscoveryRequest, Event, Finished, Query, Slate, SlateReady
from discovery.understanding.conversation import understand_turn
from discovery.understanding.linking import CatalogueNames
from discovery.understanding.merging import titles_among
from genrec.contract import TitleRef
from tests.catalogue import WISH, make_catalogue
from tests.chat.conversations import answered_turn, open_conversation
from tests.discovery.genrec_http import ScriptedGenRec

pytestmark = pytest.mark.django_db(transaction=True)

HIDDEN = "Galaxy Quest"
LABEL = "Galaxy Quest (1999)"
SECRET_PERSON = "Vera Undisclosed"
Titles = dict[str, Title]


@pytest.fixture(params=[Title.Status.DRAFT, Title.Status.WITHDRAWN])
def titles(request: pytest.FixtureRequest, transactional_db: None, empty_cache: None) -> Titles:
    """The small catalogue with one title that has every reason to be shown, and is hidden."""
    made = make_catalogue()
    hidden, alien = made[HIDDEN], made["Alien"]
    for title in (hidden, alien):
        for term in ("aliens", "outer space"):
            tag, _ = Tag.objects.get_or_create(name=term, defaults={"group": "theme"})
            TitleTag.objects.create(title=title, tag=tag, weight=3)
    Kindred.objects.create(title=alien, other=hidden)
    person = Person.objects.create(name=SECRET_PERSON)
    Credit.objects.create(title=hidden, person=person, role=Credit.Role.DIRECTOR)
    shelf = Collection.objects.create(name="Space nights", slug="space-nights", published=True)
    CollectionItem.objects.create(collection=shelf, title=hidden, position=0)
    CollectionItem.objects.create(collection=shelf, title=alien, position=1)
    CurationRule.objects.create(title=hidden, kind="boost", weight=3, reason="a season of it")
    Title.objects.filter(pk=hidden.pk).update(popularity=1.0)
    refresh_stale()
    Title.objects.filter(pk=hidden.pk).update(status=request.param)
    return made


def answered(request: DiscoveryRequest) -> Slate:
    """Return the last slate, after making sure that the trace is silent as well."""

    async def run() -> Slate:
        server, slates = ScriptedGenRec(), []
        async with server.client() as client, aclosing(discover(request, genrec=client)) as events:
            async for event in events:
                if isinstance(event, SlateReady):
                    slates.append(event.slate)
                elif isinstance(event, Finished):
                    # The words that the viewer said are in it, with no year.
                    assert LABEL not in json.dumps(event.trace.as_json(), default=str)
        return slates[-1]

    return asyncio.run(run())


def said_by(slate: Slate) -> str:
    """Return everything that a slate says: titles, reasons, notes, offers, suggestions."""
    return json.dumps(asdict(slate), default=str)


def alien_like(titles: Titles) -> TitleRef:
    return TitleRef(mention="Alien", title_id=titles["Alien"].pk, label="Alien (1979)")


# --- pages ---


def test_its_page_and_artwork_do_not_exist(titles: Titles, visitor: Client) -> None:
    for name in ("catalog:title", "catalog:artwork"):
        assert visitor.get(reverse(name, args=[titles[HIDDEN].pk])).status_code == 404


def test_it_is_nobodys_neighbour_or_kindred_on_a_page(titles: Titles, visitor: Client) -> None:
    page = visitor.get(titles["Alien"].get_absolute_url()).content.decode()

    assert "More like this" in page
    assert HIDDEN not in page
    assert str(titles[HIDDEN].get_absolute_url()) not in page


def test_a_card_of_before_is_gone_from_the_conversation(titles: Titles, visitor: Client) -> None:
    conversation = open_conversation(visitor)
    answered_turn(conversation, [titles["Tremors"], titles[HIDDEN]])

    page = visitor.get("/").content.decode()

    assert "Tremors" in page
    assert HIDDEN not in page


def test_a_card_of_before_takes_no_more_feedback(titles: Titles, visitor: Client) -> None:
    conversation = open_conversation(visitor)
    turn = answered_turn(conversation, [titles[HIDDEN]])
    pick = Pick.objects.get(slate=turn.slate)

    response = visitor.post(reverse("chat:feedback", args=[pick.pk]), {"kind": "liked"})

    assert response.status_code == 404
    assert HIDDEN not in response.content.decode()


# --- answers ---


@pytest.mark.parametrize(
    "text",
    [WISH, "aliens in outer space, funny", "Surprise me", "anything", "from the space nights shelf",
     f"something like {HIDDEN}", f"by {SECRET_PERSON}"],
)  # fmt: skip
def test_no_answer_to_words_has_it(titles: Titles, text: str) -> None:
    slate = answered(DiscoveryRequest(uuid4(), text, count=20))

    assert titles[HIDDEN].pk not in {pick.title.title_id for pick in slate.picks}
    # The viewer's own words may come back; that they name a title may not.
    assert LABEL not in said_by(slate)
    assert all(ref.title_id is None for ref in slate.query.like if ref.mention == HIDDEN)
    assert all(p.person_id is None for p in slate.query.people_required)


@pytest.mark.parametrize("allow_unknown", [False, True])
def test_no_answer_to_a_query_has_it(titles: Titles, allow_unknown: bool) -> None:
    queries = (
        Query(intent="more_like", like=(alien_like(titles),), allow_unknown=allow_unknown),
        Query(collections=("space-nights",), allow_unknown=allow_unknown),
        Query(themes=("aliens", "outer space"), allow_unknown=allow_unknown),
        Query(allow_unknown=allow_unknown),
        Query(year_min=2050, allow_unknown=allow_unknown),
    )
    for query in queries:
        slate = answered(DiscoveryRequest(uuid4(), "", query=query, count=20))
        assert HIDDEN not in said_by(slate)


def test_no_reason_speaks_of_a_liked_title_that_is_hidden(titles: Titles) -> None:
    history = (Event(titles[HIDDEN].pk, "liked"),)

    slate = answered(DiscoveryRequest(uuid4(), "a comedy", history=history, count=20))

    assert slate.picks
    assert HIDDEN not in said_by(slate)


def test_no_generated_reason_may_speak_of_it(titles: Titles, visitor: Client) -> None:
    conversation = open_conversation(visitor)
    hidden = titles[HIDDEN]
    Feedback.objects.create(viewer=conversation.viewer, title=hidden, kind="liked")
    label = TitleRef(mention=HIDDEN, title_id=hidden.pk, label=str(hidden))
    turn = answered_turn(conversation, [titles["Tremors"]], query=Query(like=(label,)))

    context = load_context(Pick.objects.get(slate=turn.slate))

    assert hidden.pk in {event.title_id for event in load_history(conversation.viewer)}
    assert (context.references, context.liked) == ((), ())
    assert HIDDEN not in prompt_facts(context)


def test_the_batch_door_keeps_it(titles: Titles, tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    imdb = ExternalId.objects.get(title=titles[HIDDEN], source=ExternalId.Source.IMDB).value
    history = [{"imdb": imdb, "event": "liked"}]
    records = [
        {"id": 1, "text": WISH},
        {"id": 2, "text": "from the space nights shelf", "history": history},
        {"id": 3, "text": "a funny science fiction film", "history": history},
    ]
    source.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")

    call_command("discover", "--in", str(source), "--out", str(target), "--no-llm", "--top", "20")

    assert HIDDEN not in target.read_text(encoding="utf-8")


# --- understanding ---


def test_its_name_is_linked_to_nothing(titles: Titles) -> None:
    names = CatalogueNames()

    assert names.titles(["galaxy quest"]) == {}
    assert names.similar_title("galaxy qest") is None
    assert titles_among([HIDDEN]) == {}
    assert names.people(["vera undisclosed"]) == {}
    assert names.similar_person("vera undisclosd") is None


@pytest.mark.parametrize("text", [f"like {HIDDEN}", "like Galaxy Qest", f"not {HIDDEN}"])
def test_no_chip_or_note_gives_it_away(titles: Titles, text: str) -> None:
    parsed = understand_turn(text, None, ())

    assert all("1999" not in chip.label for chip in chips_of(parsed.query))
    assert all("1999" not in note for note in parsed.notes)


def test_more_like_the_first_counts_the_cards_that_are_there(titles: Titles) -> None:
    """What was withdrawn is no card any more: the first is the one that the viewer sees first."""
    shown = (titles[HIDDEN].pk, titles["Tremors"].pk)

    parsed = understand_turn("more like the first", Query(), shown)

    assert [ref.title_id for ref in parsed.query.like] == [titles["Tremors"].pk]


def test_a_question_in_the_chat_links_nothing_hidden(titles: Titles, visitor: Client) -> None:
    conversation = open_conversation(visitor)
    answered_turn(conversation, [titles[HIDDEN], titles["Tremors"]])
    asked = ask(conversation.pk, Say("more like the first", None))

    slate = answered(asked.request)

    assert HIDDEN not in said_by(slate)


# --- collections ---


def test_a_collection_of_hidden_titles_is_not_offered(titles: Titles, visitor: Client) -> None:
    assert "Space nights" in visitor.get("/").content.decode()
    Title.objects.filter(name="Alien").update(status=Title.Status.DRAFT)

    assert "Space nights" not in visitor.get("/").content.decode()

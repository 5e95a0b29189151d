"""The page and what works without a socket, for its owner and for nobody else."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Title
from chat.chips import chips_of
from chat.models import Conversation, Turn
from discovery.models import Exposure, Feedback, Pick, Slate
from discovery.types import Query
from tests.chat.conversations import answered_turn, open_conversation, viewer_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def titles() -> list[Title]:
    names = ("Galaxy Quest", "Tremors", "Gremlins")
    return [Title.objects.create(name=name, year=1990, runtime_min=100) for name in names]


def test_the_first_visit_makes_a_conversation_and_the_next_continues_it(visitor: Client) -> None:
    first = open_conversation(visitor)
    page = visitor.get("/").content.decode()
    assert f'ws-connect="/ws/c/{first.pk}/"' in page
    assert Conversation.objects.count() == 1


def test_an_empty_conversation_offers_starters(visitor: Client) -> None:
    page = visitor.get("/").content.decode()
    assert "What are you in the mood for?" in page
    assert page.count('class="starter"') >= 4


def test_a_new_conversation_is_new_unless_the_last_one_is_empty(
    visitor: Client, titles: list[Title]
) -> None:
    first = open_conversation(visitor)
    assert visitor.post("/c/new/")["Location"] == f"/c/{first.pk}/"
    answered_turn(first, titles)
    address = visitor.post("/c/new/")["Location"]
    assert address != f"/c/{first.pk}/"
    assert visitor.get(address).status_code == 200


def test_a_new_conversation_is_not_made_by_a_link(visitor: Client) -> None:
    assert visitor.get("/c/new/").status_code == 405


def test_a_reload_shows_the_conversation_whole(visitor: Client, titles: list[Title]) -> None:
    conversation = open_conversation(visitor)
    query = Query.model_validate({"moods": ("funny",), "year_min": 1980})
    first = answered_turn(
        conversation,
        titles,
        query=query,
        note="GenRec isn't answering.",
        offers={"relaxations": [{"label": "Also older", "gains": 4, "query": {}}],
                "suggestions": ["Surprise me"]},
    )  # fmt: skip
    second = conversation.turns.create(text="and darker?", status=Turn.Status.STOPPED)
    written = Pick.objects.filter(slate=first.slate).first()
    assert written is not None
    Pick.objects.filter(pk=written.pk).update(
        reason_status=Pick.ReasonStatus.GENERATED, generated_reason="It parodies space opera."
    )
    Feedback.objects.create(viewer=conversation.viewer, title=titles[1], kind="seen")

    page = visitor.get(f"/c/{conversation.pk}/").content.decode()

    assert page.index(f'id="turn-{first.pk}"') < page.index(f'id="turn-{second.pk}"')
    for chip in chips_of(query):
        assert chip.label in page
    assert "It parodies space opera." in page
    assert "Tremors is funny." in page
    assert "GenRec isn&#x27;t answering." in page
    assert "Also older" in page
    assert "Surprise me" in page
    assert page.count('aria-pressed="true"') == 1


@pytest.mark.parametrize(
    ("turn_status", "reason_status", "state"),
    [
        ("running", "template", "answering"),
        ("answered", "writing", "writing"),
        ("answered", "template", "writing"),
        ("answered", "rejected", "idle"),
        ("stopped", "template", "idle"),
        ("failed", "template", "idle"),
    ],
)
def test_the_composer_knows_what_is_under_way(
    visitor: Client, titles: list[Title], turn_status: str, reason_status: str, state: str
) -> None:
    conversation = open_conversation(visitor)
    answered_turn(conversation, titles, status=turn_status, reason_status=reason_status)
    page = visitor.get("/").content.decode()
    assert f'class="composer-buttons" data-state="{state}"' in page


def test_a_query_of_another_version_costs_its_chips_and_nothing_else(
    visitor: Client, titles: list[Title], caplog: pytest.LogCaptureFixture
) -> None:
    turn = answered_turn(open_conversation(visitor), titles)
    Slate.objects.filter(turns=turn).update(query={"flavour": "salty"})
    page = visitor.get("/").content.decode()
    assert "Tremors is funny." in page
    assert "query not readable" in caplog.text


def test_a_reason_that_a_dead_worker_left_behind_is_not_waited_for(
    visitor: Client, titles: list[Title], settings: LazySettings
) -> None:
    settings.GENREC_REASON_TIMEOUT_S = -31
    conversation = open_conversation(visitor)
    answered_turn(conversation, titles, reason_status=Pick.ReasonStatus.WRITING)
    assert 'class="composer-buttons" data-state="idle"' in visitor.get("/").content.decode()


def test_showing_a_slate_is_an_exposure_once(visitor: Client, titles: list[Title]) -> None:
    turn = answered_turn(open_conversation(visitor), titles)
    visitor.get("/")
    visitor.get("/")
    exposed = Exposure.objects.filter(pick__slate=turn.slate)
    assert list(exposed.order_by("position").values_list("position", flat=True)) == [0, 1, 2]


def test_the_page_takes_a_fixed_number_of_queries(
    visitor: Client, titles: list[Title], django_assert_max_num_queries: object
) -> None:
    conversation = open_conversation(visitor)
    for _ in range(5):
        answered_turn(conversation, titles)
    visitor.get("/")
    with django_assert_max_num_queries(35):  # type: ignore[operator]
        visitor.get("/")


# --- whose it is ---


def test_another_viewers_conversation_is_not_there(visitor: Client, other_visitor: Client) -> None:
    conversation = open_conversation(visitor)
    assert other_visitor.get(f"/c/{conversation.pk}/").status_code == 404
    assert other_visitor.get(f"/c/{uuid4()}/").status_code == 404
    assert visitor.get(f"/c/{conversation.pk}/").status_code == 200


def test_not_even_an_operator_reads_it_in_the_chat(visitor: Client, operator: User) -> None:
    conversation = open_conversation(visitor)
    staff = Client()
    staff.force_login(operator)
    assert staff.get(f"/c/{conversation.pk}/").status_code == 404


def test_another_viewers_card_takes_no_feedback(
    visitor: Client, other_visitor: Client, titles: list[Title]
) -> None:
    turn = answered_turn(open_conversation(visitor), titles)
    assert turn.slate is not None
    pick = turn.slate.picks.all()[0]
    open_conversation(other_visitor)
    answer = other_visitor.post(f"/feedback/{pick.pk}/", {"kind": "liked"})
    assert answer.status_code == 404
    assert not Feedback.objects.exists()


# --- feedback ---


def feedback_address(visitor: Client, titles: list[Title]) -> str:
    turn = answered_turn(open_conversation(visitor), titles)
    assert turn.slate is not None
    return f"/feedback/{turn.slate.picks.all()[0].pk}/"


def kinds(visitor: Client) -> set[str]:
    return set(viewer_of(visitor).feedback.values_list("kind", flat=True))


def test_feedback_answers_with_the_buttons_and_pressing_again_undoes_it(
    visitor: Client, titles: list[Title]
) -> None:
    address = feedback_address(visitor, titles)
    first = visitor.post(address, {"kind": "liked"}, headers={"hx-request": "true"})
    assert first.content.decode().count('aria-pressed="true"') == 1
    assert kinds(visitor) == {"liked"}
    again = visitor.post(address, {"kind": "liked"}, headers={"hx-request": "true"})
    assert 'aria-pressed="true"' not in again.content.decode()
    assert kinds(visitor) == set()


def test_like_and_dislike_replace_each_other_and_seen_goes_with_both(
    visitor: Client, titles: list[Title]
) -> None:
    address = feedback_address(visitor, titles)
    for kind in ("liked", "seen", "disliked"):
        visitor.post(address, {"kind": kind}, headers={"hx-request": "true"})
    assert kinds(visitor) == {"disliked", "seen"}


def test_feedback_works_without_scripts(visitor: Client, titles: list[Title]) -> None:
    address = feedback_address(visitor, titles)
    answer = visitor.post(address, {"kind": "seen"})
    assert answer.status_code == 302
    page = visitor.get(answer["Location"].split("#")[0]).content.decode()
    assert page.count('aria-pressed="true"') == 1
    # Every card's form carries its own token then.
    assert page.count("csrfmiddlewaretoken") == len(titles) + 1


@pytest.mark.parametrize("kind", ["", "loved", "saved"])
def test_feedback_that_means_nothing_is_refused_in_words(
    visitor: Client, titles: list[Title], kind: str
) -> None:
    answer = visitor.post(feedback_address(visitor, titles), {"kind": kind})
    assert answer.status_code == 400
    assert "liked, disliked or seen" in answer.content.decode()


def test_feedback_needs_a_post_and_a_token(visitor: Client, titles: list[Title]) -> None:
    address = feedback_address(visitor, titles)
    assert visitor.get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = visitor.cookies
    assert strict.post(address, {"kind": "liked"}).status_code == 403
    assert kinds(visitor) == set()


def test_pages_without_an_icon_find_one(visitor: Client) -> None:
    assert visitor.get("/favicon.ico")["Location"].endswith("favicon.svg")


# --- the status pill ---


@pytest.mark.usefixtures("empty_cache")
def test_the_pill_says_that_genrec_is_away_and_remembers_it(
    visitor: Client, settings: LazySettings
) -> None:
    first = visitor.get("/genrec-status/").content.decode()
    assert 'data-state="away"' in first or 'data-state="warming_up"' in first
    assert 'data-state="checking"' not in visitor.get("/").content.decode()

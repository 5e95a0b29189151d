"""Turns without titles: facts of one, what is noted, what is known of a taste."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from catalog.models import Title
from discovery.answers.titleless import (
    NOTHING_NOTED,
    answer_of_taste,
    answer_of_titles,
    notes_of_feedback,
    notes_of_turn,
)
from discovery.types import DiscoveryRequest, Event
from genrec.contract import Query, TitleRef
from tests.catalogue import make_catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture
def titles() -> dict[str, Title]:
    return {title.name: title for title in make_catalogue().values()}


def ask(question: str, title: Title) -> str:
    (said,) = answer_of_titles(question, [title.pk])
    return said


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("who directed Alien?", "Alien (1979): directed by Ridley Scott."),
        ("how long is Alien", "Alien (1979): 117 minutes."),
        ("what year is Alien from", "Alien (1979): from 1979."),
        ("who is in Alien?", "Alien (1979): with Sigourney Weaver and Tom Skerritt."),
        ("is Tom Skerritt in Alien?", "Alien (1979): yes, Tom Skerritt is in its cast."),
        ("what age is Alien for?", "Alien (1979): its age rating isn't known."),
    ],
)
def test_a_question_is_answered_from_the_row(
    titles: dict[str, Title], question: str, answer: str
) -> None:
    assert ask(question, titles["Alien"]) == answer


def test_an_unknown_fact_is_said_to_be_unknown(titles: dict[str, Title]) -> None:
    assert ask("how long is Critters?", titles["Critters"]).endswith("isn't known here.")
    assert "scariness: not known" in ask("is Critters scary?", titles["Critters"])


def test_content_comes_from_the_notes(titles: dict[str, Title]) -> None:
    title = titles["Gremlins"]
    title.content_notes = {"scary": 2, "gore": 0}
    title.age_min = 12
    title.save()
    assert ask("is it scary or gory?", title) == (
        "Gremlins (1984): scariness: a fair amount; gore: none."
    )
    assert "Meant for 12 and older" in ask("ok for an 8 year old?", title).replace("meant", "Meant")


def test_nobody_is_put_into_a_cast(titles: dict[str, Title]) -> None:
    said = ask("is Meryl Streep in Alien?", titles["Alien"])
    assert said.startswith("Alien (1979): not among the people that the catalogue lists")
    assert "Meryl" not in said


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is there a lot of blood in Alien?", "gore: not known"),
        ("Does the cat die in it?", "who lives and who dies isn't told here"),
        ("Does anyone survive in Alien?", "who lives and who dies isn't told here"),
        ("Is this in English?", "its language and country isn't known here"),
        ("Is the film in black and white?", "117 minutes"),
        ("Is Anya in it?", "not among the people that the catalogue lists"),
        ("Is Weaver in it?", "yes, Sigourney Weaver is in its cast"),
        ("Is Ridley Sco in it?", "not among the people that the catalogue lists"),
    ],
)
def test_only_a_name_asks_for_a_person(
    titles: dict[str, Title], question: str, answer: str
) -> None:
    assert answer in ask(question, titles["Alien"])


def test_a_title_that_is_not_published_is_not_spoken_of(titles: dict[str, Title]) -> None:
    title = titles["Alien"]
    title.status = Title.Status.WITHDRAWN
    title.save()
    (said,) = answer_of_titles("who directed Alien?", [title.pk])
    assert "Alien" not in said


@pytest.mark.parametrize(
    ("sad", "answer"),
    [(None, "how it ends isn't known"), (0, "isn't marked as sad"), (1, "its ending is sad")],
)
def test_an_ending_is_told_as_far_as_it_is_known(
    titles: dict[str, Title], sad: int | None, answer: str
) -> None:
    title = titles["Gremlins"]
    title.content_notes = {} if sad is None else {"sad_ending": sad}
    title.save()
    assert answer in ask("does it end well, is the ending happy?", title)


def test_taste_is_of_what_was_not_disliked_and_came_twice(titles: dict[str, Title]) -> None:
    history = [Event(titles[name].pk, "disliked") for name in ("Alien", "Blade Runner")]
    history += [Event(titles[name].pk, "seen") for name in ("Toy Story", "Fargo")]
    said = " ".join(answer_of_taste(history))

    assert "2 disliked and 2 seen" in said
    assert "Comedy (2)" in said
    assert "the 1990s (2)" in said
    assert "Ridley Scott" not in said
    assert "(1)" not in said


def test_taste_is_counted_from_the_history(titles: dict[str, Title]) -> None:
    liked = [titles[name] for name in ("Ghostbusters", "Evolution", "Gremlins")]
    history = [Event(title.pk, "liked") for title in liked]
    history.append(Event(titles["Alien"].pk, "disliked"))
    notes = answer_of_taste(history)
    assert notes[0] == "What I have to go by: 3 liked and 1 disliked."
    assert "Comedy (3)" in notes[1]
    assert "Ivan Reitman (2)" in " ".join(notes)
    assert "Ridley Scott" not in " ".join(notes)
    assert "Your history" in notes[-1]


def test_without_a_history_nothing_is_claimed() -> None:
    (note,) = answer_of_taste(())
    assert not re.search(r"\d", note)


def test_a_verdict_on_nothing_named_says_so() -> None:
    request = DiscoveryRequest(request_id=uuid4(), text="these are great", previous=Query())
    assert notes_of_turn(request, Query(intent="feedback")) == [NOTHING_NOTED]
    assert notes_of_turn(request, Query(intent="refine")) == []


def test_a_tap_is_no_verdict_in_words() -> None:
    tapped = DiscoveryRequest(request_id=uuid4(), text="", query=Query(intent="feedback"))
    assert notes_of_turn(tapped, Query(intent="feedback")) == []


def test_a_verdict_is_repeated_as_noted() -> None:
    alien, heat = TitleRef(mention="x", title_id=1, label="Alien"), TitleRef(mention="Heat")
    notes = notes_of_feedback(Query(), Query(like=(alien,), unlike=(heat,), exclude_titles=(heat,)))
    assert len(notes) == 2
    assert "liked Alien" in notes[0]
    assert "didn't like Heat" in notes[1]
    assert notes_of_feedback(Query(like=(alien,)), Query(like=(alien,))) == []

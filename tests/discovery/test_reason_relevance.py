"""Sentences that are true and say nothing lose to the template reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from catalog.facts import TitleFacts
from catalog.ontology import load_ontology
from discovery.reasons.explaining import prompt_facts
from discovery.reasons.grounding import check_reason
from discovery.reasons.naming import check_names
from discovery.reasons.relevance import (
    check_article,
    check_asked,
    check_doubling,
    check_identity,
    check_sentence,
    check_shared,
)
from discovery.reasons.templates import _HOW, _NOT_HOW, ReasonContext, in_our_words, says_how
from genrec.contract import PersonRef, Query

WITCH = TitleFacts(
    title_id=1,
    kind="film",
    name="The Witch",
    year=2015,
    runtime_min=92,
    genres=("Horror", "Mystery"),
    directors=("Robert Eggers",),
    tags=("folk horror", "slow burn", "bleak"),
)
WISH = Query(moods=("slow burn", "folk horror"))
IDLE = "The Witch is a horror film made in 2015, and Robert Eggers directed it."
TELLING = "The Witch is a horror film described as slow burn, directed by Robert Eggers."


def test_a_sentence_that_drops_every_link_is_refused() -> None:
    context = ReasonContext(WITCH, WISH)
    assert check_reason(TELLING, context).ok
    assert check_reason(IDLE, context).note == "says nothing of the wish"


def test_a_title_is_described_as_its_terms_and_is_none_of_them() -> None:
    context = ReasonContext(WITCH, WISH)
    odd = "The Witch is a folk horror, a mystery by Robert Eggers."
    assert check_reason(odd, context).note == "says nothing of the wish"


def test_a_title_is_what_its_moods_say_wherever_they_stand() -> None:
    context = ReasonContext(WITCH, Query(moods=("bleak",), themes=("folk horror",)))
    assert check_reason("The Witch is a bleak horror mystery from 2015.", context).ok
    assert not check_reason("The Witch is a folk horror mystery from 2015.", context).ok


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("is described as bleak and heist, and", "is described as bleak and tagged heist, and"),
        ("described as heist, bleak and making music.", None),
        ("A mystery described as heist", "A mystery tagged heist"),
        ("described as making music and heist", "tagged making music and heist"),
        ("described as bleak", "described as bleak"),
        ("described as heist-like", "described as heist-like"),
        ("described as something else", "described as something else"),
    ],
)
def test_things_are_tagged_and_moods_described(written: str, shown: str | None) -> None:
    tagged = replace(WITCH, tags=("bleak", "heist", "making music"))
    wish = Query(moods=("bleak",), themes=("heist", "making music"))
    shown = shown or "described as bleak and tagged heist and making music."
    assert in_our_words(written, ReasonContext(tagged, wish)) == shown


def test_a_film_has_no_film() -> None:
    context = ReasonContext(WITCH, Query())
    odd = "The Witch has a horror mystery film from 2015."
    assert check_reason(odd, context).note == "says 'has a horror mystery film'"


def test_whose_it_is_is_said_once() -> None:
    context = ReasonContext(WITCH, Query())
    twice = "The Witch is Robert Eggers's horror film, directed by Robert Eggers."
    assert check_reason(twice, context).note == "names Robert Eggers twice"
    assert check_reason("The Witch is Robert Eggers's horror film.", context).ok


def test_without_a_link_a_plain_sentence_will_do() -> None:
    assert check_reason(IDLE, ReasonContext(WITCH, Query(moods=("funny",)))).ok


def test_a_name_does_not_begin_with_another_word() -> None:
    theater = replace(WITCH, name="Mystery Science Theater 3000: The Movie", cast=("Jo Doe",))
    context = ReasonContext(theater, Query())
    for start in ("Mystery Science Theater 3000", "Director Eggers", "Starring Jo Doe, it"):
        assert check_names(f"{start} is horror.", context) == "", start
    for start in ("Mood Science Theater 3000", "Funny Theater"):
        assert check_names(f"{start} is horror.", context).startswith("names"), start


def test_a_word_does_not_stand_beside_itself() -> None:
    funny = replace(WITCH, genres=("Comedy", "Horror"), tags=("funny",))
    context = ReasonContext(funny, Query(moods=("funny",)))
    assert check_reason("The Witch is a horror comedy, described as funny.", context).ok
    for words in ("comedy comedy, described as funny", "funny, described as funny"):
        assert check_reason(f"The Witch is a {words}.", context).note.startswith("says '")


def test_nobody_is_said_to_be_asked_for_who_was_not() -> None:
    asked = ReasonContext(WITCH, Query(people=(PersonRef(mention="Robert Eggers"),)))
    sentence = "You asked for Robert Eggers, and The Witch is a horror film that he made."
    assert check_asked(sentence, asked) == ""
    said = check_asked(sentence, ReasonContext(WITCH, WISH))
    assert said == "says that Robert Eggers was asked for"


def test_what_is_not_known_to_be_shared_is_not_said_to_be() -> None:
    context = ReasonContext(WITCH, WISH)
    sentence = "The Witch is described as slow burn, and it is also by Robert Eggers."
    assert check_reason(sentence, context).note == "says 'also by'"
    assert check_reason(sentence.replace("also ", ""), context).ok
    northman = replace(WITCH, title_id=2, name="The Northman")
    assert check_reason(sentence, replace(context, references=(northman,))).ok


@pytest.mark.parametrize("field", ["references", "liked"])
@pytest.mark.parametrize("role", ["directors", "cast", "writers"])
def test_what_somebody_made_played_or_wrote_is_shared(field: str, role: str) -> None:
    other = TitleFacts(2, "film", "The Northman", 2022, 137, ("Drama",))
    context = ReasonContext(WITCH, WISH)
    sentence = "The Witch is described as slow burn, and it is also by Robert Eggers."

    alone: dict[str, Any] = {field: (other,)}
    assert check_shared(sentence, replace(context, **alone))
    theirs: dict[str, Any] = {role: ("Robert Eggers",)}
    shared: dict[str, Any] = {field: (replace(other, **theirs),)}
    assert check_shared(sentence, replace(context, **shared)) == ""


def test_a_name_that_doubles_a_word_may_be_named() -> None:
    liar = replace(WITCH, name="Liar Liar")
    assert check_doubling("Liar Liar is a horror mystery.", ReasonContext(liar, Query())) == ""
    assert check_doubling("It is like Liar Liar.", ReasonContext(WITCH, Query())) != ""
    like = ReasonContext(WITCH, Query(), references=(liar,))
    assert check_doubling("It is like Liar Liar.", like) == ""


def test_a_director_is_named_not_called_the_director() -> None:
    context = ReasonContext(WITCH, WISH)
    said = "The Witch is a slow burn by Robert Eggers, directed by the director."
    assert check_reason(said, context).note == "says 'by the director'"
    assert check_doubling("It is by the director of Alien.", context) == ""


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("Files!", "is only a name"),
        ("From the Files!", "is only a name"),
        ("From the Files! in English, directed by David Zucker.", "claims nothing"),
        (
            "David Zucker directed From the Files!, a comedy directed by Jerry Zucker.",
            "says twice who directed it",
        ),
        ("From the Files! is a comedy directed by David Zucker.", ""),
        ("David Zucker directed it, and it is a comedy.", ""),
        ("A comedy from 1988, close to Airplane! in its comedy, described as silly.", ""),
        ("From the Files!, which David Zucker directed in 1988.", ""),
    ],
)
def test_a_reason_is_a_sentence(said: str, note: str) -> None:
    named = replace(WITCH, name="From the Files!")
    context = ReasonContext(named, WISH)
    assert check_sentence(said, context) == note
    # Too short ones are refused before.
    assert not (note and check_reason(said, context).ok)
    fragment = "From the Files! in horror, described as slow burn."
    assert check_reason(fragment, context).note == "claims nothing"


@pytest.mark.parametrize(
    "said",
    [
        "The Witch is a family-friendly film described as family-friendly.",
        "The Witch is bleak, described as bleak.",
        "The Witch has a horror comedy from 2015, directed by Robert Eggers.",
    ],
)
def test_what_was_said_is_not_said_again(said: str) -> None:
    assert check_doubling(said, ReasonContext(WITCH, WISH)).startswith("says ")
    noir = "The Witch is a crime film described as film noir."
    assert check_doubling(noir, ReasonContext(WITCH, WISH)) == ""


def test_a_title_is_nobody() -> None:
    context = ReasonContext(WITCH, WISH)
    said = "The Witch is Robert Eggers, a folk horror described as slow burn."
    assert check_reason(said, context).note == "says 'The Witch is Robert Eggers'"
    assert check_identity("The Witch is Robert Eggers's folk horror.", context) == ""
    assert check_identity("Its director is Robert Eggers.", context) == ""


def test_a_person_asked_for_is_a_link() -> None:
    by = Query(people=(PersonRef(mention="Eggers", person_id=3, label="Robert Eggers"),))
    assert check_reason(IDLE, ReasonContext(WITCH, by)).ok
    nameless = "The Witch is a horror mystery made in 2015."
    assert check_reason(nameless, ReasonContext(WITCH, by)).note == "says nothing of the wish"


def test_a_term_of_two_words_claims_no_shorter_one() -> None:
    assert check_reason(TELLING, ReasonContext(WITCH, WISH)).ok
    slow = TELLING.replace("slow burn", "folk horror and slow")
    assert "'slow'" in check_reason(slow, ReasonContext(WITCH, WISH)).note


@pytest.mark.parametrize(
    ("kind", "word", "ok"),
    [
        ("film", "film", True),
        ("film", "series", False),
        ("series", "series", True),
        ("series", "film", False),
        ("series", "movie", False),
    ],
)
def test_films_and_series_are_called_what_they_are(kind: str, word: str, ok: bool) -> None:
    context = ReasonContext(replace(WITCH, kind=kind), WISH)
    verdict = check_reason(TELLING.replace("film", word), context)
    assert verdict.ok is ok, verdict.note


def test_a_name_may_hold_the_other_kinds_word() -> None:
    show = replace(WITCH, name="The Truman Show", tags=("satirical",))
    sentence = "The Truman Show is a mystery described as satirical, by Robert Eggers."
    assert check_reason(sentence, ReasonContext(show, Query(moods=("satirical",)))).ok


@pytest.mark.parametrize(
    ("phrase", "ok"), [("a action film", False), ("an action film", True), ("a unique film", True)]
)
def test_articles_are_heard(phrase: str, ok: bool) -> None:
    assert (check_article(f"RoboCop is {phrase} of 1987.", ReasonContext(WITCH, WISH)) == "") is ok


def test_the_model_is_told_what_links_a_title_to_the_wish() -> None:
    facts = prompt_facts(ReasonContext(WITCH, WISH))
    assert "described as slow burn and folk horror" in facts
    assert "director Robert Eggers" in facts


def test_words_that_say_how_a_title_is_are_terms() -> None:
    assert set(load_ontology().terms) >= (_HOW | _NOT_HOW)
    assert [says_how(term) for term in ("funny", "twisty", "heist", "parody")] == [1, 1, 0, 0]

"""When a question is asked, which one, and what its answers ask."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from discovery.answers.clarifying import (
    QUESTIONS,
    Row,
    _answered,
    best_question,
    clarify,
    is_good,
    load_rows,
    margin,
    specificity,
    which_title,
    worth_of,
)
from discovery.types import Candidate, DiscoveryRequest
from discovery.understanding.lexical import Parsed
from genrec.contract import Query, TitleRef
from tests.catalogue import make_catalogue

ALIKE = [Candidate(number, 1.0 - number / 1000) for number in range(100)]
SHOWN = {0, 1, 2, 3, 4, 5}
REQUEST = DiscoveryRequest(request_id=uuid4(), text="a film")


def rows(*spec: tuple[int, str, str, int]) -> list[Row]:
    return [
        Row(kind, year, {genre}) for n, kind, genre, year in spec for _ in range(n)
    ]  # fmt: skip


MIXED = rows(
    (15, "film", "Comedy", 2005),
    (15, "film", "Thriller", 2008),
    (15, "film", "Drama", 2010),
    (15, "film", "Action", 2003),
)


def test_the_question_splits_the_candidates_best() -> None:
    asked = best_question(Query(), MIXED)
    assert asked is not None
    assert asked.question == "What sort of story?"
    assert len(asked.choices) == 4
    eras = rows(*((15, "film", "Western", year) for year in (1950, 1985, 2005, 2020)))
    assert best_question(Query(), eras).question == "From which years?"  # type: ignore[union-attr]


def test_what_was_said_is_not_asked() -> None:
    asked = best_question(Query(genres_all=("Comedy",)), MIXED)
    assert asked is None or asked.question != "What sort of story?"


def test_no_question_is_asked_twice() -> None:
    first = best_question(Query(), MIXED)
    assert first is not None
    again = best_question(Query(), MIXED, asked=(first.question,))
    assert again is None or again.question != first.question


def test_alike_candidates_are_no_reason_to_ask() -> None:
    assert best_question(Query(), rows((60, "film", "Western", 1960))) is None


def test_an_answer_is_a_query_with_the_answer_as_a_chip() -> None:
    asked = best_question(Query(countries=("France",)), MIXED)
    assert asked is not None
    query = asked.choices[0].query
    assert query.countries == ("France",)
    assert query.genres_any == ("Comedy",)
    assert query.evidence["genres_any"] == "chip"


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_answer_answers_its_question(question: object) -> None:
    for answer in question.answers:  # type: ignore[attr-defined]
        assert set(answer.update) & question.answered_by  # type: ignore[attr-defined]
        Query.model_validate(dict(answer.update))


def test_answers_that_hardly_anything_fits_are_not_offered() -> None:
    few = [*MIXED, *rows((3, "film", "Western", 1950), (4, "film", "Western", 1990))]
    asked = best_question(Query(genres_none=("Drama",), moods=("funny",)), few)
    assert asked is None or "Before 1980" not in [choice.label for choice in asked.choices]
    eras = rows((3, "film", "Western", 1950), (20, "film", "War", 1990), (20, "film", "War", 2005))
    years = best_question(Query(), eras)
    assert years is not None
    assert [choice.label for choice in years.choices] == ["1980s and 90s", "2000 to 2014"]


def test_an_uneven_split_is_not_worth_a_question() -> None:
    assert best_question(Query(), rows((56, "film", "War", 1990), (4, "film", "War", 2005))) is None


def test_a_tone_is_added_to_the_moods_and_refines() -> None:
    light, dark = QUESTIONS[2].answers[0], QUESTIONS[2].answers[3]
    query = _answered(Query(intent="more_like", moods=("weird",)), light)
    assert query.moods == ("weird", "light")
    assert query.intent == "refine"
    assert dark.fits(Row("film", 2000, tags={"bleak"}))
    assert not dark.fits(Row("film", 2000, tags={"funny"}))


def test_a_homonym_that_the_wish_dropped_is_not_asked_about() -> None:
    old, new = (TitleRef(mention="Paprika", title_id=pk, label=f"P {pk}") for pk in (1, 2))
    assert which_title(Parsed(Query(), homonyms=((new, old),))) is None


def test_a_specific_wish_is_good() -> None:
    said = Query(genres_all=("Comedy",), year_min=1980, runtime_max=100)
    assert specificity(said) == 3
    assert is_good(said, ALIKE, SHOWN, matching=500)
    assert not is_good(Query(), ALIKE, SHOWN, matching=500)


def test_few_titles_need_no_question() -> None:
    assert is_good(Query(), ALIKE, SHOWN, matching=20)


def test_titles_that_stand_out_need_no_question() -> None:
    above = [replace(c, score=c.score + 9 * (c.title_id in SHOWN)) for c in ALIKE]
    assert margin(above, SHOWN) > margin(ALIKE, SHOWN)
    assert is_good(Query(), above, SHOWN, matching=500)


def test_an_even_split_is_worth_more() -> None:
    assert worth_of({"a": 30, "b": 30}, 60) > worth_of({"a": 50, "b": 10}, 60)
    assert worth_of({"a": 30, "b": 30}, 60) > worth_of({"a": 5, "b": 5}, 60)


def test_homonyms_are_asked_about_even_beside_a_good_slate() -> None:
    old, new = (
        TitleRef(mention="Paprika", title_id=pk, label=f"Paprika ({year})")
        for pk, year in ((1, 1991), (2, 2006))
    )
    query = Query(intent="more_like", like=(new,), moods=("weird", "surreal", "dark"))
    parsed = Parsed(query, homonyms=((new, old),))
    asked = clarify(REQUEST, parsed, ALIKE, SHOWN, matching=500)
    assert asked is not None
    assert asked.question == "Which Paprika do you mean?"
    assert asked.choices[1].query.like == (old,)
    again = replace(REQUEST, asked=(asked.question,))
    assert clarify(again, parsed, ALIKE, SHOWN, matching=500) is None


ONE, ANOTHER = (TitleRef(mention="Jam", title_id=pk, label=f"Jam {pk}") for pk in (1, 2))
# What is asked whenever anything is.
HOMONYM = Parsed(Query(like=(ONE,)), homonyms=((ONE, ANOTHER),))


@pytest.mark.parametrize(
    "request_",
    [
        replace(REQUEST, asked_lately=True),
        replace(REQUEST, query=Query()),
        replace(REQUEST, surface="home"),
    ],
)
def test_when_nothing_is_asked(request_: DiscoveryRequest) -> None:
    assert clarify(request_, HOMONYM, ALIKE, SHOWN, matching=500) is None


def test_nothing_is_asked_without_cards_or_of_another_intent() -> None:
    assert clarify(REQUEST, HOMONYM, ALIKE, SHOWN, matching=500) is not None
    assert clarify(REQUEST, HOMONYM, ALIKE, set(), matching=500) is None
    surprise = replace(HOMONYM, query=HOMONYM.query.model_copy(update={"intent": "surprise"}))
    assert clarify(REQUEST, surprise, ALIKE, SHOWN, matching=500) is None


@pytest.mark.django_db
def test_rows_are_read_with_genres() -> None:
    titles = make_catalogue()
    (row,) = load_rows([Candidate(titles["Alien"].pk, 1.0)])
    assert row.year == 1979
    assert row.genres == {"Horror", "Science Fiction"}

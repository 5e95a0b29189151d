"""Directions of a broad wish: three, with at least five titles each, and none for a clear wish."""

from __future__ import annotations

import pytest

from catalog.models import Title
from discovery.answers import angles
from discovery.answers.angles import (
    MIN_TITLES,
    Direction,
    angles_of,
    choose,
    directions_of,
    is_broad,
)
from discovery.answers.counting import count_matches
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.eligibility import eligibility_of
from genrec.contract import Query, TitleRef


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query", [Query(), Query(text="rainy sunday"), Query(genres_all=("Comedy",))]
)
def test_each_angle_of_a_broad_wish_has_five_titles(
    query: Query, embedded_catalogue: dict[str, Title], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(angles, "MIN_MATCHING", 20)
    eligibility = eligibility_of(query, ())
    matching = count_matches(eligibility).matching
    candidates = RetrieveCandidates(query, (), eligibility, matching)().candidates
    choices = angles_of(query, candidates, matching)

    assert len(choices) == 3
    assert len({choice.label for choice in choices}) == 3
    for choice in choices:
        narrowed = eligibility_of(choice.query, ())
        assert count_matches(narrowed).matching >= MIN_TITLES
        assert choice.query != query


@pytest.mark.parametrize(
    "query",
    [
        Query(like=(TitleRef(mention="Alien", title_id=1),)),
        Query(text="a lonely keeper of a lighthouse goes mad"),
        Query(genres_all=("Comedy",), year_min=1980, runtime_max=100),
        Query(moods=("funny",), themes=("heist",), year_min=1990),
        Query(intent="ask_title"),
    ],
    ids=["title", "words", "filters", "terms", "a title's name"],
)
def test_a_wish_with_a_direction_gets_none(query: Query) -> None:
    assert not is_broad(query)


def test_few_matches_get_none() -> None:
    assert angles_of(Query(), [], matching=angles.MIN_MATCHING - 1) == ()


@pytest.mark.django_db
def test_what_the_wish_says_and_what_most_have_is_no_direction(
    catalogue: dict[str, Title],
) -> None:
    ids = [title.pk for title in catalogue.values()]
    query = Query(genres_all=("Horror",), genres_none=("Romance",), year_min=1980)
    labels = {one.label for one in directions_of(query, ids)}

    assert not {"Horror", "Romance", "Drama", "Adventure"} & labels
    assert not any(label.startswith("From the") for label in labels)
    assert {"From the 1990s", "Romance"} <= {one.label for one in directions_of(Query(), ids)}
    for one in directions_of(Query(), ids):
        assert MIN_TITLES <= len(one.titles) <= angles.MAX_SHARE * len(ids)


def test_of_two_alike_the_other_kind_is_taken() -> None:
    def direction(label: str, kind: str, *titles: range) -> Direction:
        return Direction(label, kind, {}, frozenset(n for some in titles for n in some))

    chosen = choose(
        [
            direction("Comedy", "genre", range(40)),
            direction("War", "genre", range(40, 60)),
            direction("From the 1990s", "decade", range(60, 78)),
        ]
    )
    assert [one.label for one in chosen] == ["Comedy", "From the 1990s", "War"]


def test_directions_hardly_overlap_and_differ_in_kind() -> None:
    def direction(label: str, kind: str, first: int, last: int) -> Direction:
        return Direction(label, kind, {}, frozenset(range(first, last)))

    chosen = choose(
        [
            direction("Comedy", "genre", 0, 40),
            direction("Romance", "genre", 5, 38),
            direction("Horror", "genre", 40, 58),
            direction("From the 1990s", "decade", 60, 70),
            direction("Tense", "moods", 42, 60),
        ]
    )
    # Romance is within comedy, and horror says what tense says.
    assert [one.label for one in chosen] == ["Comedy", "Tense", "From the 1990s"]

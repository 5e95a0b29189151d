"""The shape of an evening, ages, people left out, and wishes the catalogue can't answer."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.understanding.lexical import parse
from genrec.contract import HARD_FIELDS
from tests.discovery.names import FewNames

NAMES = FewNames()
NOISE = {"kinds", "evidence", "text", "intent"}


def said(message: str) -> dict[str, Any]:
    fields = parse(message, NAMES).query.said()
    for name in ("like", "people", "people_required", "people_none"):
        if name in fields:
            fields[name] = [ref["label"] for ref in fields[name]]
    return {name: value for name, value in fields.items() if name not in NOISE}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("three comedies and a drama", {"count": 4, "quotas": {"Comedy": 3, "Drama": 1}}),
        ("2 horror movies and 1 comedy", {"count": 3, "quotas": {"Horror": 2, "Comedy": 1}}),
        ("one western, one musical and two thrillers", {
            "count": 4, "quotas": {"Western": 1, "Musical": 1, "Thriller": 2}}),
        ("a comedy and a drama", {"genres_all": ["Comedy", "Drama"]}),
        ("three comedies", {"count": 3, "genres_all": ["Comedy"]}),
        ("two films in four hours", {"count": 2, "runtime_total": 240}),
        ("we have three hours for two movies", {"count": 2, "runtime_total": 180}),
        ("a double feature in under four hours", {"count": 2, "runtime_total": 240}),
        ("two comedies in four hours", {
            "count": 2, "runtime_total": 240, "genres_all": ["Comedy"]}),
        ("two comedies and a western in five hours", {
            "count": 3, "quotas": {"Comedy": 2, "Western": 1}, "runtime_total": 300}),
        ("three thrillers under two hours", {
            "count": 3, "runtime_max": 120, "genres_all": ["Thriller"]}),
        ("I have 95 minutes", {"runtime_max": 95}),
        ("we've got an hour and a half", {"runtime_max": 90}),
    ],
)  # fmt: skip
def test_an_evening_has_a_shape(message: str, expected: dict[str, Any]) -> None:
    assert said(message) == expected


@pytest.mark.parametrize(
    ("message", "age"),
    [
        ("with my kids, 7 and 10", 7),
        ("for my kids (10, 7)", 7),
        ("for my kids, 7 and 10 years old", 7),
        ("for my 8 and 11 year olds", 8),
        ("kids aged 5 and 8, something funny", 5),
        ("my daughter is 6", 6),
        ("with our seven year old", 7),
        ("for a toddler", 3),
        ("with my kids", 10),
        ("for the kids, nothing r-rated", 10),
        ("for a 6 and a 9 year old", 6),
        ("for a 6 or an 8 year old", 6),
        ("for a one year old", 1),
        ("my son is a year old", 1),
        ("my kids are one and four", 1),
        ("my son is one", 1),
    ],
)
def test_the_youngest_who_watches_counts(message: str, age: int) -> None:
    assert said(message) == {"age_max": age} | ({"moods": ["funny"]} if "funny" in message else {})


@pytest.mark.parametrize(
    ("message", "age"),
    [
        ("with my kids, a comedy please", 10),
        ("something for the kids, a cartoon", 10),
        ("for the kids, one comedy", 10),
        ("with the kids, two comedies", 10),
        ("our kids are away this weekend, a thriller", None),
        ("the boys are at school", None),
        ("my kids are asleep", None),
        ("our kids are tennis players", None),
        ("our kids are one of a kind", None),
    ],
)
def test_an_article_is_no_age(message: str, age: int | None) -> None:
    assert said(message).get("age_max") == age


@pytest.mark.parametrize("message", ["kids, 7 films please", "my son, 34 years of age, loves Jaws"])
def test_other_numbers_beside_children_are_no_ages(message: str) -> None:
    assert said(message).get("age_max") in {None, 10}


@pytest.mark.parametrize(
    ("message", "evidence"),
    [
        ("a comedy without Tom Hanks", "without Tom Hanks"),
        ("leave out tom hanks", "leave out tom hanks"),
        ("nothing with Tom Hanks", "nothing with Tom Hanks"),
        ("anything but Tom Hanks", "anything but Tom Hanks"),
    ],
)
def test_people_are_left_out_in_the_viewers_words(message: str, evidence: str) -> None:
    query = parse(message, NAMES).query

    assert [person.text for person in query.people_none] == ["Tom Hanks"]
    assert query.people_required == query.people == ()
    assert query.evidence["people_none"] == evidence


def test_a_refused_surname_is_left_out() -> None:
    assert said("no Spielberg") == {"people_none": ["Steven Spielberg"]}


@pytest.mark.parametrize(
    ("message", "site"),
    [
        ("at least 7 on IMDb", "IMDb"),
        ("rated over 8 on imdb", "IMDb"),
        ("90% on Rotten Tomatoes", "Rotten Tomatoes"),
    ],
)
def test_ratings_of_other_sites_are_not_known_and_that_is_said(message: str, site: str) -> None:
    parsed = parse(message, NAMES)

    assert said(message) == {}
    assert parsed.query.text == ""
    assert site in parsed.notes[0]


@pytest.mark.parametrize(
    ("message", "places"),
    [
        ("only on Netflix", ["Netflix"]),
        ("a comedy on netflix or hulu", ["Netflix", "Hulu"]),
        ("available on Disney+", ["Disney+"]),
        ("preferably on Netflix", None),
        ("I saw Jaws on Netflix", None),
    ],
)
def test_where_a_title_can_be_watched(message: str, places: list[str] | None) -> None:
    assert said(message).get("availability") == places


@pytest.mark.parametrize(
    ("message", "languages"),
    [
        ("in English or Korean", ["English", "Korean"]),
        ("in French, German or Italian", ["French", "German", "Italian"]),
        ("in French or Korean films", ["French"]),
    ],
)
def test_several_languages(message: str, languages: list[str]) -> None:
    assert said(message)["languages"] == languages


@pytest.mark.parametrize(
    "message",
    [
        "not the usual for me",
        "unlike what I usually watch",
        "something I wouldn't normally watch",
        "away from my usual",
        "I'd never watch normally",
    ],
)
def test_unlike_ones_habits(message: str) -> None:
    assert said(message)["novelty"] == "unusual"


def test_every_hard_field_cites_the_viewer() -> None:
    message = "two films on Netflix in four hours with my kids, 7 and 9, without Tom Hanks"
    query = parse(message, NAMES).query

    for name in HARD_FIELDS & set(query.said()):
        assert query.evidence[name].split("; ")[0] in message


LONG = (
    "My partner is away this weekend and I have the house to myself for once. I have been in the "
    "mood for some good horror lately, but last night I also enjoyed a thriller very much, so "
    "please tell me what to put on after dinner on Saturday."
)


def test_genres_named_here_and_there_in_a_long_message_are_alternatives() -> None:
    query = parse(LONG, FewNames()).query

    assert set(query.genres_any) == {"Horror", "Thriller"}
    assert query.genres_all == ()


def test_a_mixed_genre_stays_mixed_in_a_long_message() -> None:
    mixed = LONG.replace("some good horror lately", "a good horror comedy").replace(
        "a thriller", "it"
    )

    assert set(parse(mixed, FewNames()).query.genres_all) == {"Horror", "Comedy"}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("the sixties rather than the seventies", {"year_min": 1960, "year_max": 1969}),
        ("forget the 2000s, a 70s film", {"year_min": 1970, "year_max": 1979}),
        ("it mustn't run for 100 minutes", {"runtime_max": 100}),
        ("nothing that lasts three hours or longer", {"runtime_max": 180}),
        ("four is enough", {"count": 4}),
        ("rule out westerns", {"genres_none": ["Western"]}),
        ("my sister can't stand creepy films", {"moods": ["less creepy"]}),
    ],
)
def test_what_is_given_up_borne_or_enough(message: str, expected: dict[str, Any]) -> None:
    fields = said(message)

    assert {name: fields.get(name) for name in expected} == expected

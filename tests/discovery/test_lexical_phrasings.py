"""Many ways to say how many, how long, from where, and what better not."""

from __future__ import annotations

from typing import Any

import pytest

from discovery.understanding.lexical import parse
from tests.discovery.names import FewNames

NAMES = FewNames()
COMEDY, DRAMA = ("Comedy",), ("Drama",)


def slots_of(message: str) -> dict[str, Any]:
    """Everything that was read, without notes of origin; intents and kinds are tested elsewhere."""
    said = parse(message, NAMES).query.model_dump(exclude_defaults=True)
    return {k: v for k, v in said.items() if k not in {"evidence", "version", "intent", "kinds"}}


@pytest.mark.parametrize(
    ("message", "slots"),
    [
        ("just three", {"count": 3}),
        ("one is enough", {"count": 1}),
        ("two films for tonight, four hours in total", {"count": 2, "runtime_total": 240}),
        ("need to kill two hours", {"runtime_max": 120}),
        ("no black and white", {"moods": ("less black-and-white",)}),
        ("a drama, British", {"genres_all": DRAMA, "countries": ("United Kingdom",)}),
        ("make it British", {"countries": ("United Kingdom",)}),
        ("forget the comedy, a drama please", {"genres_all": DRAMA, "text": "forget"}),
        ("a drama instead of a comedy", {"genres_all": DRAMA}),
        ("a comedy rather than drama", {"genres_all": COMEDY}),
        ("a comedy, more about the jokes than the drama",
         {"genres_all": COMEDY, "text": "jokes"}),
        ("I like comedy and drama", {"genres_any": ("Comedy", "Drama")}),
        ("I'd like a comedy and drama mix", {"genres_all": ("Comedy", "Drama")}),
        ("I love films that mix comedy and drama", {"genres_all": ("Comedy", "Drama")}),
        ("westerns and horror", {"genres_any": ("Western", "Horror")}),
        ("comedy, drama and horror",
         {"genres_any": ("Comedy", "Drama", "Horror")}),
        ("a horror western", {"genres_all": ("Horror", "Western")}),
        ("a drama of the 20th century", {"genres_all": DRAMA, "year_max": 1999}),
        ("20th century dramas", {"genres_all": DRAMA, "year_max": 1999}),
        ("20th century women", {"text": "20th century women"}),
        ("films nobody has heard of", {"novelty": "unusual"}),
        ("only two please", {"count": 2}),
        ("give me two", {"count": 2}),
        ("narrow it down to four", {"count": 4}),
        ("two or three thrillers", {"count": 3, "genres_all": ("Thriller",)}),
        ("a couple of westerns", {"count": 2, "genres_all": ("Western",)}),
        ("a dozen westerns", {"count": 12, "genres_all": ("Western",)}),
        ("half a dozen westerns", {"count": 6, "genres_all": ("Western",)}),
        ("a pair of documentaries", {"count": 2, "genres_all": ("Documentary",)}),
        ("one film for tonight", {"count": 1}),
        ("just one good movie please", {"count": 1}),
        ("top 5 heist films", {"count": 5, "themes": ("heist",), "text": "heist"}),
        ("at most five suggestions", {"count": 5}),
        ("six ideas for a rainy day", {"count": 6, "moods": ("cosy",), "text": "ideas"}),
        ("3 comedies and a drama", {"count": 4, "quotas": {"Comedy": 3, "Drama": 1}}),
        ("a western and two musicals", {"count": 3, "quotas": {"Western": 1, "Musical": 2}}),
        ("something to watch for two hours or so", {"runtime_min": 105, "runtime_max": 135}),
        ("half an hour of something funny",
         {"runtime_min": 15, "runtime_max": 45, "moods": ("funny",)}),
        ("a comedy, not too long", {"runtime_max": 120, "genres_all": COMEDY}),
        ("nothing too long", {"runtime_max": 120}),
        ("nothing that is very long please", {"runtime_max": 120}),
        ("a drama that isn't overly long", {"runtime_max": 120, "genres_all": DRAMA}),
        ("a drama from not too long ago", {"text": "ago", "genres_all": DRAMA}),
        ("a comedy for an hour or two", {"runtime_max": 120, "genres_all": COMEDY}),
        ("between 90 and 120 minutes", {"runtime_min": 90, "runtime_max": 120}),
        ("90-120 minutes", {"runtime_min": 90, "runtime_max": 120}),
        ("a comedy, two hours is fine", {"runtime_max": 120, "genres_all": COMEDY}),
        ("from the past decade", {"year_min": 2004}),
        ("a drama from the last few years", {"year_min": 2009, "genres_all": DRAMA}),
        ("a 1994 crime film", {"year_min": 1994, "year_max": 1994, "genres_all": ("Crime",)}),
        ("PG-13 at most", {"age_max": 13}),
        ("a hand-drawn western, not for kids",
         {"genres_all": ("Western",), "moods": ("hand-drawn",)}),
        ("I've got an hour forty for a drama", {"genres_all": DRAMA, "runtime_max": 100}),
        ("something French that isn't pretentious",
         {"countries": ("France",), "moods": ("less pretentious",)}),
        ("something Italian, not too arty", {"countries": ("Italy",), "moods": ("less arty",)}),
        ("something Japanese and quiet", {"countries": ("Japan",), "moods": ("quiet",)}),
        ("Korean, but not about the war",
         {"countries": ("South Korea",), "moods": ("less war",)}),
    ],
)  # fmt: skip
def test_counts_lengths_and_places(message: str, slots: dict[str, Any]) -> None:
    assert slots_of(message) == slots


@pytest.mark.parametrize(
    ("message", "mood"),
    [
        ("nothing too heavy", "heavy"),
        ("nothing slow", "meditative"),
        ("less talky", "talky"),
        ("without too much talking", "talking"),
        ("not depressing", "bleak"),
        ("don't want anything childish", "childish"),
        ("never cheesy", "silly"),
        ("without being crude", "vulgar"),
        ("fewer explosions", "explosive"),
        ("isn't boring", "boring"),
        ("not so sad", "sad"),
        ("no clowns please", "clowns"),
    ],
)
def test_a_negated_word_counts_against_a_title(message: str, mood: str) -> None:
    assert slots_of(message) == {"moods": (f"less {mood}",)}


@pytest.mark.parametrize(
    ("message", "slots"),
    [
        ("anything but romcoms", {"genres_none": ("Romance",)}),
        ("hardly any violence", {"content_max": {"violence": 1}}),
        ("zero jump scares", {"content_max": {"scary": 0}}),
        ("free of gore", {"content_max": {"gore": 0}}),
        ("drop the horror", {"genres_none": ("Horror",)}),
        ("I'm sick of musicals", {"genres_none": ("Musical",)}),
    ],
)
def test_other_words_for_no(message: str, slots: dict[str, Any]) -> None:
    assert slots_of(message) == slots


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("a man who is not married", "married"),
        ("a western that isn't John Wayne", "John"),
        ("films that aren't the shining", "shining"),
        ("no idea", "idea"),
        ("not a slow person but a pianist", "pianist"),
    ],
)
def test_what_negates_no_quality_stays_text(message: str, word: str) -> None:
    query = parse(message, NAMES).query

    assert word in query.text.split() or not query.moods
    assert f"less {word.lower()}" not in query.moods


@pytest.mark.parametrize(
    "message",
    [
        "the one film I loved",
        "one film that changed my life",
        "just three years old",
        "a film about two brothers",
        "the seven samurai",
    ],
)
def test_other_numbers_are_no_count(message: str) -> None:
    assert parse(message, NAMES).query.count is None


@pytest.mark.parametrize(
    "message", ["Tom Hanks comedies", "a Tom Hanks comedy", "a Tom Hanks film"]
)
def test_a_name_right_before_what_it_is_must_hold(message: str) -> None:
    query = parse(message, NAMES).query
    assert [person.label for person in query.people_required] == ["Tom Hanks"]


@pytest.mark.parametrize(
    ("message", "field", "label"),
    [
        ("without Alien please", "exclude_titles", "Alien (1979)"),
        ("anything but Titanic", "exclude_titles", "Titanic (1997)"),
        ("films that aren't The Matrix", "exclude_titles", "The Matrix (1999)"),
        ("closer to Jaws than to Titanic", "unlike", "Titanic (1997)"),
        ("closer to Jaws than to Titanic", "like", "Jaws (1975)"),
    ],
)
def test_words_that_lead_to_titles(message: str, field: str, label: str) -> None:
    query = parse(message, NAMES).query
    assert [ref.label for ref in getattr(query, field)] == [label]


def test_telly_is_a_series() -> None:
    assert parse("a telly drama", NAMES).query.kinds == ("series",)


def test_one_film_is_a_film_and_a_number_too_large_is_none() -> None:
    assert parse("one film for tonight", NAMES).query.kinds == ("film",)
    assert parse("30 films please", NAMES).query.count is None

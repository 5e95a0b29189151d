"""Follow-ups about the last cards, and what a patch is called so that it can be undone."""

from __future__ import annotations

import pytest

from discovery.understanding.cards import Shown, read_card_words
from discovery.understanding.changes import changes
from discovery.understanding.lexical import parse
from discovery.understanding.refining import patch_or_anew
from genrec.contract import Query
from tests.discovery.names import FewNames

NAMES = FewNames()
CARDS = [
    Shown(2, "Aliens (1986)", 1986, 137),
    Shown(12, "Groundhog Day (1993)", 1993, 101),
    Shown(13, "Blade Runner (1982)", 1982, 117),
    Shown(14, "Scary Movie (2000)", 2000, 88),
]


def turn(message: str, previous: Query | None) -> Query:
    parsed = parse(message, NAMES)
    fields = read_card_words(parsed.message, CARDS, CARDS)
    return patch_or_anew(parsed.message, parsed.query, previous, fields)


@pytest.fixture
def previous() -> Query:
    return turn("something like Alien but funnier, under two hours, nothing before 1980", None)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("I've seen the first two, hated the third",
         {"exclude_titles": [2, 12], "unlike": [13], "like": [1]}),
        ("not the second", {"exclude_titles": [12], "like": [1]}),
        ("I've seen the first and the last", {"exclude_titles": [2, 14], "like": [1]}),
        ("I've seen all of them", {"exclude_titles": [2, 12, 13, 14], "like": [1]}),
        ("skip number 3", {"exclude_titles": [13], "like": [1]}),
        ("seen the last two", {"exclude_titles": [13, 14], "like": [1]}),
        ("loved the fourth", {"like": [14]}),
        ("more like the second and the third", {"like": [12, 13]}),
        ("more like teh secnd", {"like": [12]}),
    ],
)  # fmt: skip
def test_cards_by_their_place(
    previous: Query, message: str, expected: dict[str, list[int]]
) -> None:
    query = turn(message, previous)

    for name in ("like", "unlike", "exclude_titles"):
        assert [ref.title_id for ref in getattr(query, name)] == expected.get(name, []), name
    assert query.runtime_max == 120
    assert query.text == ""


@pytest.mark.parametrize(
    ("message", "gone", "added"),
    [
        ("older ones", [], ["up to 1989"]),
        ("less sad", [], ["less sad"]),
        ("a bit shorter", ["at most 120 min"], ["at most 108 min"]),
        ("these are too long", ["at most 120 min"], ["at most 108 min"]),
        ("too violent", [], ["little violence"]),
        ("no gore", [], ["no gore"]),
        ("without Tom Hanks", [], ["without Tom Hanks"]),
        ("less funny", ["funny"], ["less funny"]),
        ("no Alien", ["like Alien (1979)"], ["not Alien (1979)"]),
        ("only on Netflix", [], ["on Netflix"]),
    ],
)
def test_a_patch_has_words(
    previous: Query, message: str, gone: list[str], added: list[str]
) -> None:
    after = turn(message, previous)
    expected = (*(f"- {words}" for words in gone), *(f"+ {words}" for words in added))

    assert changes(previous, after) == expected
    # Undone, everything that came goes, and what went comes back.
    undone = (*(f"- {words}" for words in added), *(f"+ {words}" for words in gone))
    assert changes(after, previous) == undone


def test_the_first_query_of_a_conversation_is_all_new(previous: Query) -> None:
    assert changes(None, previous) == (
        "+ funny",
        "+ from 1980 on",
        "+ at most 120 min",
        "+ like Alien (1979)",
    )
    assert changes(previous, previous) == ()


@pytest.mark.parametrize(
    "message",
    ["something else", "other ones please", "show me more", "anything else?", "none of these"],
)
def test_asking_for_others_keeps_the_query(previous: Query, message: str) -> None:
    assert changes(previous, turn(message, previous)) == ()


def test_asking_for_a_mood_ends_its_refusal(previous: Query) -> None:
    refused = turn("less funny", previous)

    assert refused.moods == ("less funny",)
    assert turn("but funnier", refused).moods == ("funny",)


def test_asking_for_somebody_ends_the_refusal(previous: Query) -> None:
    refused = turn("without Tom Hanks", previous)
    asked = turn("with Tom Hanks", refused)

    assert refused.people_none
    assert asked.people_none == ()
    assert [person.text for person in asked.people_required] == ["Tom Hanks"]
    assert turn("no Tom Hanks", asked).people_required == ()


def test_a_new_number_ends_the_quotas() -> None:
    counted = turn("three comedies and a drama", None)

    assert turn("make it westerns", counted).quotas == {}
    assert turn("no gore", counted).quotas == {"Comedy": 3, "Drama": 1}


@pytest.mark.parametrize(
    "message",
    ["The older I get, the more I like lighthouses", "lighthouses, newer suggestions are welcome"],
)
def test_what_compares_nothing_with_the_cards_sets_no_year(message: str) -> None:
    query = turn(message, None)

    assert (query.year_min, query.year_max) == (None, None)


BOUNDS = {"year_min": 1980, "year_max": 2005, "runtime_min": 60, "runtime_max": 120}


@pytest.mark.parametrize(
    ("message", "moved"),
    [
        ("older ones", {"year_max": 1989}),
        ("nothing older please", {"year_min": 1990}),
        ("I don't want older films", {"year_min": 1990}),
        ("no older ones", {"year_min": 1990}),
        ("could you avoid older ones", {"year_min": 1990}),
        ("nothing newer", {"year_max": 1990}),
        ("nothing longer", {"runtime_max": 109}),
        ("older ones but not longer", {"year_max": 1989, "runtime_max": 109}),
        ("no longer ones", {"runtime_max": 109}),
        ("nothing shorter", {"runtime_min": 109}),
        ("nothing too old", {"year_min": 1991}),
        ("no, older", {"year_max": 1989}),
        ("do you have nothing older?", {"year_max": 1989}),
        ("don't you have anything older?", {"year_max": 1989}),
        ("I no longer want a thriller", {}),
        ("The second one is no longer available", {}),
        ("drop the long ones", {}),
        ("drop the old ones", {}),
        ("forget the old stuff", {}),
        ("I no longer care how long it is", {"runtime_min": None, "runtime_max": None}),
        ("forget about how old they are", {"year_min": None, "year_max": None}),
        ("drop the old limit", {"year_min": None, "year_max": None}),
        ("old doesn't matter", {"year_min": None, "year_max": None}),
    ],
)
def test_what_is_refused_is_never_the_bound(message: str, moved: dict[str, int | None]) -> None:
    asked = turn("a thriller between 60 and 120 minutes, from 1980 to 2005", None)
    query = turn(message, asked)

    assert {name: getattr(query, name) for name in BOUNDS} == BOUNDS | moved
    assert (query.text, query.moods) == ("", ())
    assert query.evidence.keys() >= {name for name, value in moved.items() if value}


def test_what_is_no_longer_wanted_or_there_goes() -> None:
    asked = turn("a thriller", None)

    assert turn("I no longer want a thriller", asked).genres_all == ()
    gone = turn("The second one is no longer available", asked)
    assert [ref.title_id for ref in gone.exclude_titles] == [12]
    assert gone.genres_all == ("Thriller",)


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        ("no old films", "year_min", 1990),
        ("nothing recent", "year_max", 1999),
        ("not too long", "runtime_max", 90),
        ("nothing before 1980", "year_min", 1980),
        ("two and a half hours at most", "runtime_max", 150),
    ],
)
def test_only_a_number_widens_a_bound(message: str, field: str, value: int) -> None:
    asked = turn("a thriller under 90 minutes, from the 90s", None)

    assert getattr(turn(message, asked), field) == value

"""What asks for nothing sets no condition: habits, the past, permissions, when a story plays."""

from __future__ import annotations

import pytest

from discovery.understanding.lexical import parse
from discovery.understanding.refining import patch_or_anew
from genrec.contract import HARD_FIELDS, Query
from tests.discovery.names import FewNames

NAMES = FewNames()


def read(message: str) -> Query:
    return parse(message, NAMES).query


def hard(query: Query) -> dict[str, object]:
    """The conditions that a message set, but for films or series and titles to leave out."""
    names = HARD_FIELDS - {"kinds", "exclude_titles"}
    return {name: value for name in names if (value := getattr(query, name))}


@pytest.mark.parametrize(
    "message",
    [
        "I've been watching a lot of horror lately",
        "most of what I watch is psychological thrillers",
        "I usually watch French comedies",
        "we saw a western from the 60s on Netflix last week",
        "my brother recommended some Korean horror films",
        "I don't mind musicals",
        "documentaries are fine as well",
        "black and white is okay",
        "it's not necessarily a comedy",
        "it doesn't have to be an old film",
        "I don't mean a romance movie where he gets the girl",
        "Most horror films these days are not scary",
        "a lonely lighthouse keeper, set in the 1930s",
        "what life was like during the 1950s",
        "the 2011 film made me dizzy",
        "it was actually released in 2013",
        "comedies are v much welcome",
        "I've seen every Tom Hanks film",
        "I'm already well-acquainted with Tom Hanks films",
        "I enjoy a good documentary",
        "good conversations, like the kind in Tom Hanks movies",
        "I don't mind if there's no action",
    ],
)
def test_what_asks_for_nothing_sets_no_condition(message: str) -> None:
    assert hard(read(message)) == {}


@pytest.mark.parametrize(
    "message",
    [
        "it may be sad",
        "it can be a bit scary",
        "these may also be slow",
        "can be violent",
        "the ending might be sad",
        "they could even have zombies",
        "I don't mind if it's sad",
        "sad is fine",
        "sad endings are ok",
        "it doesn't have to be funny",
        "it may contain nudity",
    ],
)
def test_what_is_put_up_with_is_no_wish(message: str) -> None:
    query = read(f"a thriller, {message}")
    assert query.genres_all == ("Thriller",)
    assert (query.moods, query.themes, query.text) == ((), (), "")


@pytest.mark.parametrize(
    ("message", "moods"),
    [
        ("bonus points if it's funny", ("funny",)),
        ("a sad one would do", ("sad",)),
        ("funny ones welcome", ("funny",)),
        ("can be violent, but must be funny", ("funny",)),
        ("it may be slow as long as it's funny", ("funny",)),
        ("can it be funny?", ("funny",)),
        ("I want something sad that can be shown at school", ("sad",)),
    ],
)
def test_what_would_be_liked_is_a_wish(message: str, moods: tuple[str, ...]) -> None:
    assert read(message).moods == moods


def test_a_permission_lifts_what_was_refused() -> None:
    before = Query(moods=("less sad", "less scary", "funny"), genres_all=("Comedy",))
    after = patch_or_anew("it may be sad", read("it may be sad"), before, {})
    assert after.moods == ("less scary", "funny")
    assert after.genres_all == ("Comedy",)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("I watched a comedy yesterday, now I want a western", {"genres_all": ("Western",)}),
        ("we saw Heat and want a thriller", {"genres_all": ("Thriller",)}),
        ("something like the westerns I watched as a kid", {"genres_all": ("Western",)}),
        ("I want a western and black and white is fine", {"genres_all": ("Western",)}),
        ("a thriller, my mom likes comedies", {"genres_all": ("Thriller",)}),
        ("a western, two and a half hours max", {"genres_all": ("Western",), "runtime_max": 150}),
        ("two hours is fine", {}),
        ("anything French is fine", {}),
        ("horror from the 80s", {"genres_all": ("Horror",), "year_min": 1980, "year_max": 1989}),
        ("dramas set in the 70s, made after 2000", {"genres_all": ("Drama",), "year_min": 2001}),
        ("a comedy with a little drama", {"genres_all": ("Comedy",)}),
        ("thrillers or movies about isolation", {}),
        ("I'm not looking for anything before 1970", {"year_min": 1970}),
        ("I'm not looking for a documentary", {"genres_none": ("Documentary",)}),
        ("it shouldn't be an animated film", {"genres_none": ("Animation",)}),
        ("I don't enjoy horror", {"genres_none": ("Horror",)}),
        ("old films for my mum. They don't have to be old", {}),
        ("made in the 2000s though older ones are welcome", {"year_max": 2009}),
        ("a tense family drama", {"genres_all": ("Drama",)}),
        ("a drama student moves to Rome", {}),
    ],
)
def test_what_asks_is_read(message: str, expected: dict[str, object]) -> None:
    query = read(message)
    assert {name: getattr(query, name) for name in expected} == expected
    assert hard(query).keys() <= expected.keys() | {"runtime_max", "countries"}


def test_what_is_seen_still_leaves_the_title_out() -> None:
    query = read("I've seen Aliens and a lot of horror")

    assert [ref.title_id for ref in query.exclude_titles] == [2]
    assert query.genres_all == ()


def test_what_is_permitted_is_no_longer_refused() -> None:
    previous = read("no horror, nothing violent, under two hours")
    said = "ok horror is fine and some violence is fine"
    query = patch_or_anew(said, read(said), previous, {})

    assert previous.genres_none == ("Horror",)
    assert (query.genres_none, query.content_max) == ((), {})
    assert query.genres_all == ()
    assert query.runtime_max == 120


def test_a_wish_beside_what_is_liked_in_general_or_compared_with_is_one() -> None:
    assert read("I'd love a good documentary").genres_all == ("Documentary",)
    compared = read("a western, with talk like in Tom Hanks movies")

    assert compared.genres_all == ("Western",)
    assert [person.label for person in compared.people] == ["Tom Hanks"]


def test_only_the_condition_that_is_called_needless_is_dropped() -> None:
    query = read("a comedy before 1980, it doesn't have to be clever")
    assert (query.genres_all, query.year_max) == (("Comedy",), 1979)
    query = read("old comedies, they don't have to be old")
    assert (query.genres_all, query.year_max) == (("Comedy",), None)
    assert "year_max" not in query.evidence


def test_a_limit_that_suits_is_a_limit() -> None:
    assert read("a comedy, 90 minutes is fine").runtime_max == 90
    assert read("a comedy, anything French is ok").countries == ("France",)


def test_what_must_be_is_wished_beside_what_may() -> None:
    assert read("it can be sad must be funny").moods == ("funny",)


def test_a_genre_that_need_not_be_is_not_demanded() -> None:
    query = read("thrillers, but it doesn't have to be a thriller")
    assert not query.genres_all
    assert "genres_all" not in query.evidence
    both = read("horror comedies, it doesn't need to be horror")
    assert both.genres_all == ("Comedy",)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("a horror film without gore is fine",
         {"genres_all": ("Horror",), "content_max": {"gore": 0}}),
        ("a thriller with no gore would be ok",
         {"genres_all": ("Thriller",), "content_max": {"gore": 0}}),
        ("a thriller where no gore is allowed",
         {"genres_all": ("Thriller",), "content_max": {"gore": 0}}),
        ("horror is fine without gore", {"content_max": {"gore": 0}}),
        ("no gore at all is fine", {"content_max": {"gore": 0}}),
        ("no horror is fine with me", {"genres_none": ("Horror",)}),
        ("I don't want horror but gore is ok", {"genres_none": ("Horror",)}),
        ("not only comedies are fine", {}),
        ("gore is no problem", {}),
        ("I don't mind no gore", {}),
        ("no subtitles is fine", {}),
    ],
)  # fmt: skip
def test_a_refusal_that_suits_is_a_refusal(message: str, expected: dict[str, object]) -> None:
    query = read(message)

    assert hard(query) == expected
    assert query.text == ""


@pytest.mark.parametrize(
    ("message", "lifted"),
    [
        ("no gore at all is fine", {}),
        ("no horror is fine with me", {}),
        ("I don't mind no gore", {}),
        ("it may have no gore", {}),
        ("horror is fine without gore", {"genres_none": ()}),
        ("gore is fine", {"content_max": {"violence": 1}}),
        ("some gore is ok", {"content_max": {"violence": 1}}),
        ("I'm not opposed to gore", {"content_max": {"violence": 1}}),
        ("nothing against horror", {"genres_none": ()}),
    ],
)
def test_only_what_is_permitted_is_lifted(message: str, lifted: dict[str, object]) -> None:
    before = Query(genres_none=("Horror",), content_max={"gore": 0, "violence": 1}, year_min=1980)
    after = patch_or_anew(message, read(message), before, {})

    assert hard(after) == {name: value for name, value in (hard(before) | lifted).items() if value}

"""Titles within talk and long posts: which words are one, and what is thought of it."""

from __future__ import annotations

import pytest

from discovery.understanding.lexical import parse
from genrec.contract import Query
from tests.discovery.names import FewNames

TITLES = (
    ("Alien", 1979, 0.95),
    ("Arrival", 2016, 0.85),
    ("Heat", 1995, 0.9),
    ("Her", 2013, 0.9),
    ("It", 1990, 0.6),
    ("It", 2017, 0.75),
    ("Memento", 2000, 0.92),
    ("Paddington", 2014, 0.7),
    ("Saw", 2004, 0.8),
    ("Spider-Man", 2002, 0.9),
    ("Tampopo", 1985, 0.6),
    ("The Dark Knight", 2008, 0.97),
    ("The Game", 1997, 0.8),
    ("The Lives of Others", 2006, 0.85),
    ("The One", 2001, 0.6),
    ("The Return", 2003, 0.5),
    ("Up", 2009, 0.93),
    ("Wings of Desire", 1987, 0.6),
    ("Boy", 2010, 0.4),
    ("Ed Wood", 1994, 0.7),
    ("Ray", 2004, 0.6),
    ("A Bronx Tale", 1993, 0.6),
    ("Lady Bird", 2017, 0.4),
    ("The Men in Town", 1973, 0.1),
    ("Day Old Town", 1970, 0.1),
)
PEOPLE = (("Ed Wood", 6, 6, 3), ("Emma Thompson", 0, 3, 45))
NAMES = FewNames(TITLES, PEOPLE)


def named(query: Query, field: str) -> list[str]:
    return [ref.label for ref in getattr(query, field)]


def linked(message: str) -> set[str]:
    query = parse(message, NAMES).query
    fields = ("like", "unlike", "exclude_titles")
    return {label for field in fields for label in named(query, field) if label}


@pytest.mark.parametrize(
    ("message", "titles"),
    [
        ("I watched *Memento* with my brother last week", {"Memento (2000)"}),
        ('we are after a film such as "Up" or "Her"', {"Up (2009)", "Her (2013)"}),
        ("Spider-Man (2002) was on yesterday", {"Spider-Man (2002)"}),
        ("something in the direction of It (2017)", {"It (2017)"}),
        ("hi i liked the dark knight", {"The Dark Knight (2008)"}),
        ("Think The Lives of Others and Wings of Desire please",
         {"The Lives of Others (2006)", "Wings of Desire (1987)"}),
        ("My favourites:\n- Tampopo\n- Paddington\n- Heat 1995\nSomething warm again.",
         {"Tampopo (1985)", "Paddington (2014)", "Heat (1995)"}),
        ("Bronx Tale, Memento, Arrival: more of that",
         {"A Bronx Tale (1993)", "Memento (2000)", "Arrival (2016)"}),
        ("My favourites:\nbronx tale\nlady bird\nMore of that",
         {"A Bronx Tale (1993)", "Lady Bird (2017)"}),
        ("a walk with a lady bird on my sleeve", set()),
        # Four words are a name whoever knows it; three that few know are not.
        ("I went for The Men in Town last week", {"The Men in Town (1973)"}),
        ("I went for Day Old Town last week", set()),
        ("Memento &amp; Tampopo are great", {"Memento (2000)", "Tampopo (1985)"}),
    ],
)  # fmt: skip
def test_names_are_told_by_how_they_are_written(message: str, titles: set[str]) -> None:
    assert linked(message) == titles


@pytest.mark.parametrize(
    "message",
    [
        "I saw it with her and the heat was too much, so we gave up",
        "the one where an alien saw a boy",
        "Up until now I have avoided it. It was the return that did it.",
        "a film about a game, the arrival of a stranger and a ray of light",
        "It is the one. Her brother saw it. Up we go.",
        "an alien invasion, no heat of the moment",
        "Something by Ed Wood",
    ],
)
def test_plain_english_is_no_title(message: str) -> None:
    assert linked(message) == set()


@pytest.mark.parametrize(
    ("message", "field", "titles"),
    [
        ("I've seen Memento, Tampopo and Paddington and loved them. What next?",
         "like", ["Memento (2000)", "Tampopo (1985)", "Paddington (2014)"]),
        ("Already seen: Memento, Tampopo and Paddington. Something new please",
         "exclude_titles", ["Memento (2000)", "Tampopo (1985)", "Paddington (2014)"]),
        ("I didn't like Memento. Tampopo was lovely.", "unlike", ["Memento (2000)"]),
        ("I watched Tampopo but hated it", "unlike", ["Tampopo (1985)"]),
        ("Think Memento and Tampopo.", "like", ["Memento (2000)", "Tampopo (1985)"]),
        ("We liked:\nTampopo\nPaddington\nWe did not like:\nMemento",
         "unlike", ["Memento (2000)"]),
    ],
)  # fmt: skip
def test_what_is_thought_of_them(message: str, field: str, titles: list[str]) -> None:
    assert sorted(named(parse(message, NAMES).query, field)) == sorted(titles)


def test_what_somebody_still_wants_to_see_is_nothing_to_be_like() -> None:
    assert linked("I've never seen Tampopo but I love Paddington") == {"Paddington (2014)"}


def test_a_post_of_two_thousand_letters_is_read_to_its_end() -> None:
    talk = "We had a long week and would like to sit down with something good. " * 28
    message = f"{talk}\nI loved Tampopo. No horror, please, and under two hours."
    query = parse(message, NAMES).query

    assert len(message) <= 2000
    assert named(query, "like") == ["Tampopo (1985)"]
    assert query.genres_none == ("Horror",)
    assert query.runtime_max == 120


def test_evidence_of_a_list_is_on_one_line() -> None:
    query = parse("I loved:\nTampopo\nPaddington", NAMES).query

    assert query.evidence["like"] == "I loved: Tampopo; Paddington"

"""Selection: variety and order."""

from __future__ import annotations

from collections import Counter

import pytest

from discovery.selection import Shape, same_series, select, similarity
from discovery.types import Candidate
from tests.discovery.made_up_titles import candidates, chosen_of, facts


def test_keeps_the_order_of_titles_that_differ() -> None:
    known = {
        1: facts(1, "One", "Comedy"),
        2: facts(2, "Two", "Horror"),
        3: facts(3, "Three", "War"),
    }

    assert chosen_of(select(candidates(3), known, Shape(2))) == [1, 2]


def test_a_twin_makes_room_for_variety() -> None:
    known = {
        1: facts(1, "One", "Comedy", "Crime", director="A"),
        2: facts(2, "Two", "Comedy", "Crime", director="A"),
        3: facts(3, "Three", "War"),
    }

    assert chosen_of(select(candidates(3), known, Shape(2))) == [1, 3]


def test_one_title_of_a_series_beside_what_was_mentioned() -> None:
    known = {1: facts(1, "Toy Story 2", "Comedy"), 2: facts(2, "Up", "Comedy")}
    mentioned = [facts(9, "Toy Story", "Comedy")]

    assert chosen_of(select(candidates(2), known, Shape(1), mentioned=mentioned)) == [2]


def test_one_title_of_a_series_even_if_others_are_much_worse() -> None:
    known = {i: facts(i, f"Long Saga {i}") for i in range(1, 6)} | {6: facts(6, "Up")}
    worse = [*candidates(5), Candidate(6, -9.0)]

    assert chosen_of(select(worse, known, Shape(2))) == [1, 6]


def test_two_titles_of_a_director_at_most() -> None:
    known = {i: facts(i, f"Tale{i}", "Drama", director="A") for i in range(1, 5)}
    known |= {i: facts(i, f"Tale{i}", "War", director=f"B{i}") for i in range(5, 9)}
    chosen = chosen_of(select(candidates(8), known, Shape(6)))

    assert sum(known[i].directors == ("A",) for i in chosen) == 2


def test_variety_yields_before_a_slate_falls_short() -> None:
    known = {i: facts(i, f"Long Saga {i}", "Drama", director="A") for i in range(1, 5)}

    assert chosen_of(select(candidates(4), known, Shape(4))) == [1, 2, 3, 4]


def test_not_all_of_one_genre_where_nobody_asked_for_it() -> None:
    known = {i: facts(i, f"Tale{i}", "War") for i in range(1, 7)}
    known |= {i: facts(i, f"Tale{i}", "Comedy") for i in range(7, 10)}
    close = [Candidate(i, 2.0 - 0.01 * i) for i in range(1, 10)]
    genres = Counter(known[i].genres[0] for i in chosen_of(select(close, known, Shape(6))))

    assert genres == {"War": 3, "Comedy": 3}


def test_each_next_title_is_the_best_beside_those_above_it() -> None:
    known = {
        1: facts(1, "One", "Comedy", director="A"),
        2: facts(2, "Two", "Comedy", director="A"),
        3: facts(3, "Three", "War"),
    }

    # All of them come, and the twin of the first stands last.
    assert chosen_of(select(candidates(3), known, Shape(3))) == [1, 3, 2]


def test_the_next_best_are_those_that_would_add_most() -> None:
    known = {
        1: facts(1, "One", "Comedy", director="A"),
        2: facts(2, "Two", "Comedy", director="A"),
        3: facts(3, "Three", "War"),
        4: facts(4, "Four", "Western"),
    }
    selection = select(candidates(4), known, Shape(1))

    assert chosen_of(selection) == [1]
    assert [candidate.title_id for candidate in selection.next_best] == [3, 4, 2]


def test_fewer_candidates_than_asked_all_come() -> None:
    known = {1: facts(1, "One"), 2: facts(2, "Two")}
    selection = select(candidates(5), known, Shape(6))

    assert len(selection.chosen) == 2
    assert selection.conflict is None


def test_no_candidates_make_no_slate_and_no_conflict() -> None:
    selection = select([], {}, Shape(3, {"Comedy": 3}))

    assert (selection.chosen, selection.conflict) == ([], None)


def test_series_are_told_by_name_and_people() -> None:
    alien = facts(1, "Alien", director="Ridley Scott")
    assert same_series(alien, facts(2, "Aliens"))
    assert same_series(facts(3, "Toy Story"), facts(4, "Toy Story 3"))
    assert same_series(facts(5, "The Terminator"), facts(6, "Terminator 2: Judgment Day"))
    assert same_series(alien, facts(7, "Alien Romulus", director="Ridley Scott"))
    assert not same_series(alien, facts(8, "Alien Nation", director="Graham Baker"))
    assert not same_series(alien, facts(9, "Up"))


def test_similarity_is_of_genres_makers_and_players() -> None:
    one = facts(1, "One", "Comedy", director="A")
    assert similarity(one, facts(2, "Two", "Comedy", director="A")) == pytest.approx(0.9)
    assert similarity(one, facts(3, "Three", "War")) == 0.0
    assert similarity(one, facts(4, "Four", director="A")) == pytest.approx(0.4)

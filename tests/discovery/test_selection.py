"""Selection: the programme against brute force, variety, order, and draws of known probability."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from catalog.facts import TitleFacts
from discovery.selection import Selection, Shape, same_series, select, select_surprise, similarity
from discovery.selection.choosing import competing
from discovery.selection.highs import NEGLIGIBLE
from discovery.selection.likeness import similarities
from discovery.selection.programme import Programme
from discovery.selection.shape import shape_of
from discovery.selection.surprise import chances_of_surprise, draw_surprise
from discovery.types import Candidate
from genrec.contract import Query
from tests.discovery.hard_wishes import in_shape

GENRES = ("Comedy", "Drama", "Horror", "Western", "War")


def facts(
    title_id: int,
    name: str,
    *genres: str,
    director: str = "",
    minutes: int | None = 100,
    kind: str = "film",
) -> TitleFacts:
    makers = (director,) if director else ()
    return TitleFacts(title_id, kind, name, 2000, minutes, genres, directors=makers)


def candidates(n: int) -> list[Candidate]:
    return [Candidate(title_id=i, score=2.0 - 0.1 * i) for i in range(1, n + 1)]


def chosen_of(selection: Selection) -> list[int]:
    return [item.candidate.title_id for item in selection.chosen]


def made_up(generator: random.Random, n: int) -> dict[int, TitleFacts]:
    """Return titles with one or two genres, some of a series or a director, some of no runtime."""
    return {
        i: facts(
            i,
            f"Saga {i}" if generator.random() < 0.2 else f"Tale{i}",
            *sorted({generator.choice(GENRES), generator.choice(GENRES)}),
            director=f"Director {generator.randrange(n)}",
            minutes=None if generator.random() < 0.1 else generator.randrange(60, 180),
        )
        for i in range(1, n + 1)
    }


# --- variety and order ---


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


# --- shapes ---


def test_a_title_that_fits_two_quotas_counts_for_one() -> None:
    known = {
        1: facts(1, "One", "Comedy", "Drama"),
        2: facts(2, "Two", "Comedy"),
        3: facts(3, "Three", "Comedy"),
        4: facts(4, "Four", "War"),
    }
    # Only the first is a drama: it has to be the drama, and the others the comedies.
    selection = select(candidates(4), known, Shape(3, {"Comedy": 2, "Drama": 1}))

    assert sorted(chosen_of(selection)) == [1, 2, 3]
    assert selection.notes["status"] == "optimal"


def test_beyond_the_quotas_nothing_more_of_them() -> None:
    known = {i: facts(i, f"Tale{i}", "Comedy") for i in range(1, 5)}
    known |= {i: facts(i, f"Tale{i}", "War") for i in range(5, 9)}
    selection = select(candidates(8), known, Shape(4, {"comedy": 2}, count_said=True))

    assert [known[i].genres[0] for i in sorted(chosen_of(selection))] == ["Comedy"] * 2 + [
        "War"
    ] * 2


def test_quotas_may_be_of_a_kind() -> None:
    known = {i: facts(i, f"Tale{i}", kind="series" if i > 3 else "film") for i in range(1, 6)}
    selection = select(candidates(5), known, Shape(3, {"film": 2, "series": 1}))

    assert sorted(chosen_of(selection)) == [1, 2, 4]


def test_an_unknown_runtime_fits_no_budget_unless_it_is_allowed() -> None:
    known = {1: facts(1, "One", minutes=None), 2: facts(2, "Two"), 3: facts(3, "Three")}
    strict = Shape(2, runtime_total=210)
    assert sorted(chosen_of(select(candidates(3), known, strict))) == [2, 3]

    # Allowed, it counts at the usual length, of 110 minutes.
    lenient = Shape(2, runtime_total=210, allow_unknown=True)
    assert sorted(chosen_of(select(candidates(3), known, lenient))) == [1, 2]


def test_an_evening_without_a_number_holds_what_fits() -> None:
    shape = shape_of(Query(runtime_total=240), 6)
    assert (shape.count, shape.count_said) == (2, False)
    assert shape_of(Query(runtime_total=90), 6).count == 1
    assert shape_of(Query(runtime_total=3000), 6).count == 6
    known = {i: facts(i, f"Tale{i}", minutes=130) for i in range(1, 5)}
    selection = select(candidates(4), known, shape)

    assert chosen_of(selection) == [1]
    assert selection.conflict is None


def test_a_number_that_was_said_and_does_not_fit_is_a_conflict() -> None:
    known = {i: facts(i, f"Tale{i}", minutes=130) for i in range(1, 5)}
    said = Shape(2, runtime_total=240, count_said=True)
    selection = select(candidates(4), known, said)

    assert chosen_of(selection) == [1]
    assert selection.conflict is not None
    assert set(selection.conflict.wishes) == {"count", "runtime_total"}
    assert selection.conflict.least_minutes == 260


def test_too_few_titles_for_a_number_are_no_conflict_of_wishes() -> None:
    known = {1: facts(1, "One"), 2: facts(2, "Two")}
    selection = select(candidates(2), known, Shape(3, runtime_total=900, count_said=True))

    assert sorted(chosen_of(selection)) == [1, 2]
    assert selection.conflict is None


@pytest.mark.parametrize("seed", range(12))
def test_leaving_out_who_has_too_many_betters_costs_nothing(seed: int) -> None:
    generator = random.Random(seed)
    known = made_up(generator, 80)
    pool = sorted((Candidate(i, generator.gauss(0, 1)) for i in known), key=lambda c: -c.score)
    shape = Shape(4, {"Comedy": 2, "War": 1}, 330, count_said=True)
    titles = [known[candidate.title_id] for candidate in pool]
    whole = Programme([c.score for c in pool], titles, similarities(titles)).solve(shape)
    kept = competing(pool, known, shape)

    assert len(kept) < len(pool)
    found = select(pool, known, shape).notes["objective"]
    assert found == pytest.approx(whole.objective, abs=NEGLIGIBLE)


@pytest.mark.parametrize("seed", range(40))
def test_the_programme_is_as_good_as_trying_everything(seed: int) -> None:
    generator = random.Random(seed)
    known = made_up(generator, 11)
    pool = [Candidate(i, generator.gauss(0, 1)) for i in known]
    quotas = generator.choice(
        ({}, {"Comedy": 2}, {"Comedy": 1, "Drama": 1}, {"Comedy": 1, "Drama": 1, "War": 1})
    )
    budget = generator.choice((None, 250, 400))
    shape = Shape(3, quotas, budget, count_said=True)

    titles = list(known.values())
    programme = Programme([c.score for c in pool], titles, similarities(titles))
    slates = [
        slate
        for slate in combinations(range(11), 3)
        if in_shape([titles[place] for place in slate], shape)
    ]
    best = max((programme.worth(slate, 3) for slate in slates), default=None)
    solution = programme.solve(shape)

    assert bool(solution.places) == (best is not None)
    if best is not None:
        assert in_shape([titles[i] for i in solution.places], shape)
        assert solution.objective == pytest.approx(best, abs=NEGLIGIBLE)


@pytest.mark.parametrize("seed", range(20))
def test_sets_of_quotas_and_shares_say_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = random.Random(seed)
    titles = list(made_up(generator, 30).values())
    scores = [generator.gauss(0, 1) for _ in titles]
    programme = Programme(scores, titles, similarities(titles))
    shape = Shape(5, {"Comedy": 2, "Drama": 1, "War": 1}, generator.choice((None, 500)))
    by_sets = programme.solve(shape), programme.most(shape)
    monkeypatch.setattr("discovery.selection.programme.MAX_SETS_OF", 0)
    shared = programme.solve(shape), programme.most(shape)

    assert by_sets[1] == shared[1]
    assert by_sets[0].objective == pytest.approx(shared[0].objective, abs=NEGLIGIBLE)


# --- surprises ---


def test_a_surprise_repeats_for_its_seed_and_differs_between_seeds() -> None:
    known = {i: facts(i, f"Film {i}") for i in range(1, 25)}

    def draw(seed: str) -> list[int]:
        chosen = select_surprise(candidates(24), known, count=6, seed=seed)
        assert all(0 < item.propensity <= 1 for item in chosen)
        return [item.candidate.title_id for item in chosen]

    assert draw("a") == draw("a")
    assert len({tuple(draw(seed)) for seed in "abcdef"}) > 1


def test_the_chance_of_one_of_two_is_known_in_closed_form() -> None:
    chances = chances_of_surprise([1.0, 0.0], 1)

    assert chances == pytest.approx([1 / (1 + np.exp(-2.0)), 1 / (1 + np.exp(2.0))], abs=1e-9)
    known = {i: facts(i, f"Film {i}") for i in (1, 2)}
    pair = [Candidate(1, 1.0), Candidate(2, 0.0)]
    (item,) = select_surprise(pair, known, count=1, seed="x")
    assert item.propensity == pytest.approx(chances[item.candidate.title_id - 1])
    assert item.explored
    assert not any(i.explored for i in select_surprise(pair, known, count=2, seed="x"))
    assert [i.propensity for i in select_surprise(pair, known, count=2, seed="x")] == [1.0, 1.0]


def test_chances_sum_to_the_number_of_cards_and_are_those_of_the_draw() -> None:
    scores = [2.0 - 0.15 * i for i in range(24)]
    chances = chances_of_surprise(scores, 6)
    assert chances.sum() == pytest.approx(6, abs=1e-6)

    drawn = Counter(place for seed in range(4000) for place in draw_surprise(scores, 6, str(seed)))
    shares = np.array([drawn[place] / 4000 for place in range(24)])
    # Four standard errors of a share of 4,000 draws.
    assert np.abs(shares - chances).max() < 4 * np.sqrt(0.25 / 4000)

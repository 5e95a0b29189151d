"""Slates of a shape: quotas, budgets of an evening, and the programme against brute force."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from discovery.selection import Shape, select
from discovery.selection.choosing import competing
from discovery.selection.highs import NEGLIGIBLE
from discovery.selection.likeness import similarities
from discovery.selection.programme import Programme
from discovery.selection.shape import shape_of
from discovery.types import Candidate
from genrec.contract import Query
from tests.discovery.hard_wishes import in_shape
from tests.discovery.made_up_titles import candidates, chosen_of, facts, made_up


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

"""When the solver gives up: a slate all the same, that keeps what was asked, and says so."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from scipy.optimize import OptimizeResult, milp

from catalog.facts import TitleFacts
from catalog.models import Title
from discovery.picking import PickTitles
from discovery.selection import Shape, highs, select
from discovery.selection.greedy import choose_greedily
from discovery.selection.likeness import similarities
from discovery.selection.programme import Programme
from discovery.types import Candidate, DiscoveryRequest, Query
from tests.discovery.hard_wishes import in_shape
from tests.discovery.made_up_titles import GENRES, candidates, chosen_of, facts, made_up

TIME_IS_UP, NO_ANSWER = 1, 2


def answers(status: int) -> Any:
    return lambda *_, **__: OptimizeResult(status=status, x=None, message="as the test says")


@pytest.fixture
def given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highs, "linprog", answers(TIME_IS_UP))


@pytest.mark.usefixtures("given_up")
def test_the_best_titles_are_taken_one_by_one() -> None:
    known = {
        1: facts(1, "One", "Comedy", "Drama"),
        2: facts(2, "Two", "Comedy"),
        3: facts(3, "Three", "Comedy"),
        4: facts(4, "Four", "War"),
    }
    selection = select(candidates(4), known, Shape(3, {"Comedy": 2, "Drama": 1}))

    # The first was a comedy, until the third needed its place.
    assert sorted(chosen_of(selection)) == [1, 2, 3]
    assert selection.conflict is None
    assert (selection.notes["status"], selection.notes["route"]) == ("greedy", "greedy")
    assert selection.notes["gap"] is None
    assert "taken one by one" in selection.fallback


@pytest.mark.usefixtures("given_up")
@pytest.mark.parametrize("seed", range(30))
def test_no_wish_is_broken(seed: int) -> None:
    generator = random.Random(seed)
    known = made_up(generator, 20)
    quotas = {genre: generator.randrange(1, 3) for genre in generator.sample(GENRES, 2)}
    count = sum(quotas.values()) + generator.randrange(2)
    shape = Shape(count, quotas, runtime_total=generator.choice([None, 200, 500]), count_said=True)
    selection = select(candidates(20), known, shape)
    chosen = [known[title_id] for title_id in chosen_of(selection)]

    assert chosen
    assert selection.conflict is None
    assert is_within(chosen, shape)


def is_within(titles: Sequence[TitleFacts], shape: Shape) -> bool:
    """Say whether titles to fill what is missing would make a slate of the shape."""
    missing = shape.count - len(titles)
    if not missing:
        return in_shape(titles, shape)
    fillers = [facts(99, "Filler", genre, minutes=0) for genre in (*GENRES, "none")]
    return any(is_within([*titles, filler], shape) for filler in fillers)


@pytest.mark.usefixtures("given_up")
def test_variety_yields_before_a_slate_falls_short() -> None:
    known = {i: facts(i, f"Saga {i}", director="One" if i > 2 else f"D{i}") for i in (1, 2)}
    known |= {i: facts(i, f"Tale{i}", director="Same") for i in (3, 4, 5, 6)}
    wanted = Shape(3, runtime_total=900)

    assert sorted(chosen_of(select(candidates(6), known, wanted))) == [1, 3, 4]
    assert len(chosen_of(select(candidates(6), known, Shape(5, runtime_total=900)))) == 5


def test_a_long_title_does_not_take_the_time_of_the_others() -> None:
    titles = [facts(1, "Long", minutes=200), *(facts(i, f"Tale{i}", minutes=80) for i in (2, 3, 4))]

    assert choose_greedily((9.0, 3.0, 2.0, 1.0), titles, Shape(3, runtime_total=250)) == (1, 2, 3)
    # Alone it has room: better that than nothing.
    assert choose_greedily((9.0,), titles[:1], Shape(3, runtime_total=250)) == (0,)


@pytest.mark.usefixtures("given_up")
def test_what_has_room_for_nothing_cannot_be_had() -> None:
    known = {i: facts(i, f"Tale{i}", "War", minutes=130) for i in range(1, 5)}
    programme = programme_of(list(known.values()))

    assert programme.solve(Shape(2, runtime_total=100)).status == "infeasible"
    # Nobody has proven it of what is only not found.
    assert programme.can(Shape(2, runtime_total=200))


def test_a_proof_that_there_is_none_is_no_giving_up(monkeypatch: pytest.MonkeyPatch) -> None:
    programme = programme_of([facts(1, "One", "War"), facts(2, "Two", "War")])
    monkeypatch.setattr(highs, "linprog", answers(NO_ANSWER))

    assert programme.solve(Shape(2, {"War": 2})).status == "infeasible"
    assert not programme.can(Shape(2, {"War": 2}))


def test_a_slate_found_in_time_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The linear programme is not whole here: half of one title and half of another fit best."""
    titles = [facts(i, f"Tale{i}", minutes=200 - 17 * i) for i in range(1, 9)]
    shape = Shape(2, runtime_total=250)
    monkeypatch.setattr(highs, "TRIED", 0)
    found = programme_of(titles).solve(shape)
    assert (found.status, found.route) == ("optimal", "integer")

    calls: list[int] = []

    def once(*args: Any, **options: Any) -> Any:
        calls.append(1)
        return milp(*args, **options) if len(calls) == 1 else answers(TIME_IS_UP)()

    monkeypatch.setattr(highs, "milp", once)
    monkeypatch.setattr(highs, "CORE", 3)
    kept = programme_of(titles).solve(shape)
    assert kept.route == "integer"
    assert len(calls) == 2
    assert kept.places

    monkeypatch.setattr(highs, "milp", answers(TIME_IS_UP))
    assert programme_of(titles).solve(shape).status == "greedy"


@pytest.mark.django_db
@pytest.mark.usefixtures("given_up")
def test_the_trace_says_so(catalogue: dict[str, Title]) -> None:
    shown = [Candidate(catalogue[name].pk, 1.0) for name in ("Alien", "Aliens", "Tremors")]
    picked = PickTitles(Query(), DiscoveryRequest(uuid4(), "", query=Query()))(shown, {})

    assert len(picked.picks) == 3
    assert picked.fallback.startswith("selection: the solver's time was up")
    assert picked.notes["status"] == "greedy"


def programme_of(titles: Sequence[TitleFacts]) -> Programme:
    scores = [2.0 - 0.1 * place for place in range(len(titles))]
    return Programme(scores, titles, similarities(titles))

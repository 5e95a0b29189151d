"""Selection: variety, one title of a series, and draws whose probability is known."""

from __future__ import annotations

from catalog.facts import TitleFacts
from discovery.selection import same_series, select, select_surprise
from discovery.types import Candidate


def facts(
    title_id: int, name: str, *genres: str, director: str = "", year: int = 2000
) -> TitleFacts:
    return TitleFacts(
        title_id, "film", name, year, 100, genres, directors=(director,) if director else ()
    )


def candidates(n: int) -> list[Candidate]:
    return [Candidate(title_id=i, score=2.0 - 0.1 * i) for i in range(1, n + 1)]


def test_keeps_the_order_of_titles_that_differ() -> None:
    known = {
        1: facts(1, "One", "Comedy"),
        2: facts(2, "Two", "Horror"),
        3: facts(3, "Three", "War"),
    }
    chosen = select(candidates(3), known, count=2)

    assert [item.candidate.title_id for item in chosen] == [1, 2]


def test_a_twin_makes_room_for_variety() -> None:
    known = {
        1: facts(1, "One", "Comedy", "Crime", director="A"),
        2: facts(2, "Two", "Comedy", "Crime", director="A"),
        3: facts(3, "Three", "War"),
    }
    chosen = select(candidates(3), known, count=2)

    assert [item.candidate.title_id for item in chosen] == [1, 3]


def test_one_title_of_a_series_beside_what_was_mentioned() -> None:
    known = {1: facts(1, "Toy Story 2", "Comedy"), 2: facts(2, "Up", "Comedy")}
    mentioned = [facts(9, "Toy Story", "Comedy")]
    chosen = select(candidates(2), known, count=1, mentioned=mentioned)

    assert chosen[0].candidate.title_id == 2


def test_fewer_candidates_than_asked_all_come() -> None:
    known = {1: facts(1, "One"), 2: facts(2, "Two")}

    assert len(select(candidates(5), known, count=6)) == 2


def test_series_are_told_by_name_and_people() -> None:
    alien = facts(1, "Alien", director="Ridley Scott")
    assert same_series(alien, facts(2, "Aliens"))
    assert same_series(facts(3, "Toy Story"), facts(4, "Toy Story 3"))
    assert same_series(facts(5, "The Terminator"), facts(6, "Terminator 2: Judgment Day"))
    assert same_series(alien, facts(7, "Alien Romulus", director="Ridley Scott"))
    assert not same_series(alien, facts(8, "Alien Nation", director="Graham Baker"))
    assert not same_series(alien, facts(9, "Up"))


def test_a_surprise_repeats_for_its_seed_and_differs_between_seeds() -> None:
    known = {i: facts(i, f"Film {i}") for i in range(1, 25)}

    def draw(seed: str) -> list[int]:
        chosen = select_surprise(candidates(24), known, count=6, seed=seed)
        assert all(0 < item.propensity <= 1 for item in chosen)
        return [item.candidate.title_id for item in chosen]

    assert draw("a") == draw("a")
    assert len({tuple(draw(seed)) for seed in "abcdef"}) > 1


def test_propensities_are_those_of_the_draw() -> None:
    known = {i: facts(i, f"Film {i}") for i in (1, 2)}
    pair = [Candidate(1, 1.0), Candidate(2, 0.0)]
    shown = {1: 0, 2: 0}
    for seed in range(300):
        (item,) = select_surprise(pair, known, count=1, seed=str(seed))
        shown[item.candidate.title_id] += 1
    # exp(1 / 0.5) to 1: about 88 in a hundred.
    assert 0.8 < shown[1] / 300 < 0.95
    (item,) = select_surprise(pair, known, count=2, seed="x")[:1]
    assert item.propensity == 1.0

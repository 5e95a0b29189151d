"""Surprises: draws of known probability."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from discovery.selection import select_surprise
from discovery.selection.surprise import chances_of_surprise, draw_surprise
from discovery.types import Candidate
from tests.discovery.made_up_titles import candidates, facts


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

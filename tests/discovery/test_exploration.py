"""The exploring card: where it may be, whom it may show, and how probable that was."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from catalog.facts import TitleFacts
from discovery.exploration import (
    POOL,
    PRIOR_SHOWINGS,
    Posterior,
    chances_of_thompson,
    explore,
    pool_of,
    prior_of,
)
from discovery.selection import Selected
from discovery.types import Candidate


def title(number: int, name: str = "") -> TitleFacts:
    return TitleFacts(number, "film", name or f"Tale{number}", 2000, 100)


FACTS = {n: title(n) for n in range(1, 30)}
CHOSEN = [Selected(Candidate(n, 3.0 - 0.1 * n)) for n in range(1, 7)]
NEXT = [Candidate(n, 3.0 - 0.1 * n) for n in range(7, 30)]


def test_only_the_last_card_and_only_near_scores() -> None:
    pool = pool_of(CHOSEN, NEXT, FACTS)

    assert [c.title_id for c in pool] == [6, 7, 8, 9, 10, 11, 12, 13]
    assert len(pool) == POOL
    far = [Candidate(n, -2.0) for n in range(7, 30)]
    assert pool_of(CHOSEN, far, FACTS) == []


def test_a_short_slate_explores_nothing() -> None:
    assert pool_of(CHOSEN[:3], NEXT, FACTS) == []
    assert len(pool_of(CHOSEN[:4], NEXT, FACTS)) > 1


def test_no_second_title_of_a_series_comes_in_by_exploring() -> None:
    facts = {**FACTS, 1: title(1, "Long Saga"), 7: title(7, "Long Saga 2"), 8: title(8, "Big Heat")}
    pool = pool_of(CHOSEN, NEXT, facts, mentioned=[title(99, "Big Heat 3")])

    assert [c.title_id for c in pool] == [6, 9, 10, 11, 12, 13, 14, 15]


def test_the_draw_repeats_for_its_seed_and_follows_its_chances() -> None:
    pool = pool_of(CHOSEN, NEXT, FACTS)
    known = {c.title_id: Posterior(1 + n, 9) for n, c in enumerate(pool)}
    drawn = [explore(CHOSEN, pool, known, str(seed)) for seed in range(1500)]

    assert explore(CHOSEN, pool, known, "7") == explore(CHOSEN, pool, known, "7")
    for slate in drawn[:50]:
        *kept, last = slate.chosen
        assert kept == CHOSEN[:-1]
        assert last.explored
        place = slate.pool.index(last.candidate.title_id)
        assert last.propensity == slate.propensities[place]
        assert slate.greedy == 6
    shown = Counter(slate.chosen[-1].candidate.title_id for slate in drawn)
    shares = np.array([shown[c.title_id] / 1500 for c in pool])
    # Four standard errors of a share of 1,500 draws.
    assert np.abs(shares - drawn[0].propensities).max() < 4 * np.sqrt(0.25 / 1500)


def test_equal_posteriors_have_equal_chances() -> None:
    assert chances_of_thompson([Posterior(1, 9)] * 8) == pytest.approx(np.full(8, 1 / 8))


def test_two_posteriors_in_closed_form() -> None:
    # P(Beta(a, 1) > Beta(b, 1)) = a / (a + b).
    assert chances_of_thompson([Posterior(3, 1), Posterior(1, 1)]) == pytest.approx([0.75, 0.25])


def test_chances_sum_to_one_whatever_is_known() -> None:
    generator = random.Random(5)
    for _ in range(60):
        posteriors = [
            Posterior(generator.uniform(0.05, 30), generator.uniform(0.5, 400))
            for _ in range(generator.randrange(2, 9))
        ]
        chances = chances_of_thompson(posteriors)
        assert chances.sum() == pytest.approx(1, abs=1e-4)
        assert (chances > 0).all()


@pytest.mark.parametrize(("shown", "welcome"), [(10_000_000, 0), (10_000_000, 10_000_000)])
def test_draws_have_the_chances_that_are_logged_where_nobody_or_everybody_likes(
    shown: int, welcome: int
) -> None:
    prior = prior_of(shown, welcome)
    pool = pool_of(CHOSEN, NEXT, FACTS)
    alike = Posterior(PRIOR_SHOWINGS * prior, PRIOR_SHOWINGS * (1 - prior))
    known = {c.title_id: alike for c in pool}
    drawn = [explore(CHOSEN, pool, known, str(seed)) for seed in range(300)]

    assert sum(drawn[0].propensities) == pytest.approx(1, abs=1e-3)
    shares = Counter(slate.chosen[-1].candidate.title_id for slate in drawn)
    for title_id in drawn[0].pool:
        # Four standard errors of a share of 300 draws of one in eight.
        assert shares[title_id] / 300 == pytest.approx(1 / 8, abs=4 * np.sqrt(0.11 / 300))

"""What new titles cost: every ranker pays the same, by a lift of its own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from genrec.cold import ColdRanker, ColdSplit, Scores
from genrec.cold_costs import Asked, at_equal_cost, largest_lift, old_ndcg
from genrec.data import Rows

NEW = (4, 5)


def constant(*scores: float) -> ColdRanker:
    return lambda history: np.array(scores)


def test_ranks_by_hand() -> None:
    ranker = constant(5.0, 4.0, 3.0, 2.0, 3.5, 1.0)
    asked = Asked.of(ranker, [([0], 2), ([1], 4)])

    # Ahead of 2 without 0: 1 and the new 4; ahead of 4 without 1: 0.
    assert asked.ranks(NEW, 0.0).tolist() == [3, 2]
    assert asked.ranks(NEW, -1.0).tolist() == [2, 3]
    assert asked.ranks(NEW, 2.5).tolist() == [4, 1]  # 5 ties with 2 at 3.5: against the target
    assert asked.ranks(NEW, -math.inf)[0] == 2


def test_the_largest_lift_that_old_titles_bear() -> None:
    """Four viewers chose 1: a new title costs them 1 - 1/log2(3) of a rank each."""
    asked = Asked.of(constant(0.0, 4.0, 3.0, 2.0, 1.0, 1.0), [([0], 1)] * 4)
    alone = old_ndcg(asked, NEW, -math.inf)

    assert alone == 1
    lift = largest_lift(asked, NEW, 0.99 * alone)
    assert lift == pytest.approx(3.0, abs=1e-6)  # just below the chosen title
    assert old_ndcg(asked, NEW, lift) == 1
    assert old_ndcg(asked, NEW, lift + 1e-3) < 0.99


def test_all_rankers_pay_the_same() -> None:
    """Both rankers order the new titles rightly; one of them shows them far too high at first."""
    histories: dict[int, Rows] = {user: [0] for user in range(4)}
    split = ColdSplit(NEW, {}, histories, dict.fromkeys(range(4), 5))
    rankers = {
        "content_knn": constant(0.0, 0.4, 0.3, 0.2, 0.8, 0.9),
        "two_tower": constant(0.0, 40.0, 30.0, 20.0, 18.0, 19.0),
    }
    old = [([0], 1)] * 9 + [([0], 3)]
    report = at_equal_cost(rankers, split, old, budgets=(0.05,))

    assert (report["users"], report["old_users"]) == (4, 10)
    assert report["own"]["two_tower"]["loss"] == 0
    assert report["own"]["content_knn"]["loss"] > 0.3
    part = report["budgets"]["0.05"]
    # Above 3, which one of ten chose, but below 2 and 1.
    assert part["lifts"]["two_tower"] == pytest.approx(21.0, abs=1e-3)
    assert part["rankers"]["content_knn"]["MRR"] == part["rankers"]["two_tower"]["MRR"] == 0.5
    assert part["differences"]["two_tower - content_knn"]["MRR"] == 0


def test_the_same_viewers_are_asked_each_time() -> None:
    histories: dict[int, Rows] = {user: [user % 4] for user in range(40)}
    split = ColdSplit(NEW, {}, histories, dict.fromkeys(histories, 4))
    asked: list[Rows] = []

    def ranker(history: Rows) -> Scores:
        asked.append(history)
        return np.arange(6.0)

    report = at_equal_cost({"content_knn": ranker}, split, [([0], 1)], max_users=5)
    assert report["users"] == 5
    first, asked[:] = list(asked), []
    at_equal_cost({"content_knn": ranker}, split, [([0], 1)], max_users=5)
    assert asked == first

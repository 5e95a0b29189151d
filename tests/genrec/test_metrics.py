"""Ranking metrics against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from genrec.metrics import (
    METRICS,
    bootstrap_ci95,
    hit_rate_at_10,
    mean,
    ndcg_at_10,
    rank_of,
    reciprocal_rank,
)


@pytest.mark.parametrize(("rank", "expected"), [(1, 1.0), (10, 1.0), (11, 0.0)])
def test_hit_rate_at_10(rank: int, expected: float) -> None:
    assert hit_rate_at_10(rank) == expected


@pytest.mark.parametrize(("rank", "expected"), [(1, 1.0), (2, 0.6309), (3, 0.5), (10, 0.2891)])
def test_ndcg_at_10(rank: int, expected: float) -> None:
    assert ndcg_at_10(rank) == pytest.approx(expected, abs=1e-4)


def test_ndcg_at_10_is_zero_beyond_the_cutoff() -> None:
    assert ndcg_at_10(11) == 0


@pytest.mark.parametrize(("rank", "expected"), [(1, 1.0), (4, 0.25), (1000, 0.001)])
def test_reciprocal_rank_has_no_cutoff(rank: int, expected: float) -> None:
    assert reciprocal_rank(rank) == pytest.approx(expected)


@pytest.mark.parametrize("name", METRICS)
def test_without_ground_truth_a_metric_is_not_a_number(name: str) -> None:
    assert math.isnan(METRICS[name](None))


@pytest.mark.parametrize("name", METRICS)
def test_a_rank_below_one_is_an_error(name: str) -> None:
    with pytest.raises(ValueError, match="start at 1"):
        METRICS[name](0)


def test_rank_counts_better_titles_and_skips_excluded_ones() -> None:
    scores = np.array([0.9, 0.1, 0.5, 0.7])

    assert rank_of(2, scores, excluded=[]) == 3
    assert rank_of(2, scores, excluded=[0]) == 2


def test_a_tie_counts_against_the_target() -> None:
    assert rank_of(1, np.zeros(4), excluded=[]) == 4


def test_an_excluded_target_has_no_rank() -> None:
    assert rank_of(1, np.zeros(4), excluded=[1]) is None


def test_a_target_without_a_score_is_an_error() -> None:
    with pytest.raises(ValueError, match="column 0 has no score"):
        rank_of(0, np.array([math.nan, 1.0]), excluded=[])


def test_mean_leaves_out_what_is_unknown() -> None:
    assert mean([1.0, math.nan, 0.0]) == 0.5
    assert math.isnan(mean([math.nan]))


def test_interval_of_a_constant_is_the_constant() -> None:
    assert bootstrap_ci95([0.3] * 20) == pytest.approx((0.3, 0.3))


def test_interval_covers_the_mean_and_shrinks_with_more_users() -> None:
    few, many = [0.0, 1.0] * 10, [0.0, 1.0] * 1000
    low, high = bootstrap_ci95(few)
    narrow_low, narrow_high = bootstrap_ci95(many)

    assert low < 0.5 < high
    assert narrow_high - narrow_low < (high - low) / 5


def test_interval_without_values_is_not_a_number() -> None:
    assert all(math.isnan(bound) for bound in bootstrap_ci95([math.nan]))

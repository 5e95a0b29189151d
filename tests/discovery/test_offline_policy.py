"""Offline policy evaluation: known values are found, and impossible logs refused."""

from __future__ import annotations

import numpy as np
import pytest

from discovery.offline_policy import (
    Interval,
    Log,
    MismatchedLog,
    ZeroPropensity,
    doubly_robust,
    ips,
    on_policy,
    simulate_table,
    snips,
)
from discovery.offline_policy.simulation import draw_log, make_world


def log(rewards: list[float], propensities: list[float], target: list[float]) -> Log:
    return Log(np.array(rewards), np.array(propensities), np.array(target))


def test_by_hand() -> None:
    shown = log([1, 0, 1, 0], [0.5, 0.5, 0.25, 0.25], [1, 0, 0.5, 0.5])

    # Weights 2, 0, 2, 2: rewards weigh 4 of 4 rows, and 4 of 6 in all.
    assert ips(shown).value == pytest.approx(1.0)
    assert snips(shown).value == pytest.approx(4 / 6)
    assert ips(shown).effective_n == pytest.approx(3.0)


def test_the_logging_policy_is_worth_its_mean() -> None:
    rewards = np.array([1.0, 0.0, 0.0, 1.0])
    same = Log(rewards, np.full(4, 0.25), np.full(4, 0.25))

    assert ips(same).value == snips(same).value == on_policy(rewards).value == 0.5


def test_a_perfect_model_leaves_nothing_to_correct() -> None:
    rewards = np.array([1.0, 0.0, 1.0])
    shown = Log(rewards, np.full(3, 0.1), np.full(3, 0.9), rewards, np.array([0.5, 0.5, 0.8]))
    estimate = doubly_robust(shown)

    assert estimate.value == pytest.approx(0.6)
    assert ips(shown).high - ips(shown).low > estimate.high - estimate.low


@pytest.mark.parametrize("propensity", [0.0, -0.1, 1.2])
def test_impossible_propensities_are_refused_with_the_row(propensity: float) -> None:
    with pytest.raises(ZeroPropensity, match=r"1 rows .* row 1 with"):
        log([1, 0], [0.5, propensity], [1, 1])


def test_columns_must_agree() -> None:
    with pytest.raises(MismatchedLog, match="target"):
        log([1, 0], [0.5, 0.5], [1])
    with pytest.raises(MismatchedLog, match="no number"):
        log([1, float("nan")], [0.5, 0.5], [1, 1])
    with pytest.raises(MismatchedLog, match="expected"):
        doubly_robust(log([1, 0], [0.5, 0.5], [1, 1]))


def test_clipping_is_reported_and_lowers_the_estimate() -> None:
    shown = log([1, 1], [0.01, 0.5], [1, 0.5])

    assert ips(shown).n_clipped == 0
    clipped = ips(shown, clip=10)
    assert clipped.n_clipped == 1
    assert clipped.value == pytest.approx((10 + 1) / 2)
    assert clipped.value < ips(shown).value
    # A weight of just that is not changed.
    assert ips(shown, clip=1).n_clipped == 1


def test_a_target_that_shows_none_of_it_has_no_self_normalised_mean() -> None:
    assert np.isnan(snips(log([1, 1], [0.5, 0.5], [0, 0])).value)


@pytest.mark.parametrize("estimate", [ips, snips, doubly_robust])
def test_bootstrap_and_normal_intervals_agree(estimate: object) -> None:
    world = make_world(3)
    shown = draw_log(world, 1500, np.random.default_rng(3))
    assert callable(estimate)
    normal, resampled = estimate(shown), estimate(shown, interval="bootstrap", seed=1)

    assert resampled.value == normal.value
    assert resampled.high - resampled.low == pytest.approx(normal.high - normal.low, rel=0.15)


def test_known_values_are_recovered_within_their_intervals() -> None:
    rows = simulate_table(logs=300, n=1500, seed=11)

    assert [row.system for row in rows] == ["IPS", "SNIPS", "DR"]
    for row in rows:
        assert row.recovered
        # 95 of 100, give or take three standard errors of 300 logs.
        assert abs(row.coverage - 0.95) < 0.04
        assert row.mean == pytest.approx(row.truth, abs=0.01)
    # The target is not what was logged: the plain mean is elsewhere.
    world = make_world(11)
    assert abs(world.worth - world.logged_worth) > 0.05
    assert rows[2].width < rows[0].width


def test_showings_of_one_viewer_are_no_independent_evidence() -> None:
    for row in simulate_table(logs=300, n=2000, each=40, seed=5):
        assert row.recovered
        # Taken for independent, as many showings promise more than they know.
        assert row.coverage_of_rows < 0.85


@pytest.mark.parametrize("interval", ["normal", "bootstrap"])
def test_the_same_row_again_and_again_narrows_nothing(interval: Interval) -> None:
    few = log([1, 0, 1, 0], [0.5] * 4, [0.5] * 4)
    often = Log(
        np.repeat(few.rewards, 25),
        np.repeat(few.propensities, 25),
        np.repeat(few.target, 25),
        groups=np.repeat([4, 9, 2, 7], 25),
    )

    for estimate in (ips, snips):
        once, again = estimate(few, interval=interval), estimate(often, interval=interval)
        assert (again.low, again.high) == pytest.approx((once.low, once.high))
        assert again.n == 100


def test_one_viewer_says_nothing_of_others() -> None:
    of_one = Log(np.ones(3), np.ones(3), np.ones(3), groups=np.zeros(3, dtype=np.int64))

    assert (ips(of_one).low, ips(of_one).high) == (-np.inf, np.inf)

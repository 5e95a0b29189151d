"""Offline policy evaluation: known values are found, impossible logs refused, the log read back."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Title
from discovery.exploration import chances_of_thompson, load_posteriors
from discovery.models import Exposure, Feedback, Pick, Slate, Viewer
from discovery.offline_policy import (
    Log,
    MismatchedLog,
    ZeroPropensity,
    doubly_robust,
    ips,
    on_policy,
    simulate_table,
    snips,
)
from discovery.offline_policy.showings import greedy, load_showings, log_of, uniform
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
        # 95 of 100, give or take three standard errors of 300 logs.
        assert abs(row.coverage - 0.95) < 0.04
        assert row.mean == pytest.approx(row.truth, abs=0.01)
    # The target is not what was logged: the plain mean is elsewhere.
    world = make_world(11)
    assert abs(world.worth - world.logged_worth) > 0.05
    assert rows[2].width < rows[0].width


# --- the log of this application ---


@pytest.fixture
def showings(catalogue: dict[str, Title]) -> list[Title]:
    """Two titles took turns on the exploring card: of four showings each, 3 and 1 were liked."""
    one, other = catalogue["Galaxy Quest"], catalogue["Tremors"]
    for number in range(8):
        title = (one, other)[number % 2]
        show(title, [one, other], liked=number in (0, 2, 4, 1))
    return [one, other]


def show(
    title: Title,
    pool: list[Title],
    *,
    liked: bool,
    explored: bool = True,
    kind: str = "liked",
    days_ago: int = 0,
) -> None:
    viewer = Viewer.objects.create()
    draw = {"pool": [t.pk for t in pool], "propensities": [0.5, 0.5]} if explored else {}
    slate = Slate.objects.create(
        request_id=uuid4(),
        viewer=viewer,
        text="anything",
        query={},
        scored_by="retrieval",
        policy_version="r",
        trace={"stages": {"selection": {"exploration": draw}}},
    )
    propensity = 0.5 if explored else 1.0
    pick = Pick.objects.create(
        slate=slate,
        title=title,
        position=5,
        score=1.0,
        scored_by="retrieval",
        propensity=propensity,
        template_reason="A comedy.",
        explored=explored,
    )
    exposure = Exposure.objects.create(
        pick=pick,
        position=5,
        policy_version="r",
        propensity=propensity,
        request_id=slate.request_id,
    )
    shown_at = timezone.now() - timedelta(days=days_ago)
    Exposure.objects.filter(pk=exposure.pk).update(shown_at=shown_at)
    if liked:
        Feedback.objects.create(viewer=viewer, title=title, kind=kind, pick=pick)


@pytest.mark.django_db
def test_greedy_is_judged_by_what_exploration_showed(showings: list[Title]) -> None:
    show(showings[0], showings, liked=True, explored=False)
    loaded = load_showings(days=1)

    assert len(loaded) == 8
    shown = log_of(loaded, greedy)
    assert on_policy(shown.rewards).value == pytest.approx(4 / 8)
    # Greedy would always have shown the first title of the pool, which three of four liked.
    assert ips(shown).value == pytest.approx(3 / 4)
    assert snips(shown).value == pytest.approx(3 / 4)
    assert doubly_robust(shown).value == pytest.approx(3 / 4, abs=0.05)


@pytest.mark.django_db
def test_uniform_is_worth_the_mean_where_both_were_shown_alike(showings: list[Title]) -> None:
    shown = log_of(load_showings(days=1), uniform)

    assert shown.target.tolist() == [0.5] * 8
    assert ips(shown).value == snips(shown).value == pytest.approx(4 / 8)


@pytest.mark.django_db
def test_only_what_was_drawn_of_late_is_read(
    showings: list[Title], catalogue: dict[str, Title]
) -> None:
    show(showings[0], showings, liked=True, days_ago=9)
    # Another title stands on the card than any of its pool: nothing is known of its chance.
    show(catalogue["Alien"], showings, liked=True)
    assert len(load_showings(days=8)) == 8

    show(showings[0], showings, liked=True, kind="saved")
    show(showings[0], showings, liked=True, kind="disliked")
    assert [one.liked for one in load_showings(days=8)[8:]] == [True, False]
    assert len(load_showings(days=10)) == 11


@pytest.mark.django_db
def test_no_row_explains_its_own_reward(showings: list[Title]) -> None:
    shown = log_of(load_showings(days=1), uniform)

    # The first showing of the first title, liked: without it, 3 of 7 were, and of it 2 of 3.
    own = (2 + 10 * 3 / 7) / (3 + 10)
    others = (1 + 10 * 3 / 7) / (4 + 10)
    assert shown.expected is not None
    assert shown.expected_target is not None
    assert shown.expected[0] == pytest.approx(own)
    assert shown.expected_target[0] == pytest.approx((own + others) / 2)


@pytest.mark.django_db
def test_posteriors_forget_what_was_shown_long_ago_and_count_what_was_saved(
    showings: list[Title],
) -> None:
    before = load_posteriors([showings[0].pk])[showings[0].pk]
    show(showings[0], showings, liked=True, days_ago=181)
    assert load_posteriors([showings[0].pk])[showings[0].pk] == before

    show(showings[0], showings, liked=True, kind="saved", days_ago=179)
    prior = 10 * (5 + 1) / (9 + 10)
    after = load_posteriors([showings[0].pk])[showings[0].pk]
    assert (after.alpha, after.beta) == pytest.approx((prior + 4, 10 - prior + 1))


@pytest.mark.django_db
def test_the_command_prints_every_policy_and_estimate(showings: list[Title]) -> None:
    out = StringIO()
    call_command("evaluate_policy", "--days", "1", stdout=out)

    lines = out.getvalue().splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in lines[2:]] == (
        ["logged"] + ["greedy"] * 3 + ["uniform"] * 3
    )
    assert "| greedy | IPS | 0.7500 |" in out.getvalue()


@pytest.mark.django_db
def test_the_command_says_what_is_missing() -> None:
    with pytest.raises(CommandError, match="shown 0 times in the last 28 days"):
        call_command("evaluate_policy", stdout=StringIO())


@pytest.mark.django_db
def test_posteriors_count_showings_and_what_was_liked(
    showings: list[Title],
    catalogue: dict[str, Title],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    unknown = catalogue["Alien"].pk
    with django_assert_num_queries(2):
        known = load_posteriors([showings[0].pk, showings[1].pk, unknown])

    # 4 of 8 were liked, and one in ten is expected before any: the prior weighs ten showings.
    prior = 10 * (4 + 1) / (8 + 10)
    assert known[unknown].alpha == pytest.approx(prior)
    assert known[unknown].beta == pytest.approx(10 - prior)
    assert known[showings[0].pk].alpha == pytest.approx(prior + 3)
    assert known[showings[1].pk].beta == pytest.approx(10 - prior + 3)
    first, second, _ = chances_of_thompson(list(known.values()))
    assert first > second

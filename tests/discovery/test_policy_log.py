"""The log of the exploring card, read back from the database for other policies."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog.models import Title
from discovery.exploration import chances_of_thompson, load_posteriors
from discovery.models import Exposure, Feedback, Pick, Slate, Viewer
from discovery.offline_policy import doubly_robust, ips, on_policy, snips
from discovery.offline_policy.showings import greedy, load_showings, log_of, uniform


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
    viewer: Viewer | None = None,
) -> None:
    viewer = viewer or Viewer.objects.create()
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
def test_the_log_says_whose_each_showing_is(showings: list[Title]) -> None:
    again = Slate.objects.latest("pk").viewer
    assert again is not None
    show(showings[0], showings, liked=False, viewer=again)
    groups = log_of(load_showings(days=1), greedy).groups

    assert groups is not None
    assert groups.tolist()[-2:] == [again.pk, again.pk]
    assert len(set(groups.tolist())) == 8


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

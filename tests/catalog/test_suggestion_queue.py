"""The order of the suggestion queue: first what viewers see and nobody has described."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.models import Suggestion, Title
from catalog.suggestion_queue import queue, rank_titles, undescribed
from discovery.models import Exposure, Feedback, Pick, Slate, Viewer

pytestmark = pytest.mark.django_db


def see(title: Title, times: int) -> None:
    for _ in range(times):
        slate = Slate.objects.create(text="x", query={}, scored_by="retrieval")
        pick = Pick.objects.create(
            slate=slate, title=title, position=1, score=1, scored_by="retrieval"
        )
        Exposure.objects.create(
            pick=pick, position=1, policy_version="x", propensity=1, request_id=slate.request_id
        )


def test_without_traffic_the_better_known_comes_first(waiting: dict[str, Suggestion]) -> None:
    assert [w.title_id for w in queue()] == [waiting["tense"].title_id, waiting["silly"].title_id]


def test_what_viewers_see_comes_first(
    waiting: dict[str, Suggestion], catalogue: dict[str, Title]
) -> None:
    see(catalogue["Dark Star"], times=40)

    first = queue()[0]

    assert first.title_id == catalogue["Dark Star"].pk
    assert first.traffic == pytest.approx(40 + 20 * 0.35)


def test_feedback_counts_for_more_than_an_exposure(
    waiting: dict[str, Suggestion], catalogue: dict[str, Title]
) -> None:
    viewer = Viewer.objects.create()
    Feedback.objects.create(viewer=viewer, title=catalogue["Dark Star"], kind="liked")

    found = {w.title_id: w.traffic for w in queue()}

    assert found[catalogue["Dark Star"].pk] == pytest.approx(3 + 20 * 0.35)


def test_old_traffic_does_not_count(
    waiting: dict[str, Suggestion], catalogue: dict[str, Title]
) -> None:
    see(catalogue["Dark Star"], times=40)
    Exposure.objects.update(shown_at="2020-01-01T00:00Z")

    assert queue()[0].title_id == catalogue["Alien"].pk


def test_what_is_known_is_worth_less(catalogue: dict[str, Title]) -> None:
    Title.objects.update(popularity=0.5)
    known = {"synopsis": "A ship.", "content_notes": {"gore": 2}, "age_min": 17}
    Title.objects.filter(pk=catalogue["Alien"].pk).update(**known)

    ranked = [w.title_id for w in rank_titles(undescribed())]

    assert ranked[-1] == catalogue["Alien"].pk
    assert len(ranked) == len(catalogue)


def test_the_order_takes_a_fixed_number_of_queries(
    waiting: dict[str, Suggestion], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(4):
        queue()

"""Exposure-aware scoring: what was shown often lately steps back, as far as the knob says."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.utils import timezone

from catalog.models import Title
from discovery.answers.counting import count_matches
from discovery.models import Exposure, Pick, Slate
from discovery.policy import policy_version
from discovery.retrieval.candidates import RetrieveCandidates
from discovery.retrieval.eligibility import eligibility_of
from discovery.retrieval.exposure_weighing import count_showings, damping, recent_showings
from discovery.types import Candidate
from genrec.contract import Query

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]


def show(title: Title, times: int, *, days_ago: float = 0) -> None:
    for _ in range(times):
        slate = Slate.objects.create(text="x", query={}, scored_by="retrieval", policy_version="x")
        pick = Pick.objects.create(
            slate=slate, title=title, position=0, score=1, scored_by="retrieval"
        )
        exposure = Exposure.objects.create(
            pick=pick, position=0, policy_version="x", propensity=1, request_id=uuid4()
        )
        shown_at = timezone.now() - timedelta(days=days_ago)
        Exposure.objects.filter(pk=exposure.pk).update(shown_at=shown_at)


def ranked() -> list[Candidate]:
    eligibility = eligibility_of(Query(), ())
    matching = count_matches(eligibility).matching
    return RetrieveCandidates(Query(), (), eligibility, matching)().candidates


def test_showings_fade_by_half_in_a_week(catalogue: dict[str, Title]) -> None:
    show(catalogue["Alien"], 4)
    show(catalogue["Aliens"], 4, days_ago=7)
    show(catalogue["Tremors"], 4, days_ago=40)

    counts = sorted(count_showings().values())
    assert counts == pytest.approx([2.0, 4.0], rel=0.01)


def test_a_title_shown_often_steps_back_and_says_why(
    embedded_catalogue: dict[str, Title], settings: LazySettings
) -> None:
    settings.EXPOSURE_WEIGHT = 0.5
    best, *_ = before = ranked()
    fourth = before[3]
    show(Title.objects.get(pk=fourth.title_id), 60)
    show(Title.objects.get(pk=best.title_id), 60)
    recent_showings_are_read_anew()
    after = ranked()

    place = [c.title_id for c in after].index(fourth.title_id)
    assert place > 3
    assert after[place].sources["exposure"] < before[3].sources.get("exposure", 0.0)
    # What fits best stays, however often it was shown.
    assert [c.title_id for c in after[:3]] == [c.title_id for c in before[:3]]


def recent_showings_are_read_anew() -> None:
    cache.clear()
    assert recent_showings()


def test_without_the_knob_showings_count_nothing(
    embedded_catalogue: dict[str, Title], settings: LazySettings
) -> None:
    settings.EXPOSURE_WEIGHT = 0.0
    before = ranked()
    show(Title.objects.get(pk=before[0].title_id), 30)
    recent_showings_are_read_anew()
    assert ranked() == before


def test_the_knob_names_another_policy(settings: LazySettings) -> None:
    before = policy_version()
    settings.EXPOSURE_WEIGHT = 0.9
    assert policy_version() != before


def test_ten_times_the_showings_count_one_more() -> None:
    assert damping(9, 0) == pytest.approx(1)
    assert damping(99, 0) == pytest.approx(2)
    assert damping(0, 2) > damping(0, 1) > damping(0, -3) == 0

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
from discovery.retrieval.exposure_weighing import count_showings, shown_often, step_backs
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
    showings_are_read_anew()
    after = ranked()

    place = [c.title_id for c in after].index(fourth.title_id)
    assert place > 3
    assert after[place].sources["exposure"] < before[3].sources.get("exposure", 0.0)
    # What fits best stays, however often it was shown.
    assert [c.title_id for c in after[:3]] == [c.title_id for c in before[:3]]


def showings_are_read_anew() -> None:
    cache.clear()
    assert shown_often()


def test_without_the_knob_showings_count_nothing(
    embedded_catalogue: dict[str, Title], settings: LazySettings
) -> None:
    settings.EXPOSURE_WEIGHT = 0.0
    before = ranked()
    show(Title.objects.get(pk=before[0].title_id), 30)
    showings_are_read_anew()
    assert ranked() == before


def test_the_knob_names_another_policy(settings: LazySettings) -> None:
    before = policy_version()
    settings.EXPOSURE_WEIGHT = 0.9
    assert policy_version() != before


def test_a_title_steps_back_until_it_is_shown_often_and_then_no_further() -> None:
    # 100 a title on average: often is 75 times.
    steps = step_backs({1: 15.0, 2: 30.0, 3: 75.0, 4: 280.0})

    assert steps == pytest.approx({1: 0.2, 2: 0.4, 3: 1.0, 4: 1.0})
    # The same on a site with ten times the viewers.
    assert step_backs({1: 150.0, 2: 300.0, 3: 750.0, 4: 2800.0}) == pytest.approx(steps)


def test_a_handful_of_showings_is_chance() -> None:
    assert step_backs({1: 1.0, 2: 0.5}) == pytest.approx({1: 0.2, 2: 0.1})
    assert step_backs({}) == {}


def test_what_nobody_was_shown_steps_back_nowhere(
    embedded_catalogue: dict[str, Title], settings: LazySettings
) -> None:
    settings.EXPOSURE_WEIGHT = 1.0
    assert all("exposure" not in candidate.sources for candidate in ranked())

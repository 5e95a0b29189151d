"""What is kept of an answer: the slate, its exposures, and the feedback on it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from catalog.models import Title
from discovery import models as records
from discovery.exposure import record_exposures
from discovery.feedback import give_feedback
from discovery.history import load_history
from discovery.models import Exposure, Viewer
from discovery.recording import finish_trace, load_slate, record_slate
from discovery.tracing import Trace
from tests.catalogue import WISH
from tests.discovery.asking import ask, run, slates, trace_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_slates_are_recorded_and_read_back(titles: dict[str, Title]) -> None:
    events = asyncio.run(run(ask()))
    slate, trace = slates(events)[0], trace_of(events)
    viewer = Viewer.objects.create()
    record = record_slate(slate, viewer_id=viewer.pk, group="g", text=WISH, trace=Trace())
    finish_trace(record, trace)
    record.refresh_from_db()

    loaded = load_slate(record)
    assert loaded.query == slate.query
    assert [p.title for p in loaded.picks] == [p.title for p in slate.picks]
    assert all(pick.pick_id for pick in loaded.picks)
    assert loaded.picks[0].sources == slate.picks[0].sources
    assert record.trace["versions"]["genrec"] == "genrec-test"

    assert record_exposures(record.pk) == 6
    assert record_exposures(record.pk) == 0
    assert Exposure.objects.filter(request_id=slate.request_id).count() == 6


def test_a_slate_that_can_not_be_kept_leaves_nothing(titles: dict[str, Title]) -> None:
    slate = slates(asyncio.run(run(ask())))[0]
    broken = replace(slate, picks=(slate.picks[0], slate.picks[0]))
    with pytest.raises(Exception, match="pick_title_once"):
        record_slate(broken, viewer_id=None, group="", text=WISH, trace=Trace())

    assert records.Slate.objects.count() == 0


def test_feedback_toggles_and_the_next_turn_heeds_it(titles: dict[str, Title]) -> None:
    viewer = Viewer.objects.create()
    first = slates(asyncio.run(run(ask())))[0].picks[0].title.title_id
    title = Title.objects.get(pk=first)

    assert give_feedback(viewer, title, "liked") == {"liked"}
    assert give_feedback(viewer, title, "disliked") == {"disliked"}
    assert give_feedback(viewer, title, "seen") == {"disliked", "seen"}
    history = tuple(load_history(viewer))
    second = slates(asyncio.run(run(ask(history=history))))[0]
    assert first not in [pick.title.title_id for pick in second.picks]
    assert second.left_out["disliked"] == 1

    assert give_feedback(viewer, title, "disliked") == {"seen"}
    assert give_feedback(viewer, title, "seen") == frozenset()
    assert load_history(viewer) == []
    with pytest.raises(ValueError, match="adored"):
        give_feedback(viewer, title, "adored")

"""The trace pages: readable, read only, and closed to editors."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.models import Title
from discovery.models import Exposure, Feedback, Pick, Slate, Viewer
from tests.catalogue import WISH

pytestmark = pytest.mark.django_db

TRACE = {
    "timings_ms": {"understanding": 9.5, "retrieval": 40.0},
    "stages": {
        "understanding": {"origin": "lexical"},
        "retrieval": {"matching": 21, "routes": {"dense": "index"}},
    },
    "candidates": [],
    "versions": {"genrec": "genrec-1", "policy": "r1-abc"},
    "fallbacks": ["reranking: GenRec did not answer in 2.0 s"],
}


@pytest.fixture
def slate(catalogue: dict[str, Title]) -> Slate:
    title, viewer = catalogue["Galaxy Quest"], Viewer.objects.create()
    candidate = {
        "title_id": title.pk,
        "title": str(title),
        "score": 1.25,
        "scored_by": "retrieval",
        "sources": {"popular": 0.75, "mood": 0.5},
    }
    slate = Slate.objects.create(
        request_id=uuid4(),
        viewer=viewer,
        text=WISH,
        query={
            "year_min": 1980,
            "like": [{"mention": "Alien", "title_id": 1, "label": "Alien (1979)"}],
            "moods": ["<script>alert(1)</script>"],
            "evidence": {"year_min": "nothing before 1980"},
        },
        scored_by="retrieval",
        policy_version="r1-abc",
        left_out={"year_min": 3, "unknown": 1},
        trace={**TRACE, "candidates": [candidate]},
    )
    pick = Pick.objects.create(
        slate=slate,
        title=title,
        position=0,
        score=1.25,
        scored_by="retrieval",
        template_reason="A 102-minute comedy.",
        reason_status=Pick.ReasonStatus.REJECTED,
        reason_note="names 'Bill Murray'",
    )
    Exposure.objects.create(
        pick=pick, position=0, policy_version="r1-abc", propensity=1.0, request_id=slate.request_id
    )
    Feedback.objects.create(viewer=viewer, title=title, kind="liked", pick=pick)
    return slate


@pytest.fixture
def as_operator(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def test_the_trace_is_on_one_page(as_operator: Client, slate: Slate) -> None:
    page = as_operator.get(reverse("admin:discovery_slate_change", args=[slate.pk]))
    html = page.content.decode()

    assert page.status_code == 200
    for words in (
        "nothing before 1980",
        "Alien (1979)",
        "retrieval",
        "49.5 ms in all",
        "Galaxy Quest (1999)",
        "(shown)",
        "0.75",
        "reranking: GenRec did not answer in 2.0 s",
        "genrec-1",
        "rejected: template kept",
        "names &#x27;Bill Murray&#x27;",
    ):
        assert words in html


def test_what_viewers_wrote_is_shown_as_text(as_operator: Client, slate: Slate) -> None:
    page = as_operator.get(reverse("admin:discovery_slate_change", args=[slate.pk]))

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.content.decode()
    assert "<style" not in page.content.decode()


def test_a_stopped_turn_has_a_page_too(as_operator: Client, slate: Slate) -> None:
    Slate.objects.filter(pk=slate.pk).update(trace={})
    page = as_operator.get(reverse("admin:discovery_slate_change", args=[slate.pk]))

    assert "the turn was stopped before it ended" in page.content.decode()


@pytest.mark.parametrize("model", ["slate", "exposure", "feedback", "viewer"])
def test_operators_look_and_change_nothing(as_operator: Client, slate: Slate, model: str) -> None:
    listing = reverse(f"admin:discovery_{model}_changelist")
    assert as_operator.get(listing).status_code == 200
    assert as_operator.get(reverse(f"admin:discovery_{model}_add")).status_code == 403

    change = reverse("admin:discovery_slate_change", args=[slate.pk])
    assert as_operator.post(change, {"text": "forged"}).status_code == 403


def test_editors_see_no_turns(editor: User, slate: Slate) -> None:
    client = Client()
    client.force_login(editor)

    for model in ("slate", "exposure", "feedback", "viewer"):
        assert client.get(reverse(f"admin:discovery_{model}_changelist")).status_code == 403
    change = reverse("admin:discovery_slate_change", args=[slate.pk])
    assert client.get(change).status_code == 403


def test_exposures_can_be_sorted_out_by_exploration_and_surface(
    as_operator: Client, slate: Slate
) -> None:
    address = reverse("admin:discovery_exposure_changelist")
    found = as_operator.get(address, {"pick__explored__exact": "0", "pick__slate__surface": "chat"})
    assert found.context["cl"].result_count == 1
    none = as_operator.get(address, {"pick__explored__exact": "1"})
    assert none.context["cl"].result_count == 0
    assert str(slate.request_id) in found.content.decode()

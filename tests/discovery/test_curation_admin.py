"""Rules of curation in the admin: made, refused, listed, ended, and shown in a trace."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.models import CurationRule, Title
from discovery.curation import load_curation
from discovery.recording import record_slate
from discovery.tracing import Trace
from discovery.types import Query, Slate
from tests.discovery.test_curation import BOOST, rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_editor(editor: User, client: Client) -> Client:
    client.force_login(editor)
    return client


ADD = "admin:catalog_curationrule_add"
LIST = "admin:catalog_curationrule_changelist"


def posted(title: Title, **changes: str) -> dict[str, str]:
    return {"title": str(title.pk), "kind": "boost", "weight": "1", "reason": "why", **changes}


def test_an_editor_makes_a_rule_and_is_named(
    as_editor: Client, editor: User, catalogue: dict[str, Title]
) -> None:
    response = as_editor.post(reverse(ADD), posted(catalogue["Alien"], reason="a season of it"))

    assert response.status_code == 302
    made = CurationRule.objects.get()
    assert (made.created_by, made.reason, made.weight) == (editor, "a season of it", 1.0)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"reason": ""}, "This field is required."),
        ({"weight": "9"}, "less than or equal to 3.0"),
        ({"expires_at_0": "2001-01-01", "expires_at_1": "00:00"}, "Choose an end after now"),
        (
            {"starts_at_0": "2090-01-02", "starts_at_1": "00:00",
             "expires_at_0": "2090-01-01", "expires_at_1": "00:00"},
            "Choose an end after its start",
        ),
        (
            {"starts_at_0": "2001-01-01", "starts_at_1": "00:00",
             "expires_at_0": "2001-01-02", "expires_at_1": "00:00"},
            "Choose an end after now",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(
    as_editor: Client, catalogue: dict[str, Title], changes: dict[str, str], complaint: str
) -> None:
    response = as_editor.post(reverse(ADD), posted(catalogue["Alien"], **changes))

    assert complaint in response.content.decode()
    assert not CurationRule.objects.exists()


def test_the_reason_of_an_expired_rule_is_corrected(
    as_editor: Client, catalogue: dict[str, Title]
) -> None:
    expired = rule(catalogue["Alien"], expires_at=timezone.now() - timedelta(days=1))
    end = {"expires_at_0": f"{expired.expires_at:%Y-%m-%d}"}
    end |= {"expires_at_1": f"{expired.expires_at:%H:%M:%S}"}

    url = reverse("admin:catalog_curationrule_change", args=[expired.pk])
    response = as_editor.post(url, posted(catalogue["Alien"], reason="said better", **end))

    assert response.status_code == 302
    expired.refresh_from_db()
    assert expired.reason == "said better"


def test_the_list_says_which_rules_hold_and_ends_them(
    as_editor: Client, catalogue: dict[str, Title]
) -> None:
    now = timezone.now()
    holds = rule(catalogue["Alien"])
    rule(catalogue["Aliens"], BOOST, weight=1.5, expires_at=now - timedelta(days=1))
    coming = rule(catalogue["Seven"], starts_at=now + timedelta(days=1))
    page = as_editor.get(reverse(LIST)).content.decode()
    assert [page.count(f">{state}</td>") for state in ("active", "expired", "scheduled")] == [1] * 3
    assert "1.5</td>" in page
    assert page.count(">no end</td>") == 2
    for state, name in (("active", "Alien (1979)"), ("scheduled", "Seven"), ("expired", "Aliens")):
        rows = as_editor.get(reverse(LIST), {"state": state}).context["cl"].result_list
        assert [str(row.title).startswith(name) for row in rows] == [True]

    chosen = {"action": "end_now", "_selected_action": [holds.pk, coming.pk]}
    as_editor.post(reverse(LIST), chosen)

    assert load_curation().rules == ()
    assert not CurationRule.objects.filter(pk=coming.pk).exists()


def test_the_trace_page_shows_the_rules(
    client: Client, operator: User, catalogue: dict[str, Title]
) -> None:
    made = rule(catalogue["Alien"], BOOST, weight=1.5, reason="<b>season</b>")
    trace = Trace(curation=[r.as_json() for r in load_curation().rules])
    slate = Slate(uuid4(), 0, Query(), (), "retrieval", "r1-abc-c1", {"blocked": 2})
    record = record_slate(slate, viewer_id=None, group="", text="hello", trace=trace)
    client.force_login(operator)

    page = client.get(reverse("admin:discovery_slate_change", args=[record.pk])).content.decode()

    for text in ("rules that were felt", "Alien (1979)", "1.5", "&lt;b&gt;season&lt;/b&gt;"):
        assert text in page
    assert reverse("admin:catalog_curationrule_change", args=[made.pk]) in page
    assert "<b>season" not in page

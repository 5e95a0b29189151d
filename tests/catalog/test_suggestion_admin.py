"""The suggestion queue in admin: decided singly and in bulk, closed to others."""

from __future__ import annotations

import re
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from catalog.models import Suggestion, Title, TitleTag
from catalog.suggestion_queue import undescribed
from tests.catalog.desk import suggest

pytestmark = pytest.mark.django_db

QUEUE = "admin:catalog_suggestion_changelist"
Status = Suggestion.Status


def post(admin: Client, act: str, waiting: dict[str, Suggestion], **more: Any) -> Any:
    """Press a button of a page that shows everything that waits."""
    data = {"act": act, "page": "1", "shown": [s.pk for s in waiting.values()]} | more
    return admin.post(reverse(QUEUE), data, follow=True)


def statuses(waiting: dict[str, Suggestion]) -> dict[str, str]:
    found = Suggestion.objects.in_bulk([s.pk for s in waiting.values()])
    return {name: found[s.pk].status for name, s in waiting.items()}


# --- page ---


def test_the_page_shows_facts_gloss_and_confidence(
    waiting: dict[str, Suggestion], admin: Client
) -> None:
    page = admin.get(reverse(QUEUE)).content.decode()

    assert page.index("Alien (1979)") < page.index("Dark Star (1974)")
    for text in ("by Ridley Scott", "Horror, Science Fiction", "90%", "mood: ", "No synopsis"):
        assert text in page


def test_the_page_takes_a_bounded_number_of_queries(
    waiting: dict[str, Suggestion],
    admin: Client,
    catalogue: dict[str, Title],
    django_assert_max_num_queries: Any,
) -> None:
    for title in catalogue.values():
        suggest(title, "exciting", 0.4)

    with django_assert_max_num_queries(20):
        admin.get(reverse(QUEUE))


def test_the_page_keeps_the_content_security_policy(
    waiting: dict[str, Suggestion], admin: Client
) -> None:
    page = admin.get(reverse(QUEUE)).content.decode()
    ours = page[page.index('id="queue"') :]

    assert not re.search(r"<style|<script(?![^>]*\bsrc=)|\bstyle=|\bon[a-z]+=", ours)


def test_every_field_and_button_of_the_form_has_a_name(
    waiting: dict[str, Suggestion], admin: Client
) -> None:
    page = admin.get(reverse(QUEUE)).content.decode()
    form = page[page.index('id="queue"') : page.index("</form>", page.index('id="queue"'))]
    fields = re.findall(r"<(?:input(?![^>]*hidden)|select)[^>]*>", form)
    buttons = re.findall(r"<button[^>]*>([^<]*)<", form)

    assert fields
    assert [field for field in fields if "aria-label" not in field] == []
    assert buttons
    assert all(label.strip() for label in buttons)


def test_hostile_text_is_shown_as_text(catalogue: dict[str, Title], admin: Client) -> None:
    suggest(catalogue["Alien"], '"><script>alert(1)</script>', 0.5, "keyword")

    assert "<script>alert(1)" not in admin.get(reverse(QUEUE)).content.decode()


def test_an_empty_queue_says_what_to_do(admin: Client) -> None:
    assert "suggest_metadata" in admin.get(reverse(QUEUE)).content.decode()


# --- decisions ---


def test_one_is_accepted(waiting: dict[str, Suggestion], admin: Client, editor: User) -> None:
    response = post(admin, f"accept:{waiting['tense'].pk}", waiting)

    assert "1 accepted." in response.content.decode()
    assert TitleTag.objects.get().added_by == editor
    assert statuses(waiting)["tense"] == Status.ACCEPTED


def test_one_is_changed_and_accepted(waiting: dict[str, Suggestion], admin: Client) -> None:
    pk = waiting["funny"].pk

    post(admin, f"accept:{pk}", waiting, **{f"value-{pk}": "claustrophobic", f"weight-{pk}": "3"})

    link = TitleTag.objects.get()
    assert (link.tag.name, link.weight) == ("claustrophobic", 3)
    assert statuses(waiting)["funny"] == Status.EDITED


def test_a_change_elsewhere_on_the_page_is_not_taken(
    waiting: dict[str, Suggestion], admin: Client
) -> None:
    other = waiting["funny"].pk
    changed = {f"value-{other}": "no such term", f"weight-{other}": "2"}

    post(admin, f"accept:{waiting['tense'].pk}", waiting, **changed)

    assert statuses(waiting)["funny"] == Status.PENDING


def test_a_described_title_is_not_in_the_queue(
    waiting: dict[str, Suggestion], admin: Client, catalogue: dict[str, Title]
) -> None:
    post(admin, f"accept:{waiting['tense'].pk}", waiting)

    assert catalogue["Alien"] not in undescribed()


def test_the_ticked_are_rejected(waiting: dict[str, Suggestion], admin: Client) -> None:
    chosen = [waiting["funny"].pk, waiting["silly"].pk]

    response = post(admin, "reject", waiting, chosen=chosen)

    assert "2 rejected." in response.content.decode()
    assert set(statuses(waiting).values()) == {Status.PENDING, Status.REJECTED}


def test_all_of_a_title_are_accepted(waiting: dict[str, Suggestion], admin: Client) -> None:
    post(admin, f"accept-title:{waiting['tense'].title_id}", waiting)

    assert statuses(waiting) == {
        "tense": Status.ACCEPTED,
        "funny": Status.ACCEPTED,
        "gore": Status.ACCEPTED,
        "silly": Status.PENDING,
    }


def test_the_sure_ones_of_this_page_are_accepted(
    waiting: dict[str, Suggestion], admin: Client, catalogue: dict[str, Title]
) -> None:
    elsewhere = suggest(catalogue["Tremors"], "funny", 0.99)

    post(admin, "accept-sure", waiting, least="60")

    assert statuses(waiting) == {
        "tense": Status.ACCEPTED,
        "funny": Status.PENDING,
        "gore": Status.ACCEPTED,
        "silly": Status.ACCEPTED,
    }
    elsewhere.refresh_from_db()
    assert elsewhere.status == Status.PENDING


@pytest.mark.parametrize(
    ("act", "more", "said"),
    [
        ("accept", {}, "Nothing was chosen"),
        ("accept-sure", {"least": "many"}, "from 0 to 100"),
        ("explode", {}, "unknown here"),
    ],
)
def test_what_makes_no_sense_changes_nothing(
    waiting: dict[str, Suggestion], admin: Client, act: str, more: dict[str, str], said: str
) -> None:
    response = post(admin, act, waiting, **more)

    assert said in response.content.decode()
    assert set(statuses(waiting).values()) == {Status.PENDING}


def test_a_bad_change_is_explained(waiting: dict[str, Suggestion], admin: Client) -> None:
    pk = waiting["funny"].pk

    response = post(
        admin, f"accept:{pk}", waiting, **{f"value-{pk}": "sort of fun", f"weight-{pk}": "2"}
    )

    assert "no term of the ontology" in response.content.decode()
    assert statuses(waiting)["funny"] == Status.PENDING


def test_acceptance_is_on_the_page(waiting: dict[str, Suggestion], admin: Client) -> None:
    post(admin, f"accept:{waiting['tense'].pk}", waiting)
    response = post(admin, f"reject:{waiting['funny'].pk}", waiting)

    row = re.search(r'<th scope="row">test</th>(.*?)</tr>', response.content.decode(), re.DOTALL)
    assert row is not None
    assert re.findall(r"<td>([^<]*)</td>", row[1]) == ["2", "1", "0", "1", "50%"]


def test_more_titles_are_read_in_the_background(
    admin: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: sent.append((name, args)))

    with django_capture_on_commit_callbacks(execute=True):
        post(admin, "more", {})

    assert sent == [("worker.suggest_metadata", (100,))]


# --- who may ---


def test_guests_and_other_staff_may_not(waiting: dict[str, Suggestion], client: Client) -> None:
    act = {"act": f"accept:{waiting['tense'].pk}"}

    assert client.post(reverse(QUEUE), act).status_code == 302
    client.force_login(User.objects.create_user("staff", is_staff=True))
    assert client.get(reverse(QUEUE)).status_code == 403
    assert client.post(reverse(QUEUE), act).status_code == 403

    assert set(statuses(waiting).values()) == {Status.PENDING}


def test_the_form_needs_its_token(waiting: dict[str, Suggestion], editor: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)

    response = client.post(reverse(QUEUE), {"act": f"accept:{waiting['tense'].pk}"})

    assert response.status_code == 403
    assert statuses(waiting)["tense"] == Status.PENDING

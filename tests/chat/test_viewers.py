"""Guests are known by their session, and what they did follows them when they sign in."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from catalog.models import Title
from chat.models import Conversation
from discovery.feedback import give_feedback
from discovery.models import Feedback, Viewer

pytestmark = pytest.mark.django_db


def viewer_of(client: Client) -> Viewer:
    session = SessionStore(client.cookies["session"].value)
    return Viewer.objects.get(pk=session["viewer_id"])


def test_a_guest_is_the_same_viewer_on_every_page(visitor: Client) -> None:
    visitor.get("/")
    first = viewer_of(visitor)
    visitor.get("/")
    assert viewer_of(visitor) == first
    assert first.user is None
    assert Viewer.objects.count() == 1


def test_two_guests_are_two_viewers(visitor: Client, other_visitor: Client) -> None:
    visitor.get("/")
    other_visitor.get("/")
    assert viewer_of(visitor) != viewer_of(other_visitor)


def test_a_guests_things_follow_them_to_their_account(visitor: Client, operator: User) -> None:
    visitor.get("/")
    guest = viewer_of(visitor)
    title = Title.objects.create(name="Alien", year=1979)
    give_feedback(guest, title, Feedback.Kind.LIKED)
    conversation = Conversation.objects.get(viewer=guest)

    visitor.force_login(operator)
    page = visitor.get(f"/c/{conversation.pk}/")

    assert page.status_code == 200
    account = Viewer.objects.get(user=operator)
    assert viewer_of(visitor) == account
    assert [f.title for f in account.feedback.all()] == [title]
    assert not Viewer.objects.filter(user=None).exists()


def test_the_guests_opinion_replaces_the_accounts_older_one(
    visitor: Client, operator: User
) -> None:
    title = Title.objects.create(name="Alien", year=1979)
    account = Viewer.objects.create(user=operator)
    give_feedback(account, title, Feedback.Kind.DISLIKED)
    give_feedback(account, title, Feedback.Kind.SEEN)
    visitor.get("/")
    give_feedback(viewer_of(visitor), title, Feedback.Kind.LIKED)
    give_feedback(viewer_of(visitor), title, Feedback.Kind.SEEN)

    visitor.force_login(operator)
    visitor.get("/")

    assert set(account.feedback.values_list("kind", flat=True)) == {"liked", "seen"}


def test_signing_out_begins_a_new_guest_without_the_accounts_things(
    visitor: Client, operator: User
) -> None:
    visitor.force_login(operator)
    visitor.get("/")
    account = viewer_of(visitor)
    visitor.logout()
    visitor.get("/")
    assert viewer_of(visitor) != account


def test_a_session_cannot_claim_an_accounts_viewer(visitor: Client, operator: User) -> None:
    """The session's number counts only for guests: an account is known by its sign-in."""
    account = Viewer.objects.create(user=operator)
    visitor.get("/")
    session = SessionStore(visitor.cookies["session"].value)
    session["viewer_id"] = account.pk
    session.save()
    visitor.get("/")
    assert viewer_of(visitor) != account

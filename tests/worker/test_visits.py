"""Guests who only looked are forgotten after a while; whoever did anything is not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from catalog.models import Title
from chat.models import Conversation
from discovery.feedback import give_feedback
from discovery.guests import IDLE_FOR
from discovery.models import Feedback, HistoryImport, Slate, Viewer
from worker.tasks.visits import forget_visits

pytestmark = pytest.mark.django_db


def old_guest() -> Viewer:
    guest = Viewer.objects.create()
    guest.conversations.create()
    Viewer.objects.filter(pk=guest.pk).update(
        created_at=timezone.now() - IDLE_FOR - timedelta(hours=1)
    )
    return guest


def test_only_idle_guests_of_some_time_ago_go(operator: User) -> None:
    old_guest()
    fresh = Viewer.objects.create()
    account = old_guest()
    Viewer.objects.filter(pk=account.pk).update(user=operator)
    asked, liked, imported, shown = (old_guest() for _ in range(4))
    Conversation.objects.get(viewer=asked).turns.create(text="a funny film")
    give_feedback(liked, Title.objects.create(name="Alien"), Feedback.Kind.LIKED)
    HistoryImport.objects.create(viewer=imported, source="imdb", rows=0)
    Slate.objects.create(viewer=shown, query={}, scored_by="retrieval", policy_version="test")

    forget_visits()

    kept = {fresh.pk, account.pk, asked.pk, liked.pk, imported.pk, shown.pk}
    assert set(Viewer.objects.values_list("pk", flat=True)) == kept


def test_sessions_that_have_ended_go(visitor: Client, other_visitor: Client) -> None:
    visitor.get("/")
    other_visitor.get("/")
    Session.objects.filter(pk=visitor.cookies["session"].value).update(
        expire_date=timezone.now() - timedelta(minutes=1)
    )
    forget_visits()
    (left,) = Session.objects.all()
    assert left.pk == other_visitor.cookies["session"].value


def test_a_guest_who_was_forgotten_is_a_new_one(visitor: Client) -> None:
    visitor.get("/")
    Viewer.objects.update(created_at=timezone.now() - IDLE_FOR - timedelta(hours=1))
    forget_visits()
    assert not Viewer.objects.exists()
    assert visitor.get("/").status_code == 200
    assert Viewer.objects.count() == 1

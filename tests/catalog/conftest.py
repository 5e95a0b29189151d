"""An editor at work, suggestions that wait, and what their work sends to the broker."""

from __future__ import annotations

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.test import Client

from catalog.models import Suggestion, Title
from tests.catalog.desk import suggest


@pytest.fixture
def admin(editor: User, client: Client) -> Client:
    client.force_login(editor)
    return client


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[int, ...]]]:
    """What was sent to the broker."""
    tasks: list[tuple[str, tuple[int, ...]]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: tasks.append((name, args)))
    return tasks


@pytest.fixture
def waiting(catalogue: dict[str, Title]) -> dict[str, Suggestion]:
    """Two titles with suggestions: Alien is the better known."""
    return {
        "tense": suggest(catalogue["Alien"], "tense", 0.9),
        "funny": suggest(catalogue["Alien"], "funny", 0.2),
        "gore": suggest(catalogue["Alien"], "gore", 0.6, "content"),
        "silly": suggest(catalogue["Dark Star"], "silly", 0.7),
    }

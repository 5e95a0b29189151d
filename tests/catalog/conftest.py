"""An editor at work, and what their work sends to the broker."""

from __future__ import annotations

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.test import Client


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

"""What nobody could read: kept without a viewer, clustered, named, forgotten."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.utils import timezone

from discovery.intents import unread
from discovery.intents.cases import read_cases
from discovery.intents.features import Matrix
from discovery.intents.unread import (
    KEPT_DAYS,
    cluster_unread,
    groups_of,
    keep_unread,
    purge_unread,
)
from discovery.unread import MAX_UNREAD_CHARS, UnreadCluster, UnreadMessage

pytestmark = pytest.mark.django_db


class Words:
    """An embedder of three directions: a message is about its first word."""

    version = "words"

    def embed(self, texts: list[str]) -> Matrix:
        first = {"tickets": 0, "popcorn": 1}
        rows = np.zeros((len(texts), 384), dtype=np.float32)
        for number, text in enumerate(texts):
            rows[number, first.get(text.split()[0], 2)] = 1.0
            rows[number, 3] = 0.1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "get_embedder", Words)


def test_a_message_is_kept_without_what_could_be_somebodys() -> None:
    assert keep_unread("tickets for anna@example.org, call +44 20 7946 0000 " + "x" * 300)
    kept = UnreadMessage.objects.get()
    assert "anna" not in kept.text
    assert "7946" not in kept.text
    assert len(kept.text) <= MAX_UNREAD_CHARS
    names = {field.name for field in UnreadMessage._meta.get_fields()}
    assert not names & {"viewer", "user", "slate", "conversation", "request_id"}


def test_messages_about_the_same_are_one_cluster() -> None:
    for text in ("tickets a", "tickets b", "tickets c", "popcorn a", "popcorn b"):
        keep_unread(text)
    assert cluster_unread() == 1
    cluster = UnreadCluster.objects.get()
    assert {m.text for m in cluster.messages.all()} == {"tickets a", "tickets b", "tickets c"}


def test_a_named_cluster_stays_and_takes_what_is_near(tmp_path: Path) -> None:
    for text in ("tickets a", "tickets b", "tickets c"):
        keep_unread(text)
    cluster_unread()
    UnreadCluster.objects.update(name="buying tickets", intent="out_of_scope")
    keep_unread("tickets d")
    keep_unread("popcorn")
    assert cluster_unread() == 0
    assert UnreadCluster.objects.get().messages.count() == 4
    path = tmp_path / "named.jsonl"
    call_command("cluster_unread", export=path, skip_checks=True)
    cases = read_cases(path)
    assert {case.intent for case in cases} == {"out_of_scope"}
    assert "tickets d" in {case.text for case in cases}
    assert json.loads(path.read_text().splitlines()[0])["family"].startswith("cluster/")


def test_old_messages_are_forgotten() -> None:
    keep_unread("tickets a")
    keep_unread("tickets b")
    old = timezone.localdate() - timedelta(days=KEPT_DAYS + 1)
    UnreadMessage.objects.filter(text="tickets a").update(day=old)
    assert purge_unread() == 1
    assert [m.text for m in UnreadMessage.objects.all()] == ["tickets b"]


def test_too_few_are_no_group() -> None:
    assert groups_of(np.eye(2, dtype=np.float32)) == []

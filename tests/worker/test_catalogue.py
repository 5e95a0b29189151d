"""An edited title is searched and ranked anew within one task, and nobody does it twice at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache

from catalog.models import Title
from discovery.genrec_client import Circuit
from tests.genrec_fake import FakeGenRec, fake_genrec
from worker.tasks.catalogue import LOCK, reconcile_rows, refresh_title

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_cache")]


@pytest.fixture
def genrec(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGenRec]:
    monkeypatch.setattr("discovery.genrec_client._circuit", Circuit())
    with fake_genrec() as fake:
        settings.GENREC_URL = fake.url
        yield fake


def slots_pushed(genrec: FakeGenRec) -> set[int]:
    return {row["slot"] for request in genrec.requests for row in request.get("rows", ())}


@pytest.fixture
def title() -> Title:
    return Title.objects.create(name="Dark Star", year=1974, synopsis="Bored men in a spaceship.")


def test_a_new_title_becomes_searchable_embedded_and_rankable(
    title: Title, genrec: FakeGenRec
) -> None:
    refresh_title(title.pk)

    title.refresh_from_db()
    assert title.slot is not None
    assert title.embedding is not None
    assert title.search
    assert slots_pushed(genrec) == {title.slot}


def test_an_edit_changes_the_embedding_and_its_row(title: Title, genrec: FakeGenRec) -> None:
    refresh_title(title.pk)
    before = Title.objects.get(pk=title.pk)
    genrec.requests.clear()

    before.synopsis = "A quiet love story in the mountains."
    before.save()
    refresh_title(title.pk)

    after = Title.objects.get(pk=title.pk)
    assert after.document_hash != before.document_hash
    assert after.slot == before.slot
    assert slots_pushed(genrec) == {after.slot}


def test_a_title_that_is_gone_harms_nothing(title: Title, genrec: FakeGenRec) -> None:
    title_id = title.pk
    title.delete()
    refresh_title(title_id)
    assert slots_pushed(genrec) == set()


def test_an_absent_server_is_no_error(title: Title, settings: LazySettings, caplog: Any) -> None:
    settings.GENREC_URL = "http://127.0.0.1:9"
    refresh_title(title.pk)
    title.refresh_from_db()
    assert title.embedding is not None
    assert "unreachable" in caplog.text


def test_only_one_worker_pushes_at_a_time(title: Title, genrec: FakeGenRec) -> None:
    cache.add(LOCK, 1)
    reconcile_rows()
    assert genrec.requests == []

    cache.delete(LOCK)
    refresh_title(title.pk)
    assert slots_pushed(genrec)
    assert cache.get(LOCK) is None


def test_the_schedule_pushes_what_a_restarted_server_lost(title: Title, genrec: FakeGenRec) -> None:
    refresh_title(title.pk)
    genrec.rows.clear()
    genrec.boot_id = "another"
    genrec.requests.clear()
    reconcile_rows()
    assert len(slots_pushed(genrec)) == 1
    genrec.requests.clear()
    reconcile_rows()
    assert genrec.requests == []

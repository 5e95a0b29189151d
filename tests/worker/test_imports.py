"""The task that imports an upload: waits its turn, and has the titles ranked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from celery.exceptions import Retry
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from catalog.importing.run import lock_number
from catalog.importing.uploads import store_upload
from catalog.models import ImportRun, Title
from worker.enqueue import REFRESH_STALE
from worker.tasks.imports import run_import

CSV = b"Title,Year,Director\nSlack Tide,2019,Kaja Holm\nNeap Tide,2020,Kaja Holm\n"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: names.append(name))
    return names


@pytest.fixture
def queued(settings: LazySettings, tmp_path: Path) -> ImportRun:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.REPORTS_DIR = tmp_path / "reports"
    run = store_upload("generic", SimpleUploadedFile("a.csv", CSV), "", None)
    run.status, run.report_path = ImportRun.Status.QUEUED, str(tmp_path / "report.csv")
    run.save()
    return run


def test_titles_are_imported_get_slots_and_are_embedded(queued: ImportRun, sent: list[str]) -> None:
    run_import(queued.pk)

    assert set(Title.objects.values_list("name", "slot")) == {("Slack Tide", 0), ("Neap Tide", 1)}
    assert sent == [REFRESH_STALE]
    run_import(queued.pk)
    assert sent == [REFRESH_STALE]


def test_a_dry_run_leaves_nothing(queued: ImportRun, sent: list[str]) -> None:
    ImportRun.objects.update(dry_run=True)

    run_import(queued.pk)

    run = ImportRun.objects.get()
    assert (run.status, run.created, run.rows_total) == ("finished", 2, 2)
    assert not Title.objects.exists()
    assert sent == []


def test_one_import_of_a_source_at_a_time(queued: ImportRun, monkeypatch: Any) -> None:
    tried: list[dict[str, Any]] = []

    def retry(**options: Any) -> Retry:
        tried.append(options)
        return Retry()

    monkeypatch.setattr(run_import, "retry", retry)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [lock_number("generic")])
            with pytest.raises(Retry):
                run_import(queued.pk)
            cursor.execute("SELECT pg_advisory_unlock(%s)", [lock_number("generic")])
    finally:
        other.close()

    assert [options["countdown"] for options in tried] == [20]
    assert ImportRun.objects.get().status == ImportRun.Status.QUEUED


def test_a_discarded_import_is_nothing_to_do(queued: ImportRun, sent: list[str]) -> None:
    queued.delete()

    run_import(queued.pk)

    assert sent == []

"""Uploads in admin: preview, dry run, import, report, and who may do it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.conf import LazySettings
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse

from catalog.importing import uploads
from catalog.importing.uploads import execute_upload
from catalog.importing.upsert import upsert_batch
from catalog.models import ImportRun, Title
from tests.catalog.importing.rows import IMDB_ROW, NETFLIX_ROW

pytestmark = pytest.mark.django_db


def as_csv(*rows: Mapping[str, Any]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


TOP = as_csv(IMDB_ROW, IMDB_ROW | {"Series_Title": "Slack Tide", "Certificate": "FSK-99"})


@pytest.fixture(autouse=True)
def media(settings: LazySettings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[int, ...]]]:
    """What is given to the broker."""
    messages: list[tuple[str, tuple[int, ...]]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args: messages.append((name, tuple(args)))
    )
    return messages


def log_in(client: Client, *groups: str) -> Client:
    user = User.objects.create_user("-".join(groups) or "staff", password="x", is_staff=True)
    user.groups.set(Group.objects.filter(name__in=groups))
    client.force_login(user)
    return client


@pytest.fixture
def editor(client: Client) -> Client:
    return log_in(client, "editors")


def upload(
    client: Client, source: str, content: bytes, name: str = "titles.csv", column_map: str = ""
) -> Any:
    file = SimpleUploadedFile(name, content)
    fields = {"source": source, "file": file, "column_map": column_map}
    return client.post(reverse("admin:catalog_importrun_add"), fields, follow=True)


def url(name: str, run: ImportRun) -> str:
    return reverse(f"admin:catalog_importrun_{name}", args=[run.pk])


def files(media: Path) -> Sequence[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_an_upload_waits_with_its_preview(editor: Client, media: Path) -> None:
    page = upload(editor, "imdb-top", TOP, name="../../my list.csv")

    run = ImportRun.objects.get()
    text = page.content.decode()
    assert (run.status, run.file_name, run.source) == ("waiting", "my list.csv", "imdb-top")
    assert run.created_by == User.objects.get()
    (kept,) = files(media)
    assert re.fullmatch(r"imports/[0-9a-f]{32}\.csv", str(kept.relative_to(media)))
    assert "The first 2 rows" in text
    assert "The Paper Lighthouse" in text
    assert "unknown certificate" in text
    assert {"Dry run", "Import", "Discard"} <= set(re.findall(r">([\w ]+)</button>", text))
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|\son\w+=|\sstyle=", text)
    assert not Title.objects.exists()


def test_the_preview_of_one_row_says_so(editor: Client) -> None:
    page = upload(editor, "imdb-top", b"".join(TOP.splitlines(keepends=True)[:2]))
    assert "The first row, as it will be read" in page.content.decode()


def test_dry_run_then_import_then_report(editor: Client, media: Path, sent: list[Any]) -> None:
    upload(editor, "imdb-top", TOP)
    run = ImportRun.objects.get()

    with_commit(lambda: editor.post(url("start", run), {"mode": "dry"}))
    run.refresh_from_db()
    assert (run.status, run.dry_run) == ("queued", True)
    assert sent == [("worker.run_import", (run.pk,))]
    assert "waits for a worker" in editor.get(url("change", run)).content.decode()
    execute_upload(run.pk)

    text = editor.get(url("change", run)).content.decode()
    assert "2 would be created" in " ".join(text.split())
    assert not Title.objects.exists()
    assert len(files(media)) == 1

    with_commit(lambda: editor.post(url("start", run), {"mode": "import"}))
    execute_upload(run.pk)

    run.refresh_from_db()
    assert (run.status, run.dry_run, run.created, run.errors) == ("finished", False, 2, 1)
    assert not run.upload
    assert files(media) == []
    report: Any = editor.get(url("report", run))
    assert report["Content-Disposition"].startswith("attachment")
    assert b"FSK-99" in b"".join(report.streaming_content)
    # The message may come again.
    assert execute_upload(run.pk) is None


def with_commit(act: Any) -> None:
    """Run what waits for the commit, which a test's transaction never reaches."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        act()


def test_two_clicks_start_one_import(editor: Client, sent: list[Any]) -> None:
    upload(editor, "imdb-top", TOP)
    run = ImportRun.objects.get()

    for _ in range(2):
        with_commit(lambda: editor.post(url("start", run), {"mode": "import"}))

    assert len(sent) == 1


def test_a_guessed_map_is_shown_and_can_be_changed(editor: Client) -> None:
    page = upload(editor, "generic", b"Title,Year,Wer\nSlack Tide,2019,Kaja Holm\n")
    assert "&quot;name&quot;: &quot;Title&quot;" in page.content.decode()
    run = ImportRun.objects.get()

    columns = {"name": "Title", "year": "Year", "directors": "Wer"}
    column_map = {"source": "arthouse", "columns": columns}
    page = editor.post(url("map", run), {"column_map": json.dumps(column_map)}, follow=True)

    run.refresh_from_db()
    assert run.source == "arthouse"
    assert "Kaja Holm" in page.content.decode()
    bad = editor.post(url("map", run), {"column_map": '{"columns": {}}'})
    assert "no column for name" in bad.content.decode()


@pytest.mark.parametrize(
    ("source", "content", "name", "column_map", "reason"),
    [
        ("tmdb", TOP, "a.csv", "", "it is no file made from TMDB"),
        ("imdb-top", b"\xff\xfe\x00", "a.csv", "", ">a.csv is not UTF-8"),
        ("imdb-top", TOP, "a.exe", "", "ends in none of"),
        ("imdb-top", TOP.splitlines()[0] + b"\n", "a.csv", "", "no rows"),
        ("generic", b"PK\x03\x04nonsense", "a.zip", "", ">a.zip is no readable zip"),
        ("generic", TOP, "a.csv", "{", "column map can&#x27;t be used"),
        ("netflix", as_csv(NETFLIX_ROW), "a.csv", '{"columns": {"name": "title"}}', "Only the"),
    ],
)
def test_what_can_not_be_used_is_refused_and_not_kept(
    editor: Client,
    media: Path,
    source: str,
    content: bytes,
    name: str,
    column_map: str,
    reason: str,
) -> None:
    page = upload(editor, source, content, name, column_map)

    assert reason in page.content.decode()
    assert not ImportRun.objects.exists()
    assert files(media) == []


def test_a_file_that_is_too_large(
    editor: Client, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOAD_BYTES", 100)

    page = upload(editor, "imdb-top", TOP)

    assert "manage.py import_titles reads files of any size" in page.content.decode()
    assert files(media) == []


def test_discarding_deletes_the_file(editor: Client, media: Path) -> None:
    upload(editor, "imdb-top", TOP)
    run = ImportRun.objects.get()

    editor.post(url("discard", run))

    assert not ImportRun.objects.exists()
    assert files(media) == []


def test_what_is_under_way_is_not_discarded(editor: Client, media: Path) -> None:
    upload(editor, "imdb-top", TOP)
    ImportRun.objects.update(status="running")

    page = editor.post(url("discard", ImportRun.objects.get()), follow=True)

    assert "wait for it to end" in page.content.decode()
    assert len(files(media)) == 1


def test_the_page_asks_until_it_is_over(editor: Client) -> None:
    upload(editor, "imdb-top", TOP)
    ImportRun.objects.update(status="running", rows_done=1, rows_total=4)
    run = ImportRun.objects.get()

    asked = editor.get(url("progress", run))
    assert 'hx-trigger="every 2s"' in asked.content.decode()
    assert 'value="25"' in asked.content.decode()
    assert "HX-Refresh" not in asked
    ImportRun.objects.update(status="finished")
    asked = editor.get(url("progress", run))
    assert "hx-get" not in asked.content.decode()
    assert asked["HX-Refresh"] == "true"


def test_a_failure_says_what_to_do(editor: Client, media: Path) -> None:
    upload(editor, "imdb-top", TOP)
    run = ImportRun.objects.get()
    (kept,) = files(media)
    kept.write_bytes(TOP + b'"never closed,x\n')
    ImportRun.objects.update(status="queued")

    execute_upload(run.pk)

    text = editor.get(url("change", run)).content.decode()
    assert "Look for a quotation mark that is never closed." in text
    assert ImportRun.objects.get().status == "failed"
    assert not Title.objects.exists()


def test_an_import_that_broke_off_goes_on(editor: Client, sent: list[Any]) -> None:
    rows = [IMDB_ROW | {"Series_Title": f"Film {number}"} for number in range(700)]
    upload(editor, "imdb-top", as_csv(*rows))
    run = ImportRun.objects.get()
    break_off(editor, run)
    run.refresh_from_db()
    assert (run.status, run.rows_done) == ("failed", 500)
    assert "after row 500 (ZeroDivisionError)" in run.failure
    assert "Go on importing" in editor.get(url("change", run)).content.decode()

    with_commit(lambda: editor.post(url("start", run), {"mode": "import"}))
    execute_upload(run.pk)

    run.refresh_from_db()
    assert (run.status, run.rows_done, run.created) == ("finished", 700, 700)
    assert Title.objects.count() == 700


@pytest.mark.parametrize(("name", "begins_anew"), [("Deutsch", True), ("Title", False)])
def test_another_map_begins_anew(
    editor: Client, sent: list[Any], name: str, begins_anew: bool
) -> None:
    rows = "".join(f"{n},Film {n},Der Film {n},Drama\n" for n in range(700))
    columns = {"id": "Nr", "name": "Title", "genres": "Genre"}
    column_map = {"source": "arthouse", "columns": columns}
    content = ("Nr,Title,Deutsch,Genre\n" + rows).encode()
    upload(editor, "generic", content, column_map=json.dumps(column_map))
    run = ImportRun.objects.get()
    break_off(editor, run)
    assert set(Title.objects.values_list("name", flat=True)) == {f"Film {n}" for n in range(500)}

    column_map["columns"] = columns | {"name": name}
    page = editor.post(url("map", run), {"column_map": json.dumps(column_map)}, follow=True)
    text = page.content.decode()
    assert ("The map was changed after 500 rows had been imported" in text) is begins_anew
    assert ("Go on importing" not in text) is begins_anew

    with_commit(lambda: editor.post(url("start", run), {"mode": "import"}))
    execute_upload(run.pk)

    run.refresh_from_db()
    assert (run.status, run.rows_done) == ("finished", 700)
    assert (run.created, run.updated) == ((200, 500) if begins_anew else (700, 0))
    prefix = "Der Film" if begins_anew else "Film"
    expected = {f"{prefix} {n}" for n in range(700)}
    assert set(Title.objects.values_list("name", flat=True)) == expected


def break_off(editor: Client, run: ImportRun) -> None:
    """Start an import, and have it fail in its second batch."""
    batches = iter([upsert_batch])

    def upsert(*args: Any, **kwargs: Any) -> Any:
        return next(batches, lambda *_, **__: 1 / 0)(*args, **kwargs)

    with_commit(lambda: editor.post(url("start", run), {"mode": "import"}))
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr("catalog.importing.run.upsert_batch", upsert)
        with pytest.raises(ZeroDivisionError):
            execute_upload(run.pk)


PAGES = ("change", "progress", "report")
POSTS = ("start", "map", "discard")


def test_only_who_may_import_can(client: Client, django_user_model: Any) -> None:
    run = ImportRun.objects.create(source="imdb-top", status="waiting", report_path="/etc/passwd")
    for name in (*PAGES, *POSTS):
        assert client.get(url(name, run)).status_code == 302  # to the login
    log_in(client)
    for name in PAGES:
        assert client.get(url(name, run)).status_code == 403
    for name in POSTS:
        assert client.post(url(name, run)).status_code == 403
    assert client.get(reverse("admin:catalog_importrun_add")).status_code == 403


def test_reading_changes_nothing(editor: Client) -> None:
    run = ImportRun.objects.create(source="imdb-top", status="waiting")

    for name in POSTS:
        assert editor.get(url(name, run)).status_code == 403
    assert editor.get(url("report", run)).status_code == 404
    assert editor.get(reverse("admin:catalog_importrun_change", args=[0])).status_code == 404

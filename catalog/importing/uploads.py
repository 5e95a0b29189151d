"""Files that editors upload: kept under a random name, previewed, rehearsed, imported, deleted.

An upload is an `ImportRun` that waits. Starting it is a conditional update, so two clicks start
one import; a worker does the rest (`execute_upload`), and an import that broke off continues.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from catalog.importing.base import RowProblem, SourceRow, SourceUnavailable
from catalog.importing.column_map import ColumnMap, parse_map
from catalog.importing.files import READABLE
from catalog.importing.filesource import FileSource
from catalog.importing.generic import GenericFile
from catalog.importing.registry import GENERIC, make_source
from catalog.importing.run import (
    ImportInProgress,
    finish_run,
    new_report_path,
    rehearse_import,
    run_digest,
    source_lock,
)
from catalog.models import ImportRun
from worker.enqueue import enqueue_import

logger = logging.getLogger(__name__)

MAX_UPLOAD_BYTES = 200 * 1024**2
PREVIEW_ROWS = 20
ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".zip")
# What a run may be started from: not while it is queued or runs.
_AT_REST = (ImportRun.Status.WAITING, ImportRun.Status.FAILED, ImportRun.Status.FINISHED)
_COUNTS = ("rows_done", "created", "updated", "unchanged", "errors")
PROGRESS_S = 3600


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a file as an import would read them."""

    rows: tuple[SourceRow, ...]
    columns: tuple[str, ...]
    map_json: str

    @property
    def problems(self) -> list[RowProblem]:
        return [problem for row in self.rows for problem in row.problems]


def store_upload(name: str, file: UploadedFile, map_text: str, user: Any) -> ImportRun:
    """Keep a file as a waiting import.

    Raises:
        SourceUnavailable: the file or the map can't be used; nothing is kept then.
    """
    file_name = PurePosixPath(file.name or "").name[:200]
    ending = PurePosixPath(file_name).suffix.lower()
    if ending not in ENDINGS:
        raise SourceUnavailable(f"The name of the file ends in none of {', '.join(ENDINGS)}.")
    if (file.size or 0) > MAX_UPLOAD_BYTES:
        raise SourceUnavailable(
            f"The file is larger than {MAX_UPLOAD_BYTES // 1024**2} MB. Have an operator import "
            "it: manage.py import_titles reads files of any size."
        )
    run = ImportRun(
        source=name,
        status=ImportRun.Status.WAITING,
        file_name=file_name,
        created_by=user,
        options={"form": name},
    )
    run.upload.save(f"{uuid.uuid4().hex}{ending}", file, save=False)
    try:
        set_map(run, map_text)
        preview_upload(run)
    except BaseException:
        run.upload.delete(save=False)
        raise
    run.save()
    return run


def set_map(run: ImportRun, map_text: str) -> None:
    """Give a generic file its column map; guess one if there is no text. Does not save."""
    if run.options["form"] != GENERIC:
        if map_text.strip():
            raise SourceUnavailable(f"Only the source {GENERIC} takes a column map.")
        return
    given = parse_map(map_text) if map_text.strip() else None
    with _by_its_own_name(run):
        source = make_source(GENERIC, Path(run.upload.path), given)
    if isinstance(source, GenericFile):
        run.options = run.options | {"map": source.map.model_dump(mode="json")}
    run.source = source.name


def change_map(run: ImportRun, map_text: str) -> None:
    """Read a file at rest with another map; an import that broke off begins anew with it.

    Raises:
        SourceUnavailable: the file can't be read so; nothing is changed then.
    """
    before = (run.options, run.source)
    set_map(run, map_text)
    preview_upload(run)
    if (run.options, run.source) != before:
        if goes_on(run):
            run.failure = (
                f"The map was changed after {run.rows_done} rows had been imported: "
                "the import will begin anew with the first row."
            )
        run.digest = ""
    run.save(update_fields=["options", "source", "failure", "digest"])


def goes_on(run: ImportRun) -> bool:
    """Tell whether an import broke off and may go on: what is left is read as the rest was."""
    broke_off = run.status == ImportRun.Status.FAILED and not run.dry_run
    return broke_off and run.rows_done > 0 and run.digest != ""


def open_upload(run: ImportRun) -> FileSource:
    """Return the source that reads an uploaded file.

    Raises:
        SourceUnavailable: the file is gone, or can't be read any more.
    """
    if not run.upload:
        raise SourceUnavailable("The uploaded file is gone. Upload it again.")
    column_map = run.options.get("map")
    given = ColumnMap.model_validate(column_map) if column_map else None
    with _by_its_own_name(run):
        return make_source(run.options["form"], Path(run.upload.path), given)


def preview_upload(run: ImportRun) -> Preview:
    """Read the first rows, and only those. Raises SourceUnavailable."""
    source = open_upload(run)
    with _by_its_own_name(run):
        rows, columns = source.sample(PREVIEW_ROWS)
    if not rows:
        raise SourceUnavailable(f"The file has no rows. What can be read: {READABLE}.")
    column_map = run.options.get("map")
    text = json.dumps(column_map, indent=2, ensure_ascii=False) if column_map else ""
    return Preview(tuple(rows), tuple(columns), text)


@contextmanager
def _by_its_own_name(run: ImportRun) -> Iterator[None]:
    """Complain of an upload by the name that it came with, not by the one it is kept under."""
    kept = PurePosixPath(run.upload.name or "").name
    try:
        yield
    except SourceUnavailable as error:
        raise SourceUnavailable(str(error).replace(kept, run.file_name)) from error


def start_upload(run: ImportRun, *, dry_run: bool) -> bool:
    """Queue an import or its rehearsal; False if it is under way or over.

    An import that broke off goes on where it was; everything else starts anew.
    """
    changes: dict[str, Any] = {
        "status": ImportRun.Status.QUEUED,
        "dry_run": dry_run,
        "failure": "",
        "finished_at": None,
    }
    if dry_run or not goes_on(run):
        changes |= dict.fromkeys(_COUNTS, 0) | {"report_path": new_report_path(run.source)}
    with transaction.atomic():
        resting = ImportRun.objects.filter(pk=run.pk, status__in=_AT_REST).exclude(upload="")
        if not resting.update(**changes):
            return False
        cache.delete(_progress_key(run.pk))
        enqueue_import(run.pk)
    return True


def discard_upload(run: ImportRun) -> bool:
    """Delete a file, and its run too if that never changed anything; False while it is at work."""
    if not ImportRun.objects.filter(pk=run.pk, status__in=_AT_REST).exists():
        return False
    if run.upload:
        run.upload.delete(save=False)
    if run.dry_run or run.rows_done == 0:
        run.delete()
    else:
        run.save(update_fields=["upload"])
    return True


def execute_upload(run_id: int) -> ImportRun | None:
    """Do what was queued; None if there is nothing to do. Safe to call again: it continues.

    Raises:
        ImportInProgress: this source is being imported. Try again later.
    """
    run = ImportRun.objects.filter(pk=run_id).first()
    at_work = (ImportRun.Status.QUEUED, ImportRun.Status.RUNNING)
    if run is None or run.status not in at_work:
        return None
    try:
        source = open_upload(run)
        run.digest = run_digest(source, None)
        with _by_its_own_name(run):
            _execute(run, source)
    except ImportInProgress:
        raise
    except SourceUnavailable as error:
        _fail(run, str(error))
    except Exception as error:
        logger.exception("import failed: run=%d row=%d", run.pk, run.rows_done)
        _fail(run, _advice(run, error))
        raise
    return run


def rows_done(run: ImportRun) -> int:
    """Return how far a run is. A rehearsal's rows show in no table before it ends."""
    return int(cache.get(_progress_key(run.pk)) or run.rows_done)


def _execute(run: ImportRun, source: FileSource) -> None:
    if run.dry_run:
        _set_running(run)
        rehearse_import(source, run, progress=_note_progress(run))
        run.status, run.finished_at = ImportRun.Status.FINISHED, timezone.now()
        run.save(update_fields=[*_COUNTS, "rows_total", "status", "finished_at"])
        return
    with source_lock(source.name):
        _set_running(run)
        finish_run(source, run, limit=None, progress=None)
    run.upload.delete(save=False)
    run.save(update_fields=["upload"])


def _set_running(run: ImportRun) -> None:
    run.status = ImportRun.Status.RUNNING
    run.save(update_fields=["status", "digest"])


def _fail(run: ImportRun, reason: str) -> None:
    run.status, run.failure = ImportRun.Status.FAILED, reason[:500]
    run.finished_at = timezone.now()
    run.save(update_fields=["status", "failure", "finished_at"])


def _advice(run: ImportRun, error: Exception) -> str:
    if run.dry_run:
        return f"The dry run broke off ({type(error).__name__}). Nothing was changed. Try again."
    return (
        f"The import broke off after row {run.rows_done} ({type(error).__name__}). What was "
        "imported stays. Import again to go on from there; if it fails again, ask an operator to "
        "read the worker's log."
    )


def _note_progress(run: ImportRun) -> Callable[[int, int], None]:
    def note(done: int, total: int) -> None:
        cache.set(_progress_key(run.pk), done, PROGRESS_S)

    return note


def _progress_key(run_id: int) -> str:
    return f"catalog:import:{run_id}:rows"

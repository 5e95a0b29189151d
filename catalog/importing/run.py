"""Drive an import: batches, progress, and a cursor that survives being killed.

1. Take the source's lock, so that two imports of it never mix.
2. Continue the last run if it is the same data and did not finish; else start a new one.
3. Per batch, in one transaction: write the titles, move the cursor. Then report its problems.

A run that is killed loses at most the batch in progress.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from catalog.importing.base import RowProblem, Source, SourceRow
from catalog.importing.matching import Seen
from catalog.importing.report import Report
from catalog.importing.upsert import upsert_batch
from catalog.models import ImportRun

logger = logging.getLogger(__name__)

BATCH = 500
Progress = Callable[[int, int], None]


class ImportInProgress(Exception):
    """Another process imports this source right now."""


def run_import(
    source: Source, *, limit: int | None = None, progress: Progress | None = None
) -> ImportRun:
    """Import `source`, or what is left of it, and return the finished run.

    Args:
        limit: stop after this many rows of the source.
        progress: called at the start and after each batch with rows done and rows in all.

    Raises:
        SourceUnavailable: the source can't be read.
        ImportInProgress: another process has the source's lock.
    """
    with source_lock(source.name):
        run = open_run(source, limit=limit)
        finish_run(source, run, limit=limit, progress=progress)
        return run


def rehearse_import(
    source: Source,
    run: ImportRun,
    *,
    limit: int | None = None,
    progress: Progress | None = None,
) -> ImportRun:
    """Import everything, count, then undo all of it: what the real import would do now.

    One transaction around the whole import is rolled back, so that rows see what earlier rows
    made, as they would. `run` gets the counts and is not saved; the report is written.

    Raises:
        SourceUnavailable: the source can't be read.
        ImportInProgress: another process has the source's lock.
    """
    run.dry_run = True
    run.report_path = run.report_path or new_report_path(source.name)
    with source_lock(source.name), transaction.atomic():
        import_rows(source, run, limit=limit, progress=progress, save=False)
        transaction.set_rollback(True)
    return run


def finish_run(
    source: Source, run: ImportRun, *, limit: int | None, progress: Progress | None
) -> None:
    """Import what is left of a run. Call it with the source's lock."""
    try:
        import_rows(source, run, limit=limit, progress=progress)
    except Exception:
        ImportRun.objects.filter(pk=run.pk).update(status=ImportRun.Status.FAILED)
        raise
    run.status = ImportRun.Status.FINISHED
    run.finished_at = timezone.now()
    run.save(update_fields=["status", "finished_at"])


def run_digest(source: Source, limit: int | None) -> str:
    """Identify what a run would import: 64 hex digits."""
    return hashlib.sha256(f"{source.digest()}:{limit}".encode()).hexdigest()


def is_imported(source: Source, *, limit: int | None = None) -> bool:
    """Tell whether this very data was imported by this very importer already."""
    return ImportRun.objects.filter(
        source=source.name,
        digest=run_digest(source, limit),
        status=ImportRun.Status.FINISHED,
        dry_run=False,
    ).exists()


def open_run(source: Source, *, limit: int | None) -> ImportRun:
    """Return the last run, if it is to be continued, or a new one."""
    digest = run_digest(source, limit)
    # An uploaded file is continued from its own page.
    runs = ImportRun.objects.filter(source=source.name, upload="", dry_run=False)
    last = runs.order_by("-started_at", "-pk").first()
    if last and last.digest == digest and last.status != ImportRun.Status.FINISHED:
        logger.info("import continues: source=%s row=%d", source.name, last.rows_done)
        ImportRun.objects.filter(pk=last.pk).update(status=ImportRun.Status.RUNNING)
        last.status = ImportRun.Status.RUNNING
        return last
    run = ImportRun(source=source.name, digest=digest, report_path=new_report_path(source.name))
    run.save()
    return run


def new_report_path(source_name: str) -> str:
    moment = timezone.now().strftime("%Y%m%d-%H%M%S-%f")
    return str(Path(settings.REPORTS_DIR) / f"{source_name}-{moment}.csv")


def import_rows(
    source: Source,
    run: ImportRun,
    *,
    limit: int | None,
    progress: Progress | None,
    save: bool = True,
) -> None:
    """Import batch by batch from `run.rows_done` on, moving that cursor along."""
    total = source.count() if limit is None else min(limit, source.count())
    run.rows_total = total
    if save:
        run.save(update_fields=["rows_total"])
    report = Report(Path(run.report_path), keep_lines=run.rows_done)
    seen = Seen()
    if progress:
        progress(run.rows_done, total)
    for batch in batches(source.rows(skip=run.rows_done), total - run.rows_done):
        report.add(import_batch(source, run, batch, seen, save=save))
        if progress:
            progress(run.rows_done, total)


def batches(rows: Iterator[SourceRow], limit: int) -> Iterator[list[SourceRow]]:
    limited = islice(rows, max(limit, 0))
    while batch := list(islice(limited, BATCH)):
        yield batch


def import_batch(
    source: Source, run: ImportRun, batch: list[SourceRow], seen: Seen, *, save: bool = True
) -> list[RowProblem]:
    """Write a batch and the cursor in one transaction; return the batch's problems."""
    with transaction.atomic():
        result = upsert_batch(batch, source=source, seen=seen)
        run.rows_done = batch[-1].line
        run.created += result.created
        run.updated += result.updated
        run.unchanged += result.unchanged
        run.errors += len(result.problems)
        if save:
            run.save(update_fields=["rows_done", "created", "updated", "unchanged", "errors"])
    return result.problems


@contextmanager
def source_lock(name: str) -> Iterator[None]:
    """Hold the source's lock; the database frees it by itself when this process dies."""
    number = lock_number(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise ImportInProgress(f"Another import of {name} is running. Wait for it to end.")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def lock_number(name: str) -> int:
    """Return the source's advisory lock: the first 8 bytes of a hash, signed."""
    return int.from_bytes(hashlib.sha256(f"import:{name}".encode()).digest()[:8], signed=True)

"""Import what editors uploaded: one import of a source at a time, continued after a crash."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task, shared_task

from catalog.importing.run import ImportInProgress
from catalog.importing.uploads import execute_upload
from catalog.slots import assign_slots
from worker.enqueue import RUN_IMPORT, enqueue_refresh_stale

logger = logging.getLogger(__name__)

TIME_LIMIT_S = 6 * 3600
RETRY_S = 20
# As long as the longest import may take.
MAX_RETRIES = TIME_LIMIT_S // RETRY_S


@shared_task(
    name=RUN_IMPORT,
    bind=True,
    acks_late=True,
    reject_on_worker_lost=True,
    max_retries=MAX_RETRIES,
    time_limit=TIME_LIMIT_S,
)
def run_import(self: Task[Any, Any], run_id: int) -> None:
    """Import or rehearse an upload; then have its titles embedded and ranked. Idempotent.

    The message may come twice, when an import takes longer than the broker waits: the second
    worker finds the source's lock taken, tries again later, and then finds nothing to do.
    """
    try:
        run = execute_upload(run_id)
    except ImportInProgress as error:
        logger.info("import waits for its source: run=%d", run_id)
        raise self.retry(exc=error, countdown=RETRY_S) from error
    if run is not None and not run.dry_run and run.created + run.updated:
        assign_slots()
        enqueue_refresh_stale()

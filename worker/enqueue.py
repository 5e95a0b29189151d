"""Queue background work: the only module of `worker` that the web application imports.

Every function waits for the transaction to commit, so that the worker finds the rows. Tasks
carry ids only: histories and messages stay in the database.
"""

from celery import current_app
from django.db import transaction

WRITE_REASON = "worker.write_reason"
REFRESH_TITLE = "worker.refresh_title"
RECONCILE_ROWS = "worker.reconcile_rows"
REFRESH_STALE = "worker.refresh_stale"
APPLY_SCHEDULES = "worker.apply_schedules"
SUGGEST_METADATA = "worker.suggest_metadata"
RUN_IMPORT = "worker.run_import"
REFRESH_NEIGHBOURS = "worker.refresh_neighbours"
ADVANCE_SWITCH = "worker.advance_switch"
CLUSTER_UNREAD = "worker.cluster_unread"
FORGET_VISITS = "worker.forget_visits"


def _send_on_commit(name: str, *args: int) -> None:
    transaction.on_commit(lambda: current_app.send_task(name, args=args))


def enqueue_write_reason(pick_id: int) -> None:
    """Write the generated reason of one pick and stream it to its conversation."""
    _send_on_commit(WRITE_REASON, pick_id)


def enqueue_refresh_title(title_id: int) -> None:
    """Rebuild one title's document, search vector and embedding, then its catalogue row."""
    _send_on_commit(REFRESH_TITLE, title_id)


def enqueue_reconcile_rows() -> None:
    """Push to GenRec the rows that it lacks or that are out of date."""
    _send_on_commit(RECONCILE_ROWS)


def enqueue_refresh_stale() -> None:
    """Rebuild all titles that are out of date, in batches: after an edit of many."""
    _send_on_commit(REFRESH_STALE)


def enqueue_suggest_metadata(limit: int) -> None:
    """Suggest descriptions for up to `limit` titles of the queue that have none."""
    _send_on_commit(SUGGEST_METADATA, limit)


def enqueue_import(run_id: int) -> None:
    """Import an uploaded file, or rehearse it, as its run says."""
    _send_on_commit(RUN_IMPORT, run_id)

"""Task bodies: thin, idempotent, named after what `worker.enqueue` sends."""

from worker.tasks.catalogue import reconcile_rows, refresh_title
from worker.tasks.enrichment import suggest_metadata
from worker.tasks.imports import run_import
from worker.tasks.intents import cluster_unread_messages
from worker.tasks.neighbours import refresh_neighbours
from worker.tasks.publishing import apply_schedules, refresh_stale
from worker.tasks.reasons import write_reason
from worker.tasks.versions import advance_switch

__all__ = [
    "advance_switch",
    "apply_schedules",
    "cluster_unread_messages",
    "reconcile_rows",
    "refresh_neighbours",
    "refresh_stale",
    "refresh_title",
    "run_import",
    "suggest_metadata",
    "write_reason",
]

"""Task bodies: thin, idempotent, named after what `worker.enqueue` sends."""

from worker.tasks.catalogue import reconcile_rows, refresh_title
from worker.tasks.reasons import write_reason

__all__ = ["reconcile_rows", "refresh_title", "write_reason"]

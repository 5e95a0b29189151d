"""What must follow when an editor changes a title: admin, and whoever else edits, calls this.

Each function queues work on commit; call it inside the transaction of the change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction

from catalog.embedding import mark_stale
from catalog.models import Title
from catalog.slots import assign_slots
from worker.enqueue import (
    enqueue_reconcile_rows,
    enqueue_refresh_stale,
    enqueue_refresh_title,
)

# Beyond this, one task takes them all in batches: a task each would keep the queue busy longer.
MAX_SINGLE_REFRESHES = 50
# Source and authority of what an editor set: any import may replace it, but for the lock.
EDITOR_SOURCE = ["editor", -1]


def lock_fields(title: Title, fields: Iterable[str]) -> None:
    """Have imports leave these fields alone, and note the editor as the source of their values.

    Also "genres", "credits", "tags" and "kindred". The lock alone protects them: once it is
    opened, every source may replace the value.
    """
    fields = set(fields)
    locked = sorted({*title.locked_fields, *fields})
    sources = {**title.field_sources, **dict.fromkeys(_sourced(title, fields), EDITOR_SOURCE)}
    if (locked, sources) != (title.locked_fields, title.field_sources):
        title.locked_fields, title.field_sources = locked, sources
        Title.objects.filter(pk=title.pk).update(locked_fields=locked, field_sources=sources)


def _sourced(title: Title, fields: Iterable[str]) -> Iterable[str]:
    """Return the names under which `field_sources` knows fields: credits are kept by role."""
    for field in fields:
        if field == "credits":
            yield from (name for name in title.field_sources if name.startswith("credits."))
        elif field not in {"tags", "kindred"}:  # each of these has a source of its own
            yield field


def unlock_titles(title_ids: Sequence[int]) -> int:
    """Let the next import overwrite what editors set; return how many titles had a lock."""
    return Title.objects.filter(pk__in=title_ids).exclude(locked_fields=[]).update(locked_fields=[])


@transaction.atomic
def titles_changed(title_ids: Iterable[int]) -> None:
    """Have these titles embedded and ranked again: a few of them within a minute."""
    ids = list(title_ids)
    mark_stale(ids)
    if len(ids) > MAX_SINGLE_REFRESHES:
        enqueue_refresh_stale()
        return
    for title_id in ids:
        enqueue_refresh_title(title_id)


@transaction.atomic
def publish_titles(title_ids: Sequence[int]) -> int:
    """Publish titles and give them slots; return how many were not published before."""
    hidden = Title.objects.filter(pk__in=title_ids).exclude(status=Title.Status.PUBLISHED)
    published = list(hidden.values_list("pk", flat=True))
    hidden.update(status=Title.Status.PUBLISHED)
    assign_slots()
    titles_changed(published)
    return len(published)


@transaction.atomic
def withdraw_titles(title_ids: Sequence[int]) -> int:
    """Take titles out of every answer from now on; return how many were published.

    They keep their slots, in case they come back.
    """
    shown = Title.objects.filter(pk__in=title_ids, status=Title.Status.PUBLISHED)
    withdrawn = shown.update(status=Title.Status.WITHDRAWN)
    enqueue_reconcile_rows()
    return withdrawn

"""Publish and withdraw what is due. Safe to run as often as one likes: what was done is not due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.changes import apply_changes
from catalog.models import Revision, Title, TitleQuerySet
from catalog.revisions import record_changes
from catalog.snapshots import Difference

# In one transaction; what is over is due again in a minute.
MAX_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Applied:
    """How many titles were published and withdrawn."""

    published: int
    withdrawn: int


def due_titles(now: datetime) -> TitleQuerySet:
    """Titles whose moment has come: drafts to publish, published titles to withdraw."""
    return Title.objects.filter(
        Q(status=Title.Status.DRAFT, publish_at__lte=now)
        | Q(status=Title.Status.PUBLISHED, withdraw_at__lte=now)
    )


@transaction.atomic
def apply_schedules(now: datetime | None = None) -> Applied:
    """Do what is due at `now`, with a revision each. The moment is cleared once it is done."""
    rows = due_titles(now or timezone.now()).select_for_update(skip_locked=True)
    due = list(rows.order_by("pk").only("status", "publish_at", "withdraw_at")[:MAX_AT_ONCE])
    changes = {title.pk: _due_change(title) for title in due}
    if changes:
        apply_changes(changes)
        record_changes(changes, Revision.Action.EDITED, None, note="As scheduled")
    published = sum(title.status == Title.Status.DRAFT for title in due)
    return Applied(published, len(due) - published)


def _due_change(title: Title) -> Difference:
    drafted = title.status == Title.Status.DRAFT
    status = Title.Status.PUBLISHED if drafted else Title.Status.WITHDRAWN
    field, moment = (
        ("publish_at", title.publish_at) if drafted else ("withdraw_at", title.withdraw_at)
    )
    return Difference(
        {"status": title.status, field: moment.isoformat() if moment else None},
        {"status": status.value, field: None},
    )

"""Guests who came, looked and never did anything: forgotten after a while."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from discovery.models import Feedback, HistoryImport, Slate, Viewer

# A page may stay open for days before anything is said.
IDLE_FOR = timedelta(days=7)


def forget_idle_guests() -> int:
    """Delete guests who came a while ago and never did anything; return how many."""
    mine = OuterRef("pk")
    # By the chat's related names: it imports this package.
    spoke = Viewer.objects.filter(conversations__turns__isnull=False, pk=mine)
    idle = Viewer.objects.filter(user=None, created_at__lt=timezone.now() - IDLE_FOR).exclude(
        Exists(spoke)
        | Exists(Slate.objects.filter(viewer=mine))
        | Exists(Feedback.objects.filter(viewer=mine))
        | Exists(HistoryImport.objects.filter(viewer=mine))
    )
    _n, by_model = idle.delete()
    return by_model.get(Viewer._meta.label, 0)

"""Imported histories for operators: how many, how well matched; not what anybody watched.

The rows of a viewer are theirs alone, and so are file names and what was wrong in which line: no
page of the admin shows them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest

from discovery.models import HistoryEntry, HistoryImport

if TYPE_CHECKING:
    HistoryImportPages = admin.ModelAdmin[HistoryImport]
else:  # Django's own class takes no parameters when the program runs
    HistoryImportPages = admin.ModelAdmin

_STATUSES = tuple(status.value for status in HistoryEntry.Status)


@admin.register(HistoryImport)
class HistoryImportAdmin(HistoryImportPages):
    list_display = ("created_at", "viewer", "source", "rows", "unreadable", *_STATUSES)
    list_filter = ("source",)
    list_select_related = ("viewer",)
    date_hierarchy = "created_at"
    readonly_fields = ("created_at", "viewer", "source", "rows", "unreadable", *_STATUSES)
    fields = readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[HistoryImport]:
        counts: dict[str, Any] = {
            f"n_{status}": Count("entries", filter=Q(entries__status=status))
            for status in _STATUSES
        }
        return super().get_queryset(request).defer("file_name", "problems").annotate(**counts)

    def get_deleted_objects(
        self, objs: Iterable[HistoryImport], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Say what a deletion takes along in numbers: Django would list every title."""
        batches = list(objs)
        n_entries = HistoryEntry.objects.filter(batch__in=batches).count()
        counts = {"history imports": len(batches), "history entries": n_entries}
        missing = set() if self.has_delete_permission(request) else {"history import"}
        return [str(batch) for batch in batches], counts, missing, []

    @admin.display(description="matched", ordering="n_matched")
    def matched(self, batch: HistoryImport) -> int:
        return _count(batch, "matched")

    @admin.display(description="unsure", ordering="n_unsure")
    def unsure(self, batch: HistoryImport) -> int:
        return _count(batch, "unsure")

    @admin.display(description="not found", ordering="n_unmatched")
    def unmatched(self, batch: HistoryImport) -> int:
        return _count(batch, "unmatched")

    @admin.display(description="by hand", ordering="n_fixed")
    def fixed(self, batch: HistoryImport) -> int:
        return _count(batch, "fixed")

    @admin.display(description="ignored", ordering="n_ignored")
    def ignored(self, batch: HistoryImport) -> int:
        return _count(batch, "ignored")


def _count(batch: HistoryImport, status: str) -> int:
    return int(getattr(batch, f"n_{status}"))

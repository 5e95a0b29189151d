"""The history of a title: who changed what and when, each act revertible."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import pluralize
from django.urls import URLPattern, reverse

from catalog.admin.pages import CHANGELIST, FurtherPages
from catalog.admin.readable import Line, label_of, lines_of, show_value
from catalog.models import Revision, Title
from catalog.revisions import Conflict, find_conflicts, revert, revert_batch, taking_back
from catalog.snapshots import Difference

PER_PAGE = 20
CONFLICTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """A revision as it is shown."""

    revision: Revision
    lines: list[Line]
    reverted: bool

    @property
    def revertible(self) -> bool:
        return self.revision.action != Revision.Action.CREATED and not self.reverted


@dataclass(frozen=True, slots=True)
class Clash:
    """A conflict as it is shown."""

    label: str
    left: str
    now: str
    title: Title | None = None


class HistoryPages(FurtherPages):
    """History, revert, and undo of a bulk edit."""

    def get_urls(self) -> list[URLPattern]:
        return [
            self.further("<int:title_id>/revisions/<int:revision_id>/", self.revert_view, "revert"),
            self.further("bulk-edits/", self.batches_view, "batches"),
            self.further("bulk-edits/<uuid:batch>/", self.undo_view, "undo"),
            *super().get_urls(),
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not object_id.isdecimal() or not self.has_view_or_change_permission(request):
            raise Http404("There is no such title.")
        title = self.existing(request, int(object_id))
        revisions = title.revisions.select_related("user", "reverts").prefetch_related(
            "reverted_by"
        )
        page = Paginator(revisions, PER_PAGE).get_page(request.GET.get("p"))
        return self.show(
            request,
            "history.html",
            f"History of {title}",
            original=title,
            page=page,
            entries=[_entry(revision) for revision in page],
            may_revert=self.has_change_permission(request),
        )

    def revert_view(self, request: HttpRequest, title_id: int, revision_id: int) -> HttpResponse:
        title = self.existing(request, title_id)
        revision = title.revisions.filter(pk=revision_id).select_related("user").first()
        if revision is None:
            raise Http404("There is no such revision of this title.")
        history = reverse("admin:catalog_title_history", args=[title.pk])
        if request.method == "POST":
            try:
                done = revert(revision, request.user)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
            else:
                text = "Reverted." if done else "Nothing to do: all of it is as it was before."
                messages.success(request, text)
            return HttpResponseRedirect(history)
        entry = _entry(revision)
        return self.show(
            request,
            "revert.html",
            "Revert this edit?",
            original=title,
            entry=entry,
            back=lines_of(taking_back(revision)),
            clashes=[_clash(conflict) for conflict in find_conflicts([revision])],
            history_url=history,
        )

    def batches_view(self, request: HttpRequest) -> HttpResponse:
        """List the latest bulk edits: one revision of each tells of all."""
        latest = (
            Revision.objects.filter(batch__isnull=False)
            .order_by("batch", "pk")
            .distinct("batch")
            .values("pk")
        )
        rows = Revision.objects.filter(pk__in=latest).select_related("user").order_by("-pk")
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
        batches = [(row, Revision.objects.filter(batch=row.batch).count()) for row in page]
        return self.show(request, "batches.html", "Bulk edits", page=page, batches=batches)

    def undo_view(self, request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
        revisions = Revision.objects.filter(batch=batch)
        first = revisions.select_related("user").first()
        if first is None:
            raise Http404("There is no such bulk edit.")
        left = list(revisions.filter(reverted_by__isnull=True))
        if request.method == "POST":
            try:
                done = revert_batch(batch, request.user)
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
            else:
                what = f"{done} title{pluralize(done)} {pluralize(done, 'is,are')}"
                messages.success(request, f"Undone: {what} as before.")
            return HttpResponseRedirect(reverse(CHANGELIST))
        conflicts = find_conflicts(left)
        titles = Title.objects.defer("embedding", "search").in_bulk(
            [conflict.title_id for conflict in conflicts[:CONFLICTS_SHOWN]]
        )
        return self.show(
            request,
            "undo.html",
            "Undo this bulk edit?",
            first=first,
            n_titles=revisions.count(),
            n_left=len(left),
            sample=[_entry(revision) for revision in left[:CONFLICTS_SHOWN]],
            n_clashes=len(conflicts),
            clashes=[_clash(c, titles[c.title_id]) for c in conflicts[:CONFLICTS_SHOWN]],
        )


def _entry(revision: Revision) -> Entry:
    lines = lines_of(Difference(revision.before, revision.after))
    return Entry(revision, lines, reverted=bool(revision.reverted_by.all()))


def _clash(conflict: Conflict, title: Title | None = None) -> Clash:
    label = label_of(conflict.key, conflict.element, conflict.left, conflict.now)
    left, now = (show_value(conflict.key, value) for value in (conflict.left, conflict.now))
    return Clash(label, left, now, title)

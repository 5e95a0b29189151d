"""Bulk edit: choose titles, choose what to do, see what it would do, do it, undo it.

The ids of the chosen titles wait in the cache, an hour and for their editor only: what is applied
is what was previewed, also when "all that match" would match others by now.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.cache import cache
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import pluralize
from django.urls import URLPattern, reverse
from django.utils.html import format_html

from catalog.admin.bulk_forms import OPERATIONS, OperationForm
from catalog.admin.pages import CHANGELIST, FurtherPages
from catalog.admin.readable import Line, lines_of
from catalog.bulk_edits import Operation, Plan, plan, run
from catalog.models import Title
from catalog.ontology import load_ontology

KEPT_S = 3600
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Preview:
    """What an operation would do, as it is shown: counts of all, lines of the first."""

    label: str
    n_changes: int
    n_unchanged: int
    changes: list[tuple[Title, list[Line]]]
    refused: list[tuple[Title, str]]
    reasons: list[tuple[str, int]]

    @property
    def n_refused(self) -> int:
        return sum(n for _, n in self.reasons)


class BulkPages(FurtherPages):
    def get_urls(self) -> list[URLPattern]:
        return [
            self.further("bulk/<str:token>/", self.bulk_view, "bulk"),
            self.further("bulk/<str:token>/<slug:operation>/", self.operation_view, "operation"),
            *super().get_urls(),
        ]

    @admin.action(description="Edit in bulk, with preview…", permissions=["change"])
    def edit_in_bulk(self, request: HttpRequest, queryset: QuerySet[Title]) -> HttpResponse:
        token = secrets.token_urlsafe(12)
        ids = list(queryset.order_by().values_list("pk", flat=True))
        cache.set(_key(request, token), ids, timeout=KEPT_S)
        return HttpResponseRedirect(reverse("admin:catalog_title_bulk", args=[token]))

    def bulk_view(self, request: HttpRequest, token: str) -> HttpResponse:
        """Offer the operations."""
        ids = _chosen(request, token)
        if ids is None:
            return self._expired(request)
        return self._show(request, token, ids)

    def operation_view(self, request: HttpRequest, token: str, operation: str) -> HttpResponse:
        """Show the form of one operation; with its values, the preview; posted, do it."""
        if operation not in OPERATIONS:
            raise Http404("There is no such operation.")
        ids = _chosen(request, token)
        if ids is None:
            return self._expired(request)
        given = request.POST if request.method == "POST" else request.GET
        form = OPERATIONS[operation](given if "go" in given else None)
        # Those that need to know nothing more are previewed at once.
        if not form.is_bound and not form.fields:
            form = OPERATIONS[operation]({})
        if not form.is_valid():
            return self._show(request, token, ids, operation=operation, form=form)
        wanted = form.operation(request.user)
        if request.method == "POST":
            return self._apply(request, token, ids, wanted)
        preview = _preview(plan(ids, wanted), wanted)
        return self._show(request, token, ids, operation=operation, form=form, preview=preview)

    def _apply(
        self, request: HttpRequest, token: str, ids: list[int], wanted: Operation
    ) -> HttpResponse:
        done, batch = run(ids, wanted, request.user)
        cache.delete(_key(request, token))
        left = f" {len(done.refused)} could not be changed." if done.refused else ""
        undo = reverse("admin:catalog_title_undo", args=[batch])
        text = "{}: {} title{} changed.{}"
        if done.changes:
            text += ' <a href="{}">Undo</a>'
        message = format_html(
            text, wanted.label, len(done.changes), pluralize(len(done.changes)), left, undo
        )
        messages.success(request, message)
        return HttpResponseRedirect(reverse(CHANGELIST))

    def _show(
        self,
        request: HttpRequest,
        token: str,
        ids: list[int],
        *,
        operation: str = "",
        form: OperationForm | None = None,
        preview: Preview | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {
            "token": token,
            "n_titles": len(ids),
            "sample": Title.objects.filter(pk__in=ids[:5]).defer("embedding", "search"),
            "operations": [(slug, form.heading) for slug, form in OPERATIONS.items()],
            "operation": operation,
            "form": form,
            "preview": preview,
            "shown": SHOWN,
            "vocabulary": load_ontology().terms.values(),
        }
        return self.show(request, "bulk.html", "Edit in bulk", **context)

    def _expired(self, request: HttpRequest) -> HttpResponse:
        messages.error(request, "That choice of titles has expired: choose them again.")
        return HttpResponseRedirect(reverse(CHANGELIST))


def _key(request: HttpRequest, token: str) -> str:
    return f"bulk-edit:{request.user.pk}:{token}"


def _chosen(request: HttpRequest, token: str) -> list[int] | None:
    ids: list[int] | None = cache.get(_key(request, token))
    return ids


def _preview(planned: Plan, wanted: Operation) -> Preview:
    changed, refused = list(planned.changes)[:SHOWN], list(planned.refused)[:SHOWN]
    titles = Title.objects.defer("embedding", "search").in_bulk([*changed, *refused])
    return Preview(
        label=wanted.label,
        n_changes=len(planned.changes),
        n_unchanged=len(planned.unchanged),
        changes=[(titles[pk], lines_of(planned.changes[pk])) for pk in changed],
        refused=[(titles[pk], planned.refused[pk]) for pk in refused],
        reasons=Counter(planned.refused.values()).most_common(),
    )

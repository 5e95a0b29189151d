"""Quarantined text: editors read it, and release it into its field or drop it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from catalog.models import QuarantinedText
from catalog.quarantine_decisions import QuarantineError, drop, release

if TYPE_CHECKING:
    QuarantinedTextPages = admin.ModelAdmin[QuarantinedText]
else:
    QuarantinedTextPages = admin.ModelAdmin


@admin.register(QuarantinedText)
class QuarantinedTextAdmin(QuarantinedTextPages):
    list_display = ("title", "field", "reason", "source", "status")
    list_filter = ("status", "field", "source")
    list_select_related = ("title",)
    search_fields = ("title__name_key", "text")
    # What waits comes first. Django takes expressions here, its stubs know names only.
    ordering: ClassVar[Any] = (
        Case(When(status=QuarantinedText.Status.HELD, then=0), default=1),
        "-created_at",
    )
    fields = (
        "title", "field", "source", "text", "reason", "status", "decided_by", "decided_at",
        "created_at",
    )  # fmt: skip
    readonly_fields = fields
    actions = ("release_texts", "drop_texts")
    change_form_template = "admin/catalog/quarantinedtext/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: QuarantinedText | None = None
    ) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: QuarantinedText | None = None
    ) -> bool:
        """Releasing changes the title, so whoever decides may edit titles as well."""
        may = super().has_change_permission(request, obj)
        return may and request.user.has_perm("catalog.change_title")

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        decision = next((name for name in ("_release", "_drop") if name in request.POST), None)
        held = self.get_object(request, object_id)
        if decision and held is not None and self.has_change_permission(request, held):
            self._decide_one(request, held, release_it=decision == "_release")
            return HttpResponseRedirect(reverse("admin:catalog_quarantinedtext_changelist"))
        is_held = held is not None and held.status == QuarantinedText.Status.HELD
        context = {"is_held": is_held, "show_save": False, "show_save_and_continue": False}
        return super().change_view(request, object_id, form_url, (extra_context or {}) | context)

    def _decide_one(self, request: HttpRequest, held: QuarantinedText, *, release_it: bool) -> None:
        try:
            if release_it:
                release(held.pk, request.user)
            else:
                drop(held.pk, request.user)
        except QuarantineError as error:
            messages.error(request, f"{held}: {error}")
        else:
            done = "released into the catalogue" if release_it else "dropped"
            messages.success(request, f"The {held} was {done}.")

    @admin.action(description="Release: harmless, put it into its field", permissions=["change"])
    def release_texts(self, request: HttpRequest, queryset: QuerySet[QuarantinedText]) -> None:
        for held in queryset.select_related("title"):
            self._decide_one(request, held, release_it=True)

    @admin.action(description="Drop for good", permissions=["change"])
    def drop_texts(self, request: HttpRequest, queryset: QuerySet[QuarantinedText]) -> None:
        for held in queryset.select_related("title"):
            self._decide_one(request, held, release_it=False)
